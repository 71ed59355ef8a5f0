//! The origin of what is counted: a response that was recorded is not counted again because another one of the same poll
//! is new.

use serde::Deserialize;

use super::*;
use crate::config::Kind;
use crate::reading::{Increase, Once, Total};
use crate::sample::{Cursor, Recorded, Samples, Terms};
use crate::service::{Bound, Family, Metric, Table};

/// An ordinary service with two requests.
struct Two {
    a: Page,
    b: Page,
    previous: u64,
}

#[derive(Deserialize)]
struct Page {
    fresh: u64,
    #[serde(default)]
    items: Vec<f64>,
    #[serde(default)]
    at: DateTime<Utc>,
    note: Option<String>,
}

impl crate::Service for Two {
    fn poll(api: &mut Api) -> Result<Self> {
        let previous = api.previous().unwrap_or_default();
        let a: Page = api.get().path("a").json()?;
        let b: Page = api.get().path("b").json()?;
        api.keep(b.fresh);
        assert!(api.now() > a.at);
        Ok(Self { a, b, previous })
    }
}

const fn counter(name: &'static str) -> Family {
    Family { name, kind: Kind::Counter, help: "h", unit: "", labels: &[], buckets: &[] }
}

const fn summary(name: &'static str) -> Family {
    Family { kind: Kind::Summary, ..counter(name) }
}

static TABLE: Table<Two> = Table {
    service: "two",
    metrics: &[
        Metric { family: counter("of_a"), read: |two, out| out.counter(Increase(two.a.fresh)) },
        Metric { family: counter("of_b"), read: |two, out| out.counter(Increase(two.b.fresh)) },
        Metric { family: counter("both"), read: |two, out| out.counter(Increase(two.a.fresh + two.b.fresh)) },
        Metric {
            family: counter("above"),
            read: |two, out| {
                out.counter(Increase(u64::from(two.a.fresh > 0) + u64::from(two.b.fresh > 5)));
            },
        },
        Metric {
            family: counter("below"),
            read: |two, out| {
                out.counter(Increase(u64::from(two.a.fresh < 50) + u64::from(two.b.fresh > 5)));
            },
        },
        Metric {
            family: counter("at_most"),
            read: |two, out| out.counter(Increase(two.a.fresh.min(2) + two.b.fresh)),
        },
        Metric {
            family: counter("beginning"),
            read: |two, out| {
                let begins = two.a.note.as_ref().is_some_and(|note| note.starts_with('x'));
                out.counter(Increase(u64::from(begins) + two.b.fresh));
            },
        },
        Metric { family: counter("count_of_a"), read: |two, out| out.counter(Increase(two.a.items.len())) },
        Metric { family: counter("count_of_b"), read: |two, out| out.counter(Increase(two.b.items.len())) },
        Metric { family: counter("megabytes_of_a"), read: |two, out| out.counter(Increase(two.a.fresh / 3)) },
        Metric {
            family: counter("noted_in_a"),
            read: |two, out| out.counter(Increase(u64::from(two.a.note.is_some()))),
        },
        Metric { family: counter("since"), read: |two, out| out.counter(Increase(two.previous)) },
        Metric { family: counter("total"), read: |two, out| out.counter(Total(two.a.fresh)) },
        Metric {
            family: counter("once"),
            read: |two, out| out.counter(Increase(std::iter::once(Once(two.a.fresh, two.a.fresh)))),
        },
        Metric { family: summary("seen_of_a"), read: |two, out| out.observations(two.a.items.clone()) },
        Metric { family: summary("seen_of_b"), read: |two, out| out.observations(two.b.items.clone()) },
        Metric { family: summary("one_of_a"), read: |two, out| out.observations(two.a.fresh) },
        Metric {
            family: Family { kind: Kind::Gauge, ..counter("gauge") },
            read: |two, out| out.gauge(two.a.fresh),
        },
    ],
};

/// The service with its samples.
struct Polled {
    api: Api,
    samples: Samples,
    at: Instant,
    recorded: Recorded,
}

impl Polled {
    fn new(fake: &FakeApi) -> Self {
        let samples = Samples::new(TABLE.families(), 100);
        Self { api: service(fake), samples, at: Instant::now(), recorded: Recorded::default() }
    }

    /// The next poll, recorded as the poll loop does.
    fn poll(&mut self) {
        self.api.begin_at(self.at);
        self.at += LIFE;
        let polled = TABLE.poll(&mut self.api).unwrap();
        match polled {
            Some(readings) => {
                let terms = Terms { now: 2e9, judge: &|_| None, cursor: Cursor::Moves };
                self.recorded = self.samples.record(readings, terms);
                self.api.commit();
            }
            None => self.api.acknowledge(),
        }
    }

    fn value(&self, metric: &str) -> f64 {
        let at = TABLE.metrics.iter().position(|row| row.family.name == metric).unwrap();
        self.samples.totals()[at]
    }
}

/// Serves `a` with a version that can be confirmed, and `b` without.
fn mixed(a: impl Into<String>, b: impl Fn(u64) -> String + Send + Sync + 'static) -> FakeApi {
    let (a, count) = (a.into(), AtomicU64::new(0));
    FakeApi::start(move |asked| match (asked.path(), asked.header("if-none-match")) {
        ("/v1/a", Some("\"1\"")) => Reply::new(304),
        ("/v1/a", _) => Reply::json(a.clone()).header("etag", "\"1\""),
        _ => Reply::json(b(count.fetch_add(1, Ordering::Relaxed) + 1)),
    })
}

const A: &str = r#"{ "fresh": 5, "items": [7, 8], "at": "2026-11-30T01:02:03Z", "note": "x" }"#;

#[test]
fn a_confirmed_response_is_not_counted_again_beside_a_new_one() {
    let fake = mixed(A, |_| r#"{ "fresh": 3, "items": [1] }"#.to_owned());
    let mut polled = Polled::new(&fake);
    for _ in 0..16 {
        polled.poll();
    }
    let expected = [
        ("of_a", 5.0),
        ("of_b", 48.0),
        ("count_of_a", 2.0),
        ("count_of_b", 16.0),
        ("megabytes_of_a", 1.0),
        ("noted_in_a", 1.0),
        ("since", 0.0),
        ("total", 5.0),
        ("once", 5.0),
        ("seen_of_a", 2.0),
        ("seen_of_b", 16.0),
        ("one_of_a", 1.0),
        ("gauge", 5.0),
        ("both", 8.0),
        ("above", 1.0),
        ("below", 1.0),
        ("at_most", 5.0),
        ("beginning", 4.0),
    ];
    for (metric, expected) in expected {
        assert_eq!(polled.value(metric), expected, "{metric}");
    }
    let ambiguous =
        ["both", "above", "below", "at_most", "beginning", "noted_in_a", "since"].map(|metric| (metric, 1));
    assert_eq!(polled.recorded.ambiguous, ambiguous, "what cannot be told apart is not lost in silence");
    assert_eq!(fake.requests().len(), 32, "a rehearsal sends nothing");
    assert_eq!(polled.api.previous::<u64>(), Some(3), "and keeps nothing");
}

#[test]
fn each_version_of_each_response_counts_once_whichever_of_them_change() {
    let versions = Arc::new(Mutex::new([1_u64, 1]));
    let served = Arc::clone(&versions);
    let fake = FakeApi::start(move |asked| {
        let version = served.lock().unwrap()[usize::from(asked.path() == "/v1/b")];
        let etag = format!("\"{version}\"");
        match asked.header("if-none-match") == Some(&etag) {
            true => Reply::new(304),
            false => Reply::json(format!(r#"{{ "fresh": {}, "items": [1, 2] }}"#, version % 4))
                .header("etag", etag),
        }
    });
    let (mut polled, mut random, mut expected) =
        (Polled::new(&fake), fastrand::Rng::with_seed(2), [1_u64, 1]);
    polled.poll();
    for _ in 0..60 {
        let changes = [random.bool(), random.bool()];
        let mut versions = versions.lock().unwrap();
        for at in 0..2 {
            if changes[at] {
                versions[at] += 1;
                expected[at] += versions[at] % 4;
            }
        }
        let counted = versions.map(|version| 2.0 * version as f64);
        drop(versions);
        polled.poll();
        assert_eq!([polled.value("of_a"), polled.value("of_b")], expected.map(|n| n as f64), "{changes:?}");
        assert_eq!([polled.value("seen_of_a"), polled.value("seen_of_b")], counted, "{changes:?}");
    }
}

#[test]
fn where_a_poll_cannot_be_read_again_nothing_is_counted_twice_and_the_loss_is_counted() {
    for unreadable in [
        r#"{ "fresh": 5, "items": [1], "extra": 1, "at": "2024-02-29T00:00:00Z" }"#,
        "{ \"fresh\": 9223372036854775808 }",
    ] {
        let fake = mixed(unreadable, |_| r#"{ "fresh": 3 }"#.to_owned());
        let mut polled = Polled::new(&fake);
        (0..3).for_each(|_| polled.poll());
        assert!([5.0, 9_223_372_036_854_775_808.0].contains(&polled.value("of_a")));
    }
    let fake = mixed(r#"{ "fresh": 5, "at": "2024-02-29T00:00:00Z" }"#, |_| r#"{ "fresh": 3 }"#.to_owned());
    let mut polled = Polled::new(&fake);
    (0..3).for_each(|_| polled.poll());
    assert_eq!((polled.value("of_a"), polled.value("of_b"), polled.value("both")), (5.0, 3.0, 8.0));
    assert!(polled.recorded.ambiguous.contains(&("of_b", 1)), "{:?}", polled.recorded.ambiguous);
}
