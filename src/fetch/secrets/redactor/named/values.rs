//! Finds the ends of values in a text.

use std::ops::Range;

use crate::support::quoted_string::closing;

/// Returns the range of a quoted text that begins at `at`, without the quotation marks. A prefix letter, as in `u'...'`
/// of Python, is skipped.
pub(super) fn quoted(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let has_letter = bytes.get(at).is_some_and(|byte| b"ubrUBR".contains(byte));
    let at = at + usize::from(has_letter);
    let quote = bytes.get(at).filter(|byte| b"\"'".contains(byte))?;
    let inside = &bytes[at + 1..];
    Some(at + 1..at + 1 + closing(inside, *quote).unwrap_or(inside.len()))
}

/// Returns the position of the next byte that is no blank.
pub(super) fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| b" \t".contains(byte)).count()
}

/// Returns the end of a value without quotation marks. In a parameter of a URL, `,`, `|` and closing brackets do not end
/// the value.
pub(super) fn end_of_word(bytes: &[u8], at: usize, is_parameter: bool) -> usize {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || b"&;<>\"'`#".contains(byte) || !is_parameter && b",)]}|".contains(byte)
    };
    let rest = bytes.get(at..).unwrap_or_default();
    at.min(bytes.len()) + rest.iter().position(ends).unwrap_or(rest.len())
}

/// Returns the end of a line, or of the quotation or tag that contains it, without trailing blanks.
pub(super) fn end_of_line(bytes: &[u8], at: usize) -> usize {
    let ends = |byte: &u8| b"\r\n\"<>".contains(byte);
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    at.min(bytes.len()) + rest[..length].trim_ascii_end().len()
}

/// Returns the end of an `Authorization` value, which is a scheme and a word, with further parameters after commas.
pub(super) fn end_of_authorization(bytes: &[u8], at: usize) -> usize {
    let mut end = end_of_parameter(bytes, at);
    let is_scheme = |word: &[u8]| {
        word.len() <= 24 && word.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte))
    };
    let next = skip_blanks(bytes, end);
    if next > end && is_scheme(&bytes[at.min(end)..end]) {
        end = end_of_parameter(bytes, next);
    }
    while bytes.get(end) == Some(&b',') {
        end = end_of_parameter(bytes, skip_blanks(bytes, end + 1)).max(end + 1);
    }
    end
}

/// Returns the end of a word, or of `name="a quoted text"`.
fn end_of_parameter(bytes: &[u8], at: usize) -> usize {
    let end = end_of_word(bytes, at, false);
    let is_quoted = end > at && bytes[end - 1] == b'=';
    let quoted = quoted(bytes, end).filter(|_| is_quoted);
    quoted.map_or(end, |quoted| (quoted.end + 1).min(bytes.len()))
}

/// Returns the end of the value in a line such as `password: correct horse`. The value is the rest of the line, unless
/// the line has several values.
pub(super) fn end_of_field(bytes: &[u8], at: usize) -> usize {
    let (word, line) = (end_of_word(bytes, at, false), end_of_line(bytes, at));
    let rest = bytes.get(word..line).unwrap_or_default();
    if rest.iter().any(|byte| b",;:={}[]()|#".contains(byte)) { word } else { line.max(word) }
}
