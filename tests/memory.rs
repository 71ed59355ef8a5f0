//! The memory of a process stays within its bound, whatever an API sends.

#![cfg(all(feature = "run", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic")]

mod support;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use collectington::config;
use collectington::http::{Client, Mode};
use collectington::{Api, ErrorKind, Result, Service};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use support::fake_api::{FakeApi, Response};
use support::process::{Cton, free_port, scratch};

/// The defaults of `response_limit_bytes` and `memory_limit_bytes`.
const RESPONSE_LIMIT: usize = 16 << 20;
const MEMORY_LIMIT: usize = 64 << 20;

/// The bodies to send: a name, a start, a part that is repeated until the body has the largest size, and an end.
const SHAPES: [(&str, &str, &str, &str); 16] = [
    ("empty texts", "[", r#""","#, r#"""]"#),
    ("short texts", "[", r#""a","#, r#"""]"#),
    ("texts with escapes", "[", r#""\n","#, r#"""]"#),
    ("empty lists", "[", "[],", "[]]"),
    ("lists of one", "[", "[0],", "[]]"),
    ("lists of one text", "[", r#"["a"],"#, "[]]"),
    ("empty objects", "[", "{},", "{}]"),
    ("objects of one", "[", r#"{"a":0},"#, "{}]"),
    ("objects of one text", "[", r#"{"a":"b"},"#, "{}]"),
    ("nested objects", "[", r#"{"a":{"a":{"a":{"a":{}}}}},"#, "{}]"),
    ("numbers", "[", "0,", "0]"),
    ("nulls", "[", "null,", "null]"),
    ("keys", "{", r#""@":"","#, r#""z":""}"#),
    ("keys of lists", "{", r#""@":["a","b"],"#, r#""z":[]}"#),
    ("one long text", "[\"", "a", "\"]"),
    ("one long text with escapes", "[\"", r"\u00e9", "\"]"),
];

/// The body of a shape, a little smaller than so many bytes.
fn body((name, start, part, end): &(&str, &str, &str, &str), size: usize) -> Vec<u8> {
    let room = size - start.len() - end.len();
    let parts = if name.starts_with("keys") {
        let keys = (0..room / (part.len() + 5)).map(|n| part.replace('@', &format!("{n:x}")));
        keys.collect::<String>()
    } else {
        part.repeat(room / part.len())
    };
    format!("{start}{parts}{end}").into_bytes()
}

fn fake(size: usize) -> FakeApi {
    let response = |shape| Response::json("").body(body(shape, size)).gzip();
    let responses: Vec<_> = SHAPES.iter().map(response).collect();
    FakeApi::start(move |request| responses[request.path()[1..].parse::<usize>().unwrap()].clone())
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

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only built")]
enum Untagged {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
    Objects(Vec<BTreeMap<String, String>>),
    Lists(Vec<Vec<Value>>),
    Other(Value),
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only built")]
struct Flat {
    #[serde(default)]
    known: Option<String>,
    #[serde(flatten)]
    others: HashMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
#[allow(dead_code, reason = "only built")]
struct Large {
    a: [Option<String>; 16],
    b: Option<Box<Large>>,
}

/// The data of one poll, as that type.
struct Built<T>(PhantomData<T>);

/// The shape that is requested.
static SHAPE: AtomicUsize = AtomicUsize::new(0);

impl<T: DeserializeOwned + 'static> Service for Built<T> {
    fn poll(api: &mut Api) -> Result<Self> {
        let shape = SHAPE.load(Ordering::Relaxed);
        let _data: T = api.get().path(&shape.to_string()).json()?;
        Ok(Self(PhantomData))
    }
}

type Poll = fn(&mut Api) -> Result<()>;

fn poll<T: DeserializeOwned + 'static>(api: &mut Api) -> Result<()> {
    api.poll::<Built<T>>().map(drop)
}

const TYPES: [(&str, Poll); 14] = [
    ("value", poll::<Value>),
    ("texts", poll::<Vec<String>>),
    ("lists of texts", poll::<Vec<Vec<String>>>),
    ("sets", poll::<Vec<BTreeSet<String>>>),
    ("numbers", poll::<Vec<f64>>),
    ("maps", poll::<Vec<BTreeMap<String, Option<String>>>>),
    ("map of values", poll::<HashMap<String, Value>>),
    ("boxes", poll::<Vec<Box<Value>>>),
    ("large structs", poll::<Vec<Large>>),
    ("flattened", poll::<Vec<Flat>>),
    ("flattened map", poll::<Flat>),
    ("untagged", poll::<Untagged>),
    ("list of untagged", poll::<Vec<Untagged>>),
    ("raw", poll::<Vec<Box<RawValue>>>),
];

#[test]
fn no_response_takes_more_memory_than_its_limits_allow() {
    of_every_type(8, |first, peak, limit| peak - first < limit);
}

#[test]
#[ignore = "16 MiB of each shape take minutes without optimization"]
fn no_response_at_the_default_limits_takes_more_memory_than_the_unit_has() {
    of_every_type(1, |_, peak, _| peak < unit());
}

#[test]
fn the_shipped_service_at_the_default_limits_stays_within_the_unit_whatever_it_is_sent() {
    let incidents = |each: &str| {
        let start = r#"{"total": 1, "incidents": ["#;
        let incidents = (0..RESPONSE_LIMIT / (each.len() + 8)).map(|n| each.replace('@', &format!("{n:x}")));
        format!("{start}{}]}}", incidents.collect::<Vec<_>>().join(","))
    };
    let one = |field: &str, each: &str| {
        let start = format!(r#"{{"total": 1, "incidents": [{{"incidentNumber": "1", "{field}": ["#);
        let items = (0..RESPONSE_LIMIT / (each.len() + 8)).map(|n| each.replace('@', &format!("{n:x}")));
        format!("{start}{}]}}]}}", items.collect::<Vec<_>>().join(","))
    };
    let long = format!(
        r#"{{"total": 1, "incidents": [{{"incidentNumber": "{}", "pagedTeams": [{}]}}]}}"#,
        "x".repeat(RESPONSE_LIMIT / 2),
        (0..10_000).map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(","),
    );
    let bodies = [
        one("pagedTeams", r#""""#),
        one("pagedTeams", r#""@""#),
        one("pagedTeams", &format!("\"@{}\"", "x".repeat(4000))),
        one("transitions", "{}"),
        one("transitions", r#"{"name": "resolved", "at": "2026-11-20T08:00:00Z"}"#),
        incidents(r#"{"incidentNumber":"@"}"#),
        incidents(r#"{"incidentNumber":"@","pagedTeams":["@"]}"#),
        incidents(&format!(r#"{{"incidentNumber":"@","pagedTeams":["@{}"]}}"#, "y".repeat(4000))),
        long,
        format!("[{}\"\"]", r#""","#.repeat(RESPONSE_LIMIT / 4)),
    ];
    let count = bodies.len();
    let responses: Vec<_> = bodies.into_iter().map(|body| Response::json(body).gzip()).collect();
    let next = AtomicUsize::new(0);
    let api = FakeApi::start(move |_| responses[next.fetch_add(1, Ordering::Relaxed) % count].clone());
    let dir = scratch("memory");
    let (config, port) = (config_file(&dir, &api), free_port());
    let served =
        Cton::new(["-s", "splunk", "-c"]).arg(config).arg(format!("--listen=127.0.0.1:{port}")).start();
    let deadline = Duration::from_secs(300);
    served.until_within(deadline, "every response", || api.requests().len() > 2 * count);
    let status = fs::read_to_string(format!("/proc/{}/status", served.process.0.id())).unwrap();
    let most = peak(status.lines().find(|line| line.starts_with("VmHWM:")).unwrap());
    println!("the shipped service: {} MiB\n{}", most >> 20, served.log().join("\n"));
    assert!(most < unit(), "{} MiB", most >> 20);
}

/// The shipped config with that API, polled without a pause.
fn config_file(dir: &Path, api: &FakeApi) -> PathBuf {
    let mut config: Value = serde_json::from_str(&fs::read_to_string("config.json").unwrap()).unwrap();
    config["api_call_intervals"] = 0.1.into();
    config["state_dir"] = dir.join("state").to_str().unwrap().into();
    let splunk = &mut config["services"]["splunk"];
    splunk["api_url"] = api.url("/incidents").into();
    splunk["secret_file_path"] = dir.join("secrets").to_str().unwrap().into();
    splunk["data_store_expiration_sec"] = 0.into();
    splunk["request_timeout_sec"] = 60.into();
    splunk["poll_timeout_sec"] = 600.into();
    splunk["retries"] = 0.into();
    fs::write(dir.join("config.json"), config.to_string()).unwrap();
    fs::write(dir.join("secrets"), "API_ID = id\nAPI_KEY = key-of-the-test\n").unwrap();
    dir.join("config.json")
}

/// Has a process for each type read every shape, with the default limits divided by `scale`, and looks at its memory before
/// the first and after the last poll, and at what the limits allow between those.
fn of_every_type(scale: usize, is_fine: impl Fn(u64, u64, u64) -> bool + Sync) {
    let (response, data) = (RESPONSE_LIMIT / scale, MEMORY_LIMIT / scale);
    let (api, limit) = (fake(response), (7 * response + data + data / 4) as u64);
    thread::scope(|scope| {
        for types in TYPES.chunks(TYPES.len().div_ceil(2)) {
            let (url, is_fine) = (api.url("/"), &is_fine);
            scope.spawn(move || {
                for (name, _) in types {
                    let said = child(name, &url, scale);
                    let mut peaks = said.lines().filter(|line| line.starts_with("VmHWM:")).map(peak);
                    let (first, last) = (peaks.next().unwrap(), peaks.next_back().unwrap());
                    println!("{name}: {} MiB of {}", (last - first) >> 20, limit >> 20);
                    assert!(is_fine(first, last, limit), "{name}: {said}");
                }
            });
        }
    });
}

fn child(name: &str, url: &str, scale: usize) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["one_type_reads_every_shape", "--exact", "--ignored", "--nocapture"]);
    child.env("CTON_MEMORY_TYPE", name).env("CTON_MEMORY_URL", url);
    let output = child.env("CTON_MEMORY_SCALE", scale.to_string()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&output.stderr));
    said.into_owned()
}

#[test]
#[ignore = "a process of its own, which the tests above start"]
fn one_type_reads_every_shape() {
    let Ok(name) = std::env::var("CTON_MEMORY_TYPE") else { return };
    let (_, poll) = TYPES.iter().find(|(known, _)| *known == name).unwrap();
    let scale = std::env::var("CTON_MEMORY_SCALE").unwrap().parse().unwrap();
    let mut api = api(&std::env::var("CTON_MEMORY_URL").unwrap(), scale);
    println!("{}", status());
    for (shape, (name, ..)) in SHAPES.iter().enumerate() {
        SHAPE.store(shape, Ordering::Relaxed);
        let outcome = poll(&mut api);
        println!("{name}: {outcome:?}");
        println!("{}", status());
        if let Err(error) = outcome {
            assert!(matches!(error.kind(), ErrorKind::Body | ErrorKind::Type), "{name}: {error}");
        }
    }
}

/// The most memory that this process has had: `VmHWM:  1024 kB`.
fn status() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with("VmHWM:")).unwrap().to_owned()
}

fn api(url: &str, scale: usize) -> Api {
    let service = json!({
        "service_class": "Test", "service_module": "test", "port": 8000, "api_url": url, "retries": 0,
        "data_store_expiration_sec": 0, "request_timeout_sec": 60,
        "response_limit_bytes": RESPONSE_LIMIT / scale, "memory_limit_bytes": MEMORY_LIMIT / scale,
        "prometheus_metrics_mapping": { "gauge": ["test"] },
    });
    let file = json!({ "api_call_intervals": 60, "log_level": "INFO", "services": { "test": service } });
    let service = config::parse("config.json", &file.to_string()).unwrap().services.remove(0);
    let client = Client::new(Mode::Live, std::slice::from_ref(&service)).unwrap();
    Api::new(&service, &client).unwrap()
}
