//! An unchanged response is not counted again after a restart, however the process stops, and everything is exposed.
//!
//! The exporter with the service of this test is this program itself. `CTON_KILLS=1000` kills it that often; `CTON_SEED` repeats
//! the moments of an earlier run.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic")]

#[path = "restarts/meter.rs"]
mod meter;
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use collectington::{Api, Bound, Family, Increase, Kind, Metric, Program, Result, Service, Table, Total};
use serde_json::json;
use support::fake_api::{FakeApi, Request, Response};
use support::process::{Cton, Served, free_port, scratch, try_scrape};
use support::shipped_config::value;

/// Set for the exporter, which is this program; `meter` for that of [`meter`].
const EXPORTER: &str = "CTON_RESTARTS_EXPORTER";

/// What two requests yield.
struct Pair {
    a: Numbers,
    b: Numbers,
}

#[derive(serde::Deserialize)]
struct Numbers {
    version: u64,
    fresh: u64,
    #[serde(default)]
    empty: Vec<u64>,
}

impl Service for Pair {
    fn poll(api: &mut Api) -> Result<Self> {
        Ok(Self { a: api.get().path("a").json()?, b: api.get().path("b").json()? })
    }
}

const COUNTER: Family =
    Family { name: "of_a", kind: Kind::Counter, help: "Fresh.", unit: "", labels: &[], buckets: &[] };
const GAUGE: Family = Family { kind: Kind::Gauge, ..COUNTER };

static PAIR: Table<Pair> = Table {
    service: "pair",
    metrics: &[
        Metric { family: COUNTER, read: |pair, out| out.counter(Increase(pair.a.fresh)) },
        Metric {
            family: Family { name: "of_b", ..COUNTER },
            read: |pair, out| out.counter(Increase(pair.b.fresh + u64::from(pair.b.empty.is_empty()))),
        },
        Metric {
            family: Family { name: "versions", ..COUNTER },
            read: |pair, out| out.counter(Total(pair.a.version)),
        },
        Metric { family: Family { name: "version_a", ..GAUGE }, read: |pair, out| out.gauge(pair.a.version) },
        Metric { family: Family { name: "version_b", ..GAUGE }, read: |pair, out| out.gauge(pair.b.version) },
        Metric {
            family: Family { name: "seen", kind: Kind::Summary, ..COUNTER },
            read: |pair, out| out.histogram(pair.a.fresh),
        },
    ],
};

static PROGRAM: Program = Program {
    config: r#"{
        "api_call_intervals": 60, "log_level": "INFO", "services": { "pair": {
            "service_class": "Pair", "service_module": "pair", "port": 8000, "api_url": "http://127.0.0.1:1",
            "prometheus_metrics_mapping": {
                "counter": ["of_a", "of_b", "versions"], "gauge": ["version_a", "version_b"], "summary": ["seen"]
            }
        } }
    }"#,
    services: &[&PAIR as &dyn Bound],
};

/// The versions of both responses.
#[derive(Clone)]
struct World {
    versions: Arc<Mutex<[u64; 2]>>,
    /// Whether the API responds with 304 if nothing has changed.
    confirms: bool,
}

/// The fresh things of a version; some versions of a response are equal but for that of the version.
fn fresh(version: u64) -> u64 {
    version % 3 + 1
}

impl World {
    fn respond(&self, request: &Request) -> Response {
        let version = self.versions.lock().unwrap()[usize::from(request.path() == "/b")];
        let etag = format!("\"{version}\"");
        if self.confirms && request.header("if-none-match") == Some(&etag) {
            return Response::new(304);
        }
        let body = json!({ "version": version, "fresh": fresh(version), "empty": [] });
        Response::json(body.to_string()).header("etag", etag)
    }

    /// What is counted once each version of both is.
    fn truth(&self) -> [f64; 3] {
        let [a, b] = *self.versions.lock().unwrap();
        let of = |last: u64, more| (1..=last).map(|version| fresh(version) + more).sum::<u64>() as f64;
        [of(a, 0), of(b, 1), a as f64]
    }
}

/// The exporter and its API.
struct Setting {
    config: std::path::PathBuf,
    port: u16,
    world: World,
    api: FakeApi,
}

impl Setting {
    fn new(name: &str, confirms: bool) -> Self {
        let world = World { versions: Arc::new(Mutex::new([1, 1])), confirms };
        let api = FakeApi::start({
            let world = world.clone();
            move |request| world.respond(request)
        });
        let dir = scratch(name);
        let mut config: serde_json::Value = serde_json::from_str(PROGRAM.config).unwrap();
        config["api_call_intervals"] = 0.1.into();
        config["state_dir"] = dir.join("state").to_str().unwrap().into();
        config["services"]["pair"]["api_url"] = api.url("/").into();
        config["services"]["pair"]["data_store_expiration_sec"] = 0.1.into();
        fs::write(dir.join("config.json"), config.to_string()).unwrap();
        Self { config: dir.join("config.json"), port: free_port(), world, api }
    }

    fn exporter(&self) -> Cton {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(EXPORTER, "1").args(["-s", "pair", "-c"]).arg(&self.config);
        Cton::from(command)
    }

    fn start(&self) -> Served {
        self.exporter().arg(format!("--listen=127.0.0.1:{}", self.port)).start()
    }

    fn exposition(&self) -> String {
        try_scrape(self.port, "/metrics").map(|response| response.body).unwrap_or_default()
    }

    /// Whether the exporter shows the versions that the API has.
    fn is_shown(&self) -> bool {
        let exposition = self.exposition();
        let shown = ["version_a", "version_b"].map(|name| value(&exposition, name));
        shown == self.world.versions.lock().unwrap().map(|version| Some(version as f64))
    }

    fn counted(&self) -> [Option<f64>; 3] {
        counted(&self.exposition())
    }
}

fn counted(exposition: &str) -> [Option<f64>; 3] {
    ["of_a_total", "of_b_total", "seen_count"].map(|name| value(exposition, name))
}

fn restarts_at_any_moment_count_each_version_once(confirms: bool) {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let (kills, seed) =
        (number("CTON_KILLS").unwrap_or(40), number("CTON_SEED").unwrap_or_else(|| fastrand::u64(..)));
    println!("{kills} kills, CTON_SEED={seed}");
    let (setting, mut random) = (Setting::new("restarts", confirms), fastrand::Rng::with_seed(seed));
    for _ in 0..kills {
        let mut served = setting.start();
        for _ in 0..random.usize(..4) {
            served.until("the versions", || setting.is_shown());
            let truth = setting.world.truth().map(Some);
            assert_eq!(setting.counted(), truth, "CTON_SEED={seed}");
            // A version that was never recorded would be missing in the truth, so none is replaced before.
            let mut versions = setting.world.versions.lock().unwrap();
            versions.iter_mut().for_each(|version| *version += u64::from(random.bool()));
        }
        thread::sleep(Duration::from_micros(random.u64(..150_000)));
        served.process.0.kill().unwrap();
        served.process.0.wait().unwrap();
    }
    let served = setting.start();
    served.until("the versions", || setting.is_shown());
    let asked = setting.api.requests().len();
    served.until("more polls", || setting.api.requests().len() > asked + 10);
    assert_eq!(setting.counted(), setting.world.truth().map(Some), "CTON_SEED={seed}");
    assert_eq!(served.logged("items lost"), None);
    println!("{:?} after {} requests", setting.world.truth(), setting.api.requests().len());
}

fn kills_count_each_version_once_with_an_api_that_confirms() {
    restarts_at_any_moment_count_each_version_once(true);
}

fn kills_count_each_version_once_with_an_api_that_resends_everything() {
    restarts_at_any_moment_count_each_version_once(false);
}

/// Reads the samples of one poll of a process of its own, without the times.
fn once(setting: &Setting) -> Vec<String> {
    let output = setting.exporter().arg("--once").output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let exposition = String::from_utf8(output.stdout).unwrap();
    exposition.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn processes_of_one_poll_count_each_response_once_and_expose_everything() {
    let setting = Setting::new("once", true);
    let first = once(&setting);
    for series in
        ["of_a_total 2", "of_b_total 3", "versions_total 1", "version_a 1", "version_b 1", "seen_count 1"]
    {
        assert!(first.iter().any(|line| line.trim_end_matches(".0") == series), "{series}: {first:?}");
    }
    for _ in 0..3 {
        assert_eq!(once(&setting), first, "nothing is counted again, and nothing is missing");
    }
    setting.world.versions.lock().unwrap()[1] = 2;
    once(&setting);
    let [of_a, of_b, seen] = counted(&once(&setting).join("\n"));
    assert_eq!([of_a, of_b, seen], setting.world.truth().map(Some));
    let state = setting.config.parent().unwrap().join("state/pair.state");
    assert!(has_fingerprints(&state), "{}", fs::read_to_string(&state).unwrap());
}

fn has_fingerprints(state: &Path) -> bool {
    fs::read_to_string(state).unwrap().contains("\"responses\":")
}

const TESTS: [(&str, fn()); 5] = [
    (
        "a_small_fall_of_a_total_is_no_reset_over_restarts",
        meter::a_small_fall_of_a_total_is_no_reset_over_restarts,
    ),
    (
        "each_kind_of_value_is_exposed_and_the_valid_distribution_survives_restarts",
        meter::each_kind_of_value_is_exposed_and_the_valid_distribution_survives_restarts,
    ),
    (
        "kills_count_each_version_once_with_an_api_that_confirms",
        kills_count_each_version_once_with_an_api_that_confirms,
    ),
    (
        "kills_count_each_version_once_with_an_api_that_resends_everything",
        kills_count_each_version_once_with_an_api_that_resends_everything,
    ),
    (
        "processes_of_one_poll_count_each_response_once_and_expose_everything",
        processes_of_one_poll_count_each_response_once_and_expose_everything,
    ),
];

/// The exporter, or the tests whose names contain an argument.
fn main() -> ExitCode {
    if let Some(exporter) = std::env::var_os(EXPORTER) {
        return collectington::run(if exporter == "meter" { &meter::PROGRAM } else { &PROGRAM }, None);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let is_list = arguments.iter().any(|argument| argument == "--list");
    for (name, test) in TESTS {
        if is_list {
            println!("{name}: test");
        } else if wanted.is_empty() || wanted.iter().any(|wanted| name.contains(wanted.as_str())) {
            println!("test {name}");
            test();
        }
    }
    ExitCode::SUCCESS
}
