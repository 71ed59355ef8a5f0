//! The choice of the format and the compression (RFC 9110, section 12).

use super::*;

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
