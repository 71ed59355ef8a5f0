//! How readings become samples.

use collectington::Total;
use collectington::config::Kind;
use collectington::reading::Reading;
use collectington::sample::{Format, Samples};
use collectington::service::Family;

const NOW: f64 = 1_000.5;

#[test]
fn a_counter_shows_the_running_total() {
    let mut samples = one(Kind::Counter, &[]);
    assert_eq!(record(&mut samples, |reading| reading.counter(Total(5))), "");
    assert_eq!(
        text(&samples),
        "# HELP m_total A metric.\n# TYPE m_total counter\nm_total 5\n\
         # HELP m_created A metric.\n# TYPE m_created gauge\nm_created 1000.5\n"
    );
    assert_eq!(open_metrics(&samples), "# HELP m A metric.\n# TYPE m counter\nm_total 5\nm_created 1000.5\n");
}

fn one(kind: Kind, labels: &'static [&'static str]) -> Samples {
    Samples::new(vec![family(kind, labels)], 10)
}

fn family(kind: Kind, labels: &'static [&'static str]) -> Family {
    let buckets: &[f64] = if kind == Kind::Histogram { &[1.0, 2.5] } else { &[] };
    Family { name: "m", kind, help: "A metric.", unit: "", labels, buckets }
}

/// The error of a reading of the only family, or nothing.
fn record(samples: &mut Samples, read: impl FnOnce(&mut Reading)) -> String {
    let mut reading = Reading::default();
    read(&mut reading);
    let recorded = samples.record(vec![Ok(reading)], NOW);
    recorded.errors.iter().map(|(_, error)| error.to_string()).collect()
}

fn text(samples: &Samples) -> String {
    encode(samples, Format::Text)
}

fn open_metrics(samples: &Samples) -> String {
    encode(samples, Format::OpenMetrics)
}

fn encode(samples: &Samples, format: Format) -> String {
    let mut out = Vec::new();
    samples.encode(format, &mut out);
    String::from_utf8(out).unwrap()
}
