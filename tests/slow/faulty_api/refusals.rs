//! Error statuses and redirects.

use super::Outcome::Fails;
use super::Step::Send;
use super::kinds::*;
use super::{Fault, Step, Way};
use crate::support::fake_api::Request;

const TOO_MANY: &[&str] = &["429 Too Many Requests", "hint=\"raise `data_store_expiration_sec`"];

pub fn statuses() -> Vec<Fault> {
    let mut all = Vec::new();
    let named: [(u16, [&'static str; 3], &'static [&'static str]); 7] = [
        (
            400,
            ["400 html", "400 json", "400 empty"],
            &["400 Bad Request", "the parameters that the service sends"],
        ),
        (401, ["401 html", "401 json", "401 empty"], &["401 Unauthorized", "they may be wrong or expired"]),
        (403, ["403 html", "403 json", "403 empty"], &["403 Forbidden", "permission to read this"]),
        (404, ["404 html", "404 json", "404 empty"], &["404 Not Found", "check `api_url`"]),
        (500, ["500 html", "500 json", "500 empty"], &["500 Internal Server Error", "contact the provider"]),
        (502, ["502 html", "502 json", "502 empty"], &["502 Bad Gateway", "contact the provider"]),
        (503, ["503 html", "503 json", "503 empty"], &["503 Service Unavailable", "contact the provider"]),
    ];
    for (status, names, words) in named {
        for (name, (media, text)) in names.into_iter().zip([HTML, JSON, ("text/plain", "")]) {
            all.push(bytes(name, http(status, &[("content-type", media)], text), Fails("status", words)));
        }
    }
    all.extend([
        bytes("204", http(204, &[], ""), Fails("type", &["unexpected JSON", "response=(empty)"])),
        bytes(
            "304 unasked",
            head(304, &[("etag", "\"x\"")]),
            Fails("status", &["304 Not Modified", "check the caches"]),
        ),
        bytes("999", http(999, &[], "x"), Fails("status", &["error=999"])),
        fault("403 that tells the key", tells_the_key, Fails("status", &["403 Forbidden", "***"])),
    ]);
    all
}

fn tells_the_key(request: &Request) -> Vec<Step> {
    let key = request.header("x-vo-api-key").unwrap();
    vec![Send(http(403, &[], format!("the key {key} may not read that")))]
}

pub fn waits() -> Vec<Fault> {
    let refused = |name, headers: &[(&str, &str)], wait| Fault {
        wait,
        ..bytes(name, http(429, headers, JSON.1), Fails("status", TOO_MANY))
    };
    vec![
        refused("429 json", &[("content-type", "application/json")], SOON),
        bytes("429 html", http(429, &[("content-type", HTML.0)], HTML.1), Fails("status", TOO_MANY)),
        bytes("429 empty", http(429, &[], ""), Fails("status", TOO_MANY)),
        refused("429 for 2 s", &[("retry-after", "2")], (2.0, 2.2)),
        refused(
            "429 until a date",
            &[("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:49:39 GMT")],
            (2.0, 2.2),
        ),
        refused("429 for ever", &[("retry-after", "99999999999")], HOUR),
        refused("429 for too many digits", &[("retry-after", "99999999999999999999999999")], SOON),
        refused("429 for less than nothing", &[("retry-after", "-5")], SOON),
        refused("429 until 1970", &[("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT")], SOON),
        refused("429 until 9999", &[("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT")], HOUR),
        refused(
            "429 with no limit left",
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "2")],
            (1.0, 2.2),
        ),
        refused(
            "429 with an absurd reset",
            &[("x-ratelimit-remaining", "-1"), ("x-ratelimit-reset", "1e99")],
            SOON,
        ),
    ]
}

pub fn redirects() -> Vec<Fault> {
    let to = |name, location: &str, words| {
        bytes(name, http(302, &[("location", location)], ""), Fails("status", words))
    };
    vec![
        to("redirect to another host", "http://127.0.0.2:9/v2", &["http://127.0.0.2:9", "`api_url`"]),
        to("redirect to another port", "http://127.0.0.1:9/v2", &["http://127.0.0.1:9", "`api_url`"]),
        to("redirect without end", "/v2/incidents", &["more than 5 consecutive redirects"]),
        to("redirect to nothing", "", &["more than 5 consecutive redirects"]),
        to("redirect to a file", "file:///etc/passwd", &["file:"]),
        bytes(
            "redirect without a place",
            http(301, &[], ""),
            Fails("status", &["301 Moved Permanently", "redirects without an address"]),
        ),
        Fault {
            way: Way::Tls("good"),
            ..to("redirect to http", "http://localhost:9/v2", &["http://localhost:9", "`api_url`"])
        },
    ]
}
