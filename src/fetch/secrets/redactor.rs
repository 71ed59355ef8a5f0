//! Redacts secrets in all output.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, RwLock, RwLockReadGuard};

use percent_encoding::percent_decode_str;

use super::pem_value::secret_part;
use super::secret::{MASK, Secret};
use crate::fetch::url::split_target;
use crate::support::excerpt::start;
use crate::support::locks::unpoisoned;

mod entities;
mod escapes;
mod fold;
mod known;
mod known_secrets;
mod mask;
mod named;
mod packed;
mod patterns;
mod signature;
mod view;

use known::Known;
use known_secrets::{KnownSecrets, REMEMBERED};
use named::Named;
use patterns::LENGTH;
pub(super) use patterns::SHORTEST;

/// The possible lengths in bytes of a credential that an API issues.
const ISSUED: Range<usize> = LENGTH..8192;
/// The number of bytes of a value that are remembered. Only the body of a request can carry a longer value.
const LONGEST: usize = 64 * 1024;

thread_local! {
    /// The redactor of the service that this thread polls.
    static HERE: RefCell<Option<Redactor>> = const { RefCell::new(None) };
}

/// Remembers a value in the redactor of the service that this thread polls, if it polls one.
pub(crate) fn remember_here(value: &str) {
    HERE.with_borrow(|here| here.iter().for_each(|redactor| redactor.remember(value)));
}

/// A set of remembered secrets that are redacted in texts. Clones share their secrets.
///
/// A text is searched after decoding: escapes of JSON, HTML and URLs, base64 and hex, in upper or lower case, with blanks
/// between, also nested. Each part of 8 consecutive characters of a secret is redacted, because a text may contain only
/// the beginning. A secret of 4 to 7 characters is redacted as a whole. A shorter one is redacted only if it stands alone,
/// as in a header or a parameter.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<KnownSecrets>>);

impl Redactor {
    /// Makes this the redactor of the current thread, so that it learns the secrets that a service creates in its poll.
    pub fn enter(&self) {
        HERE.set(Some(self.clone()));
    }

    /// Remembers a value, which is redacted until 256 values, or values of 512 KiB, were used more recently.
    pub fn remember(&self, value: &str) {
        self.remember_as(None, value);
    }

    /// Remembers the value of a key of the secret file, which is never forgotten while it is the last value of the key.
    pub fn remember_key(&self, key: &str, value: &str) {
        self.remember_as(Some(key), value);
    }

    /// Remembers the part of a secret that is not the frame of its format.
    pub(crate) fn remember_secret(&self, secret: &Secret) {
        self.remember(&secret_part(secret.expose()));
    }

    fn remember_as(&self, key: Option<&str>, value: &str) {
        let mut memory = unpoisoned(self.0.write());
        let value = start(value, LONGEST);
        // A replayed recording contains masks instead of secrets.
        if value.is_empty() || value.starts_with(MASK) {
            return;
        }
        if let Some(key) = key {
            memory.replace_value_of(key);
        }
        if let Some(at) = memory.known.iter().position(|known| *known.value == value) {
            memory.known[at].set_key(key);
            return memory.known[at..].rotate_left(1);
        }
        memory.edition += 1;
        memory.known.push(Known::new(key, value));
        if memory.forget_surplus() {
            memory.renew();
        } else {
            let KnownSecrets { known, patterns, least, longest, .. } = &mut *memory;
            if let Some(last) = known.last() {
                last.add_to(patterns);
                *least = least.iter().copied().chain(last.least()).min();
                *longest = last.value.len().max(*longest);
            }
        }
    }

    /// Remembers the values in this body that are named like credentials.
    pub fn remember_named_in(&self, body: &[u8]) {
        for Named { range, .. } in named::in_body(body).into_iter().take(REMEMBERED) {
            let value = std::str::from_utf8(&body[range]).ok();
            value.iter().for_each(|value| self.remember_issued(value));
        }
    }

    /// Remembers a credential that an API issued, unless it is too short or too long for one.
    pub(crate) fn remember_issued(&self, value: &str) {
        let value = signature::proof(value).unwrap_or(value);
        if ISSUED.contains(&value.len()) {
            self.remember(value);
        }
    }

    /// Returns a number that changes whenever a new value is remembered.
    pub fn edition(&self) -> u64 {
        self.memory().edition
    }

    /// Returns true if both share their remembered values.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Returns the text with `***` instead of each part of a remembered value.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.shown(text, Vec::new())
    }

    /// Redacts a message, including values that are named like credentials.
    pub fn redact_message<'a>(&self, message: &'a str) -> Cow<'a, str> {
        self.shown(message, named::in_message(message))
    }

    /// Redacts a value that stands alone. A remembered value is redacted as a whole, even if it is short.
    pub fn redact_value<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let memory = self.memory();
        if memory.known.iter().any(|known| known.value.eq_ignore_ascii_case(value)) {
            return Cow::Borrowed(MASK);
        }
        drop(memory);
        self.redact_message(value)
    }

    /// Redacts a path and query, in which each segment and parameter stands alone.
    pub fn redact_target(&self, target: &str) -> String {
        let masked = |part: &str| {
            let plain = part.replace('+', " ");
            let plain = percent_decode_str(&plain).decode_utf8_lossy().into_owned();
            if self.redact_value(&plain) == MASK { MASK.to_owned() } else { part.to_owned() }
        };
        let parameter = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", masked(value)),
            None => masked(pair),
        };
        let (path, query) = split_target(target);
        let mut text = path.split('/').map(masked).collect::<Vec<_>>().join("/");
        if !query.is_empty() {
            text = format!("{text}?{}", query.split('&').map(parameter).collect::<Vec<_>>().join("&"));
        }
        self.redact_message(&text).into_owned()
    }

    /// Redacts the beginning of a body for a message, including the values of fields that are named like credentials.
    pub fn redact_excerpt(&self, bytes: &[u8]) -> Vec<u8> {
        mask::masked(bytes, self.find(bytes), named::in_body(bytes))
    }

    /// Redacts a whole body, in which different values of one field stay different: `***` and `***2`.
    pub fn redact_body(&self, bytes: &[u8]) -> Vec<u8> {
        mask::marked(bytes, self.find(bytes), named::in_body(bytes))
    }

    fn shown<'a>(&self, text: &'a str, named: Vec<Named>) -> Cow<'a, str> {
        let found = self.find(text.as_bytes());
        if found.is_empty() && named.is_empty() {
            return Cow::Borrowed(text);
        }
        let masked = mask::masked(text.as_bytes(), found, named);
        Cow::Owned(String::from_utf8_lossy(&masked).into_owned())
    }

    /// Returns true if the text contains a whole remembered value in any of its spellings. A value of 4 to 7 characters
    /// counts only if no letter or digit is next to it, a shorter one never.
    pub fn contains(&self, text: &str) -> bool {
        self.memory().first_in(text, |_| true).is_some()
    }

    /// Returns the key of the first value of the secret file that the text [contains](Self::contains).
    pub fn configured_in(&self, text: &str) -> Option<String> {
        self.memory().first_in(text, |known| known.key.is_some()).and_then(|known| known.key.clone())
    }

    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.memory().find(text)
    }

    fn memory(&self) -> RwLockReadGuard<'_, KnownSecrets> {
        unpoisoned(self.0.read())
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests;
