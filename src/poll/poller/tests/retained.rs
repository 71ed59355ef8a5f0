//! Tests of the memory that is retained from poll to poll and for scrapes, beside a poll at its limit.
//!
//! Each measurement is its own process: this test executable, which runs only an ignored test.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;

use super::*;
use crate::author::reading::{Labels, Once};
use crate::author::service::{Metric, Service, Table};
use crate::config::minimal_config::{minimal_config, minimal_service};
use crate::config::{self, ServiceConfig};
use crate::exposition::{body, scrape_response};
use crate::fake_api::{FakeApi, Request, Response};
use crate::fetch::client::{Client, Mode};
use crate::series::options::SeriesOptions;
use crate::state::state_file::StateFile;
use crate::support::error::Result;
use crate::support::memory_limit;

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    items: Vec<Item>,
    #[serde(default)]
    kept: String,
}

#[derive(Deserialize)]
struct Item {
    label: String,
    #[serde(default)]
    id: String,
}

impl Service for Data {
    fn poll(api: &mut Api) -> Result<Self> {
        let mut data: Self = api.get().json()?;
        api.keep(&data.kept);
        // In most polls these pages are only read and cached, and have no items.
        for page in 1..4 {
            data.items.extend(api.get().query("page", page).json::<Self>()?.items);
        }
        Ok(data)
    }
}

struct Label<'a>(&'a str);

impl Labels for Label<'_> {
    const NAMES: &'static [&'static str] = &["label"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(self.0);
    }
}

const LABELLED: Family = Family { name: "listed", labels: Label::NAMES, ..COUNTER };
const BUCKETS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

static RETAINING: Table<Data> = Table {
    service: "retaining",
    metrics: &[
        Metric { family: LABELLED, read: |data, out| out.counters(data.each(Increase(1))) },
        Metric {
            family: Family { name: "present", kind: Kind::Gauge, ..LABELLED },
            read: |data, out| out.gauges(data.each(1)),
        },
        Metric {
            family: Family { name: "took", kind: Kind::Histogram, buckets: BUCKETS, ..LABELLED },
            read: |data, out| out.histograms(data.each(0.7)),
        },
        Metric {
            family: Family { name: "seen", kind: Kind::Summary, ..COUNTER },
            read: |data, out| out.histogram(data.items.iter().map(|item| Once(&item.id, 1))),
        },
    ],
};

impl Data {
    fn each<R: Copy>(&self, n: R) -> impl Iterator<Item = (Label<'_>, R)> {
        self.items.iter().map(move |item| (Label(&item.label), n))
    }
}

/// The defaults of `response_limit_bytes`, `memory_limit_bytes` and `once_ids_limit`.
const DEFAULTS: [usize; 3] = [16 << 20, 64 << 20, 100_000];

/// The memory that does not scale with the limits, such as buffers.
const UNSCALED: u64 = 6 << 20;

/// Returns the service, with limits that are divided by `scale`.
fn configured(url: &str, scale: usize) -> ServiceConfig {
    let [response, memory, ids] = DEFAULTS.map(|limit| limit / scale);
    let service = minimal_service(&serde_json::json!({
        "api_url": url, "retries": 0,
        "data_store_expiration_sec": 0.1, "request_timeout_sec": 60,
        "response_limit_bytes": response, "memory_limit_bytes": memory, "once_ids_limit": ids,
        "prometheus_metrics_mapping": { "counter": ["listed"], "gauge": ["present"], "histogram": ["took"], "summary": ["seen"] },
    }));
    config::parse("config.json", &minimal_config([("retaining".to_owned(), service)]))
        .unwrap()
        .services
        .remove(0)
}

/// The number of kinds of polls. In the last one each response has items of another kind.
const KINDS: u64 = 6;

/// Returns a body of the maximum size; its items depend on the number of the poll.
fn body(poll: u64, kind: u64, scale: usize) -> String {
    let size = DEFAULTS[0] / scale;
    let mut random = fastrand::Rng::with_seed(poll);
    let (mut items, mut bytes, mut n) = (Vec::new(), 0, 0);
    let kept = if kind == 4 { "k\"".repeat(DEFAULTS[1] / scale / 30) } else { String::new() };
    while bytes + 2 * kept.len() < size - 5000 {
        n += 1;
        let label = match kind {
            0 => (0..4000).map(|_| random.alphanumeric()).collect(),
            1 => format!("{poll}-{n}-{}", r#"\""#.repeat(2000)),
            2 => format!("{poll}-{n}"),
            3 => "x".to_owned(),
            _ => format!("{poll}-{n}-{}", "é".repeat(1000)),
        };
        items.push(format!(r#"{{"label":"{label}","id":"{poll}-{kind}-{n}"}}"#));
        bytes += items[items.len() - 1].len() + 1;
    }
    format!(r#"{{"kept":"{}","items":[{}]}}"#, kept.replace('"', "\\\""), items.join(","))
}

/// Starts an API that responds with little at first, so that all of the code has run.
///
/// It then responds with the body of each poll, and with a quarter of it, as the whole may exceed the limit of a poll.
fn start(scale: usize) -> FakeApi {
    let polls = AtomicU64::new(0);
    let padding = format!(r#"{{"padding":"{}"}}"#, "x".repeat(DEFAULTS[0] / scale - 100));
    FakeApi::start(move |request: &Request| {
        let of_poll = |poll: u64| (poll / 2, poll / 2 % KINDS, scale * if poll % 2 == 0 { 1 } else { 4 });
        if let Some(page) = request.query("page") {
            let (poll, kind, scale) = of_poll(polls.load(Ordering::SeqCst) - 1);
            return match kind + 1 {
                KINDS => Response::json(body(poll, page.parse::<u64>().unwrap() - 1, 4 * scale)),
                _ => Response::json(padding.clone()).header("etag", "\"a\""),
            };
        }
        let poll = polls.fetch_add(1, Ordering::SeqCst);
        if poll == 0 {
            return Response::json(r#"{"items":[{"label":"a","id":"a"}]}"#);
        }
        let (number, kind, scale) = of_poll(poll);
        let body = if kind + 1 == KINDS { body(number, 4, 4 * scale) } else { body(number, kind, scale) };
        Response::json(body).header("etag", format!("\"{poll}\""))
    })
}

/// Returns the memory that polls took in addition to that of the process, and the bound.
fn measured(scale: usize, polls: usize) -> (u64, u64) {
    let api = start(scale);
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([
        "poll::poller::tests::retained::a_process_polls_and_is_scraped",
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    child.env("CTON_RETAINED", format!("{} {scale} {polls}", api.url("/")));
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("{said}");
    let mut peaks = said.lines().filter_map(|line| line.strip_prefix("VmHWM:")).map(kib).skip(1);
    let idle = peaks.next().unwrap();
    (peaks.max().unwrap() - idle, memory_limit::of_service(&configured(&api.url("/"), scale)))
}

fn kib(line: &str) -> u64 {
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
}

#[test]
fn all_that_is_retained_and_built_stays_within_the_bound() {
    let scale = std::env::var("CTON_MEMORY_SCALE").map_or(32, |scale| scale.parse().unwrap());
    let (taken, bound) = measured(scale, 12);
    println!("{} of {} KiB", taken >> 10, bound >> 10);
    assert!(taken < bound + UNSCALED, "{taken}");
}

#[test]
#[ignore = "a process of its own, which the tests above start"]
fn a_process_polls_and_is_scraped() {
    let Ok(said) = std::env::var("CTON_RETAINED") else { return };
    let words: Vec<&str> = said.split(' ').collect();
    let [scale, polls] = [1, 2].map(|at| words[at].parse().unwrap());
    let config = configured(words[0], scale);
    let dir = std::env::temp_dir().join(format!("cton-retained-{}", std::process::id()));
    for _ in 0..2 {
        let mut poller = retaining(&config, &dir);
        let mut under_way = Vec::new();
        for poll in 0..polls {
            std::fs::write("/proc/self/clear_refs", "5").unwrap();
            poller.poll();
            println!("poll {poll}: {:?}\n{}", poller.failing().map(Error::kind), status());
            under_way = scraped(&poller.publisher.site());
            let sizes: Vec<_> = under_way.iter().map(|body| body.len() >> 10).collect();
            println!("scraped: {sizes:?} KiB\n{}", status());
        }
        drop(under_way);
    }
    std::fs::remove_dir_all(dir).unwrap();
}

fn retaining(config: &ServiceConfig, dir: &std::path::Path) -> Poller {
    let client = Client::new(Mode::Live, std::slice::from_ref(config)).unwrap();
    let options = SeriesOptions {
        bytes: memory_limit::of_series(config.memory_limit) as usize,
        ids_limit: config.once_ids_limit,
        ..config.series_limit.into()
    };
    let shown = ServiceSamples::new(Samples::new(RETAINING.families(), options), Some(STALE_AFTER));
    let api = Api::new(config, &client).unwrap();
    let mut poller = Poller { bound: &RETAINING, rows: rows(&RETAINING), api, shown, ..poller([]) };
    let service = ServiceInfo {
        name: "retaining".to_owned(),
        families: RETAINING.families().into_iter().map(Into::into).collect(),
        ..ServiceInfo::default()
    };
    let site = Site::new(vec![service], Health::new().unwrap());
    poller.publisher = Publisher::new(&site, 0);
    poller.go_on_from(StateFile::open(dir, "retaining").unwrap());
    poller
}

/// Returns the bodies of all responses, with and without stale gauges.
fn scraped(site: &Site) -> Vec<body::Body> {
    let formats = [Format::Text, Format::OpenMetrics];
    let times = [Duration::ZERO, STALE_AFTER * 2];
    let mut bodies = Vec::new();
    for later in times {
        for format in formats {
            for gzip in [false, true] {
                bodies.push(site.metrics(format, gzip, in_time(later)).0);
            }
        }
    }
    for target in ["/", "/api/v1/status"] {
        bodies.push(
            scrape_response::respond(
                site,
                &scrape_response::ScrapeRequest { method: "GET", target, headers: &[] },
            )
            .body,
        );
    }
    bodies
}

fn status() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().find(|line| line.starts_with("VmHWM:")).unwrap().to_owned()
}
