//! The syntax of a body, in which secrets replace their placeholders.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::fetch::form::form_encoded;
use crate::fetch::secrets::placeholder::placeholders_in;
use crate::fetch::secrets::secret::Secret;
use crate::support::error::Result;

/// The syntax of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodySyntax {
    /// JSON (RFC 8259).
    Json,
    /// The media type application/x-www-form-urlencoded.
    Form,
    /// Text or bytes without placeholders.
    Opaque,
}

/// A body with its secrets.
pub(super) struct FilledBody {
    /// The body as it is sent.
    pub bytes: Vec<u8>,
    /// The place of each secret in it, in ascending order.
    pub secrets: Vec<(Range<usize>, Secret)>,
}

impl BodySyntax {
    /// Returns the body with secrets instead of their placeholders.
    ///
    /// # Errors
    /// Returns the error of `count`, which gets the number of bytes of all secrets before the body is built.
    pub(super) fn filled(
        self,
        template: &[u8],
        count: impl FnOnce(usize) -> Result<()>,
    ) -> Result<FilledBody> {
        let found = placeholders_in(template);
        let more = found.iter().map(|(_, secret)| self.encoded(secret.expose()).len()).sum();
        count(more)?;
        // A vector that grows would leave copies of secrets in memory.
        let (mut filled, mut secrets) = (Vec::with_capacity(template.len() + more), Vec::new());
        let mut copied = 0;
        for (range, secret) in found {
            filled.extend_from_slice(&template[copied..range.start]);
            let start = filled.len();
            filled.extend_from_slice(self.encoded(secret.expose()).as_bytes());
            secrets.push((start..filled.len(), secret));
            copied = range.end;
        }
        filled.extend_from_slice(&template[copied..]);
        Ok(FilledBody { bytes: filled, secrets })
    }

    fn encoded(self, text: &str) -> Zeroizing<String> {
        match self {
            Self::Json => json_escaped(text),
            Self::Form => form_encoded(text),
            Self::Opaque => Zeroizing::new(text.to_owned()),
        }
    }
}

/// Returns a text as it is between the quotation marks of a JSON string.
fn json_escaped(text: &str) -> Zeroizing<String> {
    // The longest escape of a byte has six characters.
    let mut escaped = Zeroizing::new(Vec::with_capacity(6 * text.len() + 2));
    // A text is always written, and a vector accepts it.
    let _ = serde_json::to_writer(&mut *escaped, text);
    let inner = escaped.get(1..escaped.len().saturating_sub(1)).unwrap_or_default();
    Zeroizing::new(String::from_utf8_lossy(inner).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::secrets::placeholder::placeholder_of;

    #[test]
    fn secrets_replace_their_placeholders_in_the_syntax_of_the_body() {
        let secret = Secret::of("a\"\\ \u{e4}\n");
        let placeholder = placeholder_of(&secret);
        let template = format!("1{placeholder}2{placeholder}");
        for (syntax, encoded) in
            [(BodySyntax::Json, "a\\\"\\\\ \u{e4}\\n"), (BodySyntax::Form, "a%22%5C+%C3%A4%0A")]
        {
            let filled = syntax.filled(template.as_bytes(), |_| Ok(())).unwrap();
            let FilledBody { bytes: filled, secrets } = filled;
            assert_eq!(String::from_utf8(filled.clone()).unwrap(), format!("1{encoded}2{encoded}"));
            assert!(filled.capacity() >= filled.len() && secrets.len() == 2);
            assert!(secrets.iter().all(|(range, _)| &filled[range.clone()] == encoded.as_bytes()));
        }
    }
}
