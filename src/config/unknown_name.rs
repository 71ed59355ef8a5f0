//! Errors about unknown keys and words.

use super::json_syntax::quoted;
use super::suggest::advice;

/// Returns the error about an unknown key of an object with these known keys.
pub(crate) fn unknown_key(key: &str, known: &[&str], advice: &str) -> String {
    format!("{} is not known here, expected only {}: {advice}", quoted(key), listed(known))
}

/// Returns the error about a value that is none of these words.
pub(crate) fn unknown_word(key: &str, word: &str, known: &[&str]) -> String {
    let advice = advice(word, known.iter().copied(), "take one of these");
    format!("`{key}` is {}, expected one of {}: {advice}", quoted(word), listed(known))
}

/// Returns the names as one text, such as "`a`, `b` and `c`".
pub(crate) fn listed(names: &[&str]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}
