//! `Api::all`: parallel requests whose results have the order of the requests.

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Condvar, Mutex};
use std::time::{Duration, Instant};

use collectington::{ErrorKind, Result, Service, Session};

use super::*;
use crate::support::process::scratch;
use crate::support::wire_server::{Wire, WireServer};

/// The number of requests in progress, and the most so far.
#[derive(Clone, Default)]
struct Gauge(Arc<(AtomicUsize, AtomicUsize)>);

impl Gauge {
    fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let now = self.0.0.fetch_add(1, Ordering::SeqCst) + 1;
        self.0.1.fetch_max(now, Ordering::SeqCst);
        let done = work();
        self.0.0.fetch_sub(1, Ordering::SeqCst);
        done
    }

    fn most(&self) -> usize {
        self.0.1.load(Ordering::SeqCst)
    }
}

/// Requests the paths `0` to `count`, `n` at a time, and returns the JSON of each.
fn texts(api: &Api, count: usize, n: usize) -> Vec<Result<String>> {
    let requests = (0..count).map(|at| api.get().path(&at.to_string()));
    api.all(requests, n)
        .into_iter()
        .map(|response| response.and_then(collectington::Response::json))
        .collect()
}

/// Checks that each result is that of its request.
fn assert_own(results: &[Result<String>], count: usize) {
    assert_eq!(results.len(), count);
    for (at, result) in results.iter().enumerate() {
        assert_eq!(result.as_deref(), Ok(format!("/{at}").as_str()), "{at}");
    }
}

fn kinds<T>(results: &[Result<T>]) -> Vec<Option<ErrorKind>> {
    results.iter().map(|result| result.as_ref().err().map(Error::kind)).collect()
}

#[test]
fn n_requests_are_in_progress_at_a_time_and_each_worker_keeps_its_connection() {
    let (gauge, together) = (Gauge::default(), Arc::new(Barrier::new(4)));
    let seen = gauge.clone();
    let server = WireServer::start(move |wire| {
        while let Some(request) = wire.request() {
            seen.during(|| together.wait());
            wire.respond(format!("{:?}", request.target));
        }
    });
    let api = api_at(&server.url(), json!({}));
    assert_own(&texts(&api, 40, 4), 40);
    assert_eq!(gauge.most(), 4);
    assert_eq!(server.connections().into_iter().collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn at_most_16_requests_are_in_progress_and_at_least_one() {
    let gauge = Gauge::default();
    let seen = gauge.clone();
    let server = WireServer::start(move |wire| {
        while let Some(request) = wire.request() {
            seen.during(|| std::thread::sleep(std::time::Duration::from_millis(2)));
            wire.respond(format!("{:?}", request.target));
        }
    });
    let api = api_at(&server.url(), json!({}));
    assert_own(&texts(&api, 200, 1000), 200);
    assert!((2..=16).contains(&gauge.most()), "{}", gauge.most());
    let api = api_at(&server.url(), json!({}));
    assert_own(&texts(&api, 3, 0), 3);
    assert_own(&texts(&api, 0, 4), 0);
}

/// Serves requests in groups of `size`, whose responses are sent in the reverse of their numbers.
fn reversed(size: usize) -> impl Fn(&mut Wire) + Send + Sync + 'static {
    let turn = Arc::new((Mutex::new(BTreeSet::new()), Condvar::new()));
    move |wire| {
        while let Some(request) = wire.request() {
            let number: usize = request.target[1..].parse().unwrap();
            let (done, changed) = &*turn;
            if number % size < size - 1 {
                let later = |done: &mut BTreeSet<usize>| !done.contains(&(number + 1));
                drop(changed.wait_while(done.lock().unwrap(), later).unwrap());
            }
            wire.respond(format!("{:?}", request.target));
            done.lock().unwrap().insert(number);
            changed.notify_all();
        }
    }
}

#[test]
fn results_have_the_order_of_the_requests_whatever_arrives_first() {
    let server = WireServer::start(reversed(4));
    let api = api_at(&server.url(), json!({}));
    assert_own(&texts(&api, 16, 4), 16);
}

#[test]
fn a_recording_has_the_order_of_the_requests_and_replays() {
    let dir = scratch("parallel-record");
    let server = WireServer::start(reversed(4));
    let service = service_at(&server.url(), json!({}));
    let mut api = api_of(&service, Mode::Record(dir.clone()));
    let poll = |api: &mut Api| api.poll::<Texts>().unwrap().0;
    assert_eq!(poll(&mut api), (0..8).map(|at| format!("/{at}")).collect::<Vec<_>>());
    let mut files: Vec<_> = fs::read_dir(&dir).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for (at, file) in files.iter().enumerate() {
        assert!(fs::read_to_string(file).unwrap().starts_with(&format!("GET /{at} ")), "{}", file.display());
    }
    assert_eq!(files.len(), 8);
    let mut replay = Api::replay(&dir).unwrap().with_url("http://localhost/").unwrap();
    assert_eq!(poll(&mut replay), (0..8).map(|at| format!("/{at}")).collect::<Vec<_>>());
}

struct Texts(Vec<String>);

impl Service for Texts {
    fn poll(api: &mut Api) -> Result<Self> {
        texts(api, 8, 4).into_iter().collect::<Result<_>>().map(Self)
    }
}

#[test]
fn an_invalid_or_failed_request_does_not_affect_the_others() {
    let fake = FakeApi::start(|request: &Request| match request.path() {
        "/v1/missing" => Response::new(404),
        "/v1/closed" => Response::close(),
        path => Response::json(format!("{path:?}")),
    });
    let api = api(&fake);
    let paths = ["a", "..", "missing", "closed", "b"];
    let results = api.all(paths.map(|path| api.get().path(path)), 3);
    let of = |at: usize| results[at].as_ref().map(collectington::Response::status).map_err(Error::kind);
    assert_eq!([of(0), of(2), of(3), of(4)], [Ok(200), Ok(404), Err(ErrorKind::Network), Ok(200)]);
    assert!(results[1].is_err());
    let requests =
        [api.get().path("c"), api.get().header("x", "a\nb"), api.get().query("q", "x".repeat(1 << 20))];
    assert_eq!(kinds(&api.all(requests, 3)).iter().filter(|kind| kind.is_some()).count(), 2);
}

#[test]
fn duplicates_are_sent_once_unless_they_are_posts_or_uncached() {
    let fake = FakeApi::json("7");
    let api = api(&fake);
    let good = |results: Vec<Result<collectington::Response>>| {
        assert!(results.into_iter().all(|result| result.unwrap().json::<u64>().unwrap() == 7));
    };
    good(api.all((0..50).map(|at| api.get().query("n", at % 5)), 8));
    assert_eq!(targets(&fake).len(), 5);
    good(api.all((0..50).map(|at| api.get().query("n", at % 5)), 8));
    assert_eq!(targets(&fake).len(), 5, "they are in the cache");
    good(api.all((0..10).map(|_| api.post(&1)), 8));
    good(api.all((0..10).map(|_| api.get().uncached()), 8));
    assert_eq!(targets(&fake).len(), 25);
}

#[test]
fn services_that_request_the_same_in_parallel_share_the_responses() {
    let fake = FakeApi::start(|request: &Request| Response::json(format!("{:?}", request.target)));
    let services = [(); 3].map(|()| service_at(&fake.url("/"), json!({})));
    let client = Client::new(Mode::Live, &services).unwrap();
    std::thread::scope(|scope| {
        for (number, service) in services.iter().enumerate() {
            let client = &client;
            scope.spawn(move || {
                let api = Api::new(service, client).unwrap();
                // One of them has the opposite order, so that each waits for another one.
                let order = |at: usize| if number == 2 { 39 - at } else { at };
                let requests = (0..40).map(|at| api.get().path(&order(at).to_string()));
                for (at, response) in api.all(requests, 4).into_iter().enumerate() {
                    assert_eq!(response.unwrap().json::<String>().unwrap(), format!("/{}", order(at)));
                }
            });
        }
    });
    let sent = targets(&fake);
    let distinct: BTreeSet<_> = sent.iter().collect();
    assert_eq!(distinct.len(), 40);
    // A claim that is given up so that services do not wait for each other may be sent twice.
    assert!(sent.len() < 80, "{}", sent.len());
}

#[test]
fn responses_beyond_the_limit_of_the_poll_are_errors_and_no_more_are_requested() {
    let fake = FakeApi::start(|_: &Request| Response::json(format!("{:?}", "x".repeat(100_000))));
    let more = json!({ "response_limit_bytes": 200_000, "poll_limit_bytes": 1_000_000 });
    let api = api_at(&fake.url("/"), more);
    let results = texts(&api, 200, 16);
    let good = results.iter().filter(|result| result.is_ok()).count();
    assert!((5..=12).contains(&good), "{good}");
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!(error.kind(), ErrorKind::Body);
        says(error, &["more than 1000000 bytes", "`poll_limit_bytes`"]);
    }
    let sent = targets(&fake).len();
    assert!(sent <= 12 + 2 * 16, "{sent}");
}

#[test]
fn the_rate_limit_of_the_config_holds_for_parallel_requests() {
    let fake = FakeApi::json("7");
    let more = json!({ "calls_per_minute": 5, "request_timeout_sec": 1 });
    let api = api_at(&fake.url("/"), more);
    let results = api.all((0..20).map(|at| api.get().query("n", at)), 8);
    let expected: Vec<_> = (0..20).map(|at| (at >= 5).then_some(ErrorKind::Limit)).collect();
    assert_eq!(kinds(&results), expected);
    assert_eq!(targets(&fake).len(), 5);
}

#[test]
fn a_limit_that_the_api_reports_stops_the_requests_that_are_not_sent_yet() {
    let fake = FakeApi::start(|request: &Request| {
        // The results are used in order, so the limit must be learned from the others.
        if request.query("n") == Some("0") {
            std::thread::sleep(Duration::from_millis(300));
        }
        Response::json("7").header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", "3000")
    });
    let api = api(&fake);
    let results = api.all((0..100).map(|at| api.get().query("n", at)), 4);
    assert_eq!(results[0].as_ref().map(collectington::Response::status).map_err(Error::kind), Ok(200));
    assert_eq!(kinds(&results)[99], Some(ErrorKind::Limit));
    assert!(targets(&fake).len() <= 4, "{:?}", targets(&fake));
}

#[test]
fn at_the_deadline_of_the_poll_all_requests_stop() {
    let fake = FakeApi::start(|request: &Request| match request.query("n") {
        Some("0") => Response::json("7"),
        _ => Response::hang(),
    });
    let api = api_at(&fake.url("/"), json!({ "poll_timeout_sec": 1 }));
    let started = Instant::now();
    let results = api.all((0..1000).map(|at| api.get().query("n", at)), 4);
    assert!(started.elapsed().as_secs() < 30);
    let kinds = kinds(&results);
    assert_eq!(kinds[0], None);
    assert!(kinds[1..].iter().all(|kind| *kind == Some(ErrorKind::Timeout)), "{kinds:?}");
    assert!(targets(&fake).len() <= 5);
}

#[test]
fn each_request_is_retried_by_itself() {
    let failed = Mutex::new(BTreeSet::new());
    let fake = FakeApi::start(move |request: &Request| {
        match failed.lock().unwrap().insert(request.target.clone()) && request.target.ends_with('3') {
            true => Response::new(503),
            false => Response::json(format!("{:?}", request.target)),
        }
    });
    let api = api_at(&fake.url("/"), json!({ "retries": 1 }));
    assert_own(&texts(&api, 8, 4), 8);
    assert_eq!(targets(&fake).len(), 9);
}

/// The service logs in, and requests 40 resources, of which the API refuses the first session at the tenth.
struct InSession;

impl Service for InSession {
    fn log_in(api: &Api) -> Result<Session> {
        let token: u64 = api.post(&"login").path("login").json()?;
        Ok(Session::bearer(token.to_string()))
    }

    fn poll(api: &mut Api) -> Result<Self> {
        let requests = (0..40).map(|at| match at % 2 {
            0 => api.get().path(&at.to_string()),
            _ => api.post(&at).path(&at.to_string()),
        });
        for (at, response) in api.all(requests, 8).into_iter().enumerate() {
            assert_eq!(response?.json::<String>()?, format!("/{at}"));
        }
        Ok(Self)
    }
}

#[test]
fn a_session_that_the_api_refuses_is_renewed_once_for_all_requests() {
    let (logins, done) = (AtomicUsize::new(0), Arc::new(Mutex::new(Vec::new())));
    let carried_out = Arc::clone(&done);
    let fake = FakeApi::start(move |request: &Request| {
        if request.path() == "/login" {
            return Response::json((logins.fetch_add(1, Ordering::SeqCst) + 1).to_string());
        }
        let mut done = carried_out.lock().unwrap();
        if done.len() >= 10 && request.header("authorization") == Some("Bearer 1") {
            return Response::new(401);
        }
        done.push(request.target.clone());
        Response::json(format!("{:?}", request.target))
    });
    let mut api = api_at(&fake.url("/"), json!({}));
    api.poll::<InSession>().unwrap();
    assert_eq!(fake.requests().iter().filter(|request| request.path() == "/login").count(), 2);
    let mut done = done.lock().unwrap().clone();
    assert_eq!(done.len(), 40, "each request is carried out once");
    done.sort();
    done.dedup();
    assert_eq!(done.len(), 40);
}

#[test]
fn ten_thousand_requests_have_their_results() {
    let server = WireServer::start(|wire| wire.echo(usize::MAX));
    let api = api_at(&server.url(), json!({ "poll_timeout_sec": 600, "memory_limit_bytes": 1_000_000_000 }));
    assert_own(&texts(&api, 10_000, 16), 10_000);
    assert_eq!(server.targets().len(), 10_000);
}

/// Serves a random number of requests, and then closes the connection at a random moment.
fn unreliable(wire: &mut Wire) {
    for _ in 0..fastrand::usize(1..6) {
        let Some(request) = wire.request() else { return };
        wire.respond(format!("{:?}", request.target));
    }
    match fastrand::usize(..4) {
        // A request may be under way.
        0 => {}
        1 => wire.reset(),
        2 => drop(wire.request()),
        _ => {
            wire.request();
            wire.reset();
        }
    }
}

#[test]
fn each_of_a_thousand_requests_gets_its_own_response_from_a_server_that_closes_at_random() {
    for server in [WireServer::start(unreliable), WireServer::with_tls(unreliable)] {
        let more = json!({
            "ca_file_path": "tests/api/tls/authority.pem", "poll_timeout_sec": 600, "retries": 10,
        });
        let api = api_at(&server.url(), more);
        assert_own(&texts(&api, 1000, 8), 1000);
    }
}

#[test]
fn no_post_is_carried_out_twice_by_a_server_that_closes_at_random() {
    let server = WireServer::start(unreliable);
    let api = api_at(&server.url(), json!({ "poll_timeout_sec": 600, "retries": 10 }));
    let results = api.all((0..1000).map(|at| api.post(&at).path(&at.to_string())), 8);
    for (at, result) in results.iter().enumerate() {
        if let Ok(response) = result {
            assert_eq!(response.clone().json::<String>().unwrap(), format!("/{at}"));
        }
    }
    let received: Vec<_> = server.targets().into_iter().map(|(_, target)| target).collect();
    let distinct: BTreeSet<_> = received.iter().collect();
    assert_eq!(received.len(), distinct.len(), "a request was received twice");
    for (at, _) in results.iter().enumerate().filter(|(_, result)| result.is_ok()) {
        assert!(distinct.contains(&format!("/{at}")));
    }
}
