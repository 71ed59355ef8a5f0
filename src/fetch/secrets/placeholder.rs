//! Placeholders for secrets in serialized data, which only the body of a request replaces.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::secret::Secret;
use crate::support::hash_key::HashKey;

/// The beginning of each placeholder. JSON and forms do not escape its characters.
const PREFIX: &str = "__secret_";
/// The length of a placeholder in bytes: its beginning and a number of 128 bits.
const LENGTH: usize = PREFIX.len() + 32;
/// The maximum number of secrets of a thread that have a placeholder. The least recently used one is forgotten.
const ISSUED: usize = 256;

thread_local! {
    /// The placeholders of this thread, which polls a service, with their secrets.
    static PLACEHOLDERS: RefCell<Vec<(String, Secret)>> = const { RefCell::new(Vec::new()) };
}

/// Returns the placeholder of a secret. It is random, so that no text of an API equals it, and the same for equal secrets.
pub(crate) fn placeholder_of(secret: &Secret) -> String {
    PLACEHOLDERS.with_borrow_mut(|issued| {
        if let Some(at) = issued.iter().position(|(_, known)| known.expose() == secret.expose()) {
            issued[at..].rotate_left(1);
        } else {
            let surplus = (issued.len() + 1).saturating_sub(ISSUED);
            issued.drain(..surplus);
            issued.push((random(), secret.clone()));
        }
        issued.last().map(|(text, _)| text.clone()).unwrap_or_default()
    })
}

/// Returns the places of all placeholders in a text, with their secrets.
pub(crate) fn placeholders_in(text: &[u8]) -> Vec<(Range<usize>, Secret)> {
    PLACEHOLDERS.with_borrow(|issued| {
        let (mut found, mut at) = (Vec::new(), 0);
        while let Some(start) = next(text, at).filter(|_| !issued.is_empty()) {
            let range = start..start + LENGTH;
            let known = |text: &[u8]| issued.iter().find(|(known, _)| known.as_bytes() == text);
            let secret = text.get(range.clone()).and_then(known);
            at = if secret.is_some() { range.end } else { start + 1 };
            found.extend(secret.map(|(_, secret)| (range, secret.clone())));
        }
        found
    })
}

/// Returns true if a text contains a placeholder.
pub(crate) fn has_placeholder(text: &[u8]) -> bool {
    !placeholders_in(text).is_empty()
}

fn next(text: &[u8], from: usize) -> Option<usize> {
    let (prefix, mut at) = (PREFIX.as_bytes(), from);
    loop {
        at += text.get(at..)?.iter().position(|byte| *byte == prefix[0])?;
        if text[at..].starts_with(prefix) {
            return Some(at);
        }
        at += 1;
    }
}

fn random() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes();
    let number = HashKey::of_process().hash_parts([PREFIX.as_bytes(), &count]);
    format!("{PREFIX}{number:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_secrets_have_one_placeholder_without_their_value() {
        let one = placeholder_of(&Secret::of("hush"));
        assert_eq!((one.len(), one == placeholder_of(&Secret::of("hush"))), (LENGTH, true));
        assert_ne!(one, placeholder_of(&Secret::of("other")));
        assert!(!one.contains("hush"));
    }

    #[test]
    fn placeholders_are_found_wherever_they_are() {
        let (one, two) = (placeholder_of(&Secret::of("one")), placeholder_of(&Secret::of("two")));
        let text = format!("__secret_{one}{two} __secret_{} {one}", "0".repeat(32));
        let found = placeholders_in(text.as_bytes());
        let secrets: Vec<&str> = found.iter().map(|(_, secret)| secret.expose()).collect();
        assert_eq!(secrets, ["one", "two", "one"]);
        assert!(found.iter().all(|(range, _)| text[range.clone()].starts_with(PREFIX)));
        assert!(!has_placeholder(&text.as_bytes()[..PREFIX.len() + LENGTH - 1]));
    }

    #[test]
    fn a_secret_is_forgotten_after_256_others() {
        let first = placeholder_of(&Secret::of("first"));
        for number in 0..ISSUED {
            assert!(has_placeholder(first.as_bytes()), "{number}");
            placeholder_of(&Secret::of(number.to_string()));
        }
        assert!(!has_placeholder(first.as_bytes()));
    }
}
