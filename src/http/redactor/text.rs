//! Credentials in text that is no JSON: `name=value`, `"name": "value"`, `name: value`, markup, and the passwords of URLs.

use std::ops::Range;

use super::named::{Named, push};
use super::view::View;
use crate::config::{is_credential, is_credential_parameter};

/// The longest name and the longest tag of markup that are looked at, in bytes.
const NAME: usize = 100;
const TAG: usize = 2048;
/// The schemes that may precede the credential of an `Authorization`.
const SCHEMES: [&[u8]; 6] = [b"basic", b"bearer", b"digest", b"negotiate", b"splunk", b"token"];

/// The origin of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A body, whose lines may be headers.
    Body,
    /// A message of this program.
    Message,
}

/// Adds the credentials of a text. What was found is passed over, so that the work is linear.
pub fn find(view: &View, kind: Kind, found: &mut Vec<Named>) {
    let mut at = 0;
    while let Some(byte) = view.bytes.get(at) {
        let end = match byte {
            b'=' => equals(view, at, found),
            b':' => colon(view, at, kind, found).or_else(|| of_url(view, at, found)),
            b'<' => markup(view, at, found),
            _ => None,
        };
        at = end.unwrap_or_default().max(at + 1);
    }
}

/// `name=value` and `"name" => "value"`; where the value ends.
fn equals(view: &View, at: usize, found: &mut Vec<Named>) -> Option<usize> {
    let (name, quoted) = name_before(&view.bytes, at)?;
    let is_parameter = !quoted && before(&view.bytes, name.start).is_none_or(|byte| b"?&;".contains(&byte));
    if !names(&view.bytes[name.clone()], is_parameter) {
        return None;
    }
    let is_arrow = view.bytes.get(at + 1) == Some(&b'>');
    let from = if is_arrow { skip_blanks(&view.bytes, at + 2) } else { at + 1 };
    let value = match quote_at(&view.bytes, from) {
        Some(value) => value,
        None if is_arrow => return None,
        None => from..end_of_word(&view.bytes, from, is_parameter),
    };
    push(view, value.clone(), &view.bytes[name], found);
    Some(value.end)
}

/// `"name": "value"`, and in a body `name: value`; where the value ends.
fn colon(view: &View, at: usize, kind: Kind, found: &mut Vec<Named>) -> Option<usize> {
    let (name, quoted) = name_before(&view.bytes, at)?;
    if !(quoted || kind == Kind::Body) || !names(&view.bytes[name.clone()], false) {
        return None;
    }
    let from = skip_blanks(&view.bytes, at + 1);
    let value = match quote_at(&view.bytes, from) {
        Some(value) => value,
        None if quoted => return None,
        None => from..end_of_credentials(&view.bytes, from),
    };
    push(view, value.clone(), &view.bytes[name], found);
    Some(value.end)
}

/// The password of `scheme://user:password@host`; where it ends.
fn of_url(view: &View, at: usize, found: &mut Vec<Named>) -> Option<usize> {
    let rest = view.bytes.get(at + 1..)?.strip_prefix(b"//")?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'<>\\".contains(byte);
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let user = &authority[..authority.iter().rposition(|byte| *byte == b'@')?];
    let password = user.iter().position(|byte| *byte == b':')? + 1;
    let start = at + 3;
    push(view, start + password..start + user.len(), b"password", found);
    Some(start + user.len())
}

/// `<name>value</name>`, where the value ends, and `<input name="name" value="value">`.
fn markup(view: &View, at: usize, found: &mut Vec<Named>) -> Option<usize> {
    let rest = &view.bytes[at + 1..];
    let length = rest.iter().take(TAG).position(|byte| b"<>".contains(byte))?;
    if rest[length] != b'>' || length == 0 {
        return None;
    }
    let tag = at + 1..at + 1 + length;
    field_of_a_page(view, tag.clone(), found);
    let letters = rest[..length].iter().take_while(|byte| is_in_name(**byte) || **byte == b':').count();
    let local = rest[..letters].rsplit(|byte| *byte == b':').next().unwrap_or_default();
    if !names(local, false) || view.bytes[tag.end - 1] == b'/' {
        return None;
    }
    let text = tag.end + 1;
    let end = view.bytes[text..].iter().position(|byte| *byte == b'<');
    let end = end.map_or(view.bytes.len(), |end| text + end);
    push(view, text..end, local, found);
    // Its attributes are still to be looked at.
    None
}

/// A field of a form, or what a page says of itself.
fn field_of_a_page(view: &View, tag: Range<usize>, found: &mut Vec<Named>) {
    let (mut named, mut values) = (None, Vec::new());
    for at in tag.clone().filter(|at| view.bytes[*at] == b'=') {
        let Some((attribute, _)) = name_before(&view.bytes[..tag.end], at) else { continue };
        let value = quote_at(&view.bytes[..tag.end], at + 1)
            .unwrap_or_else(|| at + 1..end_of_word(&view.bytes[..tag.end], at + 1, false));
        match view.bytes[attribute].to_ascii_lowercase().as_slice() {
            b"name" | b"id" | b"property" if names(&view.bytes[value.clone()], false) => named = Some(value),
            b"value" | b"content" => values.push(value),
            _ => {}
        }
    }
    let Some(name) = named else { return };
    values.into_iter().for_each(|value| push(view, value, &view.bytes[name.clone()], found));
}

/// The name in front of a separator, and whether it is in quotation marks.
fn name_before(bytes: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
    let end = bytes[..at].trim_ascii_end().len();
    let quote = before(bytes, end).filter(|byte| b"\"'".contains(byte));
    let end = if quote.is_some() { end - 1 } else { at };
    let length = bytes[..end].iter().rev().take(NAME + 1).take_while(|byte| is_in_name(**byte)).count();
    let start = end - length;
    let closed = quote.is_none() || before(bytes, start) == quote;
    ((1..=NAME).contains(&length) && closed).then_some((start..end, quote.is_some()))
}

fn before(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at.checked_sub(1)?).copied()
}

fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.$[]".contains(&byte)
}

fn names(name: &[u8], is_parameter: bool) -> bool {
    let name = String::from_utf8_lossy(name);
    if is_parameter { is_credential_parameter(&name) } else { is_credential(&name) }
}

fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take_while(|byte| b" \t".contains(byte)).count()
}

/// Returns the range of a quoted text that begins at `at`, without the quotation marks.
fn quote_at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let quote = bytes.get(at).filter(|byte| b"\"'".contains(byte))?;
    let mut end = at + 1;
    while let Some(byte) = bytes.get(end).filter(|byte| *byte != quote) {
        end += if *byte == b'\\' { 2 } else { 1 };
    }
    Some(at + 1..end.min(bytes.len()))
}

/// The end of a value without quotation marks. In a URL only what cannot be in one ends it.
fn end_of_word(bytes: &[u8], at: usize, is_parameter: bool) -> usize {
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace() || b"&;<>\"'`#".contains(byte) || !is_parameter && b",)]}|".contains(byte)
    };
    let rest = bytes.get(at..).unwrap_or_default();
    at.min(bytes.len()) + rest.iter().position(ends).unwrap_or(rest.len())
}

/// The same for a header, whose value may be a scheme and what goes with it.
fn end_of_credentials(bytes: &[u8], at: usize) -> usize {
    let end = end_of_word(bytes, at, false);
    let is_scheme = SCHEMES.iter().any(|scheme| bytes[at.min(end)..end].eq_ignore_ascii_case(scheme));
    if is_scheme { end_of_word(bytes, skip_blanks(bytes, end), false) } else { end }
}
