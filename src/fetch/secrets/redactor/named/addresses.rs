//! Finds passwords in URLs and connection strings, and after flags and words.

use std::ops::Range;

use super::CredentialSearch;
use super::text::TextOrigin;
use super::values::{end_of_word, quoted, skip_blanks};
use crate::config::credential_names::Certainty;
use crate::fetch::secrets::redactor::view::{DecodedText, SourceRange};

/// The minimum length in bytes of a user name that is a key.
const KEY: usize = 16;
/// The maximum length in bytes of a word before a value.
const WORD: usize = 64;
/// The maximum length in bytes of a command line before that word.
const COMMAND: usize = 512;

/// Adds the password of `scheme://user:password@host`, or the user name if it is a key. Returns the end of the value.
pub(super) fn of_url(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
) -> Option<usize> {
    let rest = view.bytes.get(at + 1..)?.strip_prefix(b"//")?;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'<>\\".contains(byte);
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let user = &authority[..authority.iter().rposition(|byte| *byte == b'@')?];
    let start = at + 3;
    match user.iter().position(|byte| *byte == b':') {
        Some(colon) => search.push(view, start + colon + 1..start + user.len(), b"password"),
        None if user.len() >= KEY && user.iter().any(u8::is_ascii_digit) => {
            search.push(view, start..start + user.len(), b"user");
        }
        None => return None,
    }
    Some(start + user.len())
}

/// Adds the password of `user:password@tcp(host)` or `jdbc:oracle:thin:user/password@host`. Returns the end of the value.
pub(super) fn of_user(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
) -> Option<usize> {
    let bytes = &view.bytes;
    let is_in_user = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\"'<>@=".contains(byte);
    let start = at - bytes[..at].iter().rev().take(256).take_while(is_in_user).count();
    let user = &bytes[start..at];
    let is_network = [&b"tcp("[..], b"unix("].iter().any(|network| bytes[at + 1..].starts_with(network));
    let is_oracle = user.starts_with(b"jdbc:oracle:");
    let mark = if is_network { b':' } else { b'/' };
    let mark = user.iter().position(|byte| *byte == mark).filter(|_| is_network || is_oracle)?;
    search.push(view, start + mark + 1..at, b"password");
    Some(at)
}

/// Adds the value after a blank: that of `--password`, `curl -u`, `password` in a file, or `Bearer`. Returns the end of
/// the value.
pub(super) fn of_word(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    at: usize,
    kind: TextOrigin,
) -> Option<usize> {
    let bytes = &view.bytes;
    let is_in_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let start = at - bytes[..at].iter().rev().take(WORD).take_while(is_in_word).count();
    let word = &bytes[start..at];
    // This bounds the work for many blanks in a row.
    if word.is_empty() {
        return None;
    }
    let from = skip_blanks(bytes, at);
    let value = quoted(bytes, from).unwrap_or_else(|| from..end_of_word(bytes, from, false));
    let text = &bytes[value.clone()];
    if word.eq_ignore_ascii_case(b"bearer") {
        return is_token(text).then(|| hide(search, view, value, b"authorization"));
    }
    if word.starts_with(b"--") && !text.starts_with(b"-") && search.names.of(word).certainty.is_some() {
        return Some(hide(search, view, value, word));
    }
    let is_field = kind == TextOrigin::Body && is_mixed(text);
    if is_field && search.names.of(word).certainty == Some(Certainty::Strong) {
        return Some(hide(search, view, value, word));
    }
    let before = &bytes[start.saturating_sub(COMMAND)..start];
    let is_curl = matches!(word, b"-u" | b"--user") && before.windows(4).any(|part| part == b"curl");
    let colon = text.iter().position(|byte| *byte == b':').filter(|_| is_curl)?;
    Some(hide(search, view, value.start + colon + 1..value.end, b"password"))
}

fn hide(
    search: &mut CredentialSearch,
    view: &DecodedText<SourceRange>,
    value: Range<usize>,
    name: &[u8],
) -> usize {
    let end = value.end;
    search.push(view, value, name);
    end
}

/// Returns true if a word has letters and digits, which no number and no word of a language has.
fn is_mixed(word: &[u8]) -> bool {
    word.len() >= 6 && word.iter().any(u8::is_ascii_digit) && word.iter().any(u8::is_ascii_alphabetic)
}

/// Returns true if a word looks like a token and not like a word of a language.
fn is_token(word: &[u8]) -> bool {
    word.len() >= 8 && word.iter().any(|byte| byte.is_ascii_digit() || *byte == b'=')
}
