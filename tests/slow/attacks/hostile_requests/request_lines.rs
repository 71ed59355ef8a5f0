//! Request lines: methods, targets and versions.

use super::{Hostile, NOT_FOUND, hostile};

pub(super) fn lines() -> Vec<Hostile> {
    let lines = [
        "",
        " ",
        "\t",
        "\r\n",
        "GET",
        "GET ",
        "GET /",
        "GET / ",
        " GET / HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET\t/\tHTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET / HTTP/1.1 x",
        "GET / x HTTP/1.1",
        "GET /metrics",
        "/metrics HTTP/1.1",
        "HTTP/1.1 200 OK",
        "GET\u{b}/ HTTP/1.1",
        "GET /\u{c} HTTP/1.1",
        ": GET / HTTP/1.1",
        "GET / HTTP/1.1\rX: y",
        "GET / HTTP/1.1\nX: y",
        "\nGET / HTTP/1.1",
        "{}",
        "<xml/>",
        "EHLO example.org",
        "SSH-2.0-OpenSSH_9.6",
        "*1\r\n$4\r\nPING",
        "PRI * HTTP/2.0",
    ];
    let responses = &[Some(400), Some(505)];
    lines
        .iter()
        .map(|line| hostile(format!("line {line:?}"), format!("{line}\r\nHost: x\r\n\r\n"), responses))
        .collect()
}

pub(super) fn versions() -> Vec<Hostile> {
    let versions = [
        "HTTP/2.0",
        "HTTP/3.0",
        "HTTP/2",
        "HTTP/0.9",
        "HTTP/1.2",
        "HTTP/1.10",
        "HTTP/01.1",
        "HTTP/1",
        "HTTP/",
        "HTTP",
        "http/1.1",
        "HTTPS/1.1",
        "HTTP/1,1",
        "HTTP/1.1.1",
        "HTTP/-1.1",
        "HTTP/1.x",
        "HTTP /1.1",
        "HTTP/ 1.1",
        "RTSP/1.0",
        "SIP/2.0",
        "ICAP/1.0",
        "HTTP/99999999999999999999.1",
    ];
    let request = |version: &&str| format!("GET /metrics {version}\r\nHost: x\r\n\r\n");
    let responses = &[Some(400), Some(505)];
    versions
        .iter()
        .map(|version| hostile(format!("version {version}"), request(version), responses))
        .collect()
}

pub(super) fn targets() -> Vec<Hostile> {
    let targets = [
        "*",
        "metrics",
        "//metrics",
        "/../../etc/passwd",
        "/metrics/../x",
        "/%2e%2e/",
        "/%00",
        "/%zz",
        "/%",
        "/metrics%0d%0aX:y",
        "/metrics%20",
        "/\\",
        "/metrics;x",
        "/metrics#x",
        "/.git/config",
        "/?",
        "/metrics?\u{7e}",
        "http://",
        "http:///metrics",
        "http://x",
        "http://x/y",
        "https://x/metrics",
        "ftp://x/metrics",
        "://",
        "::",
        "x:80",
        "[::1]:80",
        "/<script>alert(1)</script>",
        "/${jndi:ldap://x}",
        "/'or'1'='1",
        "/{{7*7}}",
        "/-/quit",
        "/debug/pprof/",
        "/api/v1/query?query=up",
        "/metrics?x=y&x=z",
        "/METRICS",
        "/|",
        "/^",
        "/`",
    ];
    let request = |target: &&str| format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n");
    let responses = &[Some(200), Some(400), Some(404)];
    let long = hostile("a target of 8 kB", format!("GET /{}", "x".repeat(9000)), &[Some(414)]);
    let almost = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(8000));
    targets
        .iter()
        .map(|target| hostile(format!("target {target}"), request(target), responses))
        .chain([long, hostile("a target that just fits", almost, NOT_FOUND)])
        .chain([hostile("a reload, which is disabled", request(&"/-/reload"), &[Some(403)])])
        .collect()
}

pub(super) fn methods() -> Vec<Hostile> {
    let known = [
        "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "Get", "BREW", "PROPFIND",
        "X-Y_Z",
    ];
    let wrong = ["G T", "GET,", "G(T", "GET:", "\"GET\"", "G\u{e9}T", "-", "1", "G\0T", "GET/"];
    let request = |method: &&str| format!("{method} /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    let long = format!("{} /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "M".repeat(4000));
    let known = known.iter().map(|method| hostile(format!("method {method}"), request(method), &[Some(405)]));
    let responses = &[Some(400), Some(405)];
    let wrong = wrong.iter().map(|method| hostile(format!("method {method:?}"), request(method), responses));
    known.chain(wrong).chain([hostile("a method of 4 kB", long, &[Some(405)])]).collect()
}
