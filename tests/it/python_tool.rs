//! Equal readings give the same series, types and values as the Python tool.
//!
//! tests/oracle/ holds what the Python tool exposed, byte for byte but for its `python_*` and `process_*`
//! families, and but for the `_created` of counters that are running totals: it showed the start of its own process there,
//! which is not when they began. It observed one cached response in each of its cycles and showed a metric without a method as 0;
//! here the readings say so themselves.

use collectington::Family;
use collectington::Increase;
use collectington::Kind;
use collectington::Labels;
use collectington::Total;
use collectington::internals::{Format, Reading, Samples};

use crate::support::exposition_parser::{Exposition, Sample};

const DEFAULT_BUCKETS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

struct Team(&'static str);

impl Labels for Team {
    const NAMES: &'static [&'static str] = &["team_name", "stack"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each("some_label_value");
        each(self.0);
    }
}

type Read = fn(&mut Reading);

#[test]
fn the_example_equals_the_exposition_of_the_python_tool() {
    let metrics: &[(&'static str, Kind, Read)] = &[
        ("number_of_incidents", Kind::Counter, |out| out.counter(Total(1000))),
        ("time_taken_to_acknowledge", Kind::Summary, |out| out.histogram(vec![3, 3])),
        ("time_taken_to_resolve", Kind::Summary, |out| out.histogram(vec![24, 24])),
    ];
    same(metrics, Format::Text, include_str!("../oracle/example_splunk_2cycles_client0.9.0.txt"));
    same(metrics, Format::Text, include_str!("../oracle/example_splunk_2cycles_client0.26.0.txt"));
}

#[test]
fn every_kind_equals_the_python_tool_after_one_cycle() {
    let metrics: &[(&'static str, Kind, Read)] = &[
        ("c_plain", Kind::Counter, |out| out.counter(Increase(5))),
        ("c_lab", Kind::Counter, |out| out.counters(by_stack([Increase(123), Increase(34)]))),
        ("g_plain", Kind::Gauge, |out| out.gauge(3)),
        ("g_lab", Kind::Gauge, |out| out.gauges(by_stack([123, 34]))),
        ("s_plain", Kind::Summary, |out| out.histogram(1)),
        ("s_lab", Kind::Summary, |out| out.histograms(by_stack([123, 34]))),
        ("h_plain", Kind::Histogram, |out| out.histogram(0.003)),
    ];
    same(metrics, Format::Text, include_str!("../oracle/kinds_cycle1_client0.9.0.txt"));
    same(metrics, Format::Text, include_str!("../oracle/kinds_cycle1_client0.26.0.txt"));
    same(metrics, Format::OpenMetrics, include_str!("../oracle/kinds_cycle1_openmetrics_client0.9.0.txt"));
    same(metrics, Format::OpenMetrics, include_str!("../oracle/kinds_cycle1_openmetrics_client0.26.0.txt"));
}

#[test]
fn every_kind_equals_the_python_tool_after_six_cycles() {
    let metrics: &[(&'static str, Kind, Read)] = &[
        ("c_plain", Kind::Counter, |out| out.counter(Increase(30))),
        ("c_delta", Kind::Counter, |out| out.counter(Total(1500))),
        ("c_lab", Kind::Counter, |out| out.counters(by_stack([Increase(738), Increase(204)]))),
        ("c_unregistered", Kind::Counter, |out| out.counter(Increase(0))),
        ("g_plain", Kind::Gauge, |out| out.gauge(1e21)),
        ("g_lab", Kind::Gauge, |out| out.gauges(by_stack([123, 34]))),
        ("g_unregistered", Kind::Gauge, |out| out.gauge(0)),
        ("s_plain", Kind::Summary, |out| out.histogram(vec![1.0, 1.1, 1.2, 1.2, 1.3, 1.3])),
        ("s_lab", Kind::Summary, |out| out.histograms(by_stack([vec![123; 6], vec![34; 6]]))),
        ("s_unregistered", Kind::Summary, |out| out.histogram(vec![0; 6])),
        ("h_plain", Kind::Histogram, |out| out.histogram(vec![0.0, 0.003, 0.5, 7.5, 10.0, 10.5])),
        ("h_lab", Kind::Histogram, |out| out.histograms(by_stack([vec![1.23; 6], vec![0.34; 6]]))),
        ("h_unregistered", Kind::Histogram, |out| out.histogram(vec![0; 6])),
    ];
    same(metrics, Format::Text, include_str!("../oracle/kinds_cycle6_v09.txt"));
    same(metrics, Format::Text, include_str!("../oracle/kinds_cycle6_vnew.txt"));
}

/// The exposition of the Python tool without the `_created` of counters that are running totals, whose beginning it did not know.
fn without_created_of_totals(exposition: &str) -> String {
    const THEY: [&str; 2] = ["number_of_incidents_created", "c_delta_created"];
    let lines = exposition.lines().filter(|line| !line.split([' ', '{']).any(|word| THEY.contains(&word)));
    lines.map(|line| line.to_owned() + "\n").collect()
}

fn by_stack<R>([prd, sbx]: [R; 2]) -> Vec<(Team, R)> {
    vec![(Team("prd"), prd), (Team("sbx"), sbx)]
}

/// Holds what the metrics give against an exposition of the Python tool: metadata and series in the same order, and
/// equal values, but for the time in `_created`.
fn same(metrics: &[(&'static str, Kind, Read)], format: Format, oracle: &str) {
    let (ours, theirs) = (
        Exposition::parse(&exposition(metrics, format)),
        Exposition::parse(&without_created_of_totals(oracle)),
    );
    assert_eq!(ours.metadata, theirs.metadata);
    assert_eq!(series(&ours), series(&theirs));
    for (our, their) in ours.samples.iter().zip(&theirs.samples) {
        let created = our.name.ends_with("_created");
        let close = (our.value - their.value).abs() <= 1e-12 * their.value.abs();
        assert!(created || close, "{our:?} is not {their:?}");
    }
}

fn series(exposition: &Exposition) -> Vec<(&str, &[(String, String)])> {
    exposition.samples.iter().map(|Sample { name, labels, .. }| (name.as_str(), &labels[..])).collect()
}

fn exposition(metrics: &[(&'static str, Kind, Read)], format: Format) -> String {
    let mut samples = Samples::new(metrics.iter().map(|(name, kind, _)| family(name, *kind)).collect(), 10);
    let readings = metrics.iter().map(|(_, _, read)| {
        let mut reading = Reading::default();
        read(&mut reading);
        Ok(reading)
    });
    let recorded = samples.record(readings.collect(), 1.795457481920977e9);
    assert_eq!(recorded.errors, []);
    let mut out = Vec::new();
    samples.encode(format, &mut out);
    String::from_utf8(out).unwrap()
}

/// The Python tool's HELP was the name.
fn family(name: &'static str, kind: Kind) -> Family {
    let labels: &[&str] = if name.ends_with("_lab") { Team::NAMES } else { &[] };
    let buckets = if kind == Kind::Histogram { DEFAULT_BUCKETS } else { &[] };
    Family { name, kind, help: name, unit: "", labels, buckets }
}
