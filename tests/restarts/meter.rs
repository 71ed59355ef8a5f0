//! A meter whose values replace the last ones: each process of one poll is a restart.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use collectington::{Api, Bound, Family, Kind, Labels, Metric, Program, Result, Service, Table};
use collectington::{Buckets, Quantiles, States, Timestamp, Total};
use serde_json::{Value, json};

use crate::EXPORTER;
use crate::support::fake_api::{FakeApi, Response};
use crate::support::process::{Cton, scratch, tool};

#[derive(serde::Deserialize)]
struct Meter {
    watt_hours: f64,
    relay: String,
    firmware: String,
    updated: String,
    buckets: Vec<(f64, u64)>,
    quantiles: Vec<(f64, f64)>,
    count: u64,
}

/// The label of `firmware_info`.
struct Firmware<'a>(&'a str);

impl Labels for Firmware<'_> {
    const NAMES: &'static [&'static str] = &["version"];

    fn values(&self, each: &mut dyn FnMut(&str)) {
        each(self.0);
    }
}

impl Service for Meter {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().json()
    }
}

const COUNTER: Family =
    Family { name: "energy_wh", kind: Kind::Counter, help: "Energy.", unit: "", labels: &[], buckets: &[] };

static METER: Table<Meter> = Table {
    service: "meter",
    metrics: &[
        Metric {
            family: COUNTER,
            read: |meter, out| out.counter(Total(meter.watt_hours).ignoring_falls_below(5.0)),
        },
        Metric {
            family: Family { name: "relay", kind: Kind::StateSet, ..COUNTER },
            read: |meter, out| out.state_set(States::of(&meter.relay, ["off", "on"])),
        },
        Metric {
            family: Family { name: "firmware_info", kind: Kind::Info, labels: Firmware::NAMES, ..COUNTER },
            read: |meter, out| out.info(Firmware(&meter.firmware)),
        },
        Metric {
            family: Family { name: "updated_timestamp_seconds", kind: Kind::Gauge, ..COUNTER },
            read: |meter, out| out.gauge(Timestamp::parse(&meter.updated)),
        },
        Metric {
            family: Family { name: "latency", kind: Kind::Histogram, ..COUNTER },
            read: |meter, out| out.histogram(Buckets::of(meter.buckets.iter().copied(), 12.5, meter.count)),
        },
        Metric {
            family: Family { name: "wait", kind: Kind::Summary, ..COUNTER },
            read: |meter, out| out.summary(Quantiles::of(meter.quantiles.iter().copied(), None, meter.count)),
        },
    ],
};

/// The exporter of the meter.
pub static PROGRAM: Program = Program {
    config: r#"{
        "api_call_intervals": 60, "log_level": "INFO", "services": { "meter": {
            "service_class": "Meter", "service_module": "meter", "port": 8000, "api_url": "http://127.0.0.1:1",
            "prometheus_metrics_mapping": {
                "counter": ["energy_wh"], "stateset": ["relay"], "info": ["firmware_info"],
                "gauge": ["updated_timestamp_seconds"], "histogram": ["latency"], "summary": ["wait"]
            },
            "prometheus_metric_labels": { "firmware_info": ["version"] }
        } }
    }"#,
    services: &[&METER as &dyn Bound],
};

/// The exporter and the response of its API.
struct Setting {
    config: PathBuf,
    response: Arc<Mutex<Value>>,
    _api: FakeApi,
}

impl Setting {
    fn new(name: &str) -> Self {
        let response = Arc::new(Mutex::new(json!({
            "watt_hours": 1001.2, "relay": "on", "firmware": "1.2\"}\n", "updated": "2016-01-30T23:50+00:00",
            "buckets": [[0.1, 50], [0.5, 90]], "quantiles": [[0.5, 0.1], [0.99, 0.4]], "count": 100
        })));
        let sent = response.clone();
        let api = FakeApi::start(move |_| Response::json(sent.lock().unwrap().to_string()));
        let dir = scratch(name);
        let mut config: Value = serde_json::from_str(PROGRAM.config).unwrap();
        config["state_dir"] = dir.join("state").to_str().unwrap().into();
        config["services"]["meter"]["api_url"] = api.url("/").into();
        fs::write(dir.join("config.json"), config.to_string()).unwrap();
        Self { config: dir.join("config.json"), response, _api: api }
    }

    fn set(&self, key: &str, value: impl Into<Value>) {
        self.response.lock().unwrap()[key] = value.into();
    }

    /// Polls once in a process of its own. Returns the exposition and the log.
    fn once(&self) -> (String, String) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(EXPORTER, "meter").args(["once", "-s", "meter", "-c"]).arg(&self.config);
        let output = Cton::from(command).output();
        let [exposition, log] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (exposition, log)
    }

    fn shows(&self, lines: &[&str]) {
        let (exposition, log) = self.once();
        for line in lines {
            assert!(exposition.lines().any(|shown| shown == *line), "{line}: {exposition} {log}");
        }
    }
}

/// The meter of the cases: 1001.2, 1000.1, 1002 are three values of a total that never restarted.
pub fn a_small_fall_of_a_total_is_no_reset_over_restarts() {
    let setting = Setting::new("small-fall");
    for (watt_hours, shown) in
        [(1001.2, "1001.2"), (1000.1, "1001.2"), (1000.1, "1001.2"), (1001.3, "1001.3"), (1002.0, "1002")]
    {
        setting.set("watt_hours", watt_hours);
        setting.shows(&[&format!("energy_wh_total {shown}")]);
    }
    setting.set("watt_hours", 3.5);
    setting.shows(&["energy_wh_total 3.5"]);
}

pub fn each_kind_of_value_is_exposed_and_the_valid_distribution_survives_restarts() {
    let setting = Setting::new("values");
    let of_100 = [
        "latency_bucket{le=\"0.1\"} 50",
        "latency_bucket{le=\"+Inf\"} 100",
        "latency_count 100",
        "latency_sum 12.5",
        "wait{quantile=\"0.99\"} 0.4",
        "wait_count 100",
    ];
    setting.shows(&[&of_100[..], &["relay{relay=\"off\"} 0", "relay{relay=\"on\"} 1"]].concat());
    setting.shows(&["firmware_info{version=\"1.2\\\"}\\n\"} 1", "updated_timestamp_seconds 1454197800"]);
    if let Some(promtool) = tool("promtool") {
        let file = setting.config.with_file_name("exposition.txt");
        fs::write(&file, setting.once().0).unwrap();
        let checked =
            Command::new(promtool).args(["check", "metrics"]).stdin(fs::File::open(&file).unwrap()).output();
        let checked = checked.unwrap();
        let printed = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert_eq!(printed, "");
    }
    setting.set("count", 80);
    setting.set("relay", "ajar");
    let (exposition, log) = setting.once();
    assert!(log.contains("90 observations up to 0.5, but 80 in total"), "{log}");
    assert!(log.contains("ajar"), "{log}");
    for line in
        of_100[..4].iter().chain(&["relay{relay=\"off\"} 0", "relay{relay=\"on\"} 0", "wait_count 80"])
    {
        assert!(exposition.lines().any(|shown| shown == *line), "{line}: {exposition}");
    }
    setting.set("buckets", json!([[0.25, 7]]));
    setting.set("updated", "0001-01-01T00:00:00Z");
    let (exposition, _) = setting.once();
    assert!(
        exposition.contains("latency_bucket{le=\"0.25\"} 7\nlatency_bucket{le=\"+Inf\"} 80\n"),
        "{exposition}"
    );
    assert!(
        !exposition.contains("le=\"0.1\"") && !exposition.contains("\nupdated_timestamp"),
        "{exposition}"
    );
}
