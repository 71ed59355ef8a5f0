//! Keeps secrets out of everything that is shown.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use percent_encoding::percent_decode_str;

use super::secret::MASK;
use crate::fetch::cassette::http_file::split_target;

mod entities;
mod escapes;
mod fold;
mod known;
mod mask;
mod named;
mod packed;
mod patterns;
mod view;

use known::Known;
use named::Named;
use patterns::{Compared, LENGTH, Patterns};
use view::{DecodedText, Place, Readings, SourceRange};

/// How many values are remembered; those that were not in use for the longest time go, or tokens that are fetched anew for
/// each poll would pile up.
const REMEMBERED: usize = 256;
/// The length of a credential that an API issues.
const ISSUED: Range<usize> = LENGTH..8192;
/// The bytes of all of them, which take ten times that as patterns: 256 tokens of 2 KiB.
const REMEMBERED_BYTES: usize = 512 * 1024;
/// The part of a value that is remembered. No request can carry a longer one, other than in its body.
const LONGEST: usize = 64 * 1024;

thread_local! {
    /// That of the service which this thread polls.
    static HERE: RefCell<Option<Redactor>> = const { RefCell::new(None) };
}

/// Has a value redacted by the service that this thread polls, if it polls one.
pub fn remember_here(value: &str) {
    HERE.with_borrow(|here| here.iter().for_each(|redactor| redactor.remember(value)));
}

/// Remembers secrets and redacts them. Clones share what they remember.
///
/// A text is searched after decoding: escapes of JSON, HTML and URLs, base64 and hex, in upper or lower case, with blanks
/// between, also nested. Each part of 8 consecutive characters of a secret is redacted, so that none of it is shown where
/// a text has only the beginning; a secret of 4 to 7 characters as a whole, a shorter one only where it stands alone (a
/// header, a parameter).
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<KnownSecrets>>);

#[derive(Default)]
struct KnownSecrets {
    known: Vec<Known>,
    patterns: Patterns,
    /// The fewest characters of a text that may contain a value.
    least: Option<usize>,
    /// The number of values remembered so far.
    edition: u64,
}

impl Redactor {
    /// Makes it the redactor of this thread, which learns the secrets that a service makes while it polls.
    pub fn enter(&self) {
        HERE.set(Some(self.clone()));
    }

    /// Redacts this value from now on, until 256 others have been in use since.
    pub fn remember(&self, value: &str) {
        self.remember_as(None, value);
    }

    /// The same for the value of a key of the secret file.
    pub fn remember_key(&self, key: &str, value: &str) {
        self.remember_as(Some(key), value);
    }

    fn remember_as(&self, key: Option<&str>, value: &str) {
        let mut memory = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let value = start(value);
        // A recording that is replayed hands out masks.
        if value.is_empty() || value.starts_with(MASK) {
            return;
        }
        if let Some(at) = memory.known.iter().position(|known| *known.value == value) {
            if let Some(key) = key {
                memory.known[at].key = Some(key.to_owned());
            }
            return memory.known[at..].rotate_left(1);
        }
        memory.edition += 1;
        memory.known.push(Known::new(key, value));
        if memory.forget_surplus() {
            memory.renew();
        } else {
            let KnownSecrets { known, patterns, least, .. } = &mut *memory;
            if let Some(last) = known.last() {
                last.add_to(patterns);
                *least = least.iter().copied().chain(last.least()).min();
            }
        }
    }

    /// Redacts the values of what is named like a credential in this body from now on.
    pub fn remember_named_in(&self, body: &[u8]) {
        for Named { range, .. } in named::in_body(body).into_iter().take(REMEMBERED) {
            let value = std::str::from_utf8(&body[range]).ok();
            value.filter(|value| ISSUED.contains(&value.len())).iter().for_each(|value| self.remember(value));
        }
    }

    /// Another number whenever a value is new.
    pub fn edition(&self) -> u64 {
        self.memory().edition
    }

    /// Returns true if both share their remembered values.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The text with `***` in place of every part of a remembered value.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.shown(text, Vec::new())
    }

    /// A message with the values of what is named like a credential redacted too.
    pub fn redact_message<'a>(&self, message: &'a str) -> Cow<'a, str> {
        self.shown(message, named::in_message(message))
    }

    /// A value that stands alone, redacted as a whole if it is a remembered one, however short.
    pub fn redact_value<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let memory = self.memory();
        if memory.known.iter().any(|known| known.value.eq_ignore_ascii_case(value)) {
            return Cow::Borrowed(MASK);
        }
        drop(memory);
        self.redact_message(value)
    }

    /// A path and query; each segment and parameter stands alone.
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

    /// The beginning of a body, for a message: without the parts of remembered values, and the values of fields that are
    /// named like a credential.
    pub fn redact_excerpt(&self, bytes: &[u8]) -> Vec<u8> {
        mask::masked(bytes, self.find(bytes), named::in_body(bytes))
    }

    /// A whole body, in which different values of one field stay different: `***` and `***2`.
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
    /// counts if no letter or digit is next to it, a shorter one never.
    pub fn contains(&self, text: &str) -> bool {
        self.memory().first_in(text, |_| true).is_some()
    }

    /// The key of the first value of the secret file that the text contains, as [`contains`](Self::contains) says.
    pub fn configured_in(&self, text: &str) -> Option<String> {
        self.memory().first_in(text, |known| known.key.is_some()).and_then(|known| known.key.clone())
    }

    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        self.memory().find(text)
    }

    fn memory(&self) -> RwLockReadGuard<'_, KnownSecrets> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KnownSecrets {
    /// Forgets the values that were not in use for the longest time, if there are too many or they are too long together.
    /// Returns true if there were any.
    fn forget_surplus(&mut self) -> bool {
        let (mut count, mut bytes) = (0, 0);
        let fits = |known: &&Known| {
            (count, bytes) = (count + 1, bytes + known.value.len());
            count <= REMEMBERED && bytes <= REMEMBERED_BYTES
        };
        let stay = self.known.iter().rev().take_while(fits).count();
        let surplus = self.known.len() - stay;
        self.known.drain(..surplus);
        surplus > 0
    }

    fn renew(&mut self) {
        let mut patterns = Patterns::default();
        patterns.add(self.known.iter().flat_map(Known::values));
        self.patterns = patterns;
        self.least = self.known.iter().filter_map(Known::least).min();
    }

    /// The places of the parts of all values. A text without any, as most are, is searched without a note of the places.
    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.patterns.is_empty() {
            return found;
        }
        let least = self.patterns.least();
        for part in view::parts(text.len()) {
            let plain = DecodedText::<()>::plain(&text[part.clone()], 0);
            let visit = &mut |view: &DecodedText<()>| self.is_in(view);
            if (Readings { least, visit }).of(&plain) {
                let mut add = |place: SourceRange| {
                    found.push(place.range());
                    false
                };
                let visit = &mut |view: &DecodedText<SourceRange>| {
                    self.patterns.find(view, &mut add)
                        || self.contains(view) && self.patterns.find_letters(view, &mut add)
                };
                Readings { least, visit }.of(&DecodedText::plain(&text[part.clone()], part.start));
            }
        }
        found
    }

    /// Returns true if a reading has a part of a value, or a whole one with anything between its letters.
    fn is_in(&self, view: &DecodedText<()>) -> bool {
        self.patterns.find(view, &mut |()| true) || self.contains(view)
    }

    fn contains<P: Place>(&self, view: &DecodedText<P>) -> bool {
        if !self.patterns.find_letters(view, &mut |_| true) {
            return false;
        }
        let compared = Compared::new(&view.bytes);
        self.known.iter().any(|known| known.is_in(&view.bytes, &compared))
    }

    /// The first of these values that the text contains.
    fn first_in(&self, text: &str, which: fn(&Known) -> bool) -> Option<&Known> {
        let least = self.least.filter(|least| text.len() >= *least)?;
        let mut first = None;
        for part in view::parts(text.len()) {
            let visit = &mut |view: &DecodedText<()>| {
                if view.bytes.len() >= least && self.patterns.may_have_whole(view) {
                    let compared = Compared::new(&view.bytes);
                    first =
                        self.known.iter().find(|known| which(known) && known.is_in(&view.bytes, &compared));
                }
                first.is_some()
            };
            if (Readings { least, visit }).of(&DecodedText::plain(&text.as_bytes()[part], 0)) {
                break;
            }
        }
        first
    }
}

/// The part of a value that is remembered.
fn start(value: &str) -> &str {
    let end = (0..=LONGEST.min(value.len())).rev().find(|at| value.is_char_boundary(*at));
    &value[..end.unwrap_or_default()]
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

#[cfg(test)]
mod tests;
