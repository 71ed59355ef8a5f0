//! Responses to scrapes, without sockets.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use collectington::ErrorKind;
use collectington::internals::{
    Format, Gauges, Health, ScrapeRequest, ScrapeResponse, ServiceHealth, ServiceInfo, Site,
    SnapshotFreshness, respond,
};
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
fn the_format_is_the_one_that_the_scraper_prefers() {
    let (site, _) = site(&["a"]);
    let cases = [
        // Nothing is wanted in particular.
        ("", TEXT),
        ("*/*", TEXT),
        ("*/*;q=0.1", TEXT),
        ("text/*", TEXT),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", TEXT),
        // Prometheus 2.42.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            OPEN_METRICS,
        ),
        // Prometheus 3, and 3 with native histograms.
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            OPEN_METRICS,
        ),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
             application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            OPEN_METRICS,
        ),
        // Prometheus 3 with `scrape_protocols: [PrometheusText1.0.0, PrometheusText0.0.4]`.
        (
            "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4",
            TEXT,
        ),
        // Prometheus before 2.34.
        ("application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", DRAFT),
        // Weights.
        ("application/openmetrics-text;q=0.5,text/plain;q=0.6", TEXT),
        ("application/openmetrics-text;q=0.6,text/plain;q=0.5", OPEN_METRICS),
        ("application/openmetrics-text;q=0, */*;q=0.1", TEXT),
        ("text/plain;q=0, */*;q=0.1", OPEN_METRICS),
        ("text/plain;version=0.0.4;q=0.1, text/plain, application/openmetrics-text;q=0.2", OPEN_METRICS),
        ("application/openmetrics-text;Q=0.001", OPEN_METRICS),
        ("application/*;q=0.5, */*;q=0.1", OPEN_METRICS),
        ("*/*, application/openmetrics-text", OPEN_METRICS),
        ("text/plain, application/openmetrics-text", TEXT),
        ("application/openmetrics-text, text/plain", OPEN_METRICS),
        // Spelling.
        ("Application/OpenMetrics-Text ; Version=\"1.0.0\" ; charset=UTF-8", OPEN_METRICS),
        (" , ,application/openmetrics-text", OPEN_METRICS),
        ("application/openmetrics-text;x=\"a;q=0\"", OPEN_METRICS),
        ("application/openmetrics-text;q=0.5;x=\"a\\\",text/plain,\\\"\"", OPEN_METRICS),
        // What we do not have, or cannot be understood.
        ("application/json", TEXT),
        ("application/openmetrics-text;version=2.0.0", TEXT),
        ("application/openmetrics-text;charset=latin1", TEXT),
        ("text/plain;q=0", TEXT),
        ("application/openmetrics-text;q=0", TEXT),
        ("*/*;q=0", TEXT),
        ("application/openmetrics-text;q=high", TEXT),
        ("application/openmetrics-text;q=1.5", TEXT),
        ("application/openmetrics-text;q=-1", TEXT),
        ("application/openmetrics-text;q=0.0000", TEXT),
        ("\"", TEXT),
        (";;==,,\"\\", TEXT),
    ];
    for (accept, expected) in cases {
        let headers = [("accept", accept)];
        let response = ask(&site, "GET", "/metrics", if accept.is_empty() { &[] } else { &headers });
        assert_eq!(header(&response, "Content-Type"), Some(expected), "{accept}");
        assert_eq!(body(&response).ends_with("# EOF\n"), expected != TEXT, "{accept}");
    }
}

#[test]
fn lines_of_a_header_are_one_list() {
    let (site, _) = site(&["a"]);
    let headers = [("Accept", "text/plain;q=0.5"), ("Host", "x"), ("ACCEPT", "application/openmetrics-text")];
    let response = ask(&site, "GET", "/metrics", &headers);
    assert_eq!(header(&response, "Content-Type"), Some(OPEN_METRICS));
}

#[test]
fn gzip_is_used_if_it_is_preferred() {
    let (site, _) = site(&["a"]);
    let cases = [
        ("gzip", true),
        ("GZIP", true),
        ("x-gzip", true),
        ("gzip, deflate, br", true),
        ("gzip;q=0.1", true),
        ("*", true),
        ("identity;q=0, *", true),
        ("identity;q=0.5, gzip;q=0.5", true),
        ("br;q=1.0, *;q=0.1", true),
        ("", false),
        ("identity", false),
        ("deflate, br, zstd", false),
        ("gzip;q=0", false),
        ("gzip;q=0, *", false),
        ("*;q=0", false),
        ("identity, gzip;q=0.9", false),
        ("gzip;q=x", false),
        ("identity;q=0", false),
    ];
    for (accept, expected) in cases {
        let response = ask(&site, "GET", "/metrics", &[("Accept-Encoding", accept)]);
        assert_eq!(header(&response, "Content-Encoding").is_some(), expected, "{accept}");
        assert_eq!(header(&response, "Vary"), Some("Accept, Accept-Encoding"), "{accept}");
    }
    assert_eq!(header(&ask(&site, "GET", "/metrics", &[]), "Content-Encoding"), None);
}

#[test]
fn gzip_holds_the_same_exposition() {
    let (site, _) = site(&["a", "b", "c"]);
    for accept in ["text/plain", "application/openmetrics-text"] {
        for round in 0..3 {
            publish(&site, round, &format!("of_{round}"), 7);
            // Twice: made at the first scrape, kept for the second.
            for _ in 0..2 {
                let plain = body(&ask(&site, "GET", "/metrics", &[("Accept", accept)]));
                let headers = [("Accept", accept), ("Accept-Encoding", "gzip")];
                let zipped = unzipped(&ask(&site, "GET", "/metrics", &headers));
                assert_eq!(without_process(&zipped), without_process(&plain));
            }
        }
    }
}

#[test]
fn gzip_is_smaller() {
    let (site, _) = site(&["a"]);
    let line = |i: u32| format!("some_metric{{team=\"team {i}\"}} {i}\n");
    site.publish(0, |_, out| (0..1000).for_each(|i| out.extend_from_slice(line(i).as_bytes())));
    let plain = ask(&site, "GET", "/metrics", &[]).body.len();
    let zipped = ask(&site, "GET", "/metrics", &[("Accept-Encoding", "gzip")]).body.len();
    assert!(zipped * 4 < plain, "{zipped} of {plain}");
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
    let metrics: Vec<String> = (0..100).map(|number| format!("metric_{number}")).collect();
    let metrics: Vec<&str> = metrics.iter().map(String::as_str).collect();
    let names = ["a", "b", "c"];
    let health = Health::new().unwrap();
    names.iter().for_each(|name| drop(health.service(name, &metrics).unwrap()));
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

#[test]
fn head_has_the_headers_of_get() {
    let (site, _) = site(&["a"]);
    for target in ["/", "/api/v1/status", "/metrics", "/-/healthy", "/-/ready", "/nothing"] {
        let (get, head) = (ask(&site, "GET", target, &[]), ask(&site, "HEAD", target, &[]));
        assert_eq!((get.status, &get.headers, get.body.len()), (head.status, &head.headers, head.body.len()));
    }
}

#[test]
fn other_methods_get_405_with_the_allowed_ones() {
    let (site, _) = site(&["a"]);
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "BREW"] {
        let response = ask(&site, method, "/metrics", &[]);
        assert_eq!((response.status, header(&response, "Allow")), (405, Some("GET, HEAD")), "{method}");
        assert_eq!(ask(&site, method, "/nothing", &[]).status, 404, "{method}");
    }
}

#[test]
fn only_the_paths_that_exist_are_found() {
    let (site, _) = site(&["a"]);
    let found = [
        "/metrics",
        "/metrics?",
        "/metrics?name[]=x&y=/z",
        "/metrics?target=http://x/y",
        "http://host:8000/metrics",
        "/api/v1/status",
        "/",
        "/?x",
        "http://host",
    ];
    for target in found {
        assert_eq!(ask(&site, "GET", target, &[]).status, 200, "{target}");
    }
    let missing = [
        "/metrics/",
        "/Metrics",
        "//metrics",
        "/metricsx",
        "/metrics#x",
        "/-/",
        "/-/ready/",
        "/api/v1/status/",
        "/api/v2/status",
        "*",
        "",
        "metrics",
    ];
    for target in missing {
        let response = ask(&site, "GET", target, &[]);
        assert_eq!(response.status, 404, "{target}");
        assert!(body(&response).len() < 100);
    }
}

#[test]
fn responses_forbid_caching_and_content_sniffing() {
    let (site, _) = site(&["a"]);
    for target in ["/", "/api/v1/status", "/metrics", "/-/healthy", "/-/ready", "/nothing"] {
        let response = ask(&site, "GET", target, &[]);
        assert_eq!(header(&response, "Cache-Control"), Some("no-store"), "{target}");
        assert_eq!(header(&response, "X-Content-Type-Options"), Some("nosniff"), "{target}");
    }
}

#[test]
fn a_port_is_ready_when_each_service_was_polled_with_any_result() {
    let (site, _) = site(&["a", "b", "c"]);
    let ready = || {
        let response = ask(&site, "GET", "/-/ready", &[]);
        (response.status, body(&response))
    };
    assert_eq!(ask(&site, "GET", "/-/healthy", &[]).status, 200);
    let waits = "waiting for the first poll";
    assert_eq!(ready(), (503, format!("not ready\na: {waits}\nb: {waits}\nc: {waits}\n")));
    publish(&site, 0, "m", 1);
    site.publish(1, |_, _| {});
    assert_eq!(ready(), (503, format!("not ready\na: has data\nb: no data\nc: {waits}\n")));
    publish(&site, 2, "n", 1);
    assert_eq!(ready(), (200, "ready\na: has data\nb: no data\nc: has data\n".to_owned()));
}
