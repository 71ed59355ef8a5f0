//! Families with random names, help texts, label values and numbers, and the samples expected of their exposition.

use collectington::Family;
use collectington::Kind;
use collectington::internals::{Format, Reading, RecordReport, Samples};
use collectington::{Buckets, Increase, Labels, Quantiles, States};
use fastrand::Rng;

use crate::support::exposition_parser::Sample;

/// When the polls are.
pub const NOW: f64 = 1_795_457_481.920_977;

/// What a label value, or a help text, may have in it to be taken for something else.
const ODD: &[&str] = &[
    "\"",
    "\\",
    "\n",
    "\\n",
    "\\\"",
    "\\\\",
    "\r",
    "\r\n",
    "\t",
    "\0",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{202e}",
    "\u{fffd}",
    "\u{10ffff}",
    "😀",
    "👩‍👩‍👧",
    "e\u{301}",
    "{",
    "}",
    "\"} 1\n",
    ",",
    "=",
    "#",
    "\n# EOF\n",
    "# HELP x y",
    " # {a=\"b\"} 1",
    "  ",
    "NaN",
    "%n",
    "\\u0022",
];

const NUMBERS: &[f64] = &[
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.1,
    5e-324,
    -5e-324,
    f64::MIN_POSITIVE,
    2.225_073_858_507_201e-308,
    f64::MAX,
    f64::MIN,
    f64::EPSILON,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    9_007_199_254_740_993.0,
    1e16,
    1e21,
    1e22,
    123_456_789.123_456_79,
    1e290,
    1e-290,
];

/// An exposition in both formats, and what it must say in each.
pub struct RandomExposition {
    /// The number of families.
    pub families: usize,
    families_with: Vec<(Family, Vec<Series>)>,
    samples: Samples,
}

/// The values of one series of a family.
struct Series {
    labels: Vec<String>,
    values: Vec<f64>,
    /// The known states of a state set, each with true if it is active.
    states: Vec<(String, bool)>,
    /// The histogram or summary that the API computes.
    computed: Computed,
}

/// The numbers of a histogram or summary that the API computes.
#[derive(Clone)]
struct Computed {
    /// The bounds and cumulative counts, or the quantiles and their values.
    points: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: u64,
}

struct Nothing;
struct One(Vec<String>);
struct Three(Vec<String>);

impl Labels for Nothing {
    const NAMES: &'static [&'static str] = &[];

    fn values(&self, _: &mut dyn FnMut(&str)) {}
}

impl Labels for One {
    const NAMES: &'static [&'static str] = &["team"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|value| each(value));
    }
}

impl Labels for Three {
    const NAMES: &'static [&'static str] = &["z", "type", "_a1"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|value| each(value));
    }
}

impl RandomExposition {
    /// The exposition of that number: always the same.
    pub fn new(number: usize) -> Self {
        let mut random = Rng::with_seed(number as u64);
        let families_with: Vec<_> = (0..random.usize(1..6))
            .map(|nth| {
                let family = family(&mut random, &format!("p{number}_f{nth}"));
                let series = series(&mut random, &family);
                (family, series)
            })
            .collect();
        let readings = families_with.iter().map(|(family, series)| Ok(reading(family, series))).collect();
        let mut samples = Samples::new(families_with.iter().map(|(family, _)| *family).collect(), 100);
        assert_eq!(samples.record(readings, NOW), RecordReport::default());
        Self { families: families_with.len(), families_with, samples }
    }

    /// As it would be served, but for `# EOF`.
    pub fn text(&self, format: Format) -> String {
        let mut out = Vec::new();
        self.samples.encode(format, &mut out);
        String::from_utf8(out).unwrap()
    }

    /// The samples of it, from what went into it alone; sorted.
    pub fn expected(&self, format: Format) -> Vec<Sample> {
        let families = self.families_with.iter();
        let mut all: Vec<_> = families
            .flat_map(|(family, series)| series.iter().flat_map(|series| expected(format, family, series)))
            .collect();
        sort(&mut all);
        all
    }

    /// The name and the help text of each family that is on the exposition.
    pub fn helps(&self) -> Vec<(String, String)> {
        let shown = self.families_with.iter().filter(|(_, series)| !series.is_empty());
        shown
            .map(|(family, _)| {
                let base = family.name.strip_suffix("_info").unwrap_or(family.name);
                (base.to_owned(), help_of(family))
            })
            .collect()
    }
}

/// By name and labels.
pub fn sort(samples: &mut [Sample]) {
    samples.sort_by(|a, b| (&a.name, &a.labels).cmp(&(&b.name, &b.labels)));
}

/// Whether they are one number, to the bit; all that are none are one.
pub fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// A unit that the name does not end in stands at the end of the help.
fn help_of(family: &Family) -> String {
    match family.unit {
        "" => family.help.to_owned(),
        unit if family.name.ends_with(&format!("_{unit}")) => family.help.to_owned(),
        unit => format!("{} ({unit})", family.help),
    }
}

fn family(random: &mut Rng, base: &str) -> Family {
    let kind = Kind::ALL[random.usize(..Kind::ALL.len())];
    let unit = ["", "", "seconds", "bytes"][random.usize(..4)];
    let unit = if matches!(kind, Kind::StateSet | Kind::Info) { "" } else { unit };
    let suffix = match kind {
        Kind::Info => "_info".to_owned(),
        _ if random.bool() && !unit.is_empty() => format!("_{unit}"),
        _ => String::new(),
    };
    let buckets = if kind == Kind::Histogram { bounds(random) } else { Vec::new() };
    Family {
        name: format!("{base}{suffix}").leak(),
        kind,
        help: format!("Help{}", words(random, 12)).leak(),
        unit,
        labels: [&[], One::NAMES, Three::NAMES][random.usize(..3)],
        buckets: buckets.leak(),
    }
}

fn bounds(random: &mut Rng) -> Vec<f64> {
    let mut bounds: Vec<f64> = (0..random.usize(..8)).map(|_| number(random) + 0.0).collect();
    bounds.retain(|bound| bound.is_finite());
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    bounds
}

fn series(random: &mut Rng, family: &Family) -> Vec<Series> {
    let count = if family.labels.is_empty() { 1 } else { random.usize(..6) };
    let mut all: Vec<_> = (0..count)
        .map(|_| {
            let labels = family.labels.iter().map(|_| words(random, 6)).collect();
            let computed = computed(random, family.kind);
            Series { labels, values: values(random, family.kind), states: states(random), computed }
        })
        .collect();
    all.sort_by(|a, b| a.labels.cmp(&b.labels));
    all.dedup_by(|a, b| a.labels == b.labels);
    all
}

fn values(random: &mut Rng, kind: Kind) -> Vec<f64> {
    match kind {
        Kind::Gauge => vec![taken(random, |_| true)],
        Kind::StateSet | Kind::Info => vec![1.0],
        Kind::Counter => vec![taken(random, |n| (0.0..=1e290).contains(n))],
        // One of any size, or several whose sum is exact in any order.
        Kind::Summary | Kind::Histogram if random.bool() => {
            (0..random.usize(1..9)).map(|_| f64::from(random.i32(-1_000_000..1_000_000)) / 64.0).collect()
        }
        Kind::Summary | Kind::Histogram => vec![taken(random, |n| n.abs() <= 1e290)],
    }
}

fn states(random: &mut Rng) -> Vec<(String, bool)> {
    let mut states: Vec<_> = (0..random.usize(1..6)).map(|_| (words(random, 4), random.bool())).collect();
    states.sort();
    states.dedup_by(|a, b| a.0 == b.0);
    states
}

/// A computed histogram or summary, with a bound for each of a few counts.
fn computed(random: &mut Rng, kind: Kind) -> Computed {
    let mut count = 0;
    let points = if kind == Kind::Histogram {
        bounds(random)
            .into_iter()
            .map(|bound| {
                count += random.u64(..1 << 40);
                (bound, count as f64)
            })
            .collect()
    } else {
        let mut quantiles: Vec<f64> =
            (0..random.usize(..5)).map(|_| random.f64()).chain([0.0, 1.0]).collect();
        quantiles.sort_by(f64::total_cmp);
        quantiles.dedup();
        quantiles.into_iter().map(|quantile| (quantile, taken(random, |n| n.is_finite()))).collect()
    };
    let sum = random.bool().then(|| taken(random, |n| n.abs() <= 1e290));
    Computed { points, sum, count: count + random.u64(..1 << 40) }
}

fn taken(random: &mut Rng, fits: fn(&f64) -> bool) -> f64 {
    loop {
        let number = number(random);
        if fits(&number) {
            return number;
        }
    }
}

/// Any number, the odd ones more often.
fn number(random: &mut Rng) -> f64 {
    match random.u8(..5) {
        0 => NUMBERS[random.usize(..NUMBERS.len())],
        1 => f64::from(random.i32(..)),
        2 => f64::from(random.i32(..)) / 1000.0,
        3 => f64::from_bits(random.u64(..1 << 52)),
        _ => f64::from_bits(random.u64(..)),
    }
}

/// So many pieces at most, of any characters there are.
fn words(random: &mut Rng, most: usize) -> String {
    let pieces = random.usize(..=most);
    let piece = |_| match random.u8(..4) {
        0 => ODD[random.usize(..ODD.len())].to_owned(),
        1 => random.char(..).to_string(),
        2 => random.char('\0'..'\u{100}').to_string(),
        _ => random.alphanumeric().to_string(),
    };
    (0..pieces).map(piece).collect()
}

fn reading(family: &Family, series: &[Series]) -> Reading {
    let mut out = Reading::default();
    let single = || series[0].values[0];
    let of_each = || series.iter().map(|one| (one.labels.clone(), one.values[0]));
    let all_of_each = || series.iter().map(|one| (one.labels.clone(), one.values.clone()));
    let (ones, threes) = (
        || series.iter().map(|one| One(one.labels.clone())),
        || series.iter().map(|one| Three(one.labels.clone())),
    );
    match (family.kind, family.labels.len()) {
        (Kind::Histogram, 0) if is_computed(family) => out.histogram(buckets_of(&series[0])),
        (Kind::Histogram, 1) if is_computed(family) => {
            out.histograms(ones().zip(series.iter().map(buckets_of)));
        }
        (Kind::Histogram, _) if is_computed(family) => {
            out.histograms(threes().zip(series.iter().map(buckets_of)));
        }
        (Kind::Summary, 0) if is_computed(family) => out.summary(quantiles_of(&series[0])),
        (Kind::Summary, 1) if is_computed(family) => {
            out.summaries(ones().zip(series.iter().map(quantiles_of)));
        }
        (Kind::Summary, _) if is_computed(family) => {
            out.summaries(threes().zip(series.iter().map(quantiles_of)));
        }
        (Kind::StateSet, 0) => out.state_set(states_of(&series[0])),
        (Kind::StateSet, 1) => {
            out.state_sets(series.iter().map(|one| (One(one.labels.clone()), states_of(one))));
        }
        (Kind::StateSet, _) => {
            out.state_sets(series.iter().map(|one| (Three(one.labels.clone()), states_of(one))));
        }
        (Kind::Info, 0) => out.info(Nothing),
        (Kind::Info, 1) => out.info(series.iter().map(|one| One(one.labels.clone()))),
        (Kind::Info, _) => out.info(series.iter().map(|one| Three(one.labels.clone()))),
        (Kind::Counter, 0) => out.counter(Increase(single())),
        (Kind::Gauge, 0) => out.gauge(single()),
        (_, 0) => out.histogram(series[0].values.clone()),
        (Kind::Counter, 1) => out.counters(of_each().map(|(labels, n)| (One(labels), Increase(n)))),
        (Kind::Gauge, 1) => out.gauges(of_each().map(|(labels, n)| (One(labels), n))),
        (_, 1) => out.histograms(all_of_each().map(|(labels, n)| (One(labels), n))),
        (Kind::Counter, _) => out.counters(of_each().map(|(labels, n)| (Three(labels), Increase(n)))),
        (Kind::Gauge, _) => out.gauges(of_each().map(|(labels, n)| (Three(labels), n))),
        (..) => out.histograms(all_of_each().map(|(labels, n)| (Three(labels), n))),
    }
    out
}

/// True if the metric is a histogram or summary that the API computes; every second one is.
fn is_computed(family: &Family) -> bool {
    matches!(family.kind, Kind::Summary | Kind::Histogram) && family.help.len() % 2 == 0
}

fn buckets_of(Series { computed, .. }: &Series) -> Buckets {
    Buckets::of(computed.points.clone(), computed.sum, computed.count)
}

fn quantiles_of(Series { computed, .. }: &Series) -> Quantiles {
    Quantiles::of(computed.points.clone(), computed.sum, computed.count)
}

fn states_of(series: &Series) -> States {
    let active = series.states.iter().filter(|(_, is_active)| *is_active);
    States::any_of(active.map(|(state, _)| state), series.states.iter().map(|(state, _)| state))
}

fn expected(format: Format, family: &Family, series: &Series) -> Vec<Sample> {
    let mut all = Vec::new();
    let mut own = |suffix: &str, own: Option<(&str, String)>, value: f64| {
        let names = family.labels.iter().map(ToString::to_string);
        let mut labels: Vec<_> = names.zip(series.labels.iter().cloned()).collect();
        labels.extend(own.map(|(name, value)| (name.to_owned(), value)));
        labels.sort();
        all.push(Sample { name: format!("{}{suffix}", family.name), labels, value });
    };
    if family.kind == Kind::StateSet {
        for (state, is_active) in &series.states {
            own("", Some((family.name, state.clone())), f64::from(u8::from(*is_active)));
        }
        return all;
    }
    if is_computed(family) {
        let Computed { points, sum, count } = &series.computed;
        let (count, is_text) = (*count as f64, format == Format::Text);
        let is_histogram = family.kind == Kind::Histogram;
        let (suffix, name) = if is_histogram { ("_bucket", "le") } else { ("", "quantile") };
        for (point, value) in points.iter().copied().chain(is_histogram.then_some((f64::INFINITY, count))) {
            if is_text || is_histogram || value >= 0.0 {
                own(suffix, Some((name, format!("{point:?}"))), value);
            }
        }
        let is_negative = is_histogram && points.first().is_some_and(|(bound, _)| *bound < 0.0);
        let sum = sum.filter(|sum| is_text || !(is_negative || *sum < 0.0));
        if is_text || sum.is_some() || !is_histogram {
            own("_count", None, count);
        }
        sum.into_iter().for_each(|sum| own("_sum", None, sum));
        return all;
    }
    let mut add = |suffix: &str, le: Option<f64>, value: f64| {
        own(suffix, le.map(|le| ("le", format!("{le:?}"))), value);
    };
    let (values, sum) = (&series.values, series.values.iter().fold(0.0, |sum, n| sum + n));
    let count = values.len() as f64;
    match family.kind {
        Kind::Gauge | Kind::Info | Kind::StateSet => add("", None, values[0]),
        // What counts from 0 has no sign at 0.
        Kind::Counter => add("_total", None, values[0] + 0.0),
        Kind::Summary | Kind::Histogram => {
            let bounds = family.buckets.iter().chain(&[f64::INFINITY]);
            for bound in bounds.filter(|_| family.kind == Kind::Histogram) {
                add("_bucket", Some(*bound), values.iter().filter(|n| *n <= bound).count() as f64);
            }
            // OpenMetrics has no negative sums, and a histogram without a sum has no count there.
            let negative = sum < 0.0 || family.buckets.first().is_some_and(|bound| *bound < 0.0);
            let summed = format == Format::Text || !negative;
            if summed || family.kind == Kind::Summary {
                add("_count", None, count);
            }
            if summed {
                add("_sum", None, sum);
            }
        }
    }
    if !matches!(family.kind, Kind::Gauge | Kind::Info) {
        add("_created", None, NOW);
    }
    all
}
