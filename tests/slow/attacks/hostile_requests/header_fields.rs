//! Header fields.

use super::{BAD, Hostile, hostile};

pub(super) fn fields() -> Vec<Hostile> {
    let wrong = [
        "X : y",
        " X: y",
        "\tX: y",
        "X",
        ": y",
        "X: y\r\n folded",
        "X: y\r\n\tfolded",
        "X: y\nZ: z",
        "X: y\rZ: z",
        "X: \0",
        "X: \u{1}",
        "X: \u{7f}",
        "X: \u{8}",
        "X: \u{1b}[31m",
        "X\0: y",
        "X(: y",
        "X\u{e9}: y",
        "Host: y",
        "Host: x y",
        "Host: x/y",
        "Host: a@b",
        "Host: a,b",
        "Host: \"",
        "Host: x?y",
        "Host: <x>",
        "Authorization: Basic eA==\r\nAuthorization: Basic eQ==",
    ];
    let harmless = [
        "Accept: ,,,;;;===",
        "Accept: */*;q=9999999999",
        "Accept: text/plain;q=-1",
        "Accept: \"",
        "Accept: a/b;c=\"\\\"",
        "Accept-Encoding: gzip;q=1e999",
        "Accept-Encoding: ,,,",
        "Accept-Encoding: *;q=0",
        "Connection: upgrade\r\nUpgrade: websocket",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
        "Connection: keep-alive",
        "Connection: close, close, close",
        "Range: bytes=0-1,5-9,0-",
        "Range: bytes=99999999999999999999-",
        "If-None-Match: *",
        "If-Modified-Since: never",
        "X-Forwarded-For: 127.0.0.1",
        "X-Original-URL: /x",
        "X-HTTP-Method-Override: DELETE",
        "Line: 0",
        "Line: 99999999999999999999",
        "Cookie: a=b",
        "X: \u{e9}",
        "Proxy: http://x",
        "TE: trailers",
        "Trailer: X",
        "Max-Forwards: 0",
        "Authorization: Basic !!!!",
        "Authorization: Bearer",
        "Via: 1.1 x",
        "Content-Length: 0",
        "Content-Type: text/plain",
        "X-Prometheus-Scrape-Timeout-Seconds: NaN",
    ];
    let request = |field: &&str| format!("GET /metrics HTTP/1.1\r\nHost: x\r\n{field}\r\n\r\n");
    let wrong = wrong.iter().map(|field| hostile(format!("header {field:?}"), request(field), BAD));
    let harmless =
        harmless.iter().map(|field| hostile(format!("header {field}"), request(field), &[Some(200)]));
    let many = |name: &str, line: &str, count| {
        hostile(name, format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", line.repeat(count)), &[Some(431)])
    };
    wrong
        .chain(harmless)
        .chain([
            hostile("no host", "GET / HTTP/1.1\r\n\r\n", BAD),
            many("100 headers", "X: y\r\n", 100),
            many("10,000 headers", "X: y\r\n", 10_000),
            many("a header of 10 kB", &format!("X: {}\r\n", "y".repeat(10_000)), 1),
            many("a name of 10 kB", &format!("{}: y\r\n", "X".repeat(10_000)), 1),
            many("1,000 hosts", "Host: x\r\n", 1_000),
        ])
        .collect()
}

pub(super) fn lengths() -> Vec<Hostile> {
    let lengths = [
        "1",
        "2000",
        "100000000000",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999999999999999",
        "00000000000000000000001",
        "-1",
        "+1",
        "+0",
        "0x0",
        "1e3",
        "1.0",
        "abc",
        "",
        "0, 0",
        "0,5",
        "0 0",
        "0;x",
        "\u{664}",
        "NaN",
    ];
    let request =
        |length: &&str| format!("GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    let responses = &[Some(400), Some(413)];
    lengths.iter().map(|length| hostile(format!("length {length:?}"), request(length), responses)).collect()
}
