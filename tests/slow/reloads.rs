//! Many reloads in a row with random changes: no poll is lost, nothing is counted twice, and nothing grows.
//!
//! `CTON_RELOADS=1000` sets their number; `CTON_SEED` repeats the changes of an earlier run.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::counting_api::{CountingApi, secret};
use crate::support::process::{Cton, Served, free_port, scratch, try_scrape};
use crate::support::shipped_config::{config_with, edit, value};

/// The number of targets that come and go. One more, `stable`, never changes.
const TARGETS: u64 = 8;
const STABLE: u64 = 100;

/// The changes of a config, and the address at which the exporter is reached.
struct World {
    file: std::path::PathBuf,
    ports: [u16; 3],
    port: u16,
    api: CountingApi,
    served: Served,
    random: fastrand::Rng,
}

impl World {
    fn start(dir: &Path) -> Self {
        let (api, ports) = (CountingApi::start(), [(); 3].map(|()| free_port()));
        for key in (0..TARGETS).chain([STABLE]) {
            secret(dir, key);
        }
        let seed =
            std::env::var("CTON_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
        println!("CTON_SEED={seed}");
        let keys =
            json!({ "port": ports[0], "listen": "127.0.0.1", "targets": { "stable": target(dir, STABLE) } });
        let file = config_with(dir, &api.url(), &json!({ "state_dir": dir.join("state") }), &keys);
        let words = ["-s", "splunk", "--web-enable-lifecycle", "-c"];
        let served = Cton::new(words).arg(&file).start();
        let random = fastrand::Rng::with_seed(seed);
        let world = Self { file, ports, port: ports[0], api, served, random };
        world.served.until("the first poll", || world.count("stable").is_some());
        world
    }

    /// Writes a random config, reloads it, and checks the outcome.
    fn reload(&mut self, dir: &Path) {
        let mut targets = json!({ "stable": target(dir, STABLE) });
        for key in 0..TARGETS {
            if self.random.bool() {
                targets[format!("t{key}")] = self.changed(target(dir, key));
            }
        }
        let port = self.ports[self.random.usize(..self.ports.len())];
        let listen = if self.random.u8(..4) == 0 { "0.0.0.0" } else { "127.0.0.1" };
        let is_valid = self.random.u8(..10) > 0;
        if !is_valid {
            targets["t0"] = json!({ "retries": 99, "ca_file_path": "/no/such/file" });
        }
        edit(&self.file, &json!({ "targets": targets, "port": port, "listen": listen }));
        let (status, body) = self.post();
        let config = || fs::read_to_string(&self.file).unwrap();
        assert_eq!(status, if is_valid { 200 } else { 400 }, "{body}{}", config());
        if is_valid {
            self.port = port;
        }
        assert!(self.count("stable").is_some(), "the stable target is missing");
    }

    fn changed(&mut self, mut target: Value) -> Value {
        let keys = [
            ("poll_timeout_sec", json!(self.random.u32(100..200))),
            ("retries", json!(self.random.u32(0..3))),
            ("series_limit", json!(self.random.u32(100..200))),
            ("api_call_intervals", json!(f64::from(self.random.u32(10..30)) / 100.0)),
            ("created_series", json!(self.random.bool())),
            ("calls_per_minute", json!(self.random.u32(3000..6000))),
        ];
        for (key, value) in keys {
            if self.random.u8(..6) == 0 {
                target[key] = value;
            }
        }
        target
    }

    fn post(&self) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        stream.write_all(b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        (response.split(' ').nth(1).unwrap().parse().unwrap(), response)
    }

    fn count(&self, target: &str) -> Option<f64> {
        let exposition = try_scrape(self.port, "/metrics")?.body;
        value(&exposition, &format!("incidents_per_team_total{{target=\"{target}\",team=\"t\"}}"))
    }

    /// Returns the numbers of threads and open files, and the resident memory in bytes.
    fn usage(&self) -> [u64; 3] {
        let process = format!("/proc/{}", self.served.process.0.id());
        let entries = |name: &str| fs::read_dir(format!("{process}/{name}")).unwrap().count() as u64;
        let pages = fs::read_to_string(format!("{process}/statm")).unwrap();
        let pages: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
        [entries("task"), entries("fd"), pages * 4096]
    }
}

fn target(dir: &Path, key: u64) -> Value {
    json!({ "secret_file_path": dir.join(format!("secret-{key}")) })
}

#[test]
fn reloads_in_a_row_lose_nothing_count_nothing_twice_and_leak_nothing() {
    let reloads: usize = std::env::var("CTON_RELOADS").map_or(1000, |reloads| reloads.parse().unwrap());
    let dir = scratch("reloads");
    let mut world = World::start(&dir);
    (0..reloads / 2).for_each(|_| world.reload(&dir));
    let half = world.usage();
    (0..reloads / 2).for_each(|_| world.reload(&dir));
    let all = world.usage();
    println!("threads, open files and bytes: {half:?} after half of the reloads, {all:?} after all");
    let [threads, files, bytes] = [0, 1, 2].map(|at| all[at].saturating_sub(half[at]));
    assert!(threads <= 8 && files <= 16 && bytes <= 8 << 20, "{half:?} {all:?}");
    let mut targets = json!({ "stable": target(&dir, STABLE) });
    (0..TARGETS).for_each(|key| targets[format!("t{key}")] = target(&dir, key));
    edit(&world.file, &json!({ "targets": targets }));
    assert_eq!(world.post().0, 200);
    let polled = |target: &str| world.served.until(target, || world.count(target).is_some());
    polled("stable");
    (0..TARGETS).for_each(|key| polled(&format!("t{key}")));
    world.api.pause();
    for (target, key) in
        (0..TARGETS).map(|key| (format!("t{key}"), key)).chain([("stable".to_owned(), STABLE)])
    {
        let (mut count, mut responses) = (None, 0);
        world.served.until(&format!("the count of {target}"), || {
            (count, responses) = (world.count(&target), world.api.responses(key));
            count == Some(responses as f64)
        });
        println!("{target}: {responses} responses");
    }
    assert_eq!(world.served.logged("saved state not loaded"), None);
    assert_eq!(world.served.logged("level=critical"), None);
}
