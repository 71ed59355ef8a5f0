//! The property that the status shows exactly the samples that a scrape of the same moment has.
#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and clippy does not see that this is one behind features"
)]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use fastrand::Rng;
use serde_json::{Map, Value};

use super::site::Site;
use super::snapshot::SnapshotFreshness;
use crate::author::family::Family;
use crate::author::reading::distribution::{Buckets, Quantiles};
use crate::author::reading::states::States;
use crate::author::reading::{Increase, Labels, Reading, Unchanged};
use crate::config::Kind;
use crate::fuzz::exposition_parser::{Exposition, Sample, parse_strictly};
use crate::self_metrics::health::Health;
use crate::series::encode::Format;
use crate::series::number;
use crate::series::record_report::RecordReport;
use crate::series::samples::Samples;
use crate::status::service_info::ServiceInfo;
use crate::support::memory_limit::shown_values::{SHOWN_CHARS, SHOWN_SERIES};

const LABELS: &[&str] = &["z", "a"];
const GAUGE: Family =
    Family { name: "g", kind: Kind::Gauge, help: "h", unit: "", labels: LABELS, buckets: &[] };
pub(super) const FAMILIES: [Family; 9] = [
    GAUGE,
    Family { name: "c_total", kind: Kind::Counter, ..GAUGE },
    Family { name: "s", kind: Kind::Summary, ..GAUGE },
    Family { name: "b", kind: Kind::Histogram, buckets: &[-1.5, 0.0, 1e300], ..GAUGE },
    Family { name: "none", labels: &[], ..GAUGE },
    Family { name: "t", kind: Kind::StateSet, ..GAUGE },
    Family { name: "i_info", kind: Kind::Info, ..GAUGE },
    Family { name: "k", kind: Kind::Histogram, ..GAUGE },
    Family { name: "q", kind: Kind::Summary, ..GAUGE },
];

const STALE_AFTER: Duration = Duration::from_secs(3600);

/// Parts of label values that an exposition escapes, or that look like other parts of one.
const ODD: [&str; 12] =
    ["\"", "\\", "\n", "\\n", "é", "\"} 7\n", "# HELP g x", ",a=\"", "=", "", "\u{10ffff}", "{"];
const NUMBERS: [f64; 8] = [0.0, -0.0, 0.1, -2.5, 1e21, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

struct Pair([String; 2]);

impl Labels for Pair {
    const NAMES: &'static [&'static str] = LABELS;

    fn values(&self, each: &mut dyn FnMut(&str)) {
        self.0.iter().for_each(|value| each(value));
    }
}

#[test]
fn the_status_shows_the_samples_of_a_scrape_whatever_was_read_and_however_old_it_is() {
    for seed in 0..50 {
        let mut random = Rng::with_seed(seed);
        let site = site();
        let mut samples = Samples::new(FAMILIES.to_vec(), 200);
        let sets = label_sets(&mut random);
        let mut moments = vec![Instant::now()];
        for _ in 0..random.usize(1..5) {
            assert_eq!(samples.record(readings(&mut random, &sets), 1e9), RecordReport::default());
            moments.push(after(moments[moments.len() - 1]));
            publish(&site, &samples);
            let now = Instant::now();
            let later = moments.iter().map(|moment| *moment + STALE_AFTER);
            later.chain([now]).for_each(|now| agree(&site, now, seed));
        }
    }
}

/// Returns a later instant than `before`, so that no series is as old as both.
pub(super) fn after(before: Instant) -> Instant {
    loop {
        let now = Instant::now();
        if now > before {
            return now;
        }
    }
}

fn site() -> Arc<Site> {
    let service = ServiceInfo {
        name: "a".to_owned(),
        families: FAMILIES.map(Into::into).to_vec(),
        ..ServiceInfo::default()
    };
    Site::new(vec![service], Health::new().unwrap())
}

fn publish(site: &Arc<Site>, samples: &Samples) {
    let freshness = SnapshotFreshness {
        last_success: Some(Instant::now()),
        stale_after: Some(STALE_AFTER),
        ..SnapshotFreshness::default()
    };
    site.publishing(0).publish_with(freshness, samples);
}

pub(super) fn label_sets(random: &mut Rng) -> Vec<[String; 2]> {
    let count = random.usize(0..60);
    let mut sets: Vec<_> = (0..count).map(|_| [text(random), text(random)]).collect();
    sets.sort();
    sets.dedup();
    sets
}

fn text(random: &mut Rng) -> String {
    let parts = if random.u8(..8) == 0 { 400 } else { 4 };
    (0..random.usize(..parts)).map(|_| ODD[random.usize(..ODD.len())]).collect()
}

/// Returns the readings of one poll, which reads only some of the gauges again.
pub(super) fn readings(random: &mut Rng, sets: &[[String; 2]]) -> Vec<crate::Result<Reading>> {
    let mut readings: [Reading; 9] = std::array::from_fn(|_| Reading::default());
    let mut number = || NUMBERS[random.usize(..NUMBERS.len())];
    let values: Vec<f64> = sets.iter().map(|_| number()).collect();
    let finite = values.iter().map(|value| if value.is_finite() { *value } else { 7.25 });
    let pairs = || sets.iter().cloned().map(Pair);
    let gauges: Vec<_> =
        values.iter().map(|value| if random.bool() { Ok(*value) } else { Err(Unchanged) }).collect();
    readings[0].gauges(pairs().zip(gauges));
    readings[1].counters(pairs().zip(finite.clone().map(|value| Increase(value.abs()))));
    readings[2].histograms(pairs().zip(finite.clone().map(|value| vec![value; 2])));
    readings[3].histograms(pairs().zip(finite.map(|value| vec![value, 0.5])));
    let mut states: Vec<_> = (0..4).map(|_| text(random)).collect();
    states.push(String::new());
    states.sort();
    states.dedup();
    let state_sets: Vec<_> = sets
        .iter()
        .map(|_| if random.bool() { Ok(States::of("", &states)) } else { Err(Unchanged) })
        .collect();
    readings[5].state_sets(pairs().zip(state_sets));
    readings[6].info(pairs());
    let sum = random.bool().then_some(7.5);
    readings[7].histograms(pairs().zip(1..).map(|(labels, n)| (labels, Buckets::of([(0.5, n)], sum, n))));
    readings[8].summaries(pairs().zip(1..).map(|(labels, n)| (labels, Quantiles::of([(0.5, n)], sum, n))));
    readings.into_iter().map(Ok).collect()
}

/// Checks that the status at `now` has the samples of a scrape at `now`.
fn agree(site: &Arc<Site>, now: Instant, seed: u64) {
    let (body, _) = site.metrics(Format::Text, false, now);
    let body = String::from_utf8(body.pieces().collect::<Vec<_>>().concat()).unwrap();
    let page = parse_strictly(&body, false);
    let json = site.status(SystemTime::now(), now).json();
    let json: Value = serde_json::from_str(&json).unwrap();
    for (family, metric) in FAMILIES.iter().zip(json["services"][0]["metrics"].as_array().unwrap()) {
        let (count, total, series) = expected(&page, family);
        assert_eq!(metric["series_count"], count, "seed {seed}: {}", family.name);
        assert_eq!(metric["total"].as_str().map(str::to_owned), total, "seed {seed}: {}", family.name);
        assert_eq!(metric["series"], Value::from(series), "seed {seed}: {}", family.name);
    }
}

/// Returns the number of series, the total, and the JSON of the first series of a family in an exposition.
fn expected(page: &Exposition, family: &Family) -> (usize, Option<String>, Vec<Value>) {
    let observes = matches!(family.kind, Kind::Summary | Kind::Histogram);
    let of = |suffix: &str| {
        let name = format!("{}{suffix}", family.name);
        page.samples.iter().filter(move |sample| sample.name == name).collect::<Vec<_>>()
    };
    let (values, sums) = if observes { (of("_count"), of("_sum")) } else { (of(""), Vec::new()) };
    let total = values.iter().fold(0.0, |total, sample| total + sample.value);
    let series = values.iter().enumerate().take(SHOWN_SERIES).map(|(at, sample)| {
        let mut json = Map::new();
        json.insert("labels".to_owned(), labels(sample));
        let name = if observes { "count" } else { "value" };
        json.insert(name.to_owned(), number::text(sample.value).into());
        json.extend(sums.get(at).map(|sum| ("sum".to_owned(), number::text(sum.value).into())));
        Value::from(json)
    });
    (values.len(), (!values.is_empty()).then(|| number::text(total)), series.collect())
}

fn labels(sample: &Sample) -> Value {
    let cut = |value: &str| match value.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}...", &value[..end]),
        None => value.to_owned(),
    };
    sample
        .labels
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(cut(value))))
        .collect::<Map<_, _>>()
        .into()
}
