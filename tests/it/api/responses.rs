//! Responses of an API, good and bad, as a service reads them.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use collectington::ErrorKind;

use super::*;
use crate::support::process::free_port;

fn error_of(response: Response, more: Value) -> Error {
    let fake = FakeApi::start(move |_| response.clone());
    let error = api_at(&fake.url("/v1"), more).get().query("team", "web").json::<Value>().unwrap_err();
    says(&error, &[&format!("GET {}?team=web; ", fake.url("/v1"))]);
    error
}

#[test]
fn a_byte_order_mark_before_json_is_skipped() {
    assert_eq!(api(&FakeApi::json("\u{feff} [1]")).get().json(), Ok([1]));
}

#[test]
fn gzip_is_decompressed() {
    let fake = FakeApi::start(|_| Response::json("[1, 2]").gzip());
    assert_eq!(api(&fake).get().json(), Ok([1, 2]));
}

#[test]
fn gzip_has_two_names_in_any_case_and_may_be_padded_with_zero_bytes() {
    for (encoding, padding) in [("gzip", 0), ("x-gzip", 0), ("GZIP", 0), ("X-Gzip", 0), ("gzip", 1000)] {
        let fake = FakeApi::start(move |_| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(b"[1, 2]").unwrap();
            let body = [encoder.finish().unwrap(), vec![0; padding]].concat();
            Response::new(200).header("content-encoding", encoding).body(body)
        });
        let response = api(&fake).get().send().unwrap();
        assert_eq!(response.header("content-encoding"), None, "{encoding}");
        assert_eq!(response.json(), Ok([1, 2]), "{encoding} {padding}");
    }
}

#[test]
fn json_in_utf_16_has_a_help_line() {
    let encoded = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for body in [encoded("\u{feff}[1]"), encoded("[1]")] {
        says(
            &error_of(Response::new(200).body(body), json!({})),
            &["JSON in UTF-16, expected UTF-8", "; help: request UTF-8"],
        );
    }
}

#[test]
fn a_part_of_a_response_is_an_error_unless_the_service_requests_a_range() {
    let fake = FakeApi::start(|_| Response::new(206).header("content-range", "bytes 0-2/9").body("[1]"));
    let error = api(&fake).get().json::<Value>().unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(206)));
    says(&error, &["206 Partial Content, but the request has no `Range`", "; help: check the caches"]);
    assert_eq!(api(&fake).get().header("Range", "bytes=0-2").json(), Ok([1]));
}

#[test]
fn an_endless_chunk_extension_has_a_help_line() {
    let flood = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;{}", "x".repeat(1 << 20));
    says(&error_of(Response::raw(flood), json!({})), &["; help: check the proxies and load balancers"]);
}

#[test]
fn an_error_status_is_reported_with_request_response_and_help() {
    let refused =
        Response::new(401).header("content-type", "application/json").body(r#"{"error": "no such key"}"#);
    let error = error_of(refused, json!({}));
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(401)));
    says(
        &error,
        &[
            "401 Unauthorized from GET ",
            r#"; response: {"error": "no such key"}; help: name the secret file in `secret_file_path`"#,
        ],
    );
    let busy = Response::new(503).header("retry-after", "120");
    assert_eq!(error_of(busy, json!({})).retry_after(), Some(Duration::from_secs(120)));
}

#[test]
fn html_is_distinguished_from_invalid_json() {
    let page = Response::new(200).header("content-type", "text/html").body("\n<!doctype html><p>Log in</p>");
    says(
        &error_of(page, json!({})),
        &["web page instead of JSON at line 2", "<p>Log in</p>", "; help: check `api_url`"],
    );
    let error = error_of(Response::json("{\"total\":\n nine}"), json!({}));
    assert_eq!(error.kind(), ErrorKind::Type);
    says(
        &error,
        &[
            "unexpected JSON: ",
            "line 2 column",
            "; response: {\"total\": nine}",
            "`cton once -s NAME -c FILE --record DIR`",
        ],
    );
    says(&error_of(Response::new(204), json!({})), &["unexpected JSON: EOF", "; response: (empty)"]);
}

#[test]
fn json_of_another_shape_is_an_error_that_names_the_field() {
    #[derive(Debug, serde::Deserialize)]
    struct Page {
        #[allow(dead_code, reason = "only its absence matters")]
        total: u64,
    }
    let error = api(&FakeApi::json(r#"{"count": 7}"#)).get().json::<Page>().unwrap_err();
    says(&error, &["missing field `total` at line 1 column 12", r#"response: {"count": 7}"#]);
}

#[test]
fn text_that_is_no_utf8_is_an_error_and_bytes_are_not() {
    let fake = FakeApi::start(|_| Response::new(200).body(b"caf\xe9"));
    assert_eq!(api(&fake).get().text().unwrap_err().kind(), ErrorKind::Type);
    assert_eq!(api(&fake).get().bytes().unwrap(), b"caf\xe9");
}

#[test]
fn a_response_of_any_status_can_be_read() {
    let fake = FakeApi::start(|_| Response::new(404).header("X-Total", "7").body("none"));
    let response = api(&fake).get().send().unwrap();
    assert_eq!((response.status(), response.header("x-total")), (404, Some("7")));
    assert!(response.ok().is_err());
}

#[test]
fn the_size_is_limited_after_decompression() {
    let limit = || json!({ "response_limit_bytes": 1000 });
    let body = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    for response in [Response::json(body(1001)), Response::json(body(100_000)).gzip()] {
        let error = error_of(response, limit());
        assert_eq!(error.kind(), ErrorKind::Body);
        says(&error, &["larger than 1000 bytes", "`response_limit_bytes`"]);
    }
    let fits = FakeApi::start(move |_| Response::json(body(1000)).gzip());
    assert_eq!(api_at(&fits.url("/"), limit()).get().bytes().unwrap().len(), 1000);
}

#[test]
fn a_truncated_response_and_one_that_is_not_http_have_their_own_error_kinds() {
    let gzip = || Response::json("no gzip").header("content-encoding", "gzip");
    let large = Response::json("1").header("x-filler", "x".repeat(100_000));
    for (response, kind, words) in [
        (Response::json("[1, 2, 3]").truncated(), ErrorKind::Network, "cut short"),
        (Response::close(), ErrorKind::Network, "no response: "),
        (Response::raw("SSH-2.0-OpenSSH_9.6\r\n"), ErrorKind::Network, "no response: not HTTP/1.1"),
        (
            Response::raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"),
            ErrorKind::Network,
            "invalid HTTP response: chunk length",
        ),
        (gzip(), ErrorKind::Body, "decompressed"),
        (large, ErrorKind::Body, "the response headers are larger"),
    ] {
        let error = error_of(response, json!({}));
        assert_eq!(error.kind(), kind, "{error}");
        says(&error, &[words]);
    }
}

#[test]
fn a_server_of_http_2_alone_gets_help_for_that() {
    // An empty SETTINGS frame and a GOAWAY frame (RFC 9113 sections 6.5 and 6.8).
    let frames: &[u8] = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01";
    for (response, parts) in [
        (
            Response::raw(frames),
            ["no response: not HTTP/1.1 but HTTP/2", "enable HTTP/1.1 on the server of `api_url`"],
        ),
        (Response::close(), ["no response: ", "supports HTTP/1.1 (HTTP/2 alone is not supported)"]),
    ] {
        let error = error_of(response, json!({}));
        says(&error, &parts);
        assert!(!error.to_string().contains("overload"), "{error}");
    }
}

#[test]
fn another_protocol_is_not_taken_for_http_2() {
    for bytes in [b"SSH-2.0-OpenSSH_9.6\r\n".as_slice(), b"\x15\x03\x01\x00\x02\x02\x28"] {
        let error = error_of(Response::raw(bytes), json!({}));
        says(&error, &["no response: not HTTP/1.1; ", "help: check the scheme and the port in `api_url`"]);
        assert!(!error.to_string().contains("HTTP/2"), "{error}");
    }
}

#[test]
fn an_invalid_response_of_http_1_is_not_taken_for_http_2() {
    let ok = "HTTP/1.1 200 OK\r\n";
    for (response, problem) in [
        (format!("{ok}{}\r\n", "x: a\r\n".repeat(300)), ": too many headers"),
        (format!("{ok}x: a\u{1}b\r\n\r\n"), "invalid header value"),
        (format!("{ok}transfer-encoding: chunked\r\n\r\nzz\r\n{{}}"), "chunk length"),
        ("HTTP/1.1 abc\r\n\r\n".to_owned(), "invalid response status"),
    ] {
        let error = error_of(Response::raw(response), json!({}));
        says(
            &error,
            &["invalid HTTP response: ", problem, "if it persists, contact the provider of the API"],
        );
        assert!(!error.to_string().contains("HTTP/2"), "{error}");
    }
}

#[test]
fn a_403_of_a_rate_limit_is_no_problem_of_permission() {
    for limited in [
        Response::new(403).header("retry-after", "60"),
        Response::new(403).header("x-ratelimit-remaining", "0").header("x-ratelimit-reset", "60"),
    ] {
        let error = error_of(limited, json!({}));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
        says(&error, &["403 Forbidden (rate limit reached) from GET ", "set a lower `calls_per_minute`"]);
        assert!(!error.to_string().contains("permission"), "{error}");
    }
    says(&error_of(Response::new(403), json!({})), &["has permission to read this"]);
}

#[test]
fn a_silent_api_fails_after_the_configured_timeout() {
    for response in [Response::hang(), Response::json("[1, 2, 3]").stalled()] {
        let error = error_of(response, json!({ "request_timeout_sec": 0.2 }));
        assert_eq!(error.kind(), ErrorKind::Timeout);
        says(&error, &["within 0.2 s", "`request_timeout_sec`"]);
    }
}

#[test]
fn a_refused_connection_and_a_missing_tls_have_their_own_error_kinds() {
    let gone = format!("http://127.0.0.1:{}/v1", free_port());
    let error = api_at(&gone, json!({})).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    says(&error, &["connection refused; ", &gone, "help: check the host and the port in `api_url`"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/v1", listener.local_addr().unwrap());
    let speaks_no_tls = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read(&mut [0; 4096]);
    });
    let error = api_at(&url, json!({})).get().text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls, "{error}");
    says(&error, &["TLS: the server does not use TLS on this port", "use http:// if"]);
    speaks_no_tls.join().unwrap();
}
