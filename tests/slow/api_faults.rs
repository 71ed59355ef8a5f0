//! Whatever an API does, the exporter stays up, keeps its values, logs the failure once, and recovers with the API.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use crate::faulty_api::{CERTIFICATES, Fault, FaultServer, Outcome, Way, kinds};
use crate::support::exposition_parser::Exposition;
use crate::support::package::Package;
use crate::support::process::{Cton, Served, free_port, scrape, scratch, try_scrape};
use crate::support::shipped_config::{config_with, value};

/// `request_timeout_sec` for an API that is to be too late, and for all others, which may be late on a busy machine.
const TIMEOUT: f64 = 4.0;
const PATIENT: f64 = 60.0;
/// Seconds from poll to poll.
const INTERVAL: f64 = 0.3;
/// `response_limit_bytes`, and the most memory of a process that reads such bodies.
const BODY_LIMIT: u64 = 4 << 20;
const MEMORY_LIMIT: u64 = 64 << 20;
/// Waiting takes no processor.
const AT_ONCE: usize = 16;

#[test]
fn a_fault_in_the_first_response_exposes_nothing_and_polls_recover() {
    of_every_kind(|fault| {
        let mut run = Run::start(fault, true);
        match fault.outcome {
            Outcome::Fails(reason, words) => {
                run.fails(reason, words, "");
                run.recovers("poll recovered");
            }
            Outcome::Good(samples) => {
                let after = run.well(2.0);
                check(samples, &after);
            }
        }
    });
}

#[test]
fn a_fault_after_a_good_response_removes_nothing_and_polls_recover() {
    of_every_kind(|fault| {
        if fault.way == Way::NoHost {
            return;
        }
        let mut run = Run::start(fault, false);
        // Of each question that the service asks in turn.
        let before = run.well(3.0);
        run.api.turn(true);
        match fault.outcome {
            Outcome::Fails(reason, words) => {
                run.fails(reason, words, &before);
                run.recovers("poll recovered");
                assert_eq!(samples(&run.exposition()), before, "after it was over");
            }
            Outcome::Good(samples) => {
                let after = run.well(3.0);
                check(samples, &after);
                only_differs_in(&before, &after, samples);
            }
        }
    });
}

#[test]
fn endless_pages_fail_the_poll_within_the_memory_limit() {
    ends(kinds::endless(), &json!({}));
}

#[test]
fn endless_slow_pages_fail_at_the_poll_timeout() {
    // Each page is in time.
    ends(kinds::slow(), &json!({ "request_timeout_sec": PATIENT, "poll_timeout_sec": TIMEOUT }));
}

fn ends(fault: &'static Fault, keys: &serde_json::Value) {
    let mut run = Run::start_with(fault, true, keys);
    let Outcome::Fails(reason, words) = fault.outcome else { panic!("it is to fail") };
    run.fails(reason, words, "");
    run.recovers("poll recovered");
}

#[test]
fn a_service_with_a_healthy_api_is_not_affected_by_the_others() {
    let apis: Vec<_> = kinds::all().iter().map(|fault| FaultServer::start(fault, true)).collect();
    let well = FaultServer::start(&kinds::all()[0], false);
    let ports: Vec<u16> = (0..=apis.len()).map(|_| free_port()).collect();
    let service = |(number, api): (usize, &FaultServer)| {
        let timeout = if number == 0 { PATIENT } else { timeout(&kinds::all()[number - 1]) };
        let service = json!({
            "service_class": "CountApi", "service_module": "count_api", "port": ports[number], "listen": "127.0.0.1",
            "api_url": api.url(), "data_store_expiration_sec": INTERVAL, "retries": 0,
            "request_timeout_sec": timeout, "response_limit_bytes": BODY_LIMIT, "poll_limit_bytes": 2 * BODY_LIMIT,
            "ca_file_path": fs::canonicalize(CERTIFICATES).unwrap().join("authority.pem"),
            "prometheus_metrics_mapping": { "gauge": ["count"] },
        });
        (format!("s{number}"), service)
    };
    let services: serde_json::Map<_, _> =
        std::iter::once(&well).chain(&apis).enumerate().map(service).collect();
    let config = json!({ "api_call_intervals": INTERVAL, "log_level": "INFO", "services": services });
    let mut served = Cton::from(many(&config.to_string())).arg("--all").start();
    let page_of = |number: usize| try_scrape(ports[number], "/metrics").map(|response| response.body);
    let expositions = || (0..=apis.len()).map(page_of).collect::<Vec<_>>();
    served.until("an exposition", || page_of(0).is_some());
    let polls = |outcome: &str, number: usize, exposition: &str| {
        of(exposition, &format!("cton_polls_total{{outcome=\"{outcome}\",service=\"s{number}\"}}"))
    };
    let polled = |number: usize, exposition: &str| {
        polls("success", number, exposition) + polls("failure", number, exposition)
    };
    served.until("two polls of each", || {
        expositions().iter().enumerate().all(|(number, exposition)| {
            let long = number > 0 && kinds::all()[number - 1].wait.1 > 10.0;
            exposition
                .as_deref()
                .is_some_and(|exposition| polled(number, exposition) >= if long { 1.0 } else { 2.0 })
        })
    });
    served.until("ten good polls", || polls("success", 0, &page_of(0).unwrap()) >= 10.0);
    let exposition = page_of(0).unwrap();
    assert_eq!((polls("failure", 0, &exposition), value(&exposition, "count")), (0.0, Some(2.0)));
    assert!(of(&exposition, "cton_poll_wait_seconds{service=\"s0\"}") <= INTERVAL * 1.05);
    served.settle();
    let errors =
        served.log().into_iter().filter(|line| line.contains("service=s0 ") && line.contains("=error "));
    assert_eq!(errors.collect::<Vec<_>>(), Vec::<String>::new());
    for (number, fault) in (1..).zip(kinds::all()) {
        let exposition = page_of(number).unwrap();
        match fault.outcome {
            Outcome::Fails(reason, _) => {
                assert_eq!(
                    (value(&exposition, "count"), failures(&exposition, reason)),
                    (None, failures(&exposition, "")),
                    "{}",
                    fault.name
                );
            }
            Outcome::Good(_) => assert_eq!(polls("failure", number, &exposition), 0.0, "{}", fault.name),
        }
    }
    assert_eq!(served.process.0.try_wait().unwrap(), None, "it ended: {:#?}", served.log());
    println!("{} services, {} MiB at most", expositions().len(), peak(&served) >> 20);
    assert!(peak(&served) < 4 * MEMORY_LIMIT);
}

/// The exporter of that config, whose services read the number of incidents.
fn many(config: &str) -> Command {
    Command::new(Package::with_services("faults", config, &[("count_api", SERVICE)]).build())
}

const SERVICE: &str = "use collectington::{Api, Result, Service};
#[derive(serde::Deserialize)]
pub struct CountApi { total: u64, #[serde(default)] #[allow(dead_code)] incidents: Vec<Incident> }
#[derive(serde::Deserialize)]
#[serde(rename_all = \"camelCase\")]
#[allow(dead_code)]
struct Incident { incident_number: String, start_time: Option<chrono::DateTime<chrono::Utc>>, #[serde(default)] paged_teams: Vec<String> }
impl Service for CountApi {
    fn poll(api: &mut Api) -> Result<Self> { api.get().header(\"x-vo-api-key\", \"k\").json() }
}
impl CountApi {
    pub fn count(&self) -> u64 { self.total }
}
";

/// The `request_timeout_sec` for a fault.
fn timeout(fault: &Fault) -> f64 {
    if matches!(fault.outcome, Outcome::Fails("timeout", _)) { TIMEOUT } else { PATIENT }
}

/// Every kind, some at once; reports all that broke the property.
fn of_every_kind(test: impl Fn(&'static Fault) + Sync) {
    let only = std::env::var("CTON_FAULT").ok();
    let kinds: Vec<_> =
        kinds::all().iter().filter(|fault| only.as_deref().is_none_or(|only| only == fault.name)).collect();
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(fault) = kinds.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(fault))) {
                        let text = panic.downcast_ref::<String>().cloned().unwrap_or_default();
                        broken.lock().unwrap().push(format!("{}: {text}", fault.name));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{} of {} kinds:\n\n{}", broken.len(), kinds.len(), broken.join("\n\n"));
    println!("{} kinds", kinds.len());
}

/// The shipped exporter and its API.
struct Run {
    fault: &'static Fault,
    api: FaultServer,
    served: Served,
    port: u16,
    /// The lines of the log that were looked at.
    read: usize,
}

impl Run {
    fn start(fault: &'static Fault, bad: bool) -> Self {
        Self::start_with(fault, bad, &json!({}))
    }

    /// With more keys for the service.
    fn start_with(fault: &'static Fault, bad: bool, keys: &serde_json::Value) -> Self {
        let api = FaultServer::start(fault, bad);
        let name = fault.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let dir = scratch(&format!("fault-{name}-{bad}"));
        let mut service = json!({
            "data_store_expiration_sec": INTERVAL, "request_timeout_sec": timeout(fault),
            "response_limit_bytes": BODY_LIMIT, "poll_limit_bytes": 2 * BODY_LIMIT,
            "ca_file_path": format!("{CERTIFICATES}/authority.pem"), "stale_after_intervals": 1_000_000,
        });
        service.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        let file = config_with(&dir, &api.url(), &json!({ "api_call_intervals": INTERVAL }), &service);
        fs::write(dir.join("secrets"), "API_ID = id-4711\nAPI_KEY = key-4711\n").unwrap();
        let port = free_port();
        let cton = Cton::new(["-s", "splunk", "-c"]).arg(file);
        let served = cton.arg(format!("--listen=127.0.0.1:{port}")).start();
        served.until("the exposition", || try_scrape(port, "/metrics").is_some());
        Self { fault, api, served, port, read: 0 }
    }

    fn exposition(&self) -> String {
        scrape(self.port, "/metrics").body
    }

    /// After so many more good polls: the service's samples.
    fn well(&mut self, polls: f64) -> String {
        let good =
            |exposition: &str| of(exposition, "cton_polls_total{outcome=\"success\",service=\"splunk\"}");
        let begun = good(&self.exposition());
        self.served.until("good polls", || good(&self.exposition()) >= begun + polls);
        let exposition = self.exposition();
        assert_eq!(of(&exposition, "cton_service_up{service=\"splunk\"}"), 1.0);
        self.served.settle();
        assert_eq!(self.errors(), Vec::<String>::new());
        self.read = self.served.log().len();
        samples(&exposition)
    }

    /// The errors in the log since it was looked at.
    fn errors(&self) -> Vec<String> {
        // A total that falls is a reset, and no error of a poll.
        let resets = self.fault.name == "total falls";
        let is_reset = |line: &String| resets && line.contains(" level=warning msg=\"counter reset\" ");
        let severe = |line: &String| {
            !line.contains(" level=info ") && !line.contains("unencrypted api_url used") && !is_reset(line)
        };
        self.served.log().into_iter().skip(self.read).filter(severe).collect()
    }

    /// The properties of a failure that lasts for two polls, of an exposition that had `before`.
    fn fails(&mut self, reason: &str, words: &[&str], before: &str) {
        let polls = if self.fault.wait.1 > 10.0 { 1.0 } else { 2.0 };
        self.served.until("failures", || failures(&self.exposition(), "") >= polls);
        self.served.until("the error", || !self.errors().is_empty());
        self.served.settle();
        let (exposition, errors) = (self.exposition(), self.errors());
        assert_eq!(samples(&exposition), before, "nothing false is shown, and nothing is lost");
        assert_eq!(of(&exposition, "cton_service_up{service=\"splunk\"}"), 0.0);
        assert_eq!(
            failures(&exposition, reason),
            failures(&exposition, ""),
            "the reason is {reason}: {errors:#?}"
        );
        let (least, most) = self.fault.wait;
        let wait = of(&exposition, "cton_poll_wait_seconds{service=\"splunk\"}");
        assert!((least..=most).contains(&wait), "the next poll comes in {wait} s");
        let printed = |error: &str| {
            ["level=error", "msg=\"poll failed\"", &format!(" reason={reason} ")]
                .iter()
                .chain(words)
                .all(|word| error.contains(word))
        };
        assert!(
            errors.len() == 1 && printed(&errors[0]),
            "{reason} {words:?} is to be printed once: {errors:#?}"
        );
        assert!(!errors[0].contains("-4711"), "a key is in the log: {errors:#?}");
        self.lives();
        self.served.settle();
        self.read = self.served.log().len();
    }

    /// The next response is good, and so is the next poll.
    fn recovers(&mut self, words: &str) {
        if self.fault.way == Way::NoHost || self.fault.wait.1 > 10.0 {
            return;
        }
        self.api.turn(false);
        let failed = failures(&self.exposition(), "");
        self.served
            .until("a good poll", || of(&self.exposition(), "cton_service_up{service=\"splunk\"}") == 1.0);
        let exposition = self.exposition();
        // One may have been on its way.
        assert!(failures(&exposition, "") <= failed + 1.0, "the next good response is taken");
        assert!(exposition.contains("\nnumber_of_incidents_total"), "{exposition}");
        let told = || self.served.log().iter().skip(self.read).filter(|line| line.contains(words)).count();
        self.served.settle();
        assert_eq!((told(), self.errors()), (1, vec![]), "it is printed once that all is well");
        self.lives();
    }

    fn lives(&mut self) {
        assert_eq!(self.served.process.0.try_wait().unwrap(), None, "it ended: {:#?}", self.served.log());
        let bytes = peak(&self.served);
        assert!(bytes < MEMORY_LIMIT, "it took {} MiB", bytes >> 20);
    }
}

/// The most memory that it ever had.
fn peak(served: &Served) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", served.process.0.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

fn of(exposition: &str, series: &str) -> f64 {
    value(exposition, series).unwrap_or_else(|| panic!("there is no {series}: {exposition}"))
}

/// Failed polls, for that reason or for any.
fn failures(exposition: &str, reason: &str) -> f64 {
    let head = format!("cton_poll_failures_total{{reason=\"{reason}");
    exposition
        .lines()
        .filter(|line| line.starts_with(&head))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum()
}

/// The lines of the service's own samples.
fn samples(exposition: &str) -> String {
    let own =
        |line: &&str| !line.starts_with("cton_") && !line.starts_with("process_") && !line.starts_with('#');
    // It is read as Prometheus would, too.
    assert!(!Exposition::parse(exposition).samples.is_empty());
    exposition.lines().filter(own).collect::<Vec<_>>().join("\n")
}

fn check(expected: &[(&str, f64)], exposition: &str) {
    for (series, value) in expected {
        assert_eq!(of(exposition, series), *value, "{series}");
    }
}

/// What was there before is there as it was, but for those series.
fn only_differs_in(before: &str, after: &str, series: &[(&str, f64)]) {
    // A counter that falls starts again.
    let changed = |name: &str| name.rsplit_once('_').map_or(name, |(base, _)| base).to_owned();
    let other = |line: &&str| !series.iter().any(|(name, _)| line.starts_with(&changed(name)));
    for line in before.lines().filter(other) {
        assert!(after.lines().any(|found| found == line), "{line} is not what it was: {after}");
    }
}
