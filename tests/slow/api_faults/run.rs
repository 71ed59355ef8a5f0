//! A run of the shipped exporter with an API that fails.

use std::fs;

use serde_json::json;

use crate::faulty_api::{CERTIFICATES, Fault, FaultServer, Outcome, Way};
use crate::support::exposition_parser::Exposition;
use crate::support::process::{Cton, Served, free_port, scrape, scratch, try_scrape};
use crate::support::shipped_config::{config_with, value};

/// `request_timeout_sec` for an API that is to be too late, and for all others, which may be late on a busy machine.
pub(super) const TIMEOUT: f64 = 4.0;
pub(super) const PATIENT: f64 = 60.0;

/// Seconds from poll to poll.
pub(super) const INTERVAL: f64 = 0.3;

/// `response_limit_bytes`, and the most memory of a process that reads such bodies.
pub(super) const BODY_LIMIT: u64 = 4 << 20;
pub(super) const MEMORY_LIMIT: u64 = 64 << 20;

/// The `request_timeout_sec` for a fault.
pub(super) fn timeout(fault: &Fault) -> f64 {
    if matches!(fault.outcome, Outcome::Fails("timeout", _)) { TIMEOUT } else { PATIENT }
}

/// The shipped exporter and its API.
pub(super) struct Run {
    fault: &'static Fault,
    pub(super) api: FaultServer,
    served: Served,
    port: u16,
    /// The lines of the log that were looked at.
    read: usize,
}

impl Run {
    pub(super) fn start(fault: &'static Fault, bad: bool) -> Self {
        Self::start_with(fault, bad, &json!({}))
    }

    /// With more keys for the service.
    pub(super) fn start_with(fault: &'static Fault, bad: bool, keys: &serde_json::Value) -> Self {
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

    pub(super) fn exposition(&self) -> String {
        scrape(self.port, "/metrics").body
    }

    /// After so many more good polls: the service's samples.
    pub(super) fn well(&mut self, polls: f64) -> String {
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
    pub(super) fn fails(&mut self, reason: &str, words: &[&str], before: &str) {
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
    pub(super) fn recovers(&mut self, words: &str) {
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
pub(super) fn peak(served: &Served) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", served.process.0.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

pub(super) fn of(exposition: &str, series: &str) -> f64 {
    value(exposition, series).unwrap_or_else(|| panic!("there is no {series}: {exposition}"))
}

/// Failed polls, for that reason or for any.
pub(super) fn failures(exposition: &str, reason: &str) -> f64 {
    let head = format!("cton_poll_failures_total{{reason=\"{reason}");
    exposition
        .lines()
        .filter(|line| line.starts_with(&head))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum()
}

/// The lines of the service's own samples.
pub(super) fn samples(exposition: &str) -> String {
    let own =
        |line: &&str| !line.starts_with("cton_") && !line.starts_with("process_") && !line.starts_with('#');
    // It is read as Prometheus would, too.
    assert!(!Exposition::parse(exposition).samples.is_empty());
    exposition.lines().filter(own).collect::<Vec<_>>().join("\n")
}
