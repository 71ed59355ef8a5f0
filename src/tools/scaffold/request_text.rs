//! Texts of a request with references to secrets, in the notation of the command line: `$API_KEY` or `${api-key}`.

use serde_json::Value;
use zeroize::Zeroizing;

use super::service_setting::ServiceSetting;
use crate::author::Api;
use crate::config::credential_shapes::{credential, random};
use crate::fetch::secrets::secret::Secret;
use crate::support::error::Result;

/// A text with references to keys of the secret file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RequestText(Vec<TextPart>);

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum TextPart {
    /// The text between two references.
    Plain(String),
    /// A key of the secret file.
    Key(String),
    /// The name and the type of a custom key.
    Setting(String, &'static str),
}

impl RequestText {
    /// Parses a text. `$` begins a reference only before a name of capital letters, digits and `_`, or before a key in braces, so
    /// that the variables of GraphQL stay as they are. `$$` is a literal `$`.
    pub(super) fn parse(text: &str) -> Self {
        let (mut parts, mut rest) = (Self::default(), text);
        while let Some(at) = rest.find('$') {
            parts.push_plain(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some((key, after)) = reference(rest) {
                parts.0.push(TextPart::Key(key.to_owned()));
                rest = after;
            } else {
                parts.push_plain("$");
                rest = rest.strip_prefix('$').unwrap_or(rest);
            }
        }
        parts.push_plain(rest);
        parts
    }

    /// Parses a key: its name in capital letters, or a reference to it. Returns `None` for any other text, and for a name that
    /// looks like a credential.
    pub(super) fn key(text: &str) -> Option<String> {
        let bare =
            |name: &str| reference(name).filter(|(_, rest)| rest.is_empty()).map(|(key, _)| key.to_owned());
        let key = bare(text.strip_prefix('$').unwrap_or(text))?;
        (credential(&key).is_none() && !random::is_random(&key)).then_some(key)
    }

    /// Creates a text without references.
    pub(super) fn literal(text: &str) -> Self {
        let mut literal = Self::default();
        literal.push_plain(text);
        literal
    }

    /// Creates a reference to a key of the secret file.
    pub(super) fn secret_key(key: &str) -> Self {
        Self(vec![TextPart::Key(key.to_owned())])
    }

    /// Creates a reference to a custom key.
    pub(super) fn setting(setting: &ServiceSetting) -> Self {
        Self(vec![TextPart::Setting(setting.key.clone(), setting.type_name())])
    }

    /// Appends another text.
    pub(super) fn append(&mut self, other: Self) {
        other.0.into_iter().for_each(|part| match part {
            TextPart::Plain(text) => self.push_plain(&text),
            part => self.0.push(part),
        });
    }

    /// Returns the keys that the text refers to.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            TextPart::Key(key) => Some(key.as_str()),
            TextPart::Plain(_) | TextPart::Setting(..) => None,
        })
    }

    /// Returns the literal text if the text has no reference.
    pub(super) fn plain(&self) -> Option<String> {
        let plain = |part: &TextPart| match part {
            TextPart::Plain(text) => Some(text.clone()),
            TextPart::Key(_) | TextPart::Setting(..) => None,
        };
        self.0.iter().map(plain).collect()
    }

    /// Returns the text with the values of its keys and settings.
    ///
    /// # Errors
    /// A key or a setting cannot be read.
    pub(super) fn secret(&self, api: &Api) -> Result<Secret> {
        let mut text = Zeroizing::new(String::new());
        for part in &self.0 {
            match part {
                TextPart::Plain(plain) => *text += plain,
                TextPart::Key(key) => *text += api.secret(key)?.expose(),
                TextPart::Setting(key, _) => match api.setting::<Value>(key)? {
                    Value::String(value) => *text += &value,
                    other => *text += &other.to_string(),
                },
            }
        }
        Ok(Secret::new(text.as_str()))
    }

    /// Returns the Rust expression of the text.
    pub(super) fn code(&self) -> String {
        match self.0.as_slice() {
            [TextPart::Key(key)] => secret_code(key),
            [TextPart::Setting(key, "String")] => format!("&settings.{key}"),
            [TextPart::Setting(key, _)] => format!("settings.{key}"),
            _ => self.plain().map_or_else(|| self.mixed(), |plain| format!("{plain:?}")),
        }
    }

    fn mixed(&self) -> String {
        let (mut format, mut values) = (String::new(), String::new());
        for part in &self.0 {
            match part {
                TextPart::Plain(text) => format += &text.replace('{', "{{").replace('}', "}}"),
                TextPart::Key(key) => {
                    format += "{}";
                    values += &format!(", {}.expose()", secret_code(key));
                }
                TextPart::Setting(key, _) => {
                    format += "{}";
                    values += &format!(", settings.{key}");
                }
            }
        }
        let code = format!("format!({format:?}{values})");
        if self.keys().next().is_some() { format!("Secret::new({code})") } else { code }
    }

    fn push_plain(&mut self, text: &str) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(TextPart::Plain(last)) => last.push_str(text),
            _ => self.0.push(TextPart::Plain(text.to_owned())),
        }
    }
}

/// Returns the Rust expression that reads a key of the secret file.
pub(super) fn secret_code(key: &str) -> String {
    format!("api.secret({key:?})?")
}

/// Returns the key at the beginning of a text after `$`, and the text after it.
fn reference(text: &str) -> Option<(&str, &str)> {
    if let Some((key, rest)) = text.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
        let is_key = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        return (!key.is_empty() && key.chars().all(is_key)).then_some((key, rest));
    }
    let is_key = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let end = text.find(|c| !is_key(c)).unwrap_or(text.len());
    let is_cut = text[end..].starts_with(|c: char| c.is_ascii_alphabetic());
    (text.starts_with(|c: char| c.is_ascii_uppercase()) && !is_cut).then(|| text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_capital_names_or_keys_in_braces() {
        for (text, code) in [
            ("plain", r#""plain""#),
            ("$API_KEY", r#"api.secret("API_KEY")?"#),
            ("${api-key}", r#"api.secret("api-key")?"#),
            ("a$$B$", r#""a$B$""#),
            ("$after $5 $Name ${} ${a b}", r#""$after $5 $Name ${} ${a b}""#),
            (
                "Token $A:{$B2}",
                r#"Secret::new(format!("Token {}:{{{}}}", api.secret("A")?.expose(), api.secret("B2")?.expose()))"#,
            ),
        ] {
            assert_eq!(RequestText::parse(text).code(), code);
        }
    }

    #[test]
    fn a_key_is_no_credential() {
        for key in ["TOKEN", "$TOKEN", "${TOKEN}"] {
            assert_eq!(RequestText::key(key).as_deref(), Some("TOKEN"));
        }
        for other in ["hunter2", "", "$", "A B", "TOKEN$", "AKIAIOSFODNN7EXAMPLE", "A:B", "Abc"] {
            assert_eq!(RequestText::key(other), None, "{other}");
        }
    }
}
