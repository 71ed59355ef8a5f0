//! Validators and conditional requests, to which an API may respond with 304 (RFC 9110 sections 8.8 and 13).

use std::time::Duration;

use crate::fetch::http_method::HttpMethod;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;

/// The maximum length of a validator in bytes; real APIs send a tenth of it.
const LONGEST: usize = 1024;

/// The validators of a response, unchanged; it has at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validators {
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Validators {
    /// Returns the validators of a 200 response, or `None` if none is reliable or the API forbids storing.
    pub fn of(response: &RawResponse) -> Option<Self> {
        if response.status != 200 || forbids_storing(response) {
            return None;
        }
        let etag = response.header("etag").filter(|etag| is_sendable(etag) && *etag != "*");
        let last_modified = response.header("last-modified").filter(|text| is_settled(text, response));
        let found = etag.is_some() || last_modified.is_some();
        found.then(|| Self { etag: etag.map(str::to_owned), last_modified: last_modified.map(str::to_owned) })
    }

    /// Returns the entity tag and the date as bytes, each empty if it is missing.
    pub fn parts(&self) -> [&[u8]; 2] {
        [&self.etag, &self.last_modified].map(|value| value.as_deref().unwrap_or_default().as_bytes())
    }

    /// Returns the request with the headers `if-none-match` and `if-modified-since`.
    pub fn condition(&self, raw_request: &RawRequest) -> RawRequest {
        let mut raw_request = raw_request.clone();
        let mut add = |name: &str, value: &Option<String>| {
            raw_request.headers.extend(value.iter().map(|value| (name.to_owned(), value.clone())));
        };
        add("if-none-match", &self.etag);
        add("if-modified-since", &self.last_modified);
        raw_request
    }
}

/// Returns true if the exporter may make a request conditional.
///
/// A HEAD is never conditional: its headers are the data, and a 304 would return those of an earlier response.
pub(crate) fn may_have_condition(raw_request: &RawRequest) -> bool {
    let is_own = |name: &str| name.starts_with("if-") || name == "range";
    raw_request.method == HttpMethod::GET
        && !raw_request.unconditional
        && !raw_request.headers.iter().any(|(name, _)| is_own(name))
}

/// Returns `known` with the newer headers of the 304 response that confirms it (RFC 9111 section 3.2).
pub(crate) fn seen(known: &RawResponse, not_modified: &RawResponse) -> RawResponse {
    let is_new = |name: &str| !name.starts_with("content-") && name != "transfer-encoding";
    let (mut seen, newer) = (known.clone(), &not_modified.headers);
    seen.headers.retain(|(name, _)| !(is_new(name) && newer.iter().any(|(other, _)| other == name)));
    seen.headers.extend(newer.iter().filter(|(name, _)| is_new(name)).cloned());
    seen
}

/// Returns true if a validator can be sent back unchanged.
fn is_sendable(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}

/// Returns true if the response was sent at least one second after its last change.
///
/// A second change within that second would have the same date (RFC 9110 section 8.8.2.2). Without a `Date` the interval
/// is unknown, so the validator is not used.
fn is_settled(last_modified: &str, response: &RawResponse) -> bool {
    let Ok(changed) = httpdate::parse_http_date(last_modified) else { return false };
    let sent = response.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
    is_sendable(last_modified)
        && sent.is_some_and(|sent| {
            sent.duration_since(changed).is_ok_and(|passed| passed >= Duration::from_secs(1))
        })
}

fn forbids_storing(response: &RawResponse) -> bool {
    let controls = response.headers.iter().filter(|(name, _)| name == "cache-control");
    controls
        .flat_map(|(_, value)| value.split(','))
        .any(|control| control.trim().eq_ignore_ascii_case("no-store"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::url::Url;

    fn response(status: u16, headers: &[(&str, &str)]) -> RawResponse {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        RawResponse { status, headers, body: b"body".to_vec() }
    }

    fn get(headers: &[(&str, &str)]) -> RawRequest {
        let mut request = RawRequest::new(HttpMethod::GET, Url::parse("https://h/x").unwrap());
        request.headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        request
    }

    /// Returns the conditional headers of a GET after a response with these headers.
    fn conditions(headers: &[(&str, &str)]) -> Vec<(String, String)> {
        let validators = Validators::of(&response(200, headers));
        validators.map(|validators| validators.condition(&get(&[])).headers.clone()).unwrap_or_default()
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    const CHANGED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    #[test]
    fn validators_are_sent_back_exactly_as_they_came() {
        for etag in ["\"a\"", "W/\"a\"", "\"\"", "unquoted", "\"a b,c\""] {
            assert_eq!(conditions(&[("etag", etag)]), pairs(&[("if-none-match", etag)]));
        }
        let both = [("etag", "\"a\""), ("last-modified", CHANGED), ("date", LATER)];
        assert_eq!(conditions(&both), pairs(&[("if-none-match", "\"a\""), ("if-modified-since", CHANGED)]));
    }

    #[test]
    fn a_validator_that_cannot_be_relied_on_is_not_sent() {
        let long = "x".repeat(LONGEST + 1);
        for etag in ["", "*", "\"\u{fffd}\"", "\"a\u{1}\"", "\"\u{e9}\"", &long] {
            assert_eq!(conditions(&[("etag", etag)]), [], "{etag:?}");
        }
        for date in ["yesterday", "0", ""] {
            assert_eq!(conditions(&[("last-modified", date), ("date", LATER)]), [], "{date}");
        }
        let settled = |date| !conditions(&[("last-modified", CHANGED), ("date", date)]).is_empty();
        assert!(settled(LATER));
        assert!(!settled(CHANGED), "it may have changed again within that second");
        assert!(!settled("Sun, 06 Nov 1994 08:49:30 GMT"), "the clocks disagree");
        for date in ["", "yesterday"] {
            assert!(!settled(date), "it is not known when it was sent");
        }
        assert_eq!(conditions(&[("last-modified", CHANGED)]), []);
    }

    #[test]
    fn only_a_200_that_may_be_stored_is_remembered() {
        let etag = ("etag", "\"a\"");
        for status in [201, 203, 206, 304, 404, 500] {
            assert_eq!(Validators::of(&response(status, &[etag])), None, "{status}");
        }
        assert_eq!(conditions(&[etag, ("cache-control", "private, No-Store")]), []);
        assert_eq!(conditions(&[etag, ("cache-control", "private, max-age=0, must-revalidate")]).len(), 1);
        assert_eq!(conditions(&[]), []);
    }

    #[test]
    fn a_condition_of_the_services_own_is_left_alone() {
        assert!(may_have_condition(&get(&[("x", "y")])));
        for name in ["if-none-match", "if-modified-since", "if-match", "if-range", "range"] {
            assert!(!may_have_condition(&get(&[(name, "y")])), "{name}");
        }
        let (mut post, mut head, mut unconditional) = (get(&[]), get(&[]), get(&[]));
        post.method = HttpMethod::POST;
        head.method = HttpMethod::HEAD;
        unconditional.unconditional = true;
        assert!(!may_have_condition(&post) && !may_have_condition(&unconditional));
        assert!(!may_have_condition(&head), "a 304 would return the headers of an earlier response");
    }

    #[test]
    fn what_is_seen_is_the_known_body_with_the_newer_headers() {
        let known = response(200, &[("date", "old"), ("content-type", "text/plain"), ("x", "kept")]);
        let newer = response(304, &[("date", "new"), ("content-type", "x/y"), ("content-length", "0")]);
        let expected = response(200, &[("content-type", "text/plain"), ("x", "kept"), ("date", "new")]);
        assert_eq!(seen(&known, &newer), expected);
    }
}
