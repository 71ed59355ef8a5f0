//! Users with passwords in URLs and connection strings, and flags of command lines.

use std::ops::Range;

use super::super::view::{Span, View};
use super::Search;
use super::values::{end_of_word, quoted, skip_blanks};

/// The fewest characters of a user that is a key and no name.
const KEY: usize = 16;

/// The password of `scheme://user:password@host`, or the user if it is a key; where it ends.
pub fn of_url(search: &mut Search, view: &View<Span>, at: usize) -> Option<usize> {
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

/// The password of `user:password@tcp(host)`, and of `jdbc:oracle:thin:user/password@host`.
pub fn of_user(search: &mut Search, view: &View<Span>, at: usize) -> Option<usize> {
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

/// What follows a blank: the value of `--password`, of `curl -u`, or a token behind `Bearer`; where it ends.
pub fn of_word(search: &mut Search, view: &View<Span>, at: usize) -> Option<usize> {
    let bytes = &view.bytes;
    let is_in_word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"-_".contains(byte);
    let start = at - bytes[..at].iter().rev().take(64).take_while(is_in_word).count();
    let word = &bytes[start..at];
    let from = skip_blanks(bytes, at);
    let value = || quoted(bytes, from).unwrap_or_else(|| from..end_of_word(bytes, from, false));
    if word.eq_ignore_ascii_case(b"bearer") {
        let value = value();
        return is_token(&bytes[value.clone()]).then(|| hide(search, view, value, b"authorization"));
    }
    if word.starts_with(b"--") && search.names.of(word).certainty.is_some() {
        let value = value();
        let is_flag = bytes.get(from) == Some(&b'-');
        return (!is_flag).then(|| hide(search, view, value, word));
    }
    let is_curl =
        (word == b"-u" || word == b"--user") && bytes[..start].windows(4).any(|part| part == b"curl");
    let value = value();
    let colon = bytes[value.clone()].iter().position(|byte| *byte == b':').filter(|_| is_curl)?;
    Some(hide(search, view, value.start + colon + 1..value.end, b"password"))
}

fn hide(search: &mut Search, view: &View<Span>, value: Range<usize>, name: &[u8]) -> usize {
    let end = value.end;
    search.push(view, value, name);
    end
}

/// Returns true if a word is no word of a language.
fn is_token(word: &[u8]) -> bool {
    word.len() >= 8 && word.iter().any(|byte| byte.is_ascii_digit() || *byte == b'=')
}
