//! From readings to series.

mod counters;
mod distributions;
mod encoding;
mod expiry;
mod gauges;
mod items;
mod label_sets;
mod observations;
mod size_limit;
mod state_sets;

use collectington::Family;
use collectington::Kind;
use collectington::internals::{Cursor, Format, Reading, RecordReport, Samples, SeriesOptions, Terms};
use collectington::{Error, Increase, Labels, Once, Result, States, Total, Unchanged};

use crate::support::exposition_parser::{Exposition, parse_strictly};

/// Two labels, not in the order of their names.
struct Pair(&'static str, &'static str);

impl Labels for Pair {
    const NAMES: &'static [&'static str] = &["z", "a"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(self.0);
        each(self.1);
    }
}

/// The same, of any values.
struct Owned(String, String);

impl Labels for Owned {
    const NAMES: &'static [&'static str] = Pair::NAMES;

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(&self.0);
        each(&self.1);
    }
}

/// No labels.
struct Nothing;

impl Labels for Nothing {
    const NAMES: &'static [&'static str] = &[];

    fn values(&self, _: &mut dyn FnMut(&str)) {}
}

const FAMILY: Family =
    Family { name: "m", kind: Kind::Counter, help: "A metric.", unit: "", labels: &[], buckets: &[] };

/// One family, which is read at the seconds 1, 2, 3, ...
struct Metric {
    samples: Samples,
    now: f64,
}

impl Metric {
    fn new(kind: Kind) -> Self {
        Self::of(Family { kind, ..FAMILY })
    }

    fn labelled(kind: Kind) -> Self {
        Self::of(Family { kind, labels: Pair::NAMES, ..FAMILY })
    }

    fn of(family: Family) -> Self {
        Self { samples: Samples::new(vec![family], 1000), now: 0.0 }
    }

    fn record(&mut self, reading: Result<Reading>) -> RecordReport {
        self.now += 1.0;
        self.samples.record(vec![reading], self.now)
    }

    fn ok(&mut self, read: impl FnOnce(&mut Reading)) {
        assert_eq!(self.record(Ok(reading(read))), RecordReport::default());
    }

    /// Records a reading with invalid items, and returns how many there are and why the first is.
    fn rejected(&mut self, read: impl FnOnce(&mut Reading)) -> (u64, String) {
        let mut recorded = self.record(Ok(reading(read)));
        let rejection = recorded.rejected.pop().unwrap();
        assert_eq!((rejection.metric, recorded), ("m", RecordReport::default()));
        (rejection.count, rejection.reason.to_string())
    }

    fn exposition(&self, format: Format) -> String {
        encode(&self.samples, format)
    }

    fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        Exposition::parse(&self.exposition(Format::Text)).value(name, labels)
    }

    /// The names of the samples.
    fn names(&self, format: Format) -> Vec<String> {
        Exposition::parse(&self.exposition(format)).samples.into_iter().map(|sample| sample.name).collect()
    }
}

fn reading(read: impl FnOnce(&mut Reading)) -> Reading {
    let mut reading = Reading::default();
    read(&mut reading);
    reading
}

fn encode(samples: &Samples, format: Format) -> String {
    let mut out = Vec::new();
    samples.encode(format, &mut out);
    String::from_utf8(out).unwrap()
}
