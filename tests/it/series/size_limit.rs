//! The bytes that the series of a service take.

use super::*;
use crate::support::exposition_parser::Sample;

const KINDS: [Kind; 6] = Kind::ALL;
const NAMES: [&str; 6] = ["m", "n", "o", "p", "q", "r_info"];

/// A metric of each kind, all of whose series may take so many bytes.
fn of_each_kind(bytes: usize) -> Samples {
    let family = |(kind, name)| Family {
        name,
        kind,
        labels: Pair::NAMES,
        buckets: if kind == Kind::Histogram { &[0.5, 1.5, 2.5] } else { &[] },
        ..FAMILY
    };
    let families = KINDS.into_iter().zip(NAMES).map(family).collect();
    Samples::new(families, SeriesOptions { bytes, ..10_000.into() })
}

/// A number for each of these labels.
fn listed(kind: Kind, labels: Vec<Owned>) -> Result<Reading> {
    let each = labels.into_iter();
    Ok(reading(|out| match kind {
        Kind::Counter => out.counters(each.map(|labels| (labels, Increase(1)))),
        Kind::Gauge => out.gauges(each.map(|labels| (labels, 1e-300))),
        Kind::StateSet => out.state_sets(each.map(|labels| (labels, States::of("on", &["off", "on"])))),
        Kind::Info => out.info(each),
        Kind::Summary | Kind::Histogram => out.histograms(each.map(|labels| (labels, vec![1]))),
    }))
}

fn labels(count: usize, name: impl Fn(usize) -> String) -> Vec<Owned> {
    (0..count).map(|n| Owned(name(n), String::new())).collect()
}

/// Records the readings of all kinds; `None` for a metric that has nothing new.
fn record(samples: &mut Samples, now: f64, lists: [Option<Vec<Owned>>; 6]) -> RecordReport {
    let unchanged = || Ok(reading(|out| out.gauges::<Owned, _>(Unchanged)));
    let readings = KINDS.into_iter().zip(lists);
    let readings = readings.map(|(kind, list)| list.map_or_else(unchanged, |list| listed(kind, list)));
    samples.record(readings.collect(), now)
}

/// The names of the label sets that are shown of a metric.
fn shown(samples: &Samples, name: &str) -> usize {
    let exposition = Exposition::parse(&encode(samples, Format::OpenMetrics));
    let of_name = |sample: &&Sample| {
        sample.name == name
            || sample.name == format!("{name}_total")
            || sample.name == format!("{name}_count")
    };
    exposition.samples.iter().filter(of_name).count()
}

#[test]
fn an_exposition_takes_no_more_bytes_than_allowed_whatever_is_listed() {
    const BYTES: usize = 200_000;
    /// The lines of `# HELP` and `# TYPE`.
    const HEADS: usize = 600;
    let mut samples = of_each_kind(BYTES);
    let mut random = fastrand::Rng::with_seed(7);
    let mut most = 0;
    for poll in 0..60 {
        let mut list = || {
            let (count, length) = (random.usize(..200), random.usize(..4000));
            let part = ["x", "\"", "\n", "é"][random.usize(..4)];
            let name = |n| format!("{n}-{poll}{}", part.repeat(length / part.len()));
            random.bool().then(|| labels(count, name))
        };
        let lists = std::array::from_fn(|_| list());
        record(&mut samples, f64::from(poll), lists);
        for format in [Format::Text, Format::OpenMetrics] {
            let bytes = encode(&samples, format).len();
            most = most.max(bytes);
            assert!(bytes <= BYTES + HEADS, "{bytes} in poll {poll}");
        }
    }
    assert!(most > BYTES / 2, "{most}: the limit is used");
}

#[test]
fn series_without_room_are_dropped_and_reported_as_large() {
    let mut samples = of_each_kind(100_000);
    let long = |n| format!("{n:04}{}", "x".repeat(4000));
    let recorded = record(&mut samples, 1.0, [None, Some(labels(100, long)), None, None, None, None]);
    let [("n", dropped)] = recorded.dropped[..] else { panic!("{recorded:?}") };
    assert_eq!((recorded.large, shown(&samples, "n") as u64 + dropped), (vec!["n"], 100));
    let short =
        record(&mut samples, 2.0, [None, Some(labels(100, |n| n.to_string())), None, None, None, None]);
    assert_eq!(short, RecordReport::default(), "what fits is all recorded");
}

#[test]
fn a_metric_with_too_many_series_leaves_the_others_their_share() {
    let mut samples = of_each_kind(800_000);
    for poll in 0..10 {
        let flood = labels(500, |n| format!("{poll}-{n}-{}", "x".repeat(1000)));
        let recorded = record(&mut samples, f64::from(poll), [Some(flood), None, None, None, None, None]);
        assert_eq!(recorded.large, ["m"], "in poll {poll}");
    }
    let few = || Some(labels(20, |n| format!("{n}-{}", "y".repeat(100))));
    let recorded = record(&mut samples, 10.0, [None, few(), few(), few(), few(), few()]);
    assert_eq!(recorded, RecordReport::default());
    assert_eq!(["n", "o", "p", "q", "r_info"].map(|name| shown(&samples, name)), [20, 20, 20, 40, 20]);
}

#[test]
fn an_unlisted_series_never_takes_the_bytes_of_a_listed_one() {
    let mut samples = of_each_kind(400_000);
    let some = |poll: u32| Some(labels(20, |n| format!("{poll}-{n}-{}", "x".repeat(2000))));
    for poll in 0..20 {
        let recorded = record(&mut samples, f64::from(poll), [some(poll), None, None, None, None, None]);
        assert_eq!(recorded.dropped, [], "in poll {poll}");
        assert!(encode(&samples, Format::Text).contains(&format!("{{a=\"\",z=\"{poll}-19-")));
    }
    let recorded = record(&mut samples, 20.0, [some(20), None, None, None, None, None]);
    let evicted: u64 = recorded.events.iter().map(|(_, events)| events.evicted.0).sum();
    assert_eq!((evicted, recorded.large), (20, vec!["m"]));
}
