//! A remembered secret in the forms that are searched for.

use zeroize::{Zeroize as _, Zeroizing};

use super::patterns::{Compared, Form, LENGTH, Patterns, SHORTEST};
use super::view::DecodedText;
use super::{escapes, fold};

/// A remembered secret with its decoded forms.
pub(super) struct Known {
    /// The key of the value in the secret file, if it has one.
    pub key: Option<String>,
    /// True if it is the last value of its key, which is never forgotten.
    pub is_current: bool,
    /// The value itself.
    pub value: Zeroizing<String>,
    /// The value without its escapes and with its letters as those of ASCII, as in a decoded text.
    pub(super) decoded: Vec<Zeroizing<Vec<u8>>>,
    forms: Vec<Form>,
}

impl Known {
    /// Creates a remembered secret from a value and its key in the secret file, if it has one.
    pub(super) fn new(key: Option<&str>, value: &str) -> Self {
        let mut decoded = decoded(value.as_bytes());
        // A short one would redact half of a text.
        decoded.retain(|bytes| bytes.as_slice() != value.as_bytes() && Form::new(bytes).length() >= LENGTH);
        decoded.extend(latin1(value.as_bytes()));
        let value = Zeroizing::new(value.to_owned());
        let forms = std::iter::once(value.as_bytes()).chain(decoded.iter().map(|bytes| bytes.as_slice()));
        Self {
            key: key.map(str::to_owned),
            is_current: key.is_some(),
            forms: forms.map(Form::new).collect(),
            value,
            decoded,
        }
    }

    /// Makes the secret the current value of a key, if there is a key.
    pub(super) fn set_key(&mut self, key: Option<&str>) {
        if let Some(key) = key {
            (self.key, self.is_current) = (Some(key.to_owned()), true);
        }
    }

    /// Adds the parts of the secret to `patterns`.
    pub(super) fn add_to(&self, patterns: &mut Patterns) {
        patterns.add(self.values());
    }

    /// Returns the value and its decoded forms, which are searched for.
    pub(super) fn values(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(self.value.as_bytes()).chain(self.decoded.iter().map(|bytes| bytes.as_slice()))
    }

    /// Returns the minimum length of a text that may contain the secret; `None` if it is too short for a search.
    pub(super) fn least(&self) -> Option<usize> {
        self.forms.iter().map(Form::length).filter(|length| *length >= SHORTEST).min()
    }

    /// Returns true if a decoded text contains the whole value.
    pub(super) fn is_in(&self, text: &[u8], compared: &Compared) -> bool {
        self.forms.iter().any(|form| form.is_in(text, compared))
    }
}

fn decoded(value: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let mut view = DecodedText::<()>::plain(value, 0);
    while let Some(next) = escapes::unescaped(&view) {
        view.bytes.zeroize();
        view = next;
    }
    let folded = [fold::folded(&view), fold::without_tags(&view)];
    let folded = folded.into_iter().flatten().map(|view| Zeroizing::new(view.bytes));
    folded.chain(std::iter::once(Zeroizing::new(view.bytes))).collect()
}

/// Returns UTF-8 as a server shows it that reads each byte of a header as a character, if that differs.
fn latin1(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let wide: String = value.iter().copied().map(char::from).collect();
    (!value.is_ascii()).then(|| Zeroizing::new(wide.into_bytes()))
}
