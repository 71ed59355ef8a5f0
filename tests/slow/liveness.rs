//! A log that nobody reads and a disk that hangs freeze no service, and are reported.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::activated::Activated;
use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::frozen_disk::FrozenDisk;
use crate::support::process::{Running, scratch, try_scrape};
use crate::support::shipped_config::{self, value};
use crate::support::supervisor::Supervisor;

const CTON: &str = env!("CARGO_BIN_EXE_cton");
const POLLS: &str = "cton_polls_total{outcome=\"success\",service=\"splunk\"}";
const DROPPED: &str = "cton_log_lines_dropped_total";

/// Waits for what must come.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(180);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} never came");
        thread::sleep(Duration::from_millis(20));
    }
}

fn exposition(port: u16) -> String {
    try_scrape(port, "/metrics").map(|response| response.body).unwrap_or_default()
}

fn incidents() -> FakeApi {
    FakeApi::json(r#"{"total": 1, "offset": 0, "limit": 100, "incidents": []}"#)
}

/// The shipped config, with a log that has a line for each connection that is reset.
fn talkative(dir: &Path, api: &FakeApi) {
    shipped_config::config_with(dir, &api.url("/"), &json!({ "log_level": "DEBUG" }), &json!({}));
}

/// Two ends of a stream that takes nothing more until the first end is read.
fn full() -> (UnixStream, UnixStream) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    while writer.write(b"full\n").is_ok() {}
    writer.set_nonblocking(false).unwrap();
    reader.set_read_timeout(Some(Duration::from_secs(180))).unwrap();
    (reader, writer)
}

/// A connection that ends with an error for the exporter.
fn reset(port: u16) {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn an_unread_log_blocks_nothing_and_reports_the_dropped_lines_later() {
    let (dir, api) = (scratch("unread"), incidents());
    talkative(&dir, &api);
    let (reader, writer) = full();
    let mut handed = Activated::new(CTON);
    handed.command.args(["-s", "splunk", "-c"]).arg(dir.join("config.json")).stderr(OwnedFd::from(writer));
    let (_running, port) = handed.start();
    until("a poll", || value(&exposition(port), POLLS) > Some(0.0));
    until("a dropped line", || {
        (0..500).for_each(|_| reset(port));
        value(&exposition(port), DROPPED) > Some(0.0)
    });
    let polls = value(&exposition(port), POLLS).unwrap();
    until("more polls", || value(&exposition(port), POLLS).unwrap() > polls);
    assert_eq!(value(&exposition(port), "cton_service_up{service=\"splunk\"}"), Some(1.0));
    assert_eq!(try_scrape(port, "/-/healthy").unwrap().status, 200);

    let mut lines = BufReader::new(reader).lines().map(Result::unwrap);
    let first = lines.by_ref().find(|line| line.contains("level=")).unwrap();
    assert!(first.contains("msg=serving "), "the oldest are kept: {first}");
    let dropped = lines.find(|line| line.contains("msg=\"log lines dropped\"")).unwrap();
    assert!(dropped.contains(" level=warning ") && dropped.contains(" count="), "{dropped}");
    assert!(lines.next().unwrap().contains("level="), "it goes on");
}

#[test]
fn an_unread_log_does_not_prevent_the_shutdown() {
    let (dir, api) = (scratch("unread-end"), incidents());
    talkative(&dir, &api);
    let (_reader, writer) = full();
    let mut handed = Activated::new(CTON);
    handed.command.args(["-s", "splunk", "-c"]).arg(dir.join("config.json")).stderr(OwnedFd::from(writer));
    let (mut running, port) = handed.start();
    until("a poll", || value(&exposition(port), POLLS) > Some(0.0));
    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    until("the end", || running.0.try_wait().unwrap().is_some());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}

/// An exporter with a state on a disk that can be frozen; `None` without a C compiler.
struct OnDisk {
    running: Running,
    port: u16,
    dir: PathBuf,
    disk: FrozenDisk,
    supervisor: Supervisor,
    _api: FakeApi,
}

impl OnDisk {
    fn start(name: &str) -> Option<Self> {
        let dir = scratch(name);
        let disk = FrozenDisk::new(&dir)?;
        let total = AtomicU64::new(0);
        let api = FakeApi::start(move |_: &Request| {
            let total = 1 + total.fetch_add(1, Ordering::SeqCst) % 90;
            Response::json(format!(
                r#"{{"total": {total}, "offset": 0, "limit": 100, "incidents": [{{
                    "incidentNumber": "{total}", "currentPhase": "triggered", "startTime": "2026-11-23T20:00:00Z",
                    "pagedTeams": ["web"], "transitions": []
                }}]}}"#
            ))
        });
        let config = shipped_config::config(&dir, &api);
        // Ten seconds, so that only a frozen disk makes gauges stale.
        shipped_config::edit(&config, &json!({ "stale_after_intervals": 100 }));
        let supervisor = Supervisor::new(name);
        let mut handed = Activated::new(CTON);
        handed
            .command
            .args(["-s", "splunk", "-c"])
            .arg(config)
            .stderr(fs::File::create(dir.join("log")).unwrap());
        handed.command.env("NOTIFY_SOCKET", supervisor.socket());
        disk.mount(&mut handed.command, "");
        let (running, port) = handed.start();
        let on_disk = Self { running, port, dir, disk, supervisor, _api: api };
        until("the gauge", || on_disk.has_gauge());
        Some(on_disk)
    }

    /// Freezes the disk, and waits until a write is held.
    fn freeze(&self) {
        self.disk.freeze();
        until("a write that is held", || self.disk.holds_a_write());
    }

    fn has_gauge(&self) -> bool {
        exposition(self.port).contains("\nopen_incidents{")
    }

    fn is(&self, series: &str, number: f64) -> bool {
        value(&exposition(self.port), &format!("{series}{{service=\"splunk\"}}")) == Some(number)
    }

    fn logs(&self, words: &str) -> bool {
        fs::read_to_string(self.dir.join("log")).unwrap().contains(words)
    }

    fn healthy(&self) -> Option<u16> {
        try_scrape(self.port, "/-/healthy").map(|response| response.status)
    }
}

#[test]
fn a_hung_disk_is_reported_to_scrapes_and_supervisors_and_polls_recover_with_it() {
    let Some(served) = OnDisk::start("frozen") else { return };
    assert_eq!(served.healthy(), Some(200));
    assert!(served.is("cton_service_up", 1.0));
    served.freeze();
    let polls = value(&exposition(served.port), POLLS);
    until("the end of old gauges", || !served.has_gauge() && served.is("cton_service_stale", 1.0));
    until("the truth about health", || served.healthy() == Some(503));
    assert!(served.is("cton_service_up", 0.0), "{}", exposition(served.port));
    assert!(try_scrape(served.port, "/-/healthy").unwrap().body.contains("poll loop of `splunk` stuck"));
    until("the line", || served.logs("msg=\"poll loop stuck\" service=splunk"));
    assert_eq!(value(&exposition(served.port), POLLS), polls, "nothing is polled while a write is pending");
    served.disk.thaw();
    until("new data", || served.has_gauge() && served.is("cton_service_up", 1.0));
    assert!(served.is("cton_service_stale", 0.0));
    assert_eq!(served.healthy(), Some(200));
    until("the line", || served.logs("msg=\"poll loop resumed\" service=splunk"));
    until("more polls", || value(&exposition(served.port), POLLS) > polls.map(|polls| polls + 2.0));
}

#[test]
fn a_disk_that_stays_hung_exits_the_process_for_a_restart() {
    let Some(mut served) = OnDisk::start("frozen-end") else { return };
    // Before the first self-check has succeeded none counts.
    served.supervisor.hears_of_life();
    served.freeze();
    until("the end", || served.running.0.try_wait().unwrap().is_some());
    assert_eq!(served.running.0.wait().unwrap().code(), Some(1));
    assert!(served.logs(
        "level=critical msg=\"self-check failed; exiting so that the supervisor restarts the process\""
    ));
    assert!(served.logs("503: unhealthy: poll loop of `splunk` stuck"));
}
