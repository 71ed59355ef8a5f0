//! The responses of a token endpoint (RFC 6749 sections 5.1 and 5.2).

use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroize as _;

use super::token_refusal::Refused;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::status_text::status_text;
use crate::fetch::url::fits;
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

/// The content of a token response.
#[derive(Debug)]
pub(super) struct TokenResponse {
    /// The token, or the error of the endpoint.
    pub granted: Result<Granted>,
    /// The refresh token for the next request, if the endpoint issued one (RFC 6749 section 6).
    pub rotated: Option<Secret>,
}

impl TokenResponse {
    /// Reads a response, and overwrites it in memory. `refused` describes the request.
    ///
    /// An error about a successful response shows nothing of it except `token_type`, because the rest may be the token.
    pub(super) fn read(mut response: RawResponse, redactor: &Redactor, refused: &Refused) -> Self {
        let mut body = serde_json::from_slice(&response.body).unwrap_or_default();
        let is_good = response.is_good() && !is_refusal(&body);
        // The refresh token comes first, so that no error about the rest shows it.
        let rotated = if is_good { refresh_token(&body, redactor) } else { Ok(None) };
        let granted = match is_good {
            true => read(&body, redactor),
            false => Err(refusal(&response, &body, redactor, refused)),
        };
        wipe(&mut body);
        response.body.zeroize();
        match rotated {
            Ok(rotated) => Self { granted, rotated },
            Err(error) => Self { granted: Err(error), rotated: None },
        }
    }
}

/// Returns the new refresh token, which consists of visible characters (RFC 6749 appendix A.17).
fn refresh_token(body: &Value, redactor: &Redactor) -> Result<Option<Secret>> {
    let Some(token) = body["refresh_token"].as_str().filter(|token| !token.is_empty()) else {
        return Ok(None);
    };
    redactor.remember(token);
    fits("the refresh token", token)?;
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        let problem =
            "the response of the token endpoint has a `refresh_token` with characters that RFC 6749 forbids";
        return Err(Error::new(ErrorKind::Type, problem).with_help("report this to the provider of the API"));
    }
    Ok(Some(Secret::of(token)))
}

/// Returns true if a body reports an error and has no token, which some endpoints send with the status 200.
fn is_refusal(body: &Value) -> bool {
    body["error"].as_str().is_some_and(|code| !code.is_empty())
        && body["access_token"].as_str().unwrap_or_default().is_empty()
}

fn read(body: &Value, redactor: &Redactor) -> Result<Granted> {
    let wrong =
        |what: &str| Error::new(ErrorKind::Type, format!("the response of the token endpoint {what}"));
    if !body.is_object() {
        return Err(wrong("is not a JSON object").with_help("check `oauth2_token_url`"));
    }
    let token = body["access_token"].as_str().unwrap_or_default();
    if token.is_empty() {
        return Err(wrong("has no `access_token`").with_help("check `oauth2_token_url`"));
    }
    redactor.remember(token);
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(wrong("has an `access_token` with characters that a header cannot contain"));
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

fn refusal(response: &RawResponse, body: &Value, redactor: &Redactor, refused: &Refused) -> Error {
    let code = body["error"].as_str().map(plain);
    let said = code.as_ref().map(|code| format!(" (`{code}`)")).unwrap_or_default();
    let problem = format!("{}{said} from the token endpoint", status_text(response.status));
    let mut error = Error::new(ErrorKind::Status, redactor.redact_message(&problem));
    if code.is_none() {
        error = error.with_response(&redactor.redact_message(&response.beginning(redactor)));
    }
    if let Some(description) = body["error_description"].as_str() {
        error = error.with_detail("description", redactor.redact_message(&plain(description)));
    }
    let help = refused.help(code.as_deref(), response.status);
    help.into_iter().fold(error, Error::with_help).with_retry_after(response.retry_after())
}

/// Returns at most 200 characters of a text, on one line.
fn plain(text: &str) -> String {
    one_line(&text.chars().take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::oauth2_keys::OAuth2Grant;

    fn read(status: u16, body: &str) -> Result<Granted> {
        let response = RawResponse { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        let refused =
            Refused { grant: OAuth2Grant::ClientCredentials, place: "./keys".to_owned(), has_client: true };
        TokenResponse::read(response, &Redactor::default(), &refused).granted
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
            ("hush", "not a JSON object"),
            ("[\"hush\"]", "not a JSON object"),
            ("{}", "no `access_token`"),
            (r#"{"access_token": 7}"#, "no `access_token`"),
            (r#"{"access_token": "hush hush"}"#, "a header cannot contain"),
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
        let expected = "400 Bad Request (`invalid_client`) from the token endpoint; description: no such; \
                        help: check CLIENT_ID and CLIENT_SECRET in ./keys, and set";
        assert!(said.starts_with(expected), "{said}");
        assert!(text(400, r#"{"error": "invalid_scope"}"#).ends_with("help: check `oauth2_scope`"));
        assert!(text(302, "").contains("redirects"));
        let down = "503 Service Unavailable from the token endpoint; response: <h1>Down</h1>";
        assert_eq!(text(503, "<h1>Down</h1>"), down);
    }
}
