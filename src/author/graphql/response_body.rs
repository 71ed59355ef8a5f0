//! The body of a GraphQL response.

use serde::Deserialize;
use serde_json::Value;

use crate::support::excerpt::start;

/// The number of errors in a message.
const SHOWN: usize = 3;
/// The maximum length of the text of one error in bytes.
const LONGEST: usize = 500;

/// The data of a GraphQL response.
#[derive(Deserialize)]
pub(crate) struct GraphQlData<T> {
    /// The value of the operation.
    pub data: T,
}

/// The errors of a GraphQL response (GraphQL specification, section 7.1.2).
#[derive(Deserialize)]
pub(crate) struct GraphQlErrors {
    errors: Option<Value>,
}

impl GraphQlErrors {
    /// Returns the errors as text: their messages, paths and codes. `None` if there is no error.
    pub(crate) fn message(&self) -> Option<String> {
        let one;
        let errors = match self.errors.as_ref()? {
            Value::Null => return None,
            Value::Array(errors) if errors.is_empty() => return None,
            Value::Array(errors) => errors.as_slice(),
            other => {
                one = [other.clone()];
                &one
            }
        };
        let mut texts: Vec<String> = errors.iter().take(SHOWN).map(text).collect();
        if errors.len() > SHOWN {
            texts.push(format!("and {} more", errors.len() - SHOWN));
        }
        Some(texts.join("; "))
    }
}

fn text(error: &Value) -> String {
    let message = error["message"].as_str().map_or_else(|| plain(error), str::to_owned);
    let mut text = start(&message, LONGEST).to_owned();
    let path = error["path"].as_array().map(|path| path.iter().map(plain).collect::<Vec<_>>().join("."));
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        text += &format!(" at `{}`", start(&path, LONGEST));
    }
    if let Some(code) = error["extensions"]["code"].as_str() {
        text += &format!(" ({})", start(code, LONGEST));
    }
    text.replace(char::is_control, " ")
}

/// Returns a text without its quotation marks, and another value as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str) -> Option<String> {
        serde_json::from_str::<GraphQlErrors>(body).unwrap().message()
    }

    #[test]
    fn errors_are_shown_with_path_and_code() {
        let full = r#"{"errors": [{"message": "no\nfield x", "path": ["builds", 0, "x"],
            "extensions": {"code": "FORBIDDEN"}}, {"message": "b", "path": [], "extensions": {}}, {"x": 1}, "d", 5]}"#;
        assert_eq!(
            message(full).as_deref(),
            Some("no field x at `builds.0.x` (FORBIDDEN); b; {\"x\":1}; and 2 more")
        );
        assert_eq!(message(r#"{"errors": "down"}"#).as_deref(), Some("down"));
        assert_eq!(message(r#"{"errors": {"message": "m", "path": "p"}}"#).as_deref(), Some("m"));
    }

    #[test]
    fn a_response_without_errors_has_none() {
        for body in ["{}", r#"{"errors": null, "data": 1}"#, r#"{"errors": []}"#] {
            assert_eq!(message(body), None, "{body}");
        }
    }

    #[test]
    fn a_long_error_is_cut() {
        let long = "\u{e4}".repeat(100_000);
        let body = serde_json::json!({ "errors": [{ "message": long, "path": [long], "extensions": { "code": long } }] });
        assert!(message(&body.to_string()).unwrap().len() < 3 * LONGEST + 20);
    }
}
