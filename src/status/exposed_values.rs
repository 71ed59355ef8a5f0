//! The series of a service, parsed from the published exposition: the status shows the values that Prometheus scrapes.

use std::collections::{BTreeMap, HashMap};

use crate::author::family::Family;
use crate::config::Kind;
use crate::series::number;

/// The number of series per metric that the status shows.
pub const SHOWN: usize = 20;
/// The number of characters after which a label value is cut. The status is rendered for each reader.
pub const LONGEST: usize = 200;

/// The series of one metric.
#[derive(Debug, Default)]
pub(crate) struct ExposedValues {
    /// The number of series of the metric.
    pub(super) count: usize,
    /// The first series, at most [`SHOWN`].
    pub(super) first: Vec<ExposedValue>,
    /// The sum of all values, or of all counts of observations.
    total: f64,
}

/// One series, with its numbers as the exposition formats them.
#[derive(Debug, Clone)]
pub(super) struct ExposedValue {
    pub labels: BTreeMap<String, String>,
    /// The value, or the count of observations.
    pub figure: String,
    /// The sum of the observations.
    pub sum: Option<String>,
}

impl ExposedValues {
    /// Parses the series of `families` from an exposition in the text format 0.0.4 that this program wrote. Each part
    /// of `page` consists of whole lines.
    pub fn read<'a>(page: impl Iterator<Item = &'a [u8]>, families: &[Family]) -> Vec<Self> {
        let lines = page.flat_map(|part| std::str::from_utf8(part).unwrap_or_default().lines());
        let by_name = families.iter().enumerate().map(|(at, family)| (exposed(family), at));
        let by_name: HashMap<String, usize> = by_name.collect();
        let mut all: Vec<Self> = families.iter().map(|_| Self::default()).collect();
        let mut current = None;
        for line in lines {
            if let Some(help) = line.strip_prefix("# HELP ") {
                current = help.split(' ').next().and_then(|name| by_name.get(name)).copied();
            } else if let Some(at) = current.filter(|_| !line.starts_with('#')) {
                all[at].take(line, &families[at]);
            }
        }
        all
    }

    /// Reads the line of a sample: the value, or the count or sum of observations.
    fn take(&mut self, line: &str, family: &Family) {
        let Some((series, figure)) = line.rsplit_once(' ') else { return };
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        match (family.kind, name.strip_prefix(family.name).unwrap_or_default()) {
            (Kind::Counter | Kind::Gauge, _) | (_, "_count") => self.begin(labels, figure),
            (_, "_sum") if self.count <= SHOWN => {
                self.first.last_mut().into_iter().for_each(|last| last.sum = Some(figure.to_owned()));
            }
            _ => {} // a bucket
        }
    }

    fn begin(&mut self, labels: &str, figure: &str) {
        self.count += 1;
        self.total += figure.parse().unwrap_or(f64::NAN);
        if self.count <= SHOWN {
            let labels = pairs(labels.strip_suffix('}').unwrap_or_default());
            self.first.push(ExposedValue { labels, figure: figure.to_owned(), sum: None });
        }
    }

    /// Returns the total in the format of the exposition, or `None` without a series.
    pub(super) fn total(&self) -> Option<String> {
        let mut text = Vec::new();
        number::push(&mut text, self.total);
        (self.count > 0).then(|| String::from_utf8_lossy(&text).into_owned())
    }
}

/// Returns the metric name in the `# HELP` line of the family.
fn exposed(family: &Family) -> String {
    let suffix = if family.kind == Kind::Counter { "_total" } else { "" };
    family.kind.base(family.name).to_owned() + suffix
}

/// Parses the labels between the braces and unescapes their values.
fn pairs(mut text: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    while let Some((name, rest)) = text.split_once("=\"") {
        let (value, after) = label_value(rest);
        pairs.insert(name.to_owned(), value);
        text = after.strip_prefix(',').unwrap_or(after);
    }
    pairs
}

/// Splits `text` at the closing quote of a label value. Returns the value, unescaped and cut to [`LONGEST`] characters,
/// and the rest of the text. In the text format of Prometheus, `\n` is the only escape of another character.
fn label_value(text: &str) -> (String, &str) {
    let (mut value, mut count) = (String::new(), 0);
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        let char = match char {
            '"' => return (value, &text[at + 1..]),
            '\\' => chars.next().map_or('\\', |(_, char)| if char == 'n' { '\n' } else { char }),
            char => char,
        };
        count += 1;
        match count {
            ..=LONGEST => value.push(char),
            cut if cut == LONGEST + 1 => value.push_str("..."),
            _ => {}
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::author::reading::{Increase, Labels, Reading, Total};
    use crate::series::encode::Format;
    use crate::series::samples::{RecordReport, Samples};
    use crate::support::error::Result;

    const COUNTER: Family = Family {
        name: "asked_total",
        kind: Kind::Counter,
        help: "h",
        unit: "",
        labels: &["z", "a"],
        buckets: &[],
    };
    const OBSERVED: Family =
        Family { name: "took", kind: Kind::Histogram, labels: &[], buckets: &[1.0], ..COUNTER };
    const NONE: Family = Family { name: "none", kind: Kind::Gauge, ..OBSERVED };

    struct Pair(&'static str, String);

    impl Labels for Pair {
        const NAMES: &'static [&'static str] = &["z", "a"];

        fn values(&self, each: &mut dyn FnMut(&str)) {
            each(self.0);
            each(&self.1);
        }
    }

    fn page(readings: Vec<Result<Reading>>) -> Vec<ExposedValues> {
        let families = vec![COUNTER, OBSERVED, NONE];
        let mut samples = Samples::new(families.clone(), 1000);
        assert_eq!(samples.record(readings, 1e9), RecordReport::default());
        let mut page = Vec::new();
        samples.encode(Format::Text, &mut page);
        ExposedValues::read(std::iter::once(&page[..]), &families)
    }

    #[test]
    fn what_was_recorded_is_read_back_whatever_stands_in_a_label() {
        let hostile = "} 7\n# HELP took x\\ \"é\",a=\"";
        let (mut counter, mut observed) = (Reading::default(), Reading::default());
        counter.counters(vec![(Pair(hostile, "=\"\\n".into()), Total(3))]);
        observed.observations(vec![0.5, 2.0, 3.5]);
        let values = page(vec![Ok(counter), Ok(observed), Ok(Reading::default())]);
        assert_eq!(
            values[0].first[0].labels,
            [("a", "=\"\\n"), ("z", hostile)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        );
        assert_eq!((values[0].count, values[0].total().unwrap()), (1, "3".to_owned()));
        let took = &values[1].first[0];
        assert_eq!((values[1].count, &*took.figure, took.sum.as_deref()), (1, "3", Some("6")));
        assert_eq!((values[2].count, values[2].total()), (0, None));
    }

    #[test]
    fn a_long_label_value_is_cut_and_what_follows_is_read() {
        let mut counter = Reading::default();
        let long = |n| "é\"\n".repeat(n);
        counter.counters(vec![
            (Pair("after", long(1000)), Total(1)),
            (Pair("b", "x".repeat(LONGEST)), Total(2)),
        ]);
        let values = &page(vec![Ok(counter), Ok(Reading::default()), Ok(Reading::default())])[0];
        let cut = long(67).chars().take(LONGEST).collect::<String>() + "...";
        let shown: Vec<_> =
            values.first.iter().map(|value| [&*value.labels["a"], &*value.labels["z"]]).collect();
        assert_eq!(shown, [[&*"x".repeat(LONGEST), "b"], [&*cut, "after"]]);
    }

    #[test]
    fn only_the_first_series_are_shown_and_all_are_counted() {
        let mut counter = Reading::default();
        counter.counters((0..100).map(|n| (Pair("x", format!("{n:03}")), Increase(2))).collect::<Vec<_>>());
        let values = &page(vec![Ok(counter), Ok(Reading::default()), Ok(Reading::default())])[0];
        assert_eq!((values.count, values.first.len(), values.total), (100, SHOWN, 200.0));
    }
}
