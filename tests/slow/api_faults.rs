//! Whatever an API does, the exporter stays up, keeps its values, logs the failure once, and recovers with the API.

mod run;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::json;

use run::{BODY_LIMIT, INTERVAL, MEMORY_LIMIT, PATIENT, Run, TIMEOUT, failures, of, peak, samples, timeout};

use crate::faulty_api::{CERTIFICATES, Fault, FaultServer, Outcome, Way, kinds};
use crate::support::package::Package;
use crate::support::process::{Cton, free_port, try_scrape};
use crate::support::shipped_config::value;

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
