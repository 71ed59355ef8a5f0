//! A complete response that equals a recorded one counts as that one, if a server ignores conditions and after a restart.

use serde::Deserialize;

use super::provenance::{Polled, counter, summary};
use super::*;
use crate::author::family::Family;
use crate::author::reading::{Increase, Once, Total};
use crate::author::service::{Metric, Service, Table};
use crate::config::Kind;
use crate::fetch::secrets::secret::Secret;

struct Both {
    a: u64,
    b: u64,
}

#[derive(Deserialize)]
struct Number {
    n: u64,
}

impl Service for Both {
    fn poll(api: &mut Api) -> Result<Self> {
        let of = |path: &str| api.get().path(path).json::<Number>().map(|number| number.n);
        Ok(Self { a: of("a")?, b: of("b")? })
    }
}

const GAUGE: Family = Family { kind: Kind::Gauge, ..counter("gauge") };

static TABLE: Table<Both> = Table {
    service: "both",
    metrics: &[
        Metric { family: counter("of_a"), read: |both, out| out.counter(Increase(both.a)) },
        Metric { family: counter("of_b"), read: |both, out| out.counter(Increase(both.b)) },
        Metric { family: summary("seen"), read: |both, out| out.histogram(both.a) },
        Metric { family: counter("total"), read: |both, out| out.counter(Total(both.a)) },
        Metric {
            family: counter("once"),
            read: |both, out| out.counter(Increase(std::iter::once(Once(both.a, both.a)))),
        },
        Metric { family: GAUGE, read: |both, out| out.gauge(both.a + both.b) },
    ],
};

/// A server that responds with the number of a path and its version, and ignores conditions.
#[derive(Clone)]
struct Server(Arc<Mutex<[(u64, &'static str); 2]>>);

impl Server {
    fn new() -> (Self, FakeApi) {
        let server = Self(Arc::new(Mutex::new([(5, "\"5\""), (3, "\"3\"")])));
        let serving = server.clone();
        let fake = FakeApi::start(move |asked| {
            let (n, etag) = serving.0.lock().unwrap()[usize::from(asked.path() == "/v1/b")];
            let reply = Reply::json(format!("{{\"n\":{n}}}"));
            if etag.is_empty() { reply } else { reply.header("etag", etag) }
        });
        (server, fake)
    }

    fn set(&self, path: usize, n: u64, etag: &'static str) {
        self.0.lock().unwrap()[path] = (n, etag);
    }
}

/// Returns the counters of both responses, the observations, and the gauge.
fn shown(polled: &Polled<Both>) -> [f64; 4] {
    let values = polled.values();
    [values[0], values[1], values[2], values[5]]
}

#[test]
fn a_server_that_ignores_conditions_has_each_of_its_responses_counted_once() {
    let (server, fake) = Server::new();
    let mut polled = Polled::of(&TABLE, &fake);
    for _ in 0..4 {
        polled.poll();
        assert_eq!(shown(&polled), [5.0, 3.0, 1.0, 8.0]);
    }
    server.set(0, 6, "\"6\"");
    for _ in 0..3 {
        polled.poll();
        assert_eq!(shown(&polled), [11.0, 3.0, 2.0, 9.0]);
    }
    server.set(0, 7, "\"6\"");
    polled.poll();
    assert_eq!(shown(&polled), [18.0, 3.0, 3.0, 10.0], "the same validators with another body");
    server.set(0, 7, "\"7\"");
    polled.poll();
    assert_eq!(shown(&polled), [25.0, 3.0, 4.0, 10.0], "the same body with other validators");
    server.set(0, 5, "\"5\"");
    polled.poll();
    assert_eq!(shown(&polled), [30.0, 3.0, 5.0, 8.0], "an old one after another is a new one");
    assert_eq!(fake.requests().len(), 20);
}

#[test]
fn a_restart_counts_no_response_again_and_exposes_everything() {
    let (server, fake) = Server::new();
    let mut polled = Polled::of(&TABLE, &fake);
    polled.poll();
    for _ in 0..3 {
        polled = polled.restarted(&fake);
        assert!(polled.values()[5].is_nan(), "no gauge is in the state");
        for _ in 0..2 {
            polled.poll();
            assert_eq!(polled.values(), [5.0, 3.0, 1.0, 5.0, 5.0, 8.0]);
        }
    }
    server.set(1, 4, "\"4\"");
    for _ in 0..2 {
        polled = polled.restarted(&fake);
        polled.poll();
        assert_eq!(shown(&polled), [5.0, 7.0, 1.0, 9.0], "one of both has changed meanwhile");
    }
    assert_eq!(polled.recorded.ambiguous, [], "and nothing is lost");
    server.set(1, 3, "\"3\"");
    polled = polled.restarted(&fake);
    polled.poll();
    assert_eq!(shown(&polled), [5.0, 10.0, 1.0, 8.0], "an old one after another is a new one");
}

#[test]
fn a_response_without_a_validator_is_new_each_time() {
    let (server, fake) = Server::new();
    server.set(0, 5, "");
    let mut polled = Polled::of(&TABLE, &fake);
    polled.poll();
    polled = polled.restarted(&fake);
    polled.poll();
    polled.poll();
    assert_eq!(shown(&polled), [15.0, 3.0, 3.0, 8.0]);
}

/// A service that sends its requests in one of several ways.
struct Asked<const WAY: u8>(u64);

impl<const WAY: u8> Service for Asked<WAY> {
    fn poll(api: &mut Api) -> Result<Self> {
        let numbers = match WAY {
            0 => vec![api.get().unconditional().json::<Number>()?],
            1 => vec![api.get().header("if-match", "\"5\"").json()?],
            2 => {
                let token: String = api.post("login").path("login").bearer("of-the-login").json()?;
                vec![api.get().bearer(token).json()?]
            }
            3 => vec![api.get().header("x-key", api.secret("KEY")?).json()?],
            4 => vec![api.get().secret_query("key", &api.secret("KEY")?).json()?],
            _ => {
                let [one, other] = ["KEY", "OTHER"].map(|key| api.secret(key));
                let sessions = [Secret::new("session-one"), Secret::new("session-other")];
                let with = |key: Secret| api.get().bearer(key).json::<Number>();
                let [first, last] = sessions;
                vec![with(one?)?, with(other?)?, with(first)?, with(last)?]
            }
        };
        Ok(Self(numbers.iter().map(|number| number.n).sum()))
    }
}

fn asked<const WAY: u8>() -> &'static Table<Asked<WAY>> {
    let n = Metric { family: counter("n"), read: |asked: &Asked<WAY>, out| out.counter(Increase(asked.0)) };
    Box::leak(Box::new(Table { service: "asked", metrics: Box::leak(Box::new([n])) }))
}

/// Returns the count of one response after two polls, and after two more that follow a restart with other credentials.
fn counted<const WAY: u8>() -> [f64; 2] {
    let logins = AtomicU64::new(0);
    let fake = FakeApi::start(move |asked| match asked.path() {
        "/v1/login" => Reply::json(format!("\"token-{}\"", logins.fetch_add(1, Ordering::Relaxed))),
        _ => Reply::json(r#"{ "n": 5 }"#).header("etag", "\"5\""),
    });
    let with = |mut polled: Polled<Asked<WAY>>, key: &str| {
        polled.api = polled.api.with_secret("KEY", key).with_secret("OTHER", "the-other-key");
        (0..2).for_each(|_| polled.poll());
        polled
    };
    let first = with(Polled::of(asked::<WAY>(), &fake), "the-first-key");
    let next = with(first.restarted(&fake), "a-renewed-key");
    [first.values()[0], next.values()[0]]
}

#[test]
fn a_service_that_wants_whole_responses_counts_each() {
    assert_eq!(counted::<0>(), [10.0, 20.0], "unconditional");
    assert_eq!(counted::<1>(), [10.0, 20.0], "a condition of its own");
}

#[test]
fn another_session_or_a_renewed_key_makes_no_other_response() {
    assert_eq!([counted::<2>(), counted::<3>(), counted::<4>()], [[5.0, 5.0]; 3]);
}

#[test]
fn equal_responses_to_several_accounts_are_several() {
    assert_eq!(counted::<5>(), [20.0, 20.0]);
}

#[test]
fn a_service_without_such_items_needs_no_fingerprints() {
    static GAUGES: Table<Both> = Table {
        service: "both",
        metrics: &[Metric { family: GAUGE, read: |both, out| out.gauge(both.a + both.b) }],
    };
    let (_, fake) = Server::new();
    let mut polled = Polled::of(&GAUGES, &fake);
    polled.poll();
    assert_eq!(polled.api.recorded_responses(), None);
    let mut polled = Polled::of(&TABLE, &fake);
    polled.poll();
    assert!(polled.api.recorded_responses().is_some());
}
