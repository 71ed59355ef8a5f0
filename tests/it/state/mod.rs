//! State kept over a restart of the real exporter.

mod disks;

use std::fs;
use std::iter;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::fake_api::{FakeApi, Response};
use crate::support::process::{Cton, Served, free_port, scratch};
use crate::support::shipped_config::{config, served_value, value};

const RESOLVED: &str = "time_taken_to_resolve_count";
const WRITE_FAILURES: &str = "cton_state_write_failures_total{service=\"splunk\"}";

/// So many incidents that the API never responds.
const TOO_MANY: usize = usize::MAX;

/// An API with so many incidents, all of them resolved; with none it is down.
struct Incidents(Arc<AtomicUsize>, FakeApi);

impl Incidents {
    fn new(count: usize) -> Self {
        let shared = Arc::new(AtomicUsize::new(count));
        let counted = shared.clone();
        let api = FakeApi::start(move |_| match counted.load(Ordering::SeqCst) {
            0 => Response::new(500),
            TOO_MANY => Response::hang(),
            count => incidents(count),
        });
        Self(shared, api)
    }

    fn set(&self, count: usize) {
        self.0.store(count, Ordering::SeqCst);
    }
}

fn incidents(count: usize) -> Response {
    let incident = |number| {
        format!(
            r#"{{"incidentNumber": "{number}", "currentPhase": "resolved", "pagedTeams": ["web"], "transitions": [
                {{"name": "triggered", "at": "2026-11-23T20:00:00Z"}}, {{"name": "resolved", "at": "2026-11-23T20:06:00Z"}}]}}"#
        )
    };
    let all: Vec<_> = (1..=count).map(incident).collect();
    Response::json(format!(r#"{{"total": {count}, "incidents": [{}]}}"#, all.join(",")))
}

fn cton(config: &Path, more: &[&str]) -> Cton {
    more.iter().fold(Cton::new(["-s", "splunk", "-c"]).arg(config), |cton, argument| cton.arg(*argument))
}

/// Started, whether its API responds or not.
fn start(config: &Path) -> (Served, u16) {
    let port = free_port();
    let served = cton(config, &[&format!("--listen=127.0.0.1:{port}")]).start();
    served.until("the exposition", || crate::support::process::try_scrape(port, "/metrics").is_some());
    (served, port)
}

fn output(cton: Cton) -> (Option<i32>, String, String) {
    let output = cton.output();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn said_once(served: &Served, cause: &str) {
    served.settle();
    let printed: Vec<_> =
        served.log().into_iter().filter(|line| line.contains("state not written")).collect();
    assert!(printed.len() == 1 && printed[0].contains(cause), "{printed:?}");
}

#[test]
fn counters_are_restored_before_the_first_poll_and_gauges_are_not() {
    let (dir, api) = (scratch("restart"), Incidents::new(7));
    let config = config(&dir, &api.1);
    let (served, port) = start(&config);
    served.until("the incidents", || served_value(port, RESOLVED) == Some(7.0));
    let created = served_value(port, "time_taken_to_resolve_created").unwrap();
    drop(served);
    api.set(0);
    let (served, port) = start(&config);
    let exposition = crate::support::process::scrape(port, "/metrics").body;
    assert_eq!(value(&exposition, RESOLVED), Some(7.0));
    assert!((value(&exposition, "time_taken_to_resolve_sum").unwrap() - 42.0).abs() < 1e-9);
    assert_eq!(value(&exposition, "time_taken_to_resolve_created"), Some(created));
    assert_eq!(value(&exposition, "number_of_incidents_total"), Some(7.0));
    assert!(!exposition.contains("\nopen_incidents"), "{exposition}");
    served.until("the failure", || served.logged("poll failed").is_some());
    served.settle();
    assert!(served.logged("msg=\"state read\"").unwrap().contains("series=4 ids=14"), "{:?}", served.log());
    api.set(9);
    served.until("the new ones", || served_value(port, RESOLVED) == Some(9.0));
}

#[test]
fn restored_state_does_not_make_a_service_ready() {
    let (dir, api) = (scratch("ready"), Incidents::new(2));
    let config = config(&dir, &api.1);
    output(cton(&config, &["--once"]));
    api.set(TOO_MANY);
    let (_served, port) = start(&config);
    assert_eq!(served_value(port, RESOLVED), Some(2.0));
    assert_eq!(crate::support::process::scrape(port, "/-/ready").status, 503);
}

#[test]
fn counters_of_a_cron_job_increase() {
    let (dir, api) = (scratch("cron"), Incidents::new(2));
    let config = config(&dir, &api.1);
    for count in [2, 5, 5] {
        api.set(count);
        // Turn about, it asks for incidents and for how many there are.
        for _ in 0..2 {
            let (code, exposition, printed) = output(cton(&config, &["--once"]));
            assert_eq!((code, printed.as_str()), (Some(0), ""));
            assert!(value(&exposition, "incidents_per_team_total{team=\"web\"}").is_some(), "{exposition}");
        }
        let (_, exposition, _) = output(cton(&config, &["--once"]));
        assert_eq!(value(&exposition, RESOLVED), Some(count as f64), "{exposition}");
    }
}

#[test]
fn lowering_and_raising_the_series_limit_loses_nothing() {
    let (dir, count) = (scratch("limit"), Arc::new(AtomicUsize::new(1000)));
    let counted = count.clone();
    // Twenty teams, the first one with the most recent incidents.
    let incident = |number: usize| {
        let team = if number <= 1000 { number % 20 } else { 0 };
        format!(
            r#"{{"incidentNumber": "{number}", "currentPhase": "resolved", "pagedTeams": ["team {team:02}"]}}"#
        )
    };
    let api = FakeApi::start(move |request| {
        let number = |name| request.query(name).map_or(0, |n| n.parse::<usize>().unwrap());
        let (count, offset) = (counted.load(Ordering::SeqCst), number("offset"));
        // Later polls list only the last ten.
        let first = if request.query("startedAfter").is_some() { count - 9 } else { 1 };
        let page: Vec<_> =
            (first..=count).skip(offset).take(number("limit").max(100)).map(incident).collect();
        let total = count + 1 - first;
        Response::json(format!(r#"{{"total": {total}, "incidents": [{}]}}"#, page.join(",")))
    });
    let file = config(&dir, &api);
    let with_limit = |limit: usize| {
        let mut config: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        config["services"]["splunk"]["series_limit"] = limit.into();
        fs::write(&file, config.to_string()).unwrap();
        // Turn about, it asks for incidents and for how many there are.
        output(cton(&file, &["--once"]));
        let exposition = output(cton(&file, &["--once"])).1;
        let teams = exposition.lines().filter(|line| line.starts_with("incidents_per_team_total{"));
        let counts = teams.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap());
        counts.collect::<Vec<_>>()
    };
    assert_eq!(with_limit(100).iter().sum::<u64>(), 1000);
    count.store(1005, Ordering::SeqCst);
    assert_eq!(with_limit(3).len(), 3);
    let raised = with_limit(100);
    assert_eq!((raised.len(), raised.iter().sum::<u64>()), (20, 1005));
}

/// Each poll moves the cursor that the shipped service keeps, so each is a write.
#[test]
fn a_day_of_the_shipped_service_writes_less_than_5_mb() {
    const DAY: f64 = 1440.0;
    let (dir, api) = (scratch("bytes"), Incidents::new(20));
    let config = config(&dir, &api.1);
    let (served, port) = start(&config);
    served.until("the incidents", || served_value(port, RESOLVED) == Some(20.0));
    let polls = || served_value(port, "cton_polls_total{outcome=\"success\",service=\"splunk\"}").unwrap();
    let bytes = || fs::metadata(dir.join("state/splunk.state")).unwrap().len() as f64;
    let mut counts = 21..;
    let mut measured = || {
        let before = (polls(), bytes());
        for count in counts.by_ref().take(20) {
            api.set(count);
            served.until("the next incident", || served_value(port, RESOLVED) == Some(count as f64));
        }
        (before, (polls(), bytes()))
    };
    // A journal of 64 KiB is replaced by a snapshot, which is smaller: then it is measured again.
    let (before, after) =
        iter::repeat_with(&mut measured).take(3).find(|(before, after)| after.1 > before.1).unwrap();
    let day = 2.0 * DAY * (after.1 - before.1) / (after.0 - before.0);
    println!("{} polls, {} bytes, {day} a day", after.0 - before.0, after.1 - before.1);
    assert!(day < 5e6, "{day}");
}

#[test]
fn a_second_process_with_the_same_state_is_refused() {
    let (dir, api) = (scratch("second"), Incidents::new(2));
    let config = config(&dir, &api.1);
    let (_served, _) = start(&config);
    for how in [&["--once"][..], &[&format!("--listen=127.0.0.1:{}", free_port())]] {
        let (code, _, printed) = output(cton(&config, how));
        assert_eq!(code, Some(1));
        assert!(
            printed.starts_with("error: another process uses the state of service `splunk` in "),
            "{printed}"
        );
        assert!(printed.ends_with("or give this one another `--state-dir`\n"), "{printed}");
    }
    let other = dir.join("other");
    let (code, ..) = output(cton(&config, &["--once", "--state-dir", other.to_str().unwrap()]));
    assert_eq!((code, other.join("splunk.state").exists()), (Some(0), true));
}

#[test]
fn recordings_and_replays_write_no_state() {
    let (dir, api) = (scratch("no-state"), Incidents::new(2));
    let config = config(&dir, &api.1);
    let recordings = dir.join("recordings");
    for how in [["--record", recordings.to_str().unwrap()], ["--replay", "services/replay/splunk"]] {
        assert_eq!(output(cton(&config, &[how[0], how[1], "--once"])).0, Some(0));
        assert_eq!(output(cton(&config, &[how[0], how[1], "--once", "--state-dir=x"])).0, Some(2));
    }
    assert!(!dir.join("state").exists());
}

#[test]
fn check_reports_the_state_and_if_it_is_writable() {
    let (dir, api) = (scratch("check"), Incidents::new(2));
    let config = config(&dir, &api.1);
    let check = || output(cton(&config, &["--check"]));
    let (code, found, _) = check();
    assert!(code == Some(0) && found.contains("/state/splunk.state: no state yet\n"), "{found}");
    assert!(!dir.join("state").exists());
    output(cton(&config, &["--once"]));
    let (code, found, _) = check();
    assert!(code == Some(0) && found.contains("/state/splunk.state: 4 series, 4 ids, "), "{found}");
    fs::write(dir.join("state/splunk.state"), "x").unwrap();
    let (code, _, printed) = check();
    assert_eq!(code, Some(1));
    assert!(
        printed.ends_with("/state/splunk.state is invalid and would be put aside: not a state file of cton\n  = help: restore a valid copy, or remove the file\n"),
        "{printed}"
    );
    fs::remove_dir_all(dir.join("state")).unwrap();
    fs::write(dir.join("state"), "").unwrap();
    let (code, _, printed) = check();
    assert_eq!(code, Some(1));
    assert!(printed.contains("cannot write to state_dir "), "{printed}");
}

#[test]
fn a_corrupt_state_is_set_aside_with_one_warning() {
    let (dir, api) = (scratch("broken"), Incidents::new(2));
    let config = config(&dir, &api.1);
    output(cton(&config, &["--once"]));
    let state = dir.join("state/splunk.state");
    let whole = fs::read(&state).unwrap();
    fs::write(&state, &whole[..whole.len() - 10]).unwrap();
    let (code, exposition, printed) = output(cton(&config, &["--once"]));
    assert_eq!((code, value(&exposition, RESOLVED)), (Some(0), Some(2.0)));
    assert_eq!(printed.lines().count(), 1, "{printed}");
    assert!(printed.contains("level=warning msg=\"state file put aside\" service=splunk"), "{printed}");
    assert_eq!(fs::read(dir.join("state/splunk.state.corrupt-1")).unwrap(), whole[..whole.len() - 10]);
}

#[cfg(unix)]
#[test]
fn an_unreadable_state_remains_is_logged_once_and_is_used_at_the_next_start() {
    let (dir, api) = (scratch("unreadable"), Incidents::new(2));
    let config = config(&dir, &api.1);
    output(cton(&config, &["--once"]));
    let (state, good) = (dir.join("state/splunk.state"), dir.join("good"));
    fs::rename(&state, &good).unwrap();
    // A link to itself cannot be followed, whoever tries.
    std::os::unix::fs::symlink(&state, &state).unwrap();
    assert!(output(cton(&config, &["--check"])).2.contains("splunk.state cannot be read: "));
    api.set(5);
    let (served, port) = start(&config);
    served.until("the incidents", || served_value(port, RESOLVED) == Some(5.0));
    served.until("more failures", || served_value(port, WRITE_FAILURES).unwrap() > 4.0);
    // At once: a state that is missing for a moment is written.
    fs::rename(&good, &state).unwrap();
    let failures = || served_value(port, WRITE_FAILURES).unwrap();
    let before = failures();
    served.until("more failures", || failures() > before + 2.0);
    said_once(&served, "error=\"cannot read ");
    assert!(!dir.join("state/splunk.state.corrupt-1").exists());
    drop(served);
    api.set(0);
    let (served, port) = start(&config);
    assert_eq!(served_value(port, RESOLVED), Some(2.0));
    api.set(5);
    served.until("the others", || served_value(port, RESOLVED) == Some(5.0));
}
