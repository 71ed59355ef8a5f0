//! Paths and methods.

use super::*;

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
