//! Nothing that cton itself waits for freezes its services, or goes unnoticed: a log that nobody reads, a disk that hangs.

#![cfg(all(feature = "run", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use support::fake_api::FakeApi;
use support::handed::Handed;
use support::process::{scratch, try_scrape};
use support::shipped::{self, value};

const CTON: &str = env!("CARGO_BIN_EXE_cton");
const POLLS: &str = "cton_polls_total{outcome=\"success\",service=\"splunk\"}";
const DROPPED: &str = "cton_log_lines_dropped_total";

/// Waits for what must come.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "{what} never came");
        thread::sleep(Duration::from_millis(20));
    }
}

fn page(port: u16) -> String {
    try_scrape(port, "/metrics").map(|answer| answer.body).unwrap_or_default()
}

fn incidents() -> FakeApi {
    FakeApi::json(r#"{"total": 1, "offset": 0, "limit": 100, "incidents": []}"#)
}

/// The shipped config, with a log that has a line for each connection that is reset.
fn talkative(dir: &Path, api: &FakeApi) {
    let file = shipped::config(dir, api);
    let mut config: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    config["log_level"] = "DEBUG".into();
    config.as_object_mut().unwrap().remove("state_dir");
    fs::write(file, config.to_string()).unwrap();
}

/// Two ends of a stream that takes nothing more until the first end is read.
fn full() -> (UnixStream, UnixStream) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    while writer.write(b"full\n").is_ok() {}
    writer.set_nonblocking(false).unwrap();
    (reader, writer)
}

/// A connection that ends with an error for the exporter.
fn reset(port: u16) {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_log_that_nobody_reads_holds_up_nothing_and_tells_later_what_was_dropped() {
    let (dir, api) = (scratch("unread"), incidents());
    talkative(&dir, &api);
    let (reader, writer) = full();
    let mut handed = Handed::new(CTON);
    handed.command.args(["-s", "splunk", "-c"]).arg(dir.join("config.json")).stderr(OwnedFd::from(writer));
    let (_running, port) = handed.start();
    until("a poll", || value(&page(port), POLLS) > Some(0.0));
    until("a dropped line", || {
        (0..500).for_each(|_| reset(port));
        value(&page(port), DROPPED) > Some(0.0)
    });
    let polls = value(&page(port), POLLS).unwrap();
    until("more polls", || value(&page(port), POLLS).unwrap() > polls);
    assert_eq!(value(&page(port), "cton_service_up{service=\"splunk\"}"), Some(1.0));
    assert_eq!(try_scrape(port, "/-/healthy").unwrap().status, 200);

    let mut lines = BufReader::new(reader).lines().map(Result::unwrap);
    let first = lines.by_ref().find(|line| line.contains("level=")).unwrap();
    assert!(first.contains("msg=serving "), "the oldest are kept: {first}");
    let dropped = lines.find(|line| line.contains("msg=\"log lines dropped\"")).unwrap();
    assert!(dropped.contains(" level=warning ") && dropped.contains(" count="), "{dropped}");
    assert!(lines.next().unwrap().contains("level="), "it goes on");
}

#[test]
fn a_log_that_nobody_reads_does_not_keep_the_process_from_its_end() {
    let (dir, api) = (scratch("unread-end"), incidents());
    talkative(&dir, &api);
    let (_reader, writer) = full();
    let mut handed = Handed::new(CTON);
    handed.command.args(["-s", "splunk", "-c"]).arg(dir.join("config.json")).stderr(OwnedFd::from(writer));
    let (mut running, port) = handed.start();
    until("a poll", || value(&page(port), POLLS) > Some(0.0));
    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    until("the end", || running.0.try_wait().unwrap().is_some());
    assert_eq!(running.0.wait().unwrap().code(), Some(0));
}
