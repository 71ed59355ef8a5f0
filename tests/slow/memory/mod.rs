//! The memory of a process stays within its limit, whatever an API sends.

mod bombs;
mod readers;
mod shapes;

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use collectington::Api;
use collectington::internals::Mode;
use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Response};
use crate::support::minimal_service::{api_of, service_at};
use crate::support::package::Package;
use crate::support::process::{Cton, Served, free_port, scratch, try_scrape};
use crate::support::shipped_config::value;
use bombs::bombs;
use readers::{SHAPE, Unnamed, WAYS};
use shapes::{LARGEST, shapes};

/// The defaults of `response_limit_bytes` and `memory_limit_bytes`.
const RESPONSE_LIMIT: usize = 16 << 20;
const MEMORY_LIMIT: usize = 64 << 20;

/// Buffers and the like, which are not divided with the limits.
const UNSCALED: usize = 1 << 20;

fn fake(size: usize) -> FakeApi {
    let bodies: Vec<_> = shapes().iter().map(|shape| shape.body(size)).collect();
    FakeApi::start(move |request| {
        let mut words = request.path()[1..].split('/');
        let shape: Option<usize> = words.next().and_then(|word| word.parse().ok());
        let status = words.next().and_then(|word| word.parse().ok()).unwrap_or(200);
        let body = shape.map(|shape| bodies[shape].clone()).unwrap_or_default();
        Response::new(status).header("content-type", "application/json").body(body)
    })
}

/// `MemoryMax` of the unit, in bytes.
fn unit() -> u64 {
    let unit = fs::read_to_string("packaging/cton@.service").unwrap();
    let limit = unit.lines().find_map(|line| line.strip_prefix("MemoryMax=")?.strip_suffix('M'));
    limit.unwrap().parse::<u64>().unwrap() << 20
}

/// The bytes of a line such as `VmHWM:  1024 kB`.
fn peak(line: &str) -> u64 {
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn no_response_exceeds_its_memory_limit_however_it_is_read() {
    // At the default limits all of them take five minutes of processor with optimization, and an hour without.
    let scale = std::env::var("CTON_MEMORY_SCALE").map_or(32, |scale| scale.parse().unwrap());
    Hostile { scale, ways: WAYS.map(|(name, _)| name).into(), shapes: shapes().len() }.read();
}

#[test]
fn the_largest_data_at_the_default_limits_fits_memory_max_of_the_unit() {
    // Those that take the most memory of all, by a run of the test above.
    Hostile {
        scale: 1,
        ways: vec!["boxes", "value", "kept", "sets", "deque", "map of values"],
        shapes: LARGEST,
    }
    .read();
}

#[test]
fn a_service_beside_one_with_hostile_responses_is_polled_and_the_process_fits_memory_max() {
    let bombs = bombs(RESPONSE_LIMIT);
    let names: Vec<_> = bombs.iter().map(|(name, _)| *name).collect();
    let next = AtomicUsize::new(0);
    let fine =
        || Response::json(r#"{"total": 7, "incidents": [{"incidentNumber": "1", "pagedTeams": ["web"]}]}"#);
    // A good response between two bombs: after several failures the next poll would come late.
    let hostile = FakeApi::start(move |_| match next.fetch_add(1, Ordering::Relaxed) {
        n if n % 2 == 0 => bombs[n / 2 % bombs.len()].1.clone(),
        _ => fine(),
    });
    let well = FakeApi::start(move |_| fine());
    let ports = [free_port(), free_port()];
    let served = Cton::from(exporter([(&hostile, ports[0]), (&well, ports[1])])).arg("--all").start();
    let of = |port: usize, series: &str| {
        let exposition =
            try_scrape(ports[port], "/metrics").map(|exposition| exposition.body).unwrap_or_default();
        value(&exposition, series)
    };
    let polls = |outcome: &str| of(1, &format!("cton_polls_total{{outcome=\"{outcome}\",service=\"well\"}}"));
    for (bomb, name) in names.iter().enumerate() {
        served.until(name, || hostile.requests().len() > 2 * bomb + 1);
        let before = polls("success").unwrap_or_default();
        served.until("polls of the other service", || polls("success").is_some_and(|polls| polls > before));
        assert!(
            of(0, "cton_service_stale{service=\"splunk\"}").is_some(),
            "{name}: its exposition is served"
        );
        println!("{name}: {} MiB", peak_of(&served) >> 20);
    }
    assert_eq!((polls("failure"), of(1, "number_of_incidents_total")), (Some(0.0), Some(7.0)));
    assert_eq!(of(1, "cton_service_up{service=\"well\"}"), Some(1.0));
    assert!(peak_of(&served) < unit(), "{} MiB\n{}", peak_of(&served) >> 20, served.log().join("\n"));
}

fn peak_of(served: &Served) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", served.process.0.id())).unwrap();
    peak(status.lines().find(|line| line.starts_with("VmHWM:")).unwrap())
}

/// The exporter of the shipped service for those APIs, `splunk` and `well`, with all limits at their defaults.
fn exporter(apis: [(&FakeApi, u16); 2]) -> Command {
    let package = Package::new("memory");
    fs::write(package.directory.join("secrets"), "API_ID = id-4711\nAPI_KEY = key-of-the-test\n").unwrap();
    let mut config: Value = serde_json::from_str(&fs::read_to_string("config.json").unwrap()).unwrap();
    let services = ["splunk", "well"].into_iter().zip(apis).map(|(name, (api, port))| {
        let mut service = config["services"]["splunk"].clone();
        let more = json!({
            "port": port, "listen": "127.0.0.1", "api_url": api.url("/incidents"), "data_store_expiration_sec": 0.1,
            "secret_file_path": package.directory.join("secrets"), "request_timeout_sec": 60, "poll_timeout_sec": 600, "retries": 0,
        });
        service.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (name.to_owned(), service)
    });
    let services: Value = services.collect::<serde_json::Map<_, _>>().into();
    config["services"] = services;
    config["api_call_intervals"] = 0.1.into();
    config["state_dir"] = scratch("memory").to_str().unwrap().into();
    fs::write(package.directory.join("config.json"), config.to_string()).unwrap();
    Command::new(package.build())
}

/// Hostile responses, each read in several ways: a process for each way reads so many of the shapes, with the default limits
/// divided by `scale`.
struct Hostile {
    scale: usize,
    ways: Vec<&'static str>,
    shapes: usize,
}

impl Hostile {
    /// Has them read, and compares the memory of each process at its peak and before the first with what the limits allow.
    fn read(&self) {
        let (response, data) = (RESPONSE_LIMIT / self.scale, MEMORY_LIMIT / self.scale);
        let (api, limit) = (fake(response), (7 * response + data + data / 4 + UNSCALED) as u64);
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(way) = self.ways.get(next.fetch_add(1, Ordering::Relaxed)) {
                let printed = self.child(way, &api.url("/"));
                let mut peaks = printed.lines().filter(|line| line.starts_with("VmHWM:")).map(peak);
                let (first, most) = (peaks.next().unwrap(), peaks.max().unwrap());
                println!("{way}: {} KiB of {}", (most - first) >> 10, limit >> 10);
                assert!(most - first < limit && most < unit(), "{way}: {printed}");
            }
        };
        thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    }

    fn child(&self, way: &str, url: &str) -> String {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["memory::one_way_reads_shapes", "--exact", "--ignored", "--nocapture"]);
        child.env("CTON_MEMORY_WAY", format!("{} {} {url} {way}", self.scale, self.shapes));
        let output = child.output().unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{way}: {printed}{}", String::from_utf8_lossy(&output.stderr));
        printed.into_owned()
    }
}

#[test]
#[ignore = "a process of its own, which the tests above start"]
fn one_way_reads_shapes() {
    let Ok(printed) = std::env::var("CTON_MEMORY_WAY") else { return };
    let [scale, count, url, way] = printed.splitn(4, ' ').collect::<Vec<_>>()[..] else {
        panic!("{printed}")
    };
    let (_, poll) = WAYS.iter().find(|(known, _)| *known == way).unwrap();
    let mut api = api(url, scale.parse().unwrap());
    // What the first request takes is not the data's.
    assert!(api.poll::<Unnamed>().is_err());
    println!("{}", status());
    for (shape, hostile) in shapes().iter().enumerate().take(count.parse().unwrap()) {
        SHAPE.store(shape, Ordering::Relaxed);
        // Resets the peak: proc(5).
        fs::write("/proc/self/clear_refs", "5").unwrap();
        let outcome = poll(&mut api).map_err(|error| error.to_string().chars().take(200).collect::<String>());
        println!("{}: {outcome:?}\n{}", hostile.name, status());
    }
}

/// The most memory that this process has had: `VmHWM:  1024 kB`.
fn status() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with("VmHWM:")).unwrap().to_owned()
}

fn api(url: &str, scale: usize) -> Api {
    let limits = json!({
        "data_store_expiration_sec": 0,
        "response_limit_bytes": RESPONSE_LIMIT / scale, "memory_limit_bytes": MEMORY_LIMIT / scale,
    });
    api_of(&service_at(url, limits), Mode::Live)
}
