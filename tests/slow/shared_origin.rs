//! A binary with two services of one API: rate limits, confirmed responses and flapping.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::package::Package;
use crate::support::process::{Cton, Served, free_port, scrape, scratch, try_scrape};
use crate::support::shipped_config;

const SERVICE: &str = "use collectington::{Api, Increase, Result, Service};
pub struct SeenApi(u64);
impl Service for SeenApi {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().query(\"team\", api.setting::<String>(\"team\")?).json().map(Self)
    }
}
impl SeenApi {
    pub fn seen(&self) -> Increase<u64> { Increase(self.0) }
    pub fn open(&self) -> u64 { self.0 }
}
";

/// The config for an API there, with more keys for both services; its ports are free.
fn config(api: &FakeApi, interval: f64, more: &Value) -> (Value, [u16; 2]) {
    let ports = [free_port(), free_port()];
    let service = |port: u16, team: &str| {
        let mut service = json!({
            "service_class": "SeenApi", "service_module": "seen_api", "port": port, "listen": "127.0.0.1",
            "api_url": api.url("/seen"), "team": team, "data_store_expiration_sec": interval, "retries": 0,
            "request_timeout_sec": 60,
            "prometheus_metrics_mapping": { "counter": ["seen"], "gauge": ["open"] },
        });
        service.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
        service
    };
    let services = json!({ "one": service(ports[0], "web"), "two": service(ports[1], "app") });
    (json!({ "api_call_intervals": interval, "log_level": "DEBUG", "services": services }), ports)
}

/// The binary, built once for all tests.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let (config, _) = config(&FakeApi::json("0"), 60.0, &Value::Null);
        Package::with_services("asking", &config.to_string(), &[("seen_api", SERVICE)]).build()
    })
}

/// Runs services of that config.
fn run(name: &str, config: &Value, services: &[&str]) -> Served {
    let file = scratch(name).join("config.json");
    fs::write(&file, config.to_string()).unwrap();
    let mut command = Command::new(binary());
    command.args(services.iter().flat_map(|service| ["-s", service]));
    command.arg("-c").arg(file);
    Cton::from(command).start()
}

fn value(port: u16, series: &str) -> Option<f64> {
    shipped_config::value(&try_scrape(port, "/metrics")?.body, series)
}

#[test]
fn a_304_keeps_gauges_fresh_and_counts_nothing_twice() {
    let api = FakeApi::start(|request: &Request| match request.header("if-none-match") {
        Some("\"a\"") => Response::new(304),
        _ => Response::json("3").header("etag", "\"a\""),
    });
    // Six seconds, which a poll is not late even on a busy machine.
    let (config, ports) = config(&api, 0.2, &json!({ "stale_after_intervals": 30 }));
    let served = run("asking-304", &config, &["one"]);
    let polls = |outcome: &str| {
        value(ports[0], &format!("cton_polls_total{{outcome=\"{outcome}\",service=\"one\"}}"))
    };
    // Twice as long as gauges may live without a good poll.
    let began = Instant::now();
    served.until("polls", || polls("unchanged") >= Some(9.0) && began.elapsed() > Duration::from_secs(12));
    served.settle();
    assert_eq!(polls("success"), Some(1.0));
    let exposition = scrape(ports[0], "/metrics").body;
    for line in [
        "seen_total 3",
        "open 3",
        "cton_service_up{service=\"one\"} 1",
        "cton_service_stale{service=\"one\"} 0",
    ] {
        assert!(exposition.contains(&format!("\n{line}\n")), "{line}:\n{exposition}");
    }
    assert!(served.logged("stale").is_none(), "{:#?}", served.log());
    assert_eq!(api.requests().iter().filter(|request| request.header("if-none-match").is_none()).count(), 1);
}

/// An API that takes so many calls in its first seconds, and any number after them.
#[derive(Clone)]
struct Limited(Arc<Mutex<Window>>);

struct Window {
    began: Option<Instant>,
    length: Duration,
    left: u32,
    refused: u32,
}

impl Limited {
    fn new(left: u32, seconds: u64) -> Self {
        let length = Duration::from_secs(seconds);
        Self(Arc::new(Mutex::new(Window { began: None, length, left, refused: 0 })))
    }

    fn start(&self) -> FakeApi {
        let limited = self.clone();
        FakeApi::start(move |_: &Request| limited.0.lock().unwrap().respond())
    }

    fn left(&self) -> u32 {
        self.0.lock().unwrap().left
    }

    fn refused(&self) -> u32 {
        self.0.lock().unwrap().refused
    }
}

impl Window {
    fn respond(&mut self) -> Response {
        let elapsed = self.began.get_or_insert_with(Instant::now).elapsed();
        let Some(reset) = self.length.checked_sub(elapsed) else {
            return printed(Response::json("1"), 1_000_000, Duration::from_secs(1));
        };
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                printed(Response::json("1"), left, reset)
            }
            None => {
                self.refused += 1;
                printed(Response::new(429), 0, reset)
            }
        }
    }
}

fn printed(response: Response, left: u32, reset: Duration) -> Response {
    let reset = format!("{:.3}", reset.as_secs_f64());
    response.header("x-ratelimit-remaining", left.to_string()).header("x-ratelimit-reset", reset)
}

const SLOWS: &str = "poll interval extended";

fn logged(served: &Served, words: &str, service: &str) -> usize {
    let service = format!("service={service}");
    served.log().iter().filter(|line| line.contains(words) && line.contains(&service)).count()
}

#[test]
fn polling_slows_down_before_the_rate_limit_and_recovers_after_the_reset() {
    let limited = Limited::new(12, 8);
    let api = limited.start();
    let (config, ports) = config(&api, 0.1, &Value::Null);
    let served = run("asking-slow", &config, &["one"]);
    served.until("the configured interval", || logged(&served, "poll interval restored", "one") == 1);
    assert_eq!(logged(&served, SLOWS, "one"), 1, "{:#?}", served.log());
    assert_eq!(logged(&served, "poll failed", "one"), 0, "{:#?}", served.log());
    assert_eq!(limited.refused(), 0);
    // At its own interval it would have polled eighty times; it used what there was.
    assert!(limited.left() < 6, "{}", limited.left());
    served.until("the rate limit", || {
        value(ports[0], "cton_api_requests_remaining{service=\"one\"}") >= Some(1e6)
    });
}

#[test]
fn two_services_of_one_origin_share_the_rate_limit() {
    let limited = Limited::new(16, 4);
    let api = limited.start();
    let (config, ports) = config(&api, 0.1, &Value::Null);
    let served = run("asking-shared", &config, &["one", "two"]);
    let remaining = |at: usize, name: &str| {
        value(ports[at], &format!("cton_api_requests_remaining{{service=\"{name}\"}}"))
    };
    served.until("the reset", || remaining(0, "one") >= Some(1e6) && remaining(1, "two") >= Some(1e6));
    served.settle();
    assert_eq!(limited.refused(), 0, "{:#?}", served.log());
    for service in ["one", "two"] {
        assert_eq!(logged(&served, SLOWS, service), 1, "{:#?}", served.log());
        assert_eq!(logged(&served, "poll failed", service), 0, "{:#?}", served.log());
    }
    for team in ["web", "app"] {
        let asked = api.requests().iter().filter(|request| request.query("team") == Some(team)).count();
        assert!(asked >= 4, "{team}: {asked}");
    }
}

#[test]
fn a_flapping_service_does_not_fill_the_log() {
    let asked = AtomicUsize::new(0);
    let api = FakeApi::start(move |_: &Request| match asked.fetch_add(1, Ordering::Relaxed) % 2 {
        0 => Response::json("3"),
        _ => Response::new(500),
    });
    let (config, ports) = config(&api, 0.1, &Value::Null);
    let served = run("asking-flaps", &config, &["one"]);
    let failures = || value(ports[0], "cton_poll_failures_total{reason=\"status\",service=\"one\"}");
    served.until("failures", || failures() >= Some(8.0));
    served.settle();
    let lines = |message: &str| logged(&served, &format!("msg=\"{message}\""), "one");
    let told = ["poll failed", "poll recovered", "flapping started"].map(lines);
    assert_eq!(told, [3, 3, 1], "{:#?}", served.log());
    let line = served.logged("flapping started").unwrap();
    for part in [" level=error ", " event=\"poll failed\" ", " times=4 ", " seconds=3600 ", " reason=status "]
    {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn services_of_one_origin_share_calls_per_minute() {
    let api = FakeApi::json("3");
    let (config, ports) = config(&api, 0.1, &json!({ "calls_per_minute": 1, "request_timeout_sec": 25 }));
    let served = run("asking-minute", &config, &["one", "two"]);
    let refused = |at: usize, name: &str| {
        let series = format!("cton_poll_failures_total{{reason=\"limit\",service=\"{name}\"}}");
        value(ports[at], &series).unwrap_or_default()
    };
    served.until("a refusal", || refused(0, "one") + refused(1, "two") >= 1.0);
    let (good, bad) = if refused(0, "one") > 0.0 { (1, 0) } else { (0, 1) };
    served.until("the call", || value(ports[good], "seen_total") == Some(3.0));
    std::thread::sleep(Duration::from_secs(1));
    served.settle();
    let names = ["one", "two"];
    let wait = |at: usize| value(ports[at], &format!("cton_poll_wait_seconds{{service=\"{}\"}}", names[at]));
    assert!((120.0..130.0).contains(&wait(good).unwrap()), "{:?}", wait(good));
    // What is left of the minute.
    assert!((30.0..65.0).contains(&wait(bad).unwrap()), "{:?}", wait(bad));
    assert_eq!(logged(&served, SLOWS, names[good]), 1, "{:#?}", served.log());
    assert_eq!((api.requests().len(), refused(bad, names[bad])), (1, 1.0));
}
