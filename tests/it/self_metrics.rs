//! The metrics of the exporter itself.

#[cfg(target_os = "linux")]
use std::process::Command;
use std::time::Duration;

use collectington::internals::{
    Format, Health, ScrapeRequest, ServiceHealth, ServiceInfo, Site, Traffic, respond,
};
use collectington::{ErrorKind, Kind};

use crate::support::exposition_parser::{Exposition, Sample};
#[cfg(target_os = "linux")]
use crate::support::process::{Cton, free_port, scrape};

const NOW: f64 = 1_795_457_481.5;

/// A metric that can be stale, and one whose series can fall.
const METRICS: [(&str, Kind); 2] = [("incidents", Kind::Gauge), ("pages", Kind::Counter)];

#[test]
fn counters_exist_from_the_start_and_gauges_from_the_first_poll() {
    let (health, _) = health();
    let exposition = exposition(&health);
    assert_eq!(
        exposition.value("cton_polls_total", &[("outcome", "success"), ("service", "splunk")]),
        Some(0.0)
    );
    assert_eq!(
        exposition.value("cton_api_requests_total", &[("code", "error"), ("service", "splunk")]),
        Some(0.0)
    );
    assert_eq!(
        exposition.value("cton_metric_errors_total", &[("metric", "incidents"), ("service", "splunk")]),
        Some(0.0)
    );
    assert_eq!(exposition.value("cton_api_retries_total", &[("service", "splunk")]), Some(0.0));
    let build =
        [("revision", "unknown"), ("target", env!("CTON_TARGET")), ("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(exposition.value("cton_build_info", &build), Some(1.0));
    assert_eq!(
        exposition.value("cton_metric_resets_total", &[("metric", "pages"), ("service", "splunk")]),
        Some(0.0)
    );
    for absent in
        ["cton_api_requests_remaining", "cton_poll_duration_seconds", "cton_last_success_timestamp_seconds"]
    {
        assert_eq!(exposition.value(absent, &[("service", "splunk")]), None, "{absent}");
    }
}

#[test]
fn a_successful_poll_is_up_and_a_failed_one_is_not() {
    let (health, service) = health();
    service.succeeded(Duration::from_millis(70), NOW);
    let exposition = exposition(&health);
    assert_eq!(exposition.value("cton_last_success_timestamp_seconds", &[("service", "splunk")]), Some(NOW));
    assert_eq!(exposition.value("cton_poll_duration_seconds", &[("service", "splunk")]), Some(0.07));
    assert_eq!(
        exposition.value("cton_polls_total", &[("outcome", "success"), ("service", "splunk")]),
        Some(1.0)
    );

    service.failed(ErrorKind::Timeout, Duration::from_secs(10));
    let exposition = self::exposition(&health);
    assert_eq!(exposition.value("cton_last_success_timestamp_seconds", &[("service", "splunk")]), Some(NOW));
    assert_eq!(exposition.value("cton_poll_duration_seconds", &[("service", "splunk")]), Some(10.0));
    assert_eq!(
        exposition.value("cton_polls_total", &[("outcome", "failure"), ("service", "splunk")]),
        Some(1.0)
    );
    assert_eq!(
        exposition.value("cton_poll_failures_total", &[("reason", "timeout"), ("service", "splunk")]),
        Some(1.0)
    );
}

#[test]
fn an_unchanged_poll_is_up_and_not_counted_as_success() {
    let (health, service) = health();
    service.unchanged(Duration::from_millis(1));
    let exposition = exposition(&health);
    assert_eq!(
        exposition.value("cton_polls_total", &[("outcome", "unchanged"), ("service", "splunk")]),
        Some(1.0)
    );
    assert_eq!(exposition.value("cton_last_success_timestamp_seconds", &[("service", "splunk")]), None);
}

#[test]
fn traffic_and_losses_are_summed() {
    let (health, service) = health();
    for _ in 0..2 {
        service.traffic(&Traffic { requests: [3, 0, 0, 1, 2], retries: 3, response_bytes: 1000 });
        service.metric_error("incidents");
        service.dropped(4);
    }
    service.next_poll_in(Duration::from_millis(1500));
    let exposition = exposition(&health);
    assert_eq!(
        exposition.value("cton_api_requests_total", &[("code", "2xx"), ("service", "splunk")]),
        Some(6.0)
    );
    assert_eq!(
        exposition.value("cton_api_requests_total", &[("code", "5xx"), ("service", "splunk")]),
        Some(2.0)
    );
    assert_eq!(
        exposition.value("cton_api_requests_total", &[("code", "error"), ("service", "splunk")]),
        Some(4.0)
    );
    assert_eq!(exposition.value("cton_api_retries_total", &[("service", "splunk")]), Some(6.0));
    assert_eq!(exposition.value("cton_api_response_bytes_total", &[("service", "splunk")]), Some(2000.0));
    assert_eq!(
        exposition.value("cton_metric_errors_total", &[("metric", "incidents"), ("service", "splunk")]),
        Some(2.0)
    );
    assert_eq!(exposition.value("cton_series_dropped_total", &[("service", "splunk")]), Some(8.0));
    assert_eq!(exposition.value("cton_poll_wait_seconds", &[("service", "splunk")]), Some(1.5));
}

#[test]
fn services_with_names_that_extend_others_stay_distinct() {
    let health = Health::new().unwrap();
    let ab = health.service("ab", &[("c", Kind::Gauge)]).unwrap();
    health.service("a", &[("bc", Kind::Gauge)]).unwrap();
    ab.metric_error("c");
    let exposition = exposition(&health);
    assert_eq!(
        exposition.value("cton_metric_errors_total", &[("metric", "c"), ("service", "ab")]),
        Some(1.0)
    );
    assert_eq!(
        exposition.value("cton_metric_errors_total", &[("metric", "bc"), ("service", "a")]),
        Some(0.0)
    );
}

#[test]
fn a_metric_has_two_own_series_and_a_service_few() {
    let kinds = [Kind::Counter, Kind::Gauge, Kind::Summary, Kind::Histogram, Kind::StateSet, Kind::Info];
    let names = ["a", "b", "c", "d", "e", "f"];
    let metrics: Vec<_> = names.into_iter().zip(kinds).collect();
    let health = Health::new().unwrap();
    let service = health.service("splunk", &metrics).unwrap();
    use_everything(&service, &names);
    let exposition = exposition(&health);
    let of_metrics = |metric: &str| {
        let label = ("metric".to_owned(), metric.to_owned());
        exposition.samples.iter().filter(|sample| sample.labels.contains(&label)).count()
    };
    assert_eq!(names.map(of_metrics), [2; 6]);
    let of_service = |sample: &&Sample| {
        let labels: Vec<&str> = sample.labels.iter().map(|(name, _)| name.as_str()).collect();
        labels.contains(&"service") && !labels.contains(&"metric")
    };
    // With cton_service_up and cton_service_stale, which a scrape adds, and one reason of failures.
    assert_eq!(exposition.samples.iter().filter(of_service).count() + 2, 26);
}

/// Uses everything that has its own series.
fn use_everything(service: &ServiceHealth, metrics: &[&str]) {
    service.set_intervals(Duration::from_secs(60), Some(Duration::from_secs(300)));
    service.set_stateful();
    service.succeeded(Duration::from_millis(70), NOW);
    service.failed(ErrorKind::Timeout, Duration::from_secs(10));
    service.next_poll_in(Duration::from_secs(2));
    service.requests_remaining(60);
    service.ids(3);
    metrics.iter().for_each(|metric| service.metric_succeeded(metric, NOW));
}

#[test]
fn a_reason_of_failures_a_state_and_ids_have_series_only_if_they_occur() {
    let (health, service) = health();
    let rare = ["cton_poll_failures_total", "cton_state_write_failures_total", "cton_once_ids"];
    let has = |name: &str| exposition(&health).samples.iter().any(|sample| sample.name.starts_with(name));
    assert_eq!(rare.map(has), [false; 3]);
    use_everything(&service, &[]);
    assert_eq!(rare.map(has), [true; 3]);
    let forgotten = exposition(&health).value("cton_once_ids_forgotten_total", &[("service", "splunk")]);
    assert_eq!(forgotten, Some(0.0), "before any is forgotten");
}

#[test]
fn the_intervals_of_a_service_are_exported_and_no_stale_time_if_gauges_stay() {
    let (health, service) = health();
    let times = || {
        ["cton_poll_interval_seconds", "cton_stale_after_seconds"]
            .map(|name| exposition(&health).value(name, &[("service", "splunk")]))
    };
    service.set_intervals(Duration::from_millis(1500), None);
    assert_eq!(times(), [Some(1.5), None]);
    service.set_intervals(Duration::from_secs(60), Some(Duration::from_secs(300)));
    assert_eq!(times(), [Some(60.0), Some(300.0)]);
}

#[test]
fn the_series_of_a_target_have_its_name_as_a_label() {
    let health = Health::new().unwrap();
    for name in ["splunk/eu", "splunk/us", "jira"] {
        health.service(name, &METRICS).unwrap();
    }
    health.service("splunk/eu", &[]).unwrap_err();
    let exposition = exposition(&health);
    for target in ["eu", "us"] {
        let labels = [("metric", "incidents"), ("service", "splunk"), ("target", target)];
        assert_eq!(exposition.value("cton_metric_errors_total", &labels), Some(0.0));
        let labels = [("outcome", "failure"), ("service", "splunk"), ("target", target)];
        assert_eq!(exposition.value("cton_polls_total", &labels), Some(0.0));
    }
    assert_eq!(exposition.value("cton_items_lost_total", &[("service", "jira")]), Some(0.0));
}

#[test]
fn a_service_occurs_once_in_an_exposition() {
    let (health, _) = health();
    let error = health.service("splunk", &[]).unwrap_err().to_string();
    assert!(error.starts_with("the exporter's own metrics, splunk: "), "{error}");
}

/// Each family's row is `| name | type | labels | HELP |`.
#[test]
fn the_document_lists_exactly_the_exported_families() {
    let document = include_str!("../../docs/metrics.md");
    let rows =
        document.lines().filter(|line| line.starts_with("| `cton_") || line.starts_with("| `process_"));
    let mut documented: Vec<String> = rows.map(str::to_owned).collect();
    documented.sort();
    assert_eq!(documented.join("\n"), exported().join("\n"));
}

/// The row of each family that a service in full use exports.
fn exported() -> Vec<String> {
    let (health, service) = health();
    use_everything(&service, &["incidents"]);
    let services = vec![ServiceInfo { name: "splunk".to_owned(), ..ServiceInfo::default() }];
    let request = ScrapeRequest { method: "GET", target: "/metrics", headers: &[] };
    let body = respond(&Site::new(services, health), &request).body;
    let exposition =
        Exposition::parse(&String::from_utf8(body.pieces().collect::<Vec<_>>().concat()).unwrap());
    let text = |word: &str, name: &str| {
        let line = exposition.metadata.iter().find(|line| line.0 == word && line.1 == name);
        line.map(|line| line.2.clone()).unwrap_or_default()
    };
    let mut rows: Vec<String> = exposition
        .samples
        .iter()
        .map(|sample| {
            let labels: Vec<_> = sample.labels.iter().map(|(name, _)| format!("`{name}`")).collect();
            let (name, labels) = (&sample.name, labels.join(", "));
            format!("| `{name}` | {} | {labels} | {} |", text("TYPE", name), text("HELP", name))
        })
        .collect();
    rows.sort();
    rows.dedup();
    rows
}

fn health() -> (Health, ServiceHealth) {
    let health = Health::new().unwrap();
    let service = health.service("splunk", &METRICS).unwrap();
    (health, service)
}

fn exposition(health: &Health) -> Exposition {
    let mut out = Vec::new();
    health.encode(Format::Text, &mut out);
    health.encode_process(Format::Text, &mut out);
    Exposition::parse(&String::from_utf8(out).unwrap())
}

/// Starts an exporter in its own process, because other tests change this one.
#[test]
#[cfg(target_os = "linux")]
fn process_metrics_are_current_without_a_poll() {
    let port = free_port();
    let cton = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"]);
    let served = cton.arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    let exposition = || Exposition::parse(&scrape(port, "/metrics").body);
    let polls = |exposition: &Exposition| {
        exposition.value("cton_polls_total", &[("outcome", "success"), ("service", "splunk")])
    };
    let before = exposition();
    assert!(before.value("process_max_fds", &[]) > Some(300.0));
    let pid = served.process.0.id();
    let prlimit = Command::new("prlimit").args([format!("--pid={pid}"), "--nofile=300".to_owned()]).status();
    assert!(prlimit.unwrap().success());
    served.until("the new limit", || exposition().value("process_max_fds", &[]) == Some(300.0));
    assert_eq!(polls(&exposition()), polls(&before));
}
