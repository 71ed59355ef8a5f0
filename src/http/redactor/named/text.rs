//! Credentials in text that is no JSON: `name=value`, `"name": "value"` and `name: value`.

use std::ops::Range;

use super::super::view::{Span, View};
use super::names::{Member, is_in_name};
use super::values::{end_of_authorization, end_of_field, end_of_line, end_of_word, quoted, skip_blanks};
use super::{Search, addresses, markup};
use crate::config::{Certainty, is_credential_parameter};

/// The longest name that is looked at, in bytes.
const NAME: usize = 100;

/// The origin of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A body, whose lines may be headers.
    Body,
    /// A message, in which a colon follows any word.
    Message,
}

/// Adds the credentials of a text. What was found is passed over, so that the work is linear.
pub fn find(search: &mut Search, view: &View<Span>, kind: Kind) {
    let mut at = 0;
    while at < view.bytes.len() {
        let end = match view.bytes[at] {
            b'=' => equals(search, view, at, kind),
            b':' => colon(search, view, at, kind).or_else(|| addresses::of_url(search, view, at)),
            b'<' => markup::element(search, view, at),
            b' ' => addresses::of_word(search, view, at),
            b'@' => addresses::of_user(search, view, at),
            _ => None,
        };
        at = end.unwrap_or_default().max(at + 1);
    }
}

/// A name in front of a separator.
pub struct Name {
    pub range: Range<usize>,
    is_quoted: bool,
    /// True if there are blanks behind it.
    is_apart: bool,
}

/// `name=value`, `name = value` and `"name" => "value"`; where the value ends.
fn equals(search: &mut Search, view: &View<Span>, at: usize, kind: Kind) -> Option<usize> {
    let bytes = &view.bytes;
    let name = name_before(bytes, at)?;
    let is_parameter = !name.is_quoted
        && !name.is_apart
        && before(bytes, name.range.start).is_none_or(|byte| b"?&;#".contains(&byte));
    let is_arrow = bytes.get(at + 1) == Some(&b'>');
    let from =
        if is_arrow || name.is_apart { skip_blanks(bytes, at + 1 + usize::from(is_arrow)) } else { at + 1 };
    if bytes[name.range.clone()].eq_ignore_ascii_case(b"name") && kind == Kind::Body {
        return part_of_form(search, view, from);
    }
    let member = member(search, &bytes[name.range.clone()], is_parameter)?;
    let is_field = kind == Kind::Body || !name.is_apart;
    let value = match quoted(bytes, from) {
        Some(value) => value,
        None if is_arrow || name.is_apart => from..end_of_field(bytes, from),
        None if before(bytes, name.range.start) == Some(b';') => {
            let end = end_of_word(bytes, from, is_parameter);
            from..bytes[from..end]
                .iter()
                .position(|byte| b"?/".contains(byte))
                .map_or(end, |length| from + length)
        }
        None => from..end_of_word(bytes, from, is_parameter),
    };
    let is_credential = is_field && member.hides(&bytes[value.clone()]);
    is_credential.then(|| hide(search, view, value, name.range))
}

/// The value of a part of a form whose disposition has that name: the lines behind a blank one (RFC 7578).
fn part_of_form(search: &mut Search, view: &View<Span>, at: usize) -> Option<usize> {
    let name = quoted(&view.bytes, at)?;
    search.names.of(&view.bytes[name.clone()]).certainty?;
    let rest = view.bytes.get(name.end + 1..)?;
    let blank = rest.iter().take(1024).position(|byte| *byte == b'\n')?;
    let after = rest[blank..].strip_prefix(b"\n\r\n").or(rest[blank..].strip_prefix(b"\n\n"))?;
    let start = view.bytes.len() - after.len();
    let end = after.windows(3).position(|part| part == b"\n--").unwrap_or(after.len());
    Some(hide(search, view, start..start + after[..end].trim_ascii_end().len(), name))
}

/// `"name": "value"`, and in a body `name: value`; where the value ends.
fn colon(search: &mut Search, view: &View<Span>, at: usize, kind: Kind) -> Option<usize> {
    let bytes = &view.bytes;
    let name = name_before(bytes, at)?;
    let member = member(search, &bytes[name.range.clone()], false)?;
    let from = skip_blanks(bytes, at + 1);
    if let Some(value) = quoted(bytes, from) {
        return member.hides(&bytes[value.clone()]).then(|| hide(search, view, value, name.range));
    }
    if name.is_quoted {
        return None;
    }
    let known = &bytes[name.range.clone()];
    let is = |other: &str| known.eq_ignore_ascii_case(other.as_bytes());
    let is_authorization = is("authorization") || is("proxy-authorization");
    let end = if is_authorization {
        end_of_authorization(bytes, from)
    } else if is("cookie") || is("set-cookie") {
        end_of_line(bytes, from)
    } else if before(bytes, name.range.start).is_none_or(|byte| b"\r\n \t-".contains(&byte))
        && kind == Kind::Body
    {
        end_of_field(bytes, from)
    } else {
        end_of_word(bytes, from, false)
    };
    let value = &bytes[from.min(end)..end];
    let is_credential = match kind {
        Kind::Body => member.hides(value),
        // In a sentence, what follows "the token:" is a word.
        Kind::Message => {
            member.certainty == Some(Certainty::Strong)
                && value.iter().any(|byte| byte.is_ascii_digit() || *byte == b'=')
        }
    };
    is_credential.then(|| hide(search, view, from.min(end)..end, name.range))
}

fn hide(search: &mut Search, view: &View<Span>, value: Range<usize>, name: Range<usize>) -> usize {
    let end = value.end;
    search.push(view, value, &view.bytes[name]);
    end
}

/// Returns what a name says if it is that of a credential.
fn member(search: &mut Search, name: &[u8], is_parameter: bool) -> Option<Member> {
    let member = search.names.of(name);
    let is_one = || is_parameter && is_credential_parameter(&String::from_utf8_lossy(name));
    let certainty = member.certainty.or_else(|| is_one().then_some(Certainty::Strong));
    certainty.map(|certainty| Member { certainty: Some(certainty), ..member })
}

/// The name in front of a separator.
pub fn name_before(bytes: &[u8], at: usize) -> Option<Name> {
    let end = bytes[..at].len() - blanks_before(bytes, at);
    let is_apart = end < at;
    let quote = before(bytes, end).filter(|byte| b"\"'".contains(byte));
    let end = if quote.is_some() { end - 1 } else { end };
    let length = bytes[..end].iter().rev().take(NAME + 1).take_while(|byte| is_in_name(**byte)).count();
    let start = end - length;
    let is_closed = quote.is_none() || before(bytes, start) == quote;
    let is_name = (1..=NAME).contains(&length) && is_closed;
    is_name.then(|| Name {
        range: start..end,
        is_quoted: quote.is_some(),
        is_apart: is_apart && quote.is_none(),
    })
}

fn blanks_before(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take_while(|byte| b" \t".contains(byte)).count()
}

fn before(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at.checked_sub(1)?).copied()
}
