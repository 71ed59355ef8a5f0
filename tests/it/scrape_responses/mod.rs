//! Responses to scrapes, without sockets.

mod content_negotiation;
mod routes;
mod targets;

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use collectington::internals::{
    Format, Gauges, Health, ScrapeRequest, ScrapeResponse, ServiceHealth, ServiceInfo, Site,
    SnapshotFreshness, respond,
};
use collectington::{ErrorKind, Kind};
use flate2::read::GzDecoder;

use crate::support::exposition_parser::parse_strictly;

const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const DRAFT: &str = "application/openmetrics-text; version=0.0.1; charset=utf-8";

fn site(names: &[&str]) -> (Arc<Site>, Vec<ServiceHealth>) {
    let health = Health::new().unwrap();
    let healths = names.iter().map(|name| health.service(name, &[]).unwrap()).collect();
    let service = |name: &&str| ServiceInfo {
        name: (*name).to_owned(),
        period: Duration::from_secs(60),
        ..ServiceInfo::default()
    };
    (Site::new(names.iter().map(service).collect(), health), healths)
}

/// Publishes `name value` in both formats.
fn publish(site: &Site, service: usize, name: &str, value: u64) {
    site.publish(service, |_, out| {
        out.extend_from_slice(format!("# TYPE {name} gauge\n{name} {value}\n").as_bytes());
    });
}

fn ask(site: &Site, method: &str, target: &str, headers: &[(&str, &str)]) -> ScrapeResponse {
    respond(site, &ScrapeRequest { method, target, headers })
}

fn header<'a>(response: &'a ScrapeResponse, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
}

fn bytes(response: &ScrapeResponse) -> Vec<u8> {
    let bytes = response.body.pieces().collect::<Vec<_>>().concat();
    assert_eq!(bytes.len(), response.body.len(), "the length is that of the bytes");
    bytes
}

fn body(response: &ScrapeResponse) -> String {
    String::from_utf8(bytes(response)).unwrap()
}

fn unzipped(response: &ScrapeResponse) -> String {
    assert_eq!(header(response, "Content-Encoding"), Some("gzip"));
    let zipped = bytes(response);
    let mut decoder = GzDecoder::new(&zipped[..]);
    let mut text = String::new();
    decoder.read_to_string(&mut text).unwrap();
    assert!(decoder.into_inner().is_empty(), "one gzip member and nothing after it");
    text
}

/// The `process_*` families change with every look.
fn without_process(exposition: &str) -> String {
    exposition.lines().filter(|line| !line.contains("process_")).flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn before_the_first_poll_only_the_exporters_own_families_are_exposed() {
    let (site, _) = site(&["a"]);
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    assert!(exposition.contains("cton_service_up{service=\"a\"} 0\n"), "{exposition}");
    assert!(exposition.contains("\nprocess_resident_memory_bytes "), "{exposition}");
    let own = |line: &str| ["#", "cton_", "process_"].iter().any(|start| line.starts_with(start));
    assert!(exposition.lines().all(own), "{exposition}");
}

#[test]
fn a_failed_poll_keeps_the_samples_of_the_last_successful_one() {
    let (site, healths) = site(&["a"]);
    publish(&site, 0, "m", 1);
    healths[0].failed(ErrorKind::Timeout, Duration::from_secs(1));
    publish(&site, 0, "m", 1);
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    assert!(
        exposition.contains("\nm 1\n")
            && exposition.contains("cton_polls_total{outcome=\"failure\",service=\"a\"} 1\n"),
        "{exposition}"
    );
}

#[test]
fn services_of_a_port_keep_their_order_before_one_eof() {
    let (site, _) = site(&["a", "b"]);
    publish(&site, 1, "of_b", 2);
    publish(&site, 0, "of_a", 1);
    let exposition = body(&ask(&site, "GET", "/metrics", &[("Accept", "application/openmetrics-text")]));
    let at = |what: &str| exposition.match_indices(what).map(|(at, _)| at).collect::<Vec<_>>();
    let order = ["of_a 1\n", "of_b 2\n", "cton_build_info{", "\nprocess_threads ", "# EOF\n"].map(at);
    assert!(order.iter().all(|found| found.len() == 1), "each once: {order:?} in {exposition}");
    assert!(order.is_sorted(), "{order:?} in {exposition}");
    assert!(exposition.ends_with("\n# EOF\n"));
}

#[test]
fn a_service_that_publishes_changes_no_other() {
    let (site, _) = site(&["a", "b"]);
    publish(&site, 0, "of_a", 1);
    publish(&site, 1, "of_b", 1);
    publish(&site, 1, "of_b", 2);
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    assert!(exposition.contains("\nof_a 1\n") && exposition.contains("\nof_b 2\n"), "{exposition}");
}

#[test]
fn each_family_of_the_exporter_occurs_once_with_the_samples_of_all_services() {
    let metrics: Vec<&'static str> = (0..100).map(|number| &*format!("metric_{number}").leak()).collect();
    let gauges: Vec<(&str, Kind)> = metrics.iter().map(|metric| (*metric, Kind::Gauge)).collect();
    let names = ["a", "b", "c"];
    let health = Health::new().unwrap();
    names.iter().for_each(|name| drop(health.service(name, &gauges).unwrap()));
    let service = |name: &&str| ServiceInfo { name: (*name).to_owned(), ..ServiceInfo::default() };
    let site = Site::new(names.iter().map(service).collect(), health);
    for published in 0..=names.len() {
        for (accept, open_metrics) in [("text/plain", false), ("application/openmetrics-text", true)] {
            let text = body(&ask(&site, "GET", "/metrics", &[("Accept", accept)]));
            let gzip = [("Accept", accept), ("Accept-Encoding", "gzip")];
            assert_eq!(
                without_process(&unzipped(&ask(&site, "GET", "/metrics", &gzip))),
                without_process(&text)
            );
            let exposition = parse_strictly(text.trim_end_matches("# EOF\n"), open_metrics);
            for (metric, service) in metrics.iter().flat_map(|metric| names.map(|name| (*metric, name))) {
                let labels = [("metric", metric), ("service", service)];
                assert_eq!(exposition.value("cton_metric_errors_total", &labels), Some(0.0), "{text}");
            }
            for flag in ["cton_service_up", "cton_service_stale"] {
                assert!(
                    names.iter().all(|name| exposition.value(flag, &[("service", name)]) == Some(0.0)),
                    "{text}"
                );
            }
        }
        site.publish(published.min(2), |_, out| {
            out.extend_from_slice(
                format!("# HELP m{published} h\n# TYPE m{published} gauge\nm{published} 1\n").as_bytes(),
            );
        });
    }
}

#[test]
fn a_service_that_publishes_shows_no_later_health_of_another() {
    let (site, healths) = site(&["a", "b"]);
    publish(&site, 1, "of_b", 1);
    healths[1].succeeded(Duration::from_secs(1), 1e9);
    publish(&site, 0, "of_a", 1);
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    assert!(exposition.contains("cton_polls_total{outcome=\"success\",service=\"b\"} 0\n"), "{exposition}");
    publish(&site, 1, "of_b", 1);
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    assert!(exposition.contains("cton_polls_total{outcome=\"success\",service=\"b\"} 1\n"), "{exposition}");
}

#[test]
fn each_gauge_is_omitted_once_it_is_stale_though_nothing_is_published() {
    let (site, _) = site(&["a"]);
    let (now, stale_after) = (Instant::now(), Duration::from_secs(1));
    let freshness = SnapshotFreshness {
        last_success: Some(now + Duration::from_secs(3600)),
        stale_after: Some(stale_after),
        ..SnapshotFreshness::default()
    };
    site.publishing(0).publish_with(freshness, &|_: Format, out: &mut Vec<u8>| {
        let mut range = |text: &str| {
            let start = out.len();
            out.extend_from_slice(text.as_bytes());
            start..out.len()
        };
        range("first 1\n");
        let old = Gauges { bytes: range("old 1\n"), fresh_at: now };
        range("between 1\n");
        let new = Gauges { bytes: range("new 1\n"), fresh_at: now + Duration::from_secs(3600) };
        vec![old, new]
    });
    let lines = |gzip: bool| {
        let headers = if gzip { vec![("Accept-Encoding", "gzip")] } else { Vec::new() };
        let response = ask(&site, "GET", "/metrics", &headers);
        let text = if gzip { unzipped(&response) } else { body(&response) };
        text.lines().filter(|line| line.ends_with(" 1") && !line.contains("_")).count()
    };
    while lines(false) == 4 {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(now.elapsed() >= stale_after);
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    assert!(exposition.starts_with("first 1\nbetween 1\nnew 1\n"), "{exposition}");
    assert_eq!(lines(true), 3);
    assert!(exposition.contains("cton_service_stale{service=\"a\"} 0\n"), "the service is not: {exposition}");
}

#[test]
fn metrics_recorded_while_publishing_are_not_published_by_another_service() {
    let (site, healths) = site(&["a", "b"]);
    let publishing = site.publishing(0);
    healths[0].succeeded(Duration::from_secs(1), 1e9);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| publish(&site, 1, "of_b", 1));
        std::thread::sleep(Duration::from_millis(20));
        assert!(!body(&ask(&site, "GET", "/metrics", &[])).contains("of_b"), "the other waits");
        publishing.publish(|_, out| out.extend_from_slice(b"of_a 1\n"));
        other.join().unwrap();
    });
    let exposition = body(&ask(&site, "GET", "/metrics", &[]));
    assert!(exposition.contains("of_a 1\n") && exposition.contains("\nof_b 1\n"), "{exposition}");
}
