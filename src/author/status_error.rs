//! The errors of responses whose status is not 2xx.

use crate::fetch::limits::rate_headers::Quota;
use crate::fetch::limits::rate_limiter::RATE_LIMIT_HELP;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::used_keys::UsedKeys;
use crate::fetch::status_text::status_text;
use crate::support::error::{Error, ErrorKind};

/// Returns the error of a response, without its request and its body. `keys` are those of the request.
pub(super) fn status_error(response: &RawResponse, keys: &UsedKeys) -> Error {
    let status = response.status;
    let quota = Quota::of(response).filter(Quota::is_used_up);
    let is_rate_limit =
        status == 429 || status == 403 && (quota.is_some() || response.retry_after().is_some());
    let note = if is_rate_limit && status != 429 { " (rate limit reached)" } else { "" };
    let help = if is_rate_limit { RATE_LIMIT_HELP.to_owned() } else { status_help(response, keys) };
    let reset = quota.and_then(|quota| quota.reset).filter(|_| is_rate_limit);
    Error::new(ErrorKind::Status, status_text(status) + note)
        .with_status(status)
        .with_retry_after(response.retry_after().or(reset))
        .with_help(help)
}

fn status_help(response: &RawResponse, keys: &UsedKeys) -> String {
    let fixed = match response.status {
        401 => return unauthorized(keys),
        403 => {
            let have = if keys.is_single() { "has" } else { "have" };
            return format!("check that {keys} {have} permission to read this");
        }
        404 => "check `api_url` and the path that the service requests",
        304 => {
            "check the caches between this machine and the API: the response was not requested conditionally"
        }
        300..=399 if response.header("location").is_none() => {
            "check `api_url`: its server redirects without an address"
        }
        300..=399 => "set `api_url` to the address that the API redirects to",
        501 => "check `api_url` and the method of the request",
        511 => "log in to the network of this machine, whose gateway sent this response",
        500..=599 => "if it persists, contact the provider of the API",
        _ => "check `api_url` and the parameters that the service sends",
    };
    fixed.to_owned()
}

fn unauthorized(keys: &UsedKeys) -> String {
    match keys.is_empty() {
        true => "name the secret file in `secret_file_path`, and send its key with each request".to_owned(),
        false => {
            format!("check {keys}; {} may be wrong or expired", if keys.is_single() { "it" } else { "they" })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn error(status: u16, headers: &[(&str, &str)], keys: &[&str]) -> Error {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let response = RawResponse { status, headers, body: Vec::new() };
        status_error(&response, &UsedKeys::new(keys, Some("./splunk".into())))
    }

    #[test]
    fn the_help_names_the_keys_and_their_file() {
        let help = |status, keys: &[&str]| error(status, &[], keys).help().join("; ");
        assert_eq!(help(401, &["API_KEY"]), "check API_KEY in ./splunk; it may be wrong or expired");
        assert_eq!(help(401, &["A", "B", "C"]), "check A, B and C in ./splunk; they may be wrong or expired");
        assert_eq!(help(401, &[]), "check the key in ./splunk; it may be wrong or expired");
        assert_eq!(help(403, &["API_KEY"]), "check that API_KEY in ./splunk has permission to read this");
        let two = help(403, &["API_ID", "API_KEY"]);
        assert_eq!(two, "check that API_ID and API_KEY in ./splunk have permission to read this");
        let without =
            status_error(&RawResponse { status: 401, ..RawResponse::default() }, &UsedKeys::default());
        assert!(without.help()[0].contains("`secret_file_path`"), "{without}");
    }

    #[test]
    fn the_help_fits_the_status() {
        let help = |status, headers: &[(&str, &str)]| error(status, headers, &[]).help().join("; ");
        assert_eq!(help(503, &[]), "if it persists, contact the provider of the API");
        assert_eq!(help(501, &[]), "check `api_url` and the method of the request");
        assert!(help(511, &[]).contains("log in to the network"), "{}", help(511, &[]));
        assert!(help(302, &[("location", "/b")]).contains("the address that the API redirects to"));
        assert_eq!(help(302, &[]), "check `api_url`: its server redirects without an address");
    }

    #[test]
    fn a_403_of_a_rate_limit_is_no_problem_of_permission() {
        for headers in [
            &[("retry-after", "60")][..],
            &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")],
            &[("ratelimit", "\"default\";r=0;t=60")],
        ] {
            let error = error(403, headers, &["API_KEY"]);
            assert_eq!(error.retry_after(), Some(Duration::from_secs(60)), "{headers:?}");
            let text = error.to_string();
            assert_eq!(text, format!("403 Forbidden (rate limit reached); help: {RATE_LIMIT_HELP}"));
        }
        let left = error(403, &[("x-ratelimit-remaining", "7")], &["API_KEY"]).to_string();
        assert!(left.contains("permission"), "{left}");
    }
}
