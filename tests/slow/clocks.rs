//! Whatever the clock of the host shows, polls keep their interval, and no count stays wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::faulty_api::{CERTIFICATES, FaultServer, Way, kinds};
use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::process::{Cton, Served, faketime, free_port, scratch};
use crate::support::shipped_config::{config, edit, served_value};

/// `data_store_expiration_sec`, which is longer than the interval.
const PERIOD: f64 = 0.4;
/// What the clock shows: the truth, an hour less, ten years more, the beginning of all clocks.
const CLOCKS: [(&str, &str); 4] =
    [("right", "+0"), ("behind", "-3600"), ("ahead", "+315360000"), ("reset", "@1970-01-01 00:00:30")];

/// What libfaketime shows a process, from now on.
struct Clock {
    library: PathBuf,
    file: PathBuf,
}

impl Clock {
    /// `None` where there is no libfaketime.
    fn new(dir: &Path, shows: &str) -> Option<Self> {
        let clock = Self { library: faketime()?, file: dir.join("clock") };
        clock.set(shows);
        Some(clock)
    }

    /// The file is never half written.
    fn set(&self, shows: &str) {
        let new = self.file.with_extension("new");
        fs::write(&new, format!("{shows}\n")).unwrap();
        fs::rename(new, &self.file).unwrap();
    }

    fn start(&self, config: &Path, port: u16) -> Served {
        self.start_in("UTC", config, port)
    }

    /// The exporter, with that clock in that time zone; what counts seconds since the start is left as it is.
    fn start_in(&self, zone: &str, config: &Path, port: u16) -> Served {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
        command.env("LD_PRELOAD", &self.library).env("FAKETIME_TIMESTAMP_FILE", &self.file);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("DONT_FAKE_MONOTONIC", "1").env("TZ", zone);
        command.args(["-s", "splunk", "-c"]).arg(config).arg(format!("--listen=127.0.0.1:{port}"));
        Cton::from(command).start()
    }
}

/// Incidents by when they started, in truth.
#[derive(Clone, Default)]
struct World(Arc<Mutex<Vec<DateTime<Utc>>>>);

impl World {
    /// An incident that started so many minutes ago shows up.
    fn goes_on(&self, minutes: i64) {
        self.0.lock().unwrap().push(Utc::now() - TimeDelta::minutes(minutes));
    }

    fn count(&self) -> f64 {
        self.0.lock().unwrap().len() as f64
    }

    fn start(&self) -> FakeApi {
        let world = self.clone();
        FakeApi::start(move |request| world.respond(request))
    }

    /// Returns true if the request is for incidents that started since a time before the last one.
    fn last_is_asked_for(&self, request: &Request) -> bool {
        started_after(request).is_some_and(|after| self.0.lock().unwrap().last() > Some(&after))
    }

    fn respond(&self, request: &Request) -> Response {
        let after = started_after(request);
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let incident = |(number, start): (usize, &DateTime<Utc>)| {
            let steps = [("triggered", *start), ("resolved", *start + TimeDelta::seconds(6))];
            json!({
                "incidentNumber": number.to_string(), "currentPhase": "resolved", "startTime": text(*start),
                "transitions": steps.map(|(name, at)| json!({ "name": name, "at": text(at) })),
            })
        };
        let all = self.0.lock().unwrap();
        let asked = all.iter().enumerate().filter(|(_, start)| after.is_none_or(|after| **start > after));
        let asked: Vec<_> = asked.map(incident).collect();
        Response::json(json!({ "total": asked.len(), "incidents": asked }).to_string())
    }
}

fn started_after(request: &Request) -> Option<DateTime<Utc>> {
    let after = request.query("startedAfter")?;
    Some(after.replace("%3A", ":").parse().unwrap())
}

/// The shipped config with more keys for the service.
fn config_with(dir: &Path, api: &FakeApi, more: &Value) -> PathBuf {
    let file = config(dir, api);
    edit(&file, more);
    file
}

/// Changes what must stand in the file.
fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).unwrap();
}

fn observed(port: u16) -> f64 {
    served_value(port, "time_taken_to_resolve_count").unwrap_or_default()
}

/// More requests at once than these are a burst: one was due, and those of some periods may be late together.
const BURST: usize = 5;

/// No more requests than the time since allows.
fn assert_no_burst(requests: usize, since: Instant, what: &str) {
    let most = since.elapsed().as_secs_f64() / PERIOD + BURST as f64;
    assert!((requests as f64) <= most, "{what}: {requests} requests, {most} at most");
}

#[test]
fn polls_keep_their_interval_whatever_the_clock_shows_at_the_start() {
    for (name, shows) in CLOCKS {
        let dir = scratch(&format!("clock-{name}"));
        let Some(clock) = Clock::new(&dir, shows) else { return };
        let world = World::default();
        world.goes_on(1);
        let api = world.start();
        let file = config_with(&dir, &api, &json!({ "data_store_expiration_sec": PERIOD }));
        let (port, began) = (free_port(), Instant::now());
        let served = clock.start(&file, port);
        served.until("polls", || api.requests().len() >= BURST + 2);
        assert_no_burst(api.requests().len(), began, name);
        served.settle();
        assert_eq!(observed(port), 1.0, "{name}");
        assert_eq!(served_value(port, "number_of_incidents_total"), Some(1.0), "{name}");
        assert!(served.logged("level=error").is_none(), "{name}: {:#?}", served.log());
        let year = served.logged("first poll succeeded").unwrap();
        let is_as_set = match name {
            "reset" => year.contains("ts=1970-"),
            "ahead" => !year.contains(&Utc::now().format("ts=%Y-").to_string()),
            _ => true,
        };
        assert!(is_as_set, "the clock is not {name}: {year}");
    }
}

#[test]
fn a_clock_jump_causes_no_burst_and_hidden_incidents_are_counted_once_it_is_right() {
    let dir = scratch("clock-jumps");
    let Some(clock) = Clock::new(&dir, "+0") else { return };
    let world = World::default();
    world.goes_on(1);
    let api = world.start();
    let file = config_with(&dir, &api, &json!({ "data_store_expiration_sec": PERIOD }));
    let (port, began) = (free_port(), Instant::now());
    let served = clock.start(&file, port);
    served.until("the first incident", || api.requests().len() >= 3 && observed(port) == 1.0);
    for (name, shows) in CLOCKS.iter().chain(&CLOCKS) {
        let (before, jumped) = (api.requests().len(), Instant::now());
        clock.set(shows);
        // As if the clock had been ahead for three hours, which is more than a poll looks back.
        world.goes_on(if *name == "ahead" { 180 } else { 1 });
        served.until("polls after the jump", || api.requests().len() >= before + BURST + 2);
        assert_no_burst(api.requests().len() - before, jumped, name);
        clock.set("+0");
        let (before, healed) = (api.requests().len(), Instant::now());
        served.until("what was hidden", || observed(port) == world.count());
        // Turn about it asks for what is new: of what it asks for with the right clock, that is the second at the latest,
        // and one poll was on its way.
        let asked = api.requests().split_off(before);
        let polls = asked.iter().position(|request| world.last_is_asked_for(request));
        assert!(polls.is_none_or(|polls| polls < 4), "{name}: {polls:?} polls before all was right");
        assert_no_burst(asked.len(), healed, name);
    }
    assert_eq!(served_value(port, "time_taken_to_resolve_sum"), Some(world.count() * 0.1));
    assert_no_burst(api.requests().len(), began, "all jumps");
    assert!(served.logged("level=error").is_none(), "{:#?}", served.log());
}

#[test]
fn daylight_saving_changes_affect_nothing() {
    // When Europe/Berlin sets its clocks.
    for (name, at) in [("spring", "2026-03-29T01:00:00Z"), ("autumn", "2026-10-25T01:00:00Z")] {
        let (dir, switch) = (scratch(&format!("clock-{name}")), at.parse::<DateTime<Utc>>().unwrap());
        let shows = |at: DateTime<Utc>| format!("{:+}", (at - Utc::now()).num_seconds());
        let Some(clock) = Clock::new(&dir, &shows(switch - TimeDelta::minutes(30))) else { return };
        let world = World::default();
        world.goes_on(1);
        let api = world.start();
        let file = config_with(&dir, &api, &json!({ "data_store_expiration_sec": PERIOD }));
        replace(&file, "\"INFO\"", "\"DEBUG\"");
        let (port, began) = (free_port(), Instant::now());
        // As Europe/Berlin has it, also where no zones are installed.
        let served = clock.start_in("CET-1CEST,M3.5.0,M10.5.0/3", &file, port);
        served.until("polls before", || stamps(&served).len() >= 3);
        clock.set(&shows(switch - TimeDelta::seconds(2)));
        let after = |stamps: &[DateTime<Utc>]| stamps.iter().filter(|at| **at > switch).count();
        served.until("polls after", || after(&stamps(&served)) >= 5);
        let stamps = stamps(&served);
        assert!(stamps.is_sorted() && stamps[0] < switch, "{name}: {stamps:?}");
        assert!(stamps.iter().all(|at| (*at - switch).abs() < TimeDelta::minutes(31)), "{name}: {stamps:?}");
        assert_no_burst(api.requests().len(), began, name);
        assert_eq!(served_value(port, "number_of_incidents_total"), Some(1.0), "{name}");
    }
}

/// When the polls ended, as the log has it: all of its lines tell a time in UTC.
fn stamps(served: &Served) -> Vec<DateTime<Utc>> {
    let stamp = |line: &String| line.strip_prefix("ts=")?.split_once("Z ")?.0.parse::<NaiveDateTime>().ok();
    let log = served.log();
    let stamps: Vec<_> = log.iter().map(|line| stamp(line).unwrap_or_else(|| panic!("{line}"))).collect();
    let polls = log.iter().zip(stamps).filter(|(line, _)| line.contains("poll succeeded"));
    polls.map(|(_, stamp)| stamp.and_utc()).collect()
}

#[test]
fn a_resumed_process_polls_within_an_interval_without_catching_up() {
    let dir = scratch("clock-suspended");
    let world = World::default();
    world.goes_on(1);
    let api = world.start();
    // No response is kept, so that each poll is seen.
    let file = config_with(&dir, &api, &json!({ "data_store_expiration_sec": 0 }));
    replace(&file, "\"api_call_intervals\":0.1", &format!("\"api_call_intervals\":{PERIOD}"));
    let port = free_port();
    let served =
        Cton::new(["-s", "splunk", "-c"]).arg(&file).arg(format!("--listen=127.0.0.1:{port}")).start();
    served.until("three polls", || api.requests().len() >= 3);
    for _ in 0..3 {
        signal("-STOP", &served);
        world.goes_on(1);
        std::thread::sleep(Duration::from_secs_f64(PERIOD * 10.0));
        let (before, woken) = (api.requests().len(), Instant::now());
        signal("-CONT", &served);
        served.until("the next poll", || api.requests().len() > before);
        println!("the next poll {:?} after the end of a suspension", woken.elapsed());
        served.until("polls after it", || api.requests().len() >= before + BURST + 2);
        assert_no_burst(api.requests().len() - before, woken, "suspended");
        served.until("what started meanwhile", || observed(port) == world.count());
    }
    served.settle();
    assert!(served.logged("level=error").is_none(), "{:#?}", served.log());
}

fn signal(signal: &str, to: &Served) {
    assert!(Command::new("kill").args([signal, &to.process.0.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_clock_too_wrong_for_tls_is_named_as_the_cause_and_polls_recover_once_it_is_right() {
    let dir = scratch("clock-tls");
    let Some(clock) = Clock::new(&dir, "+0") else { return };
    let tls = kinds::all().iter().find(|fault| fault.way == Way::Tls("good")).unwrap();
    let api = FaultServer::start(tls, false);
    let more = json!({ "api_url": api.url(), "ca_file_path": format!("{CERTIFICATES}/authority.pem") });
    let file = config_with(&dir, &FakeApi::json("{}"), &more);
    let port = free_port();
    let served = clock.start(&file, port);
    let up = || served_value(port, "cton_service_up{service=\"splunk\"}") == Some(1.0);
    served.until("the first poll", || served.logged("serving").is_some() && up());
    clock.set("@1970-01-01 00:00:30");
    served.until("the cause", || served.logged("check the clock of this machine").is_some());
    let found = served_value(port, "number_of_incidents_total");
    clock.set("+0");
    served.until("a good poll", up);
    assert_eq!((found, served_value(port, "number_of_incidents_total")), (Some(2.0), Some(2.0)));
    served.settle();
    let failed = served.log().iter().filter(|line| line.contains("poll failed")).count();
    assert_eq!(failed, 1, "{:#?}", served.log());
}
