//! The catalogue of faults: the bytes sent and the expected outcome.

use std::io::Write as _;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::Outcome::Fails;
use super::Step::{Drip, Send};
use super::{Fault, Outcome, Step, Way, contents, harmless, refusals, wire};
use crate::support::fake_api::Request;

/// After a failure; and for an API that asks to be left alone for an hour or more.
pub const SOON: (f64, f64) = (0.0, 1.1);
pub const HOUR: (f64, f64) = (3600.0, 3781.0);

pub const HTML: (&str, &str) =
    ("text/html; charset=utf-8", "<html><body><h1>Something went wrong</h1></body></html>");
pub const JSON: (&str, &str) = ("application/json", r#"{"error": {"code": 7, "message": "no"}}"#);
pub const INCIDENTS: &str = r#"[
    {"incidentNumber": "1", "currentPhase": "resolved", "startTime": "2026-11-20T08:00:00Z", "pagedTeams": ["web"],
     "transitions": [{"name": "triggered", "at": "2026-11-20T08:00:00Z"}, {"name": "acknowledged", "at": "2026-11-20T08:01:00Z"},
                     {"name": "resolved", "at": "2026-11-20T08:05:00Z"}]},
    {"incidentNumber": "2", "currentPhase": "triggered", "startTime": "2026-11-20T09:00:00Z", "pagedTeams": ["web", "data"]}
]"#;

/// All kinds.
pub fn all() -> &'static [Fault] {
    static ALL: OnceLock<Vec<Fault>> = OnceLock::new();
    ALL.get_or_init(|| {
        [
            refusals::statuses(),
            refusals::waits(),
            wire::bodies(),
            wire::connections(),
            wire::heads(),
            contents::json(),
            contents::shapes(),
            wire::tls(),
            refusals::redirects(),
            harmless::harmless(),
        ]
        .into_iter()
        .flatten()
        .collect()
    })
}

/// Another page for each offset, without an end. It is for a service that turns pages, so it is none of [`all`].
pub fn endless() -> &'static Fault {
    static ENDLESS: OnceLock<Fault> = OnceLock::new();
    ENDLESS.get_or_init(|| {
        let page = |request: &Request| {
            let (offset, note) = (request.query("offset").unwrap_or("0"), "x".repeat(1 << 20));
            let incident = format!(r#"{{"incidentNumber": "9{offset}", "note": "{note}"}}"#);
            vec![Send(http(200, &[], format!(r#"{{"total": 1000000000, "incidents": [{incident}]}}"#)))]
        };
        fault("endless different pages", page, Fails("body", &["page=9 ", "more than", "`poll_limit_bytes`"]))
    })
}

/// The same, but each page small and slow.
pub fn slow() -> &'static Fault {
    static SLOW: OnceLock<Fault> = OnceLock::new();
    SLOW.get_or_init(|| {
        let page = |request: &Request| {
            let offset = request.query("offset").unwrap_or("0");
            let incidents = format!(r#"[{{"incidentNumber": "9{offset}"}}]"#);
            let page = http(200, &[], format!(r#"{{"total": 1000000000, "incidents": {incidents}}}"#));
            let (first, rest) = page.split_at(5);
            vec![Drip(first.to_vec()), Send(rest.to_vec())]
        };
        fault("endless slow pages", page, Fails("timeout", &["page=", "`poll_timeout_sec`"]))
    })
}

/// The response of a healthy API.
pub fn good(request: &Request) -> Vec<Step> {
    vec![Send(http(200, &[("content-type", "application/json")], page(request)))]
}

/// Two incidents, and none beyond.
pub fn page(request: &Request) -> String {
    let incidents = if request.query("offset").unwrap_or("0") == "0" { INCIDENTS } else { "[]" };
    format!(r#"{{"total": 2, "incidents": {incidents}}}"#)
}

pub fn http(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let length = body.as_ref().len().to_string();
    [&head(status, &[headers, &[("content-length", &length)]].concat()), body.as_ref()].concat()
}

pub fn head(status: u16, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {status} Whatever\r\nconnection: close\r\n{headers}\r\n").into_bytes()
}

pub fn fault(
    name: &'static str,
    response: impl Fn(&Request) -> Vec<Step> + std::marker::Send + Sync + 'static,
    outcome: Outcome,
) -> Fault {
    Fault { name, way: Way::Plain, response: Box::new(response), outcome, wait: SOON }
}

/// Always the same.
pub fn steps(name: &'static str, steps: Vec<Step>, outcome: Outcome) -> Fault {
    fault(name, move |_| steps.clone(), outcome)
}

/// Nothing but these bytes.
pub fn bytes(name: &'static str, bytes: impl Into<Vec<u8>>, outcome: Outcome) -> Fault {
    steps(name, vec![Send(bytes.into())], outcome)
}

/// 200 with that body.
pub fn body(name: &'static str, body: impl AsRef<[u8]>, outcome: Outcome) -> Fault {
    bytes(name, http(200, &[("content-type", "application/json")], body), outcome)
}

pub fn way(name: &'static str, way: Way, outcome: Outcome) -> Fault {
    Fault { way, ..fault(name, good, outcome) }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
