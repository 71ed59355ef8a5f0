//! The encoder of the two exposition formats.
//!
//! Text 0.0.4 and OpenMetrics 1.0 differ in the name of a counter's family (`x_total`, `x`) and in the escapes in HELP.
//! `_created` is its own gauge in text 0.0.4, and a part of the family in OpenMetrics. Only OpenMetrics has UNIT, and
//! only OpenMetrics omits negative sums and quantiles. State sets and info metrics are gauges in text 0.0.4; OpenMetrics puts `x_info`
//! into the family `x`.

use std::borrow::Cow;

use super::number;
use crate::author::reading::distribution::Distribution;
use crate::config::Kind;

/// An exposition format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The Prometheus text format 0.0.4.
    Text,
    /// The OpenMetrics format 1.0.
    OpenMetrics,
}

/// The metadata that all series of a family share.
pub(crate) struct FamilyHead<'a> {
    /// The configured name; that of a counter may end in `_total`.
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) help: &'a str,
    /// The unit of the values; empty if there is none.
    pub(crate) unit: &'a str,
    /// The `le` label of each bucket of a histogram, `+Inf` included.
    pub(crate) les: &'a [String],
    /// The escaped label text that is on all series; empty if there is none.
    pub(crate) labels: &'a str,
}

/// One series with its value.
pub(crate) struct Sample<'a> {
    /// The escaped label text between the braces.
    pub(crate) labels: &'a str,
    pub(crate) value: SampleValue<'a>,
    /// The Unix timestamp at which the series began to count, if it is exposed.
    pub(crate) created: Option<f64>,
}

/// The exposed value of a series.
#[derive(Clone, Copy)]
pub(crate) enum SampleValue<'a> {
    /// The value of a counter or gauge.
    Number(f64),
    /// The observations of a summary or histogram: the count of each bucket alone, and the sum.
    Observed { counts: &'a [u64], sum: f64 },
    /// A histogram or summary that the API computes.
    Computed(&'a Distribution),
    /// The states of a state set, each with true if it is active.
    States(&'a [(Box<str>, bool)]),
}

impl SampleValue<'_> {
    /// Returns the number of lines of a gauge, state set or info metric.
    pub(crate) fn lines(&self) -> usize {
        if let Self::States(states) = self { states.len() } else { 1 }
    }
}

/// Writes a family, or nothing if it has no series.
pub(crate) fn family<'a, S>(format: Format, head: &FamilyHead<'_>, samples: S, out: &mut Vec<u8>)
where
    S: Iterator<Item = Sample<'a>> + Clone,
{
    if samples.clone().next().is_none() {
        return;
    }
    let mut page = FamilyEncoder::new(format, head, out);
    page.header();
    for sample in samples.clone() {
        page.sample(&sample);
    }
    if format == Format::Text && samples.clone().any(|sample| sample.created.is_some()) {
        page.created_header();
        samples.for_each(|sample| page.created(&sample));
    }
}

/// Returns a label value with the escapes of both formats.
pub(crate) fn escaped(value: &str) -> Cow<'_, str> {
    if value.contains(['\\', '\n', '"']) {
        Cow::Owned(value.replace('\\', r"\\").replace('\n', r"\n").replace('"', "\\\""))
    } else {
        Cow::Borrowed(value)
    }
}

struct FamilyEncoder<'a> {
    format: Format,
    head: &'a FamilyHead<'a>,
    /// The family name to which suffixes are added.
    base: &'a str,
    help: String,
    out: &'a mut Vec<u8>,
}

impl<'a> FamilyEncoder<'a> {
    fn new(format: Format, head: &'a FamilyHead<'a>, out: &'a mut Vec<u8>) -> Self {
        let base = head.kind.base(head.name);
        let help = help(format, head, base);
        Self { format, head, base, help, out }
    }

    fn header(&mut self) {
        let (suffix, kind) = match (self.head.kind, self.format) {
            (Kind::Counter, Format::Text) => ("_total", "counter"),
            (Kind::Counter, Format::OpenMetrics) => ("", "counter"),
            (Kind::Gauge, _) => ("", "gauge"),
            (Kind::Summary, _) => ("", "summary"),
            (Kind::Histogram, _) => ("", "histogram"),
            (Kind::StateSet, Format::Text) => ("", "gauge"),
            (Kind::StateSet, Format::OpenMetrics) => ("", "stateset"),
            (Kind::Info, Format::Text) => ("_info", "gauge"),
            (Kind::Info, Format::OpenMetrics) => ("", "info"),
        };
        self.metadata(suffix, kind);
        if self.format == Format::OpenMetrics && named_after(self.base, self.head.unit) {
            metadata(self.out, "UNIT", self.base, "", self.head.unit);
        }
    }

    /// Writes the metadata of `_created`, which is its own gauge in text 0.0.4.
    fn created_header(&mut self) {
        self.metadata("_created", "gauge");
    }

    fn metadata(&mut self, suffix: &str, kind: &str) {
        metadata(self.out, "HELP", self.base, suffix, &self.help);
        metadata(self.out, "TYPE", self.base, suffix, kind);
    }

    fn sample(&mut self, sample: &Sample<'_>) {
        match sample.value {
            SampleValue::Number(value) => {
                let suffix = match self.head.kind {
                    Kind::Counter => "_total",
                    Kind::Info => "_info",
                    _ => "",
                };
                self.line(suffix, "", sample.labels, value);
            }
            SampleValue::Computed(distribution) => self.computed(sample.labels, distribution),
            SampleValue::States(states) => self.states(sample.labels, states),
            SampleValue::Observed { counts, sum } => self.observed(sample.labels, counts, sum),
        }
        if self.format == Format::OpenMetrics {
            self.created(sample);
        }
    }

    /// Writes a line for each state, with a label that has the name of the metric (OpenMetrics 1.0, "StateSet").
    fn states(&mut self, labels: &str, states: &[(Box<str>, bool)]) {
        for (state, is_active) in states {
            let state = format!("{}=\"{}\"", self.base, escaped(state));
            self.line("", &state, labels, f64::from(u8::from(*is_active)));
        }
    }

    fn observed(&mut self, labels: &str, counts: &[u64], sum: f64) {
        let mut count = 0;
        for (le, bucket) in self.head.les.iter().zip(counts) {
            count += bucket;
            self.line("_bucket", le, labels, count as f64);
        }
        let is_negative = self.head.les.first().is_some_and(|le| le.starts_with("le=\"-"));
        self.totals(labels, is_negative, Some(sum), counts.iter().sum::<u64>() as f64);
    }

    fn computed(&mut self, labels: &str, Distribution { points, sum, count }: &Distribution) {
        for (point, value) in points {
            if self.head.kind == Kind::Histogram {
                self.line("_bucket", &own_label("le", *point), labels, *value);
            } else if self.format == Format::Text || *value >= 0.0 {
                self.line("", &own_label("quantile", *point), labels, *value);
            }
        }
        let mut is_negative = false;
        if self.head.kind == Kind::Histogram {
            is_negative = points.first().is_some_and(|(bound, _)| *bound < 0.0);
            self.line("_bucket", &own_label("le", f64::INFINITY), labels, *count);
        }
        self.totals(labels, is_negative, *sum, *count);
    }

    /// Writes the count and the sum of observations, as far as the format allows them. `is_negative` is true if a bucket has a
    /// negative bound.
    ///
    /// In OpenMetrics 1.0 ("Histogram" and "Summary") a sum is a counter, so it is not negative and is absent beside
    /// negative buckets. A histogram without a sum has no count.
    fn totals(&mut self, labels: &str, is_negative: bool, sum: Option<f64>, count: f64) {
        let is_text = self.format == Format::Text;
        let sum = sum.filter(|sum| is_text || !(is_negative || *sum < 0.0));
        if is_text || sum.is_some() || self.head.kind == Kind::Summary {
            self.line("_count", "", labels, count);
        }
        if let Some(sum) = sum {
            self.line("_sum", "", labels, sum);
        }
    }

    fn created(&mut self, sample: &Sample<'_>) {
        if let Some(created) = sample.created {
            self.line("_created", "", sample.labels, created);
        }
    }

    /// Writes a line. `own` is the label that belongs to the kind, such as `le`; empty if there is none.
    fn line(&mut self, suffix: &str, own: &str, labels: &str, value: f64) {
        let out = &mut *self.out;
        out.extend_from_slice(self.base.as_bytes());
        out.extend_from_slice(suffix.as_bytes());
        let mut parts =
            [own, self.head.labels, labels].into_iter().filter(|part| !part.is_empty()).peekable();
        if parts.peek().is_some() {
            out.push(b'{');
            while let Some(part) = parts.next() {
                out.extend_from_slice(part.as_bytes());
                out.extend_from_slice(if parts.peek().is_some() { b"," } else { b"}" });
            }
        }
        out.push(b' ');
        number::push(out, value);
        out.push(b'\n');
    }
}

/// Returns a label with a canonical number, such as `le="0.5"`.
fn own_label(name: &str, n: f64) -> String {
    format!("{name}=\"{}\"", number::canonical(n))
}

fn metadata(out: &mut Vec<u8>, word: &str, base: &str, suffix: &str, text: &str) {
    for part in ["# ", word, " ", base, suffix, " ", text, "\n"] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// Returns the HELP text. A unit that the name does not end in is appended.
fn help(format: Format, head: &FamilyHead<'_>, base: &str) -> String {
    let help = head.help.replace('\\', r"\\").replace('\n', r"\n");
    let help = if format == Format::OpenMetrics { help.replace('"', "\\\"") } else { help };
    if head.unit.is_empty() || named_after(base, head.unit) {
        help
    } else {
        format!("{help} ({})", head.unit)
    }
}

/// Returns true if the name ends in the unit, as OpenMetrics 1.0 ("Unit") requires.
fn named_after(base: &str, unit: &str) -> bool {
    !unit.is_empty() && base.strip_suffix(unit).is_some_and(|rest| rest.ends_with('_'))
}
