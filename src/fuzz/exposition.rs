//! The property that an exposition contains exactly the recorded samples, in both formats.

use super::exposition_parser::{Exposition, parse_strictly};
use crate::author::family::Family;
use crate::author::reading::states::States;
use crate::author::reading::{Labels, Reading, Total};
use crate::config::Kind;
use crate::series::encode::{self, FamilyHead, Format, Sample, SampleValue};
use crate::series::samples::Samples;

const LABELS: &[&str] = &["z", "a"];
const GAUGE: Family =
    Family { name: "g", kind: Kind::Gauge, help: "h", unit: "", labels: LABELS, buckets: &[] };
const FAMILIES: [Family; 6] = [
    GAUGE,
    Family { name: "c", kind: Kind::Counter, ..GAUGE },
    Family { name: "s", kind: Kind::Summary, ..GAUGE },
    Family { name: "b", kind: Kind::Histogram, buckets: &[-1.5, 0.0, 0.1, 1e300], ..GAUGE },
    Family { name: "d", kind: Kind::StateSet, ..GAUGE },
    Family { name: "i_info", kind: Kind::Info, ..GAUGE },
];

struct Pair([String; 2]);

impl Labels for Pair {
    const NAMES: &'static [&'static str] = LABELS;

    fn values(&self, each: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|value| each(value));
    }
}

/// A source of texts and numbers, read from bytes.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn text(&mut self) -> String {
        let length = self.take(1).first().map_or(0, |byte| usize::from(byte % 40));
        String::from_utf8_lossy(self.take(length)).into_owned()
    }

    fn number(&mut self) -> f64 {
        let mut bytes = [0; 8];
        let taken = self.take(8);
        bytes[..taken.len()].copy_from_slice(taken);
        f64::from_le_bytes(bytes)
    }
}

/// Checks the expositions of any label values and numbers.
pub(super) fn property(bytes: &[u8]) {
    let mut input = Input(bytes);
    let help = input.text();
    let mut series: Vec<([String; 2], f64)> = Vec::new();
    while !input.0.is_empty() && series.len() < 20 {
        let one = ([input.text(), input.text()], input.number());
        if series.iter().all(|(labels, _)| *labels != one.0) {
            series.push(one);
        }
    }
    let mut samples = Samples::new(FAMILIES.to_vec(), 100);
    let readings = FAMILIES.iter().map(|family| Ok(reading(family.kind, &series)));
    assert_eq!(samples.record(readings.collect(), 1.5).errors, []);
    for format in [Format::Text, Format::OpenMetrics] {
        let mut out = Vec::new();
        samples.encode(format, &mut out);
        let exposition = parse_strictly(&String::from_utf8_lossy(&out), format == Format::OpenMetrics);
        for family in &FAMILIES {
            let valid = series.iter().filter(|(_, number)| is_valid(family.kind, *number));
            valid.for_each(|(labels, number)| shown(&exposition, format, family, labels, *number));
        }
        help_stands_alone(format, &help);
    }
}

fn is_valid(kind: Kind, number: f64) -> bool {
    match kind {
        Kind::Gauge | Kind::StateSet | Kind::Info => true,
        Kind::Counter => (0.0..=1e290).contains(&number),
        Kind::Summary | Kind::Histogram => (-1e290..=1e290).contains(&number),
    }
}

fn reading(kind: Kind, series: &[([String; 2], f64)]) -> Reading {
    let mut out = Reading::default();
    let each = series.iter().map(|(labels, number)| (Pair(labels.clone()), *number));
    match kind {
        Kind::Gauge => out.gauges(each),
        Kind::StateSet => out.state_sets(each.map(|(labels, number)| (labels, states(number)))),
        Kind::Info => out.info(each.map(|(labels, _)| labels)),
        Kind::Counter => out.counters(each.map(|(labels, number)| (labels, Total(number)))),
        Kind::Summary | Kind::Histogram => {
            out.histograms(each.map(|(labels, number)| (labels, vec![number; 3])));
        }
    }
    out
}

fn states(number: f64) -> States {
    let current = number.to_string();
    States::of(&current, ["other", &current])
}

fn shown(exposition: &Exposition, format: Format, family: &Family, [z, a]: &[String; 2], number: f64) {
    let labels = [("a", a.as_str()), ("z", z.as_str())];
    let value = |suffix: &str| exposition.value(&format!("{}{suffix}", family.name), &labels);
    let same =
        |shown: Option<f64>| shown.is_some_and(|shown| shown == number || shown.is_nan() && number.is_nan());
    match family.kind {
        Kind::Gauge => assert!(same(value("")), "{number} as {:?}", value("")),
        Kind::Info => assert_eq!(value(""), Some(1.0)),
        Kind::StateSet => {
            for (state, expected) in [("other".to_owned(), 0.0), (number.to_string(), 1.0)] {
                let labels = [("a", a.as_str()), ("d", &state), ("z", z.as_str())];
                assert_eq!(exposition.value("d", &labels), Some(expected), "{state:?} in {format:?}");
            }
        }
        Kind::Counter => assert!(same(value("_total")), "{number} as {:?}", value("_total")),
        Kind::Summary => assert_eq!(value("_count"), Some(3.0)),
        Kind::Histogram => {
            let inner = |le: &str, bound: f64| {
                let labels = [("a", a.as_str()), ("le", le), ("z", z.as_str())];
                let expected = if number <= bound { 3.0 } else { 0.0 };
                assert_eq!(
                    exposition.value("b_bucket", &labels),
                    Some(expected),
                    "{number} up to {le} in {format:?}"
                );
            };
            let bounds = [("-1.5", -1.5), ("0.0", 0.0), ("0.1", 0.1), ("+Inf", f64::INFINITY)];
            bounds.into_iter().for_each(|(le, bound)| inner(le, bound));
        }
    }
}

/// Checks that a help text cannot begin another line.
fn help_stands_alone(format: Format, help: &str) {
    let head = FamilyHead { name: "m", kind: Kind::Gauge, help, unit: "", les: &[], labels: "" };
    let samples =
        [1.0].iter().map(|one| Sample { labels: "", value: SampleValue::Number(*one), created: None });
    let mut out = Vec::new();
    encode::family(format, &head, samples, &mut out);
    let exposition = parse_strictly(&String::from_utf8_lossy(&out), format == Format::OpenMetrics);
    assert_eq!((exposition.metadata.len(), exposition.samples.len()), (2, 1), "{help:?}");
    let shown = exposition.metadata[0]
        .2
        .replace("\\\\", "\0")
        .replace("\\n", "\n")
        .replace("\\\"", "\"")
        .replace('\0', "\\");
    assert!(help.contains('\0') || shown == help, "{help:?} as {shown:?}");
}
