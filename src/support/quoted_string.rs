//! Quoted strings as in header fields (RFC 9110 section 5.6.4) and JSON, where a backslash escapes the next character.

/// Returns the position of the closing mark in the text after an opening one; `None` if the quoted string does not end.
pub(crate) fn closing(bytes: &[u8], mark: u8) -> Option<usize> {
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            byte if byte == mark => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the text without the quotation marks around it, also if one is missing. Escapes stay.
pub(crate) fn unquoted(value: &str) -> &str {
    value.trim().trim_matches('"')
}

/// Splits a text at each separator outside quoted strings into at least one part, and trims the parts.
pub(crate) fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut position = QuotedPosition::default();
    text.split(move |c| position.is_outside(c) && c == separator).map(str::trim)
}

/// A position in a text, which moves forward by one character at a time.
#[derive(Default)]
pub(crate) struct QuotedPosition {
    quoted: bool,
    escaped: bool,
}

impl QuotedPosition {
    /// Passes a character and returns true if it is outside quoted strings.
    pub(crate) fn is_outside(&mut self, c: char) -> bool {
        let is_mark = c == '"' && !self.escaped;
        let is_outside = !self.quoted && !is_mark;
        self.quoted ^= is_mark;
        self.escaped = self.quoted && c == '\\' && !self.escaped;
        is_outside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_or_mark_after_a_backslash_is_text() {
        let parts = |text| split(text, ',').collect::<Vec<_>>();
        assert_eq!(parts(r#"a; b="x, \"y\\", c,"#), [r#"a; b="x, \"y\\""#, "c", ""]);
        assert_eq!(parts(r#"a\,b, "never, closed\"#), [r"a\", "b", r#""never, closed\"#]);
        assert_eq!(parts(""), [""]);
    }

    #[test]
    fn the_closing_mark_is_the_first_that_is_not_escaped() {
        assert_eq!(closing(br#"a\"\\" "b""#, b'"'), Some(5));
        assert_eq!(closing("é`".as_bytes(), b'`'), Some(2));
        assert_eq!([closing(br"a\", b'"'), closing(br#"a\""#, b'"'), closing(b"", b'"')], [None; 3]);
    }
}
