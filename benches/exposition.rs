//! Recording a poll, and writing the page: `cargo bench --bench exposition`.
//!
//! `prometheus_crate` writes the same series with the `prometheus` crate's TextEncoder, for the ratio.
#![allow(clippy::unwrap_used)]

use collectington::Family;
use collectington::Kind;
use collectington::internals::{Format, Reading, Samples};
use collectington::{Labels, Once};
use divan::{Bencher, counter::BytesCount};
use prometheus::{Encoder, GaugeVec, Opts, Registry, TextEncoder};

const SERIES: [usize; 3] = [10, 1_000, 100_000];
const NOW: f64 = 1_795_457_481.920_977;

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

struct Incident(String, &'static str);

impl Labels for Incident {
    const NAMES: &'static [&'static str] = &["team_name", "stack"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(&self.0);
        each(self.1);
    }
}

#[divan::bench(args = SERIES)]
fn text(bencher: Bencher, series: usize) {
    encode(bencher, series, Format::Text);
}

#[divan::bench(args = SERIES)]
fn open_metrics(bencher: Bencher, series: usize) {
    encode(bencher, series, Format::OpenMetrics);
}

#[divan::bench(args = SERIES)]
fn prometheus_crate(bencher: Bencher, series: usize) {
    let registry = Registry::new();
    let gauge =
        GaugeVec::new(Opts::new("open_incidents", "Incidents that are open."), Incident::NAMES).unwrap();
    registry.register(Box::new(gauge.clone())).unwrap();
    for n in 0..series {
        gauge.with_label_values(&[&*team(n), "prd"]).set(value(n));
    }
    bencher.bench(|| {
        let mut out = Vec::new();
        TextEncoder::new().encode(&registry.gather(), &mut out).unwrap();
        out
    });
}

/// A poll that sets every series of a gauge.
#[divan::bench(args = SERIES)]
fn record_gauges(bencher: Bencher, series: usize) {
    let mut samples = gauges(series);
    bencher
        .with_inputs(|| vec![Ok(gauges_reading(series))])
        .bench_local_values(|readings| samples.record(readings, NOW));
}

/// A poll that observes so many incidents, each with an id that was listed before.
#[divan::bench(args = [10_000])]
fn record_observations(bencher: Bencher, incidents: usize) {
    let buckets = &[1.0, 5.0, 15.0, 60.0, 240.0, 1440.0];
    let mut samples = Samples::new(vec![Family { kind: Kind::Histogram, labels: &[], buckets, ..FAMILY }], 1);
    let reading = || {
        let mut reading = Reading::default();
        reading.histogram((0..incidents).map(|n| Once(n, value(n))));
        vec![Ok(reading)]
    };
    bencher.with_inputs(reading).bench_local_values(|readings| samples.record(readings, NOW));
}

fn encode(bencher: Bencher, series: usize, format: Format) {
    let samples = gauges(series);
    let mut page = Vec::new();
    samples.encode(format, &mut page);
    bencher.counter(BytesCount::of_slice(&page)).bench(|| {
        let mut out = Vec::with_capacity(page.len()); // as the last page was
        samples.encode(format, &mut out);
        out
    });
}

fn gauges(series: usize) -> Samples {
    let mut samples = Samples::new(vec![FAMILY], series);
    samples.record(vec![Ok(gauges_reading(series))], NOW);
    assert_eq!(samples.series_count(), series);
    samples
}

fn gauges_reading(series: usize) -> Reading {
    let mut reading = Reading::default();
    reading.gauges((0..series).map(|n| (Incident(team(n), "prd"), value(n))));
    reading
}

fn team(n: usize) -> String {
    format!("a team with a name and a number {n}")
}

/// Three in four are no whole numbers.
fn value(n: usize) -> f64 {
    n as f64 * 0.25
}

const FAMILY: Family = Family {
    name: "open_incidents",
    kind: Kind::Gauge,
    help: "Incidents that are open.",
    unit: "",
    labels: Incident::NAMES,
    buckets: &[],
};
