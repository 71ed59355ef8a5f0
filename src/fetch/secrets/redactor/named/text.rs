//! Finds credentials in text other than JSON: `name=value`, `"name": "value"` and `name: value`.

use std::ops::Range;

use super::names::{Member, is_in_name};
use super::values::{end_of_authorization, end_of_field, end_of_line, end_of_word, quoted, skip_blanks};
use super::{CredentialSearch, addresses, lines, markup};
use crate::config::credential_names::{Certainty, is_credential_parameter, is_ordinary};
use crate::fetch::secrets::redactor::view::{DecodedText, SourceRange};

/// The maximum length of a name in bytes.
const NAME: usize = 100;

/// The origin of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextOrigin {
    /// A body, whose lines may be headers.
    Body,
    /// A message, in which a colon may follow any word.
    Message,
}

/// Adds the credentials of a text. The search continues after each value found, so that the work is linear.
pub(super) fn find(search: &mut CredentialSearch, view: &DecodedText<SourceRange>, kind: TextOrigin) {
    let mut at = 0;
    while at < view.bytes.len() {
        let end = match view.bytes[at] {
            b'=' => equals(search, view, at, kind),
            b':' => colon(search, view, at, kind).or_else(|| addresses::of_url(search, view, at)),
            b'<' => markup::element(search, view, at),
            b' ' | b'\t' => addresses::of_word(search, view, at, kind),
            b'@' => addresses::of_user(search, view, at),
            _ => None,
        };
        at = end.unwrap_or_default().max(at + 1);
    }
}

/// A name before a separator.
pub(super) struct FieldName {
    /// The range of the name, without quotation marks.
    pub range: Range<usize>,
    is_quoted: bool,
    /// True if the name is not quoted and blanks follow it.
    is_apart: bool,
}

/// Adds the value of `name=value`, `name = value`, `name := value` or `"name" => "value"`. Returns the end of the value.
fn equals(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
    kind: TextOrigin,
) -> Option<usize> {
    let bytes = &view.bytes;
    let mark = if before(bytes, at) == Some(b':') { at - 1 } else { at };
    let name = name_before(bytes, mark)?;
    let is_arrow = bytes.get(at + 1) == Some(&b'>');
    let is_apart = name.is_apart || is_arrow || mark < at;
    let from = if is_apart { skip_blanks(bytes, at + 1 + usize::from(is_arrow)) } else { at + 1 };
    if bytes[name.range.clone()].eq_ignore_ascii_case(b"name") && kind == TextOrigin::Body {
        return lines::part_of_form(search, view, from);
    }
    let first = before(bytes, name.range.start).filter(|_| !name.is_quoted && !is_apart);
    let is_parameter = !name.is_quoted && !is_apart && first.is_none_or(|byte| b"?&;#".contains(&byte));
    let member = member(search, &bytes[name.range.clone()], is_parameter)?;
    let (value, is_quoted) = match quoted(bytes, from) {
        Some(value) => (value, true),
        None if is_apart => (from..end_of_field(bytes, from), false),
        None => (from..end_of_assigned(bytes, from, is_parameter, first), false),
    };
    // In a sentence, an ordinary word follows "token = ".
    let is_field = kind == TextOrigin::Body || !is_apart || is_quoted || has_digit(&bytes[value.clone()]);
    let is_credential = is_field && member.hides(&bytes[value.clone()]);
    is_credential.then(|| hide(search, view, value, name.range))
}

/// Returns the end of the value after `name=`. The value of a path parameter ends before `?` or `/`.
fn end_of_assigned(bytes: &[u8], from: usize, is_parameter: bool, first: Option<u8>) -> usize {
    let end = end_of_word(bytes, from, is_parameter);
    let of_path = bytes[from.min(end)..end].iter().position(|byte| b"?/".contains(byte));
    of_path.filter(|_| first == Some(b';')).map_or(end, |length| from + length)
}

/// Adds the value of `"name": "value"` or `name: value`. Returns the end of the value.
fn colon(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
    kind: TextOrigin,
) -> Option<usize> {
    let bytes = &view.bytes;
    let name = name_before(bytes, at).filter(|_| bytes.get(at + 1) != Some(&b'='))?;
    let from = skip_blanks(bytes, at + 1);
    let named = search.names.of(&bytes[name.range.clone()]);
    if named.certainty.is_none() {
        let may_name = named.names && kind == TextOrigin::Body;
        return may_name.then(|| lines::pair(search, view, from)).flatten();
    }
    let member = named;
    if let Some(value) = quoted(bytes, from) {
        return member.hides(&bytes[value.clone()]).then(|| hide(search, view, value, name.range));
    }
    if name.is_quoted {
        return None;
    }
    let value = value_of_field(bytes, &name.range, from, kind);
    let text = &bytes[value.clone()];
    let is_strong = member.certainty == Some(Certainty::Strong);
    let is_credential = match kind {
        TextOrigin::Body if begins_line(bytes, name.range.start) => member.hides(text),
        TextOrigin::Body => is_strong && !is_ordinary(&String::from_utf8_lossy(text)),
        // In a sentence, an ordinary word follows "the token:".
        TextOrigin::Message => is_strong && has_digit(text),
    };
    is_credential.then(|| hide(search, view, value, name.range))
}

/// Returns the range of the value of a header or a line.
fn value_of_field(bytes: &[u8], name: &Range<usize>, from: usize, kind: TextOrigin) -> Range<usize> {
    let is = |known: &str| bytes[name.clone()].eq_ignore_ascii_case(known.as_bytes());
    let end = if is("authorization") || is("proxy-authorization") {
        end_of_authorization(bytes, from)
    } else if is("cookie") || is("set-cookie") {
        end_of_line(bytes, from)
    } else if kind == TextOrigin::Body && begins_line(bytes, name.start) {
        return lines::block(bytes, name.start, from)
            .unwrap_or_else(|| from..end_of_field(bytes, from).max(from));
    } else {
        end_of_word(bytes, from, false)
    };
    from.min(end)..end
}

/// Returns true if only blanks, brackets, quotation marks or list marks precede a name in its line.
fn begins_line(bytes: &[u8], name: usize) -> bool {
    let marks = bytes[..name].iter().rev().take_while(|byte| b" \t-{[\"'".contains(byte)).count();
    before(bytes, name - marks).is_none_or(|byte| b"\r\n".contains(&byte))
}

fn has_digit(text: &[u8]) -> bool {
    text.iter().any(|byte| byte.is_ascii_digit() || *byte == b'=')
}

/// Adds a value and returns its end.
pub(super) fn hide(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    value: Range<usize>,
    name: Range<usize>,
) -> usize {
    let end = value.end;
    search.push(view, value, &view.bytes[name]);
    end
}

/// Returns the classification of a name; `None` if it is not that of a credential.
fn member(search: &mut CredentialSearch, name: &[u8], is_parameter: bool) -> Option<Member> {
    let mut member = search.names.of(name);
    let is_one = || is_parameter && is_credential_parameter(&String::from_utf8_lossy(name));
    member.certainty = member.certainty.or_else(|| is_one().then_some(Certainty::Strong));
    member.certainty.map(|_| member)
}

/// Returns the name before a separator; `None` if there is none or it is too long.
pub(super) fn name_before(bytes: &[u8], at: usize) -> Option<FieldName> {
    let blanks = bytes[..at].iter().rev().take_while(|byte| b" \t".contains(byte)).count();
    let end = at - blanks;
    let quote = before(bytes, end).filter(|byte| b"\"'".contains(byte));
    let end = end - usize::from(quote.is_some());
    let length = bytes[..end].iter().rev().take(NAME + 1).take_while(|byte| is_in_name(**byte)).count();
    let start = end - length;
    let is_closed = quote.is_none() || before(bytes, start) == quote;
    let is_name = (1..=NAME).contains(&length) && is_closed;
    let is_apart = blanks > 0 && quote.is_none();
    is_name.then(|| FieldName { range: start..end, is_quoted: quote.is_some(), is_apart })
}

fn before(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at.checked_sub(1)?).copied()
}
