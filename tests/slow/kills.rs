//! The exporter counts each incident once over any number of SIGKILLs.
//!
//! `CTON_KILLS=1000` kills it that often; `CTON_SEED` repeats the moments of an earlier run.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::process::{Cton, ScrapedResponse, Served, free_port, scratch, try_scrape};
use crate::support::shipped_config::{config, value};

/// Incidents show up this late: nearly an hour, beyond which the service does not look back. A busy machine may take the rest.
const LATE: TimeDelta = TimeDelta::seconds(3540);
const TEAMS: [&str; 3] = ["web", "data \"core\"", "search\\"];

/// What has happened so far, and how the API tells it.
#[derive(Default)]
struct World {
    incidents: Mutex<Vec<Incident>>,
    answered: AtomicU64,
}

struct Incident {
    number: usize,
    start: DateTime<Utc>,
    /// Not before this.
    resolved_from: DateTime<Utc>,
}

impl Incident {
    /// Quarters of minutes, so that a sum has one right answer, whatever its order.
    fn seconds(&self) -> u32 {
        15 * (1 + self.number as u32 % 37)
    }

    fn minutes(&self) -> f64 {
        f64::from(self.seconds()) / 60.0
    }

    /// One or two teams.
    fn teams(&self) -> Vec<&'static str> {
        let first = self.number % TEAMS.len();
        if self.number % 4 == 0 { vec![TEAMS[first], TEAMS[(first + 1) % 3]] } else { vec![TEAMS[first]] }
    }

    fn json(&self, now: DateTime<Utc>) -> Value {
        let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let resolved = now >= self.resolved_from;
        let mut transitions = vec![json!({ "name": "triggered", "at": text(self.start) })];
        if resolved {
            let at = self.start + TimeDelta::seconds(self.seconds().into());
            transitions.push(json!({ "name": "resolved", "at": text(at) }));
        }
        json!({
            "incidentNumber": self.number.to_string(),
            "currentPhase": if resolved { "resolved" } else { "triggered" },
            "startTime": text(self.start),
            "pagedTeams": self.teams(),
            "transitions": transitions,
        })
    }
}

impl World {
    /// So many incidents show up; every seventh is open for a second.
    fn go_on(&self, count: usize) {
        let mut incidents = self.incidents.lock().unwrap();
        for _ in 0..count {
            let (number, now) = (incidents.len() + 1, Utc::now());
            let open = TimeDelta::seconds(i64::from(number % 7 == 0));
            incidents.push(Incident { number, start: now - LATE, resolved_from: now + open });
        }
    }

    fn respond(&self, request: &Request) -> Response {
        let now = Utc::now();
        let after =
            request.query("startedAfter").map(|at| at.replace("%3A", ":").parse::<DateTime<Utc>>().unwrap());
        let number = |name| request.query(name).map_or(0, |n| n.parse::<usize>().unwrap());
        let incidents = self.incidents.lock().unwrap();
        let matching: Vec<_> =
            incidents.iter().filter(|incident| after.is_none_or(|after| incident.start > after)).collect();
        let page: Vec<_> =
            matching.iter().skip(number("offset")).take(number("limit")).map(|one| one.json(now)).collect();
        self.answered.fetch_add(1, Ordering::SeqCst);
        Response::json(json!({ "total": matching.len(), "incidents": page }).to_string())
    }

    /// Returns the values that the last exposition must show.
    fn truth(&self) -> Vec<(String, f64)> {
        let incidents = self.incidents.lock().unwrap();
        let count = incidents.len() as f64;
        let mut truth = vec![
            ("number_of_incidents_total".to_owned(), count),
            ("time_taken_to_resolve_count".to_owned(), count),
            ("time_taken_to_resolve_sum".to_owned(), incidents.iter().map(Incident::minutes).sum()),
        ];
        for team in TEAMS {
            let paged = incidents.iter().filter(|incident| incident.teams().contains(&team)).count();
            let escaped = team.replace('\\', "\\\\").replace('"', "\\\"");
            truth.push((format!("incidents_per_team_total{{team=\"{escaped}\"}}"), paged as f64));
        }
        truth
    }
}

/// Scrapes until the end, and returns the number of scrapes and each fall of a count. Over all processes counts never fall, because nothing
/// is shown that is not on disk.
fn watch(port: u16, ended: &AtomicBool) -> (u64, Vec<String>) {
    const WATCHED: [&str; 3] = [
        "time_taken_to_resolve_count",
        "time_taken_to_resolve_sum",
        "incidents_per_team_total{team=\"web\"}",
    ];
    let (mut scrapes, mut last, mut falls) = (0, [0.0; 3], Vec::new());
    while !ended.load(Ordering::SeqCst) {
        if let Some(response) = try_scrape(port, "/metrics").filter(is_whole) {
            scrapes += 1;
            for (name, last) in WATCHED.iter().zip(&mut last) {
                // Before the first poll of all there is none.
                let now = value(&response.body, name).unwrap_or(0.0);
                if now < *last {
                    falls.push(format!("{name} fell from {last} to {now}"));
                }
                *last = now;
            }
        }
        thread::sleep(Duration::from_millis(3));
    }
    (scrapes, falls)
}

/// The process may be killed while it responds.
fn is_whole(response: &ScrapedResponse) -> bool {
    let head = response.head.to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.unwrap().parse::<usize>().unwrap() == response.body.len()
}

/// Where a kill hit, as far as the disk tells.
#[derive(Debug, Default)]
struct Hits {
    while_writing: u32,
    before_a_write: u32,
    after_a_write: u32,
}

fn written(state: &Path) -> Option<SystemTime> {
    fs::metadata(state.join("splunk.state")).and_then(|found| found.modified()).ok()
}

/// Until right after the new file has its name; the exposition does not show it yet.
fn wait_for_a_write(state: &Path, before: Option<SystemTime>, after: Duration) {
    let deadline = Instant::now() + Duration::from_millis(300);
    while written(state) == before && Instant::now() < deadline {
        std::hint::spin_loop();
    }
    let until = Instant::now() + after;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

fn kill_soon(served: &mut Served, world: &World, state: &Path, hits: &mut Hits, random: &mut fastrand::Rng) {
    let begun = world.answered.load(Ordering::SeqCst);
    let responses = random.u64(1..=9);
    served.until("the next responses", || world.answered.load(Ordering::SeqCst) >= begun + responses);
    let before = written(state);
    // Reading a response, recording, writing and publishing take some milliseconds.
    match [2_000, 8_000, 30_000, 120_000].get(random.usize(..6)) {
        Some(most) => thread::sleep(Duration::from_micros(random.u64(..*most))),
        None => wait_for_a_write(state, before, Duration::from_micros(random.u64(..500))),
    }
    served.process.0.kill().unwrap();
    let ended = served.process.0.wait().unwrap();
    assert_eq!(ended.code(), None, "it ended by itself:\n{}", served.log().join("\n"));
    if state.join(".splunk.state.new").exists() {
        hits.while_writing += 1;
    } else if written(state) == before {
        hits.before_a_write += 1;
    } else {
        hits.after_a_write += 1;
    }
}

#[test]
fn repeated_kills_count_each_incident_once() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (kills, seed) =
        (number("CTON_KILLS").unwrap_or(60), number("CTON_SEED").unwrap_or_else(|| fastrand::u64(..)));
    println!("{kills} kills, CTON_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let (dir, world) = (scratch("kills"), Arc::new(World::default()));
    world.go_on(250);
    let api = FakeApi::start({
        let world = world.clone();
        move |request| world.respond(request)
    });
    let (config, port, state) = (config(&dir, &api), free_port(), dir.join("state"));
    let start =
        || Cton::new(["-s", "splunk", "-c"]).arg(&config).arg(format!("--listen=127.0.0.1:{port}")).start();
    let ended = Arc::new(AtomicBool::new(false));
    let watching = thread::spawn({
        let ended = ended.clone();
        move || watch(port, &ended)
    });
    let (began, mut hits) = (Instant::now(), Hits::default());
    for _ in 0..kills {
        world.go_on(random.usize(..5));
        let mut served = start();
        kill_soon(&mut served, &world, &state, &mut hits, &mut random);
    }
    world.go_on(1);
    let took = began.elapsed().as_secs();
    thread::sleep(Duration::from_millis(1200));
    let served = start();
    let truth = world.truth();
    let shown = || {
        let exposition = try_scrape(port, "/metrics").map(|response| response.body).unwrap_or_default();
        truth
            .iter()
            .map(|(name, _)| (name.clone(), value(&exposition, name).unwrap_or(f64::NAN)))
            .collect::<Vec<_>>()
    };
    served.until("the last incident", || shown()[0].1 == truth[0].1 && shown()[1].1 >= truth[1].1);
    // Some more polls of the same: nothing may count again.
    let answered = world.answered.load(Ordering::SeqCst);
    served.until("more polls", || world.answered.load(Ordering::SeqCst) > answered + 10);
    assert_eq!(shown(), truth, "CTON_SEED={seed}");
    ended.store(true, Ordering::SeqCst);
    let (scrapes, falls) = watching.join().unwrap();
    assert_eq!(falls, Vec::<String>::new(), "CTON_SEED={seed}");
    let aside = fs::read_dir(&state)
        .unwrap()
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains("corrupt"));
    assert_eq!(aside.count(), 0, "a file was half there");
    println!(
        "{took} s, {hits:?}, {} requests, {scrapes} scrapes, at the end {truth:?}",
        api.requests().len()
    );
}
