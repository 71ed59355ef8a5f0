//! The origin of counted items. A recorded response is not counted again because another response of the same poll is new.

use serde::Deserialize;

use super::*;
use crate::author::family::Family;
use crate::author::reading::{Increase, Once, Total};
use crate::author::service::{Bound, Metric, Service, Table};
use crate::config::Kind;
use crate::series::record_report::RecordReport;
use crate::series::samples::{Cursor, Samples, Terms};

/// An ordinary service with two requests.
pub(super) struct Two {
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

impl Service for Two {
    fn poll(api: &mut Api) -> Result<Self> {
        let previous = api.previous().unwrap_or_default();
        let a: Page = api.get().path("a").json()?;
        let b: Page = api.get().path("b").json()?;
        api.keep(b.fresh);
        assert!(api.now() > a.at);
        Ok(Self { a, b, previous })
    }
}

pub(super) const fn counter(name: &'static str) -> Family {
    Family { name, kind: Kind::Counter, help: "h", unit: "", labels: &[], buckets: &[] }
}

pub(super) const fn summary(name: &'static str) -> Family {
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
        Metric { family: summary("seen_of_a"), read: |two, out| out.histogram(two.a.items.clone()) },
        Metric { family: summary("seen_of_b"), read: |two, out| out.histogram(two.b.items.clone()) },
        Metric { family: summary("one_of_a"), read: |two, out| out.histogram(two.a.fresh) },
        Metric {
            family: Family { kind: Kind::Gauge, ..counter("gauge") },
            read: |two, out| out.gauge(two.a.fresh),
        },
    ],
};

/// A service with its samples.
pub(super) struct Polled<S: Service = Two> {
    pub(super) api: Api,
    table: &'static Table<S>,
    samples: Samples,
    at: Instant,
    pub(super) recorded: RecordReport,
}

impl Polled {
    fn new(fake: &FakeApi) -> Self {
        Self::of(&TABLE, fake)
    }
}

impl<S: Service> Polled<S> {
    pub(super) fn of(table: &'static Table<S>, fake: &FakeApi) -> Self {
        let samples = Samples::new(table.families(), 100);
        Self { api: service(fake), table, samples, at: Instant::now(), recorded: RecordReport::default() }
    }

    /// Polls once and records the poll as the poll loop does.
    pub(super) fn poll(&mut self) {
        self.api.begin_at(self.at);
        self.at += LIFE;
        let rows: Vec<usize> = (0..self.table.metrics.len()).collect();
        let polled = self.table.poll(&mut self.api, &rows).unwrap();
        match polled {
            Some(readings) => {
                let terms = Terms { now: 2e9, judge: &|_| None, cursor: Cursor::Moves };
                self.recorded = self.samples.record(readings, terms);
                self.api.commit();
            }
            None => self.api.acknowledge(),
        }
    }

    /// Returns the same service in a new process with the state of this one.
    pub(super) fn restarted(&self, fake: &FakeApi) -> Self {
        let mut next = Self::of(self.table, fake);
        let saved = serde_json::to_string(&self.samples.save()).unwrap();
        next.samples.restore(serde_json::from_str(&saved).unwrap(), 2e9);
        let responses = serde_json::to_string(&self.api.recorded_responses()).unwrap();
        let responses: Option<Fingerprints> = serde_json::from_str(&responses).unwrap();
        next.api.go_on_with(self.api.kept().map(str::to_owned), responses.unwrap_or_default());
        next
    }

    pub(super) fn values(&self) -> Vec<f64> {
        self.samples.totals()
    }

    fn value(&self, metric: &str) -> f64 {
        let at = self.table.metrics.iter().position(|row| row.family.name == metric).unwrap();
        self.values()[at]
    }
}

/// Returns an API that serves `a` with a version that can be confirmed, and `b` without a version.
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
    let ambiguous = ["both", "above", "below", "at_most", "beginning", "since"].map(|metric| (metric, 1));
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

/// A service that accepts only the original values of `a`.
struct Strict<const WAY: u8>(u64);

impl<const WAY: u8> Service for Strict<WAY> {
    fn poll(api: &mut Api) -> Result<Self> {
        let a = api.get().path("a");
        match WAY {
            0 => assert_eq!(a.json::<Page>()?.fresh, 5),
            1 => assert!(a.text()?.contains('5')),
            2 => assert!(a.bytes()?.contains(&b'5')),
            _ => assert_eq!(a.send()?.header("x-size"), Some("5")),
        }
        Ok(Self(api.get().path("b").json::<Page>()?.fresh))
    }
}

fn strict<const WAY: u8>() -> &'static Table<Strict<WAY>> {
    let of_b =
        Metric { family: counter("of_b"), read: |strict: &Strict<WAY>, out| out.counter(Increase(strict.0)) };
    Box::leak(Box::new(Table { service: "two", metrics: Box::leak(Box::new([of_b])) }))
}

/// Returns the count of `b` in three polls, and the items that are lost in the last one.
fn counted<const WAY: u8>(a: &'static str) -> (f64, Vec<(&'static str, u64)>) {
    let fake = FakeApi::start(move |asked| match (asked.path(), asked.header("if-none-match")) {
        ("/v1/a", Some(_)) => Reply::new(304).header("x-size", "5"),
        ("/v1/a", _) => Reply::json(a).header("etag", "\"1\"").header("x-size", "5"),
        _ => Reply::json(r#"{ "fresh": 3 }"#),
    });
    let mut polled = Polled::of(strict::<WAY>(), &fake);
    (0..3).for_each(|_| polled.poll());
    (polled.values()[0], polled.recorded.ambiguous)
}

#[test]
fn where_nothing_is_known_of_other_confirmed_responses_nothing_is_counted_and_the_loss_is() {
    let lost = (3.0, vec![("of_b", 1)]);
    assert_eq!(counted::<0>(r#"{ "fresh": 5 }"#), lost, "a service that takes no other number");
    for text in ["5 apples", "<p>5</p>", "a,b\n5,6"] {
        assert_eq!(counted::<1>(text), lost, "a text that is no JSON");
        assert_eq!(counted::<2>(text), lost, "the same as bytes");
    }
    let all = (9.0, Vec::new());
    assert_eq!(counted::<3>("5 apples"), all, "a header beside a body that is not read");
}

#[test]
fn a_confirmed_response_of_any_form_is_counted_once() {
    for a in [
        r#"{ "fresh": 5, "items": [1], "extra": 1, "at": "2024-02-29T00:00:00Z" }"#,
        "{ \"fresh\": 9223372036854775808 }",
    ] {
        let fake = mixed(a, |_| r#"{ "fresh": 3 }"#.to_owned());
        let mut polled = Polled::new(&fake);
        (0..3).for_each(|_| polled.poll());
        assert!([5.0, 9_223_372_036_854_775_808.0].contains(&polled.value("of_a")));
        assert_eq!(polled.value("of_b"), 9.0, "{a}");
    }
}
