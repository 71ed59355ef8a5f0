//! Each query of a dashboard returns a value: a real Prometheus, configured by `cton prometheus-config`, scrapes a binary whose
//! services have every kind of metric.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Response};
use crate::support::package::Package;
use crate::support::process::{Cton, free_port, tool};
use crate::support::prometheus::Prometheus;

#[test]
fn every_query_of_a_dashboard_returns_a_value() {
    if tool("prometheus").is_none() {
        return;
    }
    // A recording would not do: what it says of limits is not believed.
    let api = FakeApi::start(|_| {
        let response = Response::json(r#"{"load": 3, "waits": [1.5, 2.5]}"#);
        response.header("x-ratelimit-remaining", "1000000").header("x-ratelimit-reset", "3600")
    });
    let program = Program::new(&api);
    let dashboard: Value = serde_json::from_str(&program.printed(&["dashboard"])).unwrap();
    let config = program.printed(&["prometheus-config"]);
    assert!(
        config.contains("scrape_interval: \"5s\"") && config.contains("\"__scrape_interval__\": \"1m\""),
        "{config}"
    );
    // Not to wait for minutes.
    let config = config.replace("\"5s\"", "\"1s\"").replace("\"1m\"", "\"1s\"");
    fs::write(program.directory.join("cton-alerts.yml"), program.printed(&["alerts"])).unwrap();
    let prometheus = Prometheus::configured(program.directory.clone(), &config).unwrap();

    let served = Cton::from(program.command(&["--all"])).start();
    served.until("a service and two targets", || {
        served.log().iter().filter(|line| line.contains("first poll succeeded")).count() == 3
    });
    let queries = queries(&dashboard);
    assert!(queries.len() > 25, "{queries:?}");
    for query in &queries {
        // These have no series before their first event.
        let absent =
            ["cton_poll_failures_total", "cton_state_write_failures_total", "cton_once_ids_forgotten_total"];
        let is_absent = absent.iter().any(|name| query.contains(name));
        let query = if is_absent { &format!("({query}) or vector(0)") } else { query };
        let value = prometheus.eventually(query);
        assert!(value.is_finite(), "{query}: {value}");
    }
    assert_eq!(
        prometheus.eventually(
            "max(shop_load{instance=~\".+\"} and on (instance) cton_service_up{service=\"shop\"})"
        ),
        3.0
    );
    let of_target = queries_of(&dashboard, ".+", "eu");
    let load =
        of_target.iter().find(|query| query.contains("shop_load") && query.contains("\"eu\"")).unwrap();
    assert_eq!(prometheus.eventually(&format!("count({load})")), 1.0, "{load}");
    let load = load.replace("\"eu\"", "\".*\"");
    assert_eq!(prometheus.eventually(&format!("count({load})")), 2.0, "{load}");
    let of_account = of_target.iter().any(|query| query.contains("target=~") && query.contains("shop_stock"));
    assert!(!of_account, "a service without targets has no filter");
}

/// All of them, with what Grafana puts in for its variables if all values are selected.
fn queries(dashboard: &Value) -> Vec<String> {
    queries_of(dashboard, ".+", ".*")
}

fn queries_of(dashboard: &Value, instance: &str, target: &str) -> Vec<String> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    targets
        .map(|query| {
            let (expr, step) = (query["expr"].as_str().unwrap(), query["interval"].as_str().unwrap());
            let (count, unit) = step.split_at(step.len() - 1);
            let window = format!("{}{unit}", 4 * count.parse::<u64>().unwrap());
            let expr = expr.replace("$__rate_interval", &window).replace("$instance", instance);
            let expr = expr.replace("$target", target).replace("$label_account", ".*");
            assert!(!expr.contains('$'), "{expr}");
            expr
        })
        .collect()
}

/// A program with its own services, and the directory of its package.
struct Program {
    directory: PathBuf,
    binary: PathBuf,
}

impl Program {
    fn new(api: &FakeApi) -> Self {
        let services = [("shop_api", SHOP), ("till_api", TILL)];
        let package = Package::with_services("dashboard", &config(api).to_string(), &services);
        Self { binary: package.build(), directory: package.directory }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        command
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// One service with every kind of metric, with labels and without; and one with two targets and another poll interval, on another port,
/// with a metric of the same name.
fn config(api: &FakeApi) -> Value {
    let shop = json!({
        "service_class": "ShopApi", "service_module": "shop_api", "port": free_port(), "listen": "127.0.0.1",
        "api_url": api.url("/shop"), "data_store_expiration_sec": 0.2,
        "prometheus_metrics_mapping": {
            "counter": ["orders", "sales_total", "visits"],
            "gauge": ["shop_load", "shop_stock", "shop_targets"],
            "summary": ["wait", "handling_seconds"],
            "histogram": ["basket", "answer_bytes"],
        },
        "prometheus_metric_labels": {
            "sales_total": ["team"], "shop_stock": ["team", "place"], "shop_targets": ["instance"], "handling_seconds": ["team"],
            "answer_bytes": ["team"],
        },
        "prometheus_metric_units": { "wait": "minutes" },
        "prometheus_metric_buckets": { "answer_bytes": [1, 10, 100] },
    });
    let till = json!({
        "service_class": "TillApi", "service_module": "till_api", "port": free_port(), "listen": "127.0.0.1",
        "api_url": api.url("/till"), "data_store_expiration_sec": 3600,
        "prometheus_metrics_mapping": { "gauge": ["shop_load"] },
        "targets": { "eu": {}, "us": { "data_store_expiration_sec": 3601 } },
    });
    json!({ "api_call_intervals": 0.2, "log_level": "INFO", "services": { "shop": shop, "till": till } })
}

const SHOP: &str = "use collectington::{Api, Increase, Result, Service, Total};
use crate::labels::shop as labels;
#[derive(serde::Deserialize)]
pub struct ShopApi { load: u64, waits: Vec<f64> }
impl Service for ShopApi {
    fn poll(api: &mut Api) -> Result<Self> { api.get().json() }
}
impl ShopApi {
    /// Orders since the shop opened; \"those\" that were cancelled are not among them.
    pub fn orders(&self) -> Total<u64> { Total(7) }
    pub fn sales_total(&self) -> Vec<(labels::SalesTotal<'_>, Increase<u64>)> {
        vec![(labels::SalesTotal { team: \"a\".into() }, Increase(self.load))]
    }
    pub fn visits(&self) -> Increase<u64> { Increase(1) }
    pub fn shop_load(&self) -> u64 { self.load }
    pub fn shop_stock(&self) -> Vec<(labels::ShopStock<'_>, u64)> {
        vec![(labels::ShopStock { team: \"a\".into(), place: \"b\".into() }, 5)]
    }
    pub fn shop_targets(&self) -> Vec<(labels::ShopTargets<'_>, u64)> {
        vec![(labels::ShopTargets { instance: \"a\".into() }, 5)]
    }
    pub fn wait(&self) -> Vec<f64> { self.waits.clone() }
    pub fn handling_seconds(&self) -> Vec<(labels::HandlingSeconds<'_>, Vec<f64>)> {
        vec![(labels::HandlingSeconds { team: \"a\".into() }, self.waits.clone())]
    }
    pub fn basket(&self) -> Vec<f64> { self.waits.clone() }
    pub fn answer_bytes(&self) -> Vec<(labels::AnswerBytes<'_>, Vec<f64>)> {
        vec![(labels::AnswerBytes { team: \"a\".into() }, self.waits.clone())]
    }
}
";

const TILL: &str = "use collectington::{Api, Result, Service};
#[derive(serde::Deserialize)]
pub struct TillApi { load: u64 }
impl Service for TillApi {
    fn poll(api: &mut Api) -> Result<Self> { api.get().json() }
}
impl TillApi {
    pub fn shop_load(&self) -> u64 { self.load + 1 }
}
";
