//! Responses that look like faults and are none.

use super::Fault;
use super::Outcome::Good;
use super::Step::Send;
use super::kinds::*;

pub fn harmless() -> Vec<Fault> {
    let json = ("content-type", "application/json");
    let with = |name, headers: &'static [(&'static str, &'static str)]| {
        fault(name, move |request| vec![Send(http(200, headers, page(request)))], Good(&[]))
    };
    let changed = |name, from: &'static str, to: &'static str, samples| {
        fault(
            name,
            move |request| vec![Send(http(200, &[json], page(request).replace(from, to)))],
            Good(samples),
        )
    };
    vec![
        with("Set-Cookie", &[("set-cookie", "session=4711; Secure")]),
        with("wrong content-type", &[("content-type", "text/html; charset=utf-16")]),
        with(
            "absurd limits",
            &[("x-ratelimit-remaining", "many"), ("x-ratelimit-reset", "-1e9"), ("ratelimit", ";;=\"")],
        ),
        changed("byte-order mark", r#"{"total"#, "\u{feff}{\"total", &[]),
        fault(
            "nested 100,000 deep where nobody looks",
            |request| {
                let deep = "[".repeat(100_000) + &"]".repeat(100_000);
                vec![Send(http(200, &[], page(request).replacen('{', &format!(r#"{{"x": {deep}, "#), 1)))]
            },
            Good(&[]),
        ),
        changed("unknown keys", r#"{"total"#, r#"{"NaN": 1e300, "total"#, &[]),
        changed(
            "2^53+1",
            r#""total": 2"#,
            r#""total": 9007199254740993"#,
            &[("number_of_incidents_total", 9_007_199_254_740_992.0)],
        ),
        changed("total falls", r#""total": 2"#, r#""total": 1"#, &[("number_of_incidents_total", 1.0)]),
        changed(
            "control characters in a label",
            r#"["web", "data"]"#,
            r#"["web", "data", "\u0000\u001b[31m\r\n\"\\\u202e"]"#,
            &[("incidents_per_team_total{team=\"\0\u{1b}[31m\r\\n\\\"\\\\\u{202e}\"}", 1.0)],
        ),
        fault(
            "redirect within the origin",
            |request| match request.path() {
                "/moved" => good(request),
                _ => vec![Send(http(
                    307,
                    &[("location", &request.target.replace("/v2/incidents", "/moved"))],
                    "",
                ))],
            },
            Good(&[]),
        ),
        fault(
            "gzip",
            |request| vec![Send(http(200, &[("content-encoding", "gzip")], gzip(page(request).as_bytes())))],
            Good(&[]),
        ),
        fault(
            "one byte a chunk",
            |request| {
                let chunks: String = page(request).chars().map(|c| format!("1\r\n{c}\r\n")).collect();
                vec![
                    Send(head(200, &[("transfer-encoding", "chunked")])),
                    Send(format!("{chunks}0\r\nx-trailer: y\r\n\r\n").into()),
                ]
            },
            Good(&[]),
        ),
        fault(
            "HTTP/1.0 up to the end",
            |request| vec![Send(format!("HTTP/1.0 200 OK\r\n\r\n{}", page(request)).into())],
            Good(&[]),
        ),
        fault(
            "100 and 103 first",
            |request| {
                [
                    vec![Send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n".to_vec())],
                    good(request),
                ]
                .concat()
            },
            Good(&[]),
        ),
    ]
}
