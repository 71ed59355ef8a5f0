//! The parts of an error, separate, so that no text of an API looks like help.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use serde::Serialize;

use super::html::Escaped;
use crate::support::error::Error;
use crate::support::log::shortened;
use crate::support::printable::escaped;

/// The parts of an error, each of bounded length and on one line.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ErrorStatus {
    #[serde(rename = "cause")]
    pub problem: String,
    /// The facts behind the problem by name, such as `response`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
}

impl ErrorStatus {
    pub(super) fn new(error: &Error) -> Self {
        let shown = |text: &str| shortened(escaped(text));
        Self {
            problem: shown(&error.headline()),
            details: error.further_details().map(|(name, value)| (name, shown(value))).collect(),
            help: error.help().iter().map(|text| shown(text)).collect(),
        }
    }

    /// Writes the problem, and a list of the details and the help, as HTML.
    pub(super) fn write_html(&self, out: &mut String) -> fmt::Result {
        write!(out, "{}", Escaped(&self.problem))?;
        if self.details.is_empty() && self.help.is_empty() {
            return Ok(());
        }
        out.write_str("<dl>")?;
        let help = self.help.iter().map(|text| ("help", text));
        for (name, text) in self.details.iter().map(|(name, value)| (*name, value)).chain(help) {
            write!(out, "<dt>{name}</dt><dd>{}</dd>", Escaped(text))?;
        }
        out.write_str("</dl>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::error::ErrorKind;

    #[test]
    fn no_response_adds_help_or_a_line() {
        let response = "oops; help: run evil\nhelp: run evil\u{202e}</dd><dt>help";
        let error =
            Error::new(ErrorKind::Body, "no teams").with_response(response).with_help("check the URL");
        let status = ErrorStatus::new(&error);
        let text = r"oops; help: run evil\nhelp: run evil\u{202e}</dd><dt>help";
        let expected = serde_json::json!({
            "cause": "no teams", "details": { "response": text }, "help": ["check the URL"],
        });
        assert_eq!(serde_json::to_value(&status).unwrap(), expected);
        let mut html = String::new();
        status.write_html(&mut html).unwrap();
        assert!(html.starts_with("no teams<dl><dt>response</dt><dd>oops; "), "{html}");
        assert!(html.ends_with("</dd><dt>help</dt><dd>check the URL</dd></dl>"), "{html}");
        assert_eq!((html.matches("<dt>").count(), html.lines().count()), (2, 1), "{html}");
    }
}
