//! The responses of a token endpoint (RFC 6749 sections 5.1 and 5.2).

use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroize as _;

use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::printable::one_line;

/// The maximum life of a token in seconds; a longer one is shortened to it.
const LONGEST: f64 = 366.0 * 86_400.0;

/// A token that the endpoint has granted.
#[derive(Debug)]
pub(super) struct Granted {
    /// The token itself.
    pub value: Secret,
    /// The life of the token, or `None` if the endpoint does not report it.
    pub life: Option<Duration>,
}

/// Returns the token of a response, and overwrites the response in memory.
///
/// An error about a successful response shows nothing of it except `token_type`, because the rest may be the token.
///
/// # Errors
/// Returns an error if the endpoint refuses, or if its response has no valid bearer token.
pub(super) fn granted(mut response: RawResponse, redactor: &Redactor) -> Result<Granted> {
    let mut body = serde_json::from_slice(&response.body).unwrap_or_default();
    let granted = read(&response, &body, redactor);
    wipe(&mut body);
    response.body.zeroize();
    granted
}

fn read(response: &RawResponse, body: &Value, redactor: &Redactor) -> Result<Granted> {
    if !response.is_good() {
        return Err(refused(response, body, redactor));
    }
    let wrong = |what: &str| Error::new(ErrorKind::Type, format!("the token endpoint's answer {what}"));
    if !body.is_object() {
        return Err(wrong("is no JSON object: is `oauth2_token_url` right?"));
    }
    let token = body["access_token"].as_str().unwrap_or_default();
    if token.is_empty() {
        return Err(wrong("has no `access_token`: is `oauth2_token_url` right?"));
    }
    redactor.remember(token);
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("has an `access_token` that no header can carry"));
    }
    match &body["token_type"] {
        Value::Null => {}
        Value::String(kind) if kind.eq_ignore_ascii_case("bearer") => {}
        kind => {
            let kind = plain(&kind.to_string());
            let kind = redactor.redact_message(&kind);
            return Err(wrong(&format!("has the `token_type` {kind}, expected bearer")));
        }
    }
    Ok(Granted { value: Secret::of(token), life: life(&body["expires_in"]) })
}

/// Overwrites every string value in a JSON value.
fn wipe(body: &mut Value) {
    match body {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Returns the life of a token from its seconds, which some endpoints send as a string.
fn life(value: &Value) -> Option<Duration> {
    let seconds = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, LONGEST)).ok()
}

fn refused(response: &RawResponse, body: &Value, redactor: &Redactor) -> Error {
    let code = body["error"].as_str().map(plain);
    let (status, words) = (response.status, code.as_ref().map(|code| format!(" `{code}`")));
    let mut said = match words.as_ref() {
        Some(_) => String::new(),
        None => format!(": {}", response.beginning(redactor)),
    };
    if let Some(description) = body["error_description"].as_str() {
        said += &format!(" ({})", plain(description));
    }
    let advice = refusal_advice(code.as_deref(), status);
    let cause = format!("the token endpoint answered {status}{}", words.unwrap_or_default());
    let error = Error::new(ErrorKind::Status, redactor.redact_message(&format!("{cause}{said}{advice}")));
    error.with_cause(redactor.redact_message(&(cause + advice))).with_retry_after(response.retry_after())
}

fn refusal_advice(code: Option<&str>, status: u16) -> &'static str {
    match (code, status) {
        (Some("invalid_client"), _) | (None, 401) => {
            ": are `CLIENT_ID` and `CLIENT_SECRET` right, and does the endpoint want `oauth2_auth` basic or body?"
        }
        (Some("invalid_scope"), _) => ": is `oauth2_scope` right?",
        (_, 300..=399) => {
            ": it leads elsewhere, where the secret is not sent; set `oauth2_token_url` to the right place"
        }
        (_, 404) => ": is `oauth2_token_url` right?",
        _ => "",
    }
}

/// Returns at most 200 characters of a text, on one line.
fn plain(text: &str) -> String {
    one_line(&text.chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<Granted> {
        let response = RawResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        granted(response, &Redactor::default())
    }

    #[test]
    fn no_text_is_left_of_what_was_read() {
        let mut body =
            serde_json::json!({ "access_token": "hush", "more": [{ "id_token": "hush" }, 7, null] });
        wipe(&mut body);
        assert_eq!(body, serde_json::json!({ "access_token": "", "more": [{ "id_token": "" }, 7, null] }));
    }

    #[test]
    fn a_life_is_seconds_as_a_number_or_text() {
        for (text, seconds) in [
            ("3600", Some(3600.0)),
            ("\"3600\"", Some(3600.0)),
            ("1.5", Some(1.5)),
            ("0", Some(0.0)),
            ("-5", Some(0.0)),
            ("1e300", Some(LONGEST)),
            ("null", None),
            ("\"soon\"", None),
        ] {
            let body = format!(r#"{{"access_token": "t", "token_type": "BEARER", "expires_in": {text}}}"#);
            let life = read(200, &body).unwrap().life;
            assert_eq!(life, seconds.map(Duration::from_secs_f64), "{text}");
        }
        assert_eq!(read(200, r#"{"access_token": "t"}"#).unwrap().life, None);
    }

    #[test]
    fn what_is_no_bearer_token_is_refused_and_not_shown() {
        for (body, what) in [
            ("hush", "no JSON object"),
            ("[\"hush\"]", "no JSON object"),
            ("{}", "no `access_token`"),
            (r#"{"access_token": 7}"#, "no `access_token`"),
            (r#"{"access_token": "hush hush"}"#, "no header can carry"),
            (r#"{"access_token": "hush", "token_type": "mac"}"#, "`token_type` \"mac\""),
            (r#"{"access_token": "hush", "token_type": "hush"}"#, "`token_type` \"***\""),
            (
                r#"{"access_token": "t", "token_type": {"id_token": "hush-hush"}}"#,
                "`token_type` {\"id_token\":\"***\"}",
            ),
        ] {
            let error = read(200, body).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Type, "{body}");
            let text = error.to_string();
            assert!(text.contains(what) && !text.contains("hush"), "{text}");
        }
    }

    #[test]
    fn a_refusal_is_told_in_the_words_of_the_endpoint() {
        let text = |status, body: &str| read(status, body).unwrap_err().to_string();
        let said = text(400, r#"{"error": "invalid_client", "error_description": "no\nsuch"}"#);
        assert!(
            said.starts_with("the token endpoint answered 400 `invalid_client` (no such): are `CLIENT_ID`"),
            "{said}"
        );
        assert!(text(400, r#"{"error": "invalid_scope"}"#).ends_with("is `oauth2_scope` right?"));
        assert!(text(302, "").contains("it leads elsewhere"));
        assert_eq!(text(503, "<h1>Down</h1>"), "the token endpoint answered 503: <h1>Down</h1>");
    }
}
