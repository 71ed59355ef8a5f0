//! Errors about unknown keys and words.

use super::credential_shapes::credential;
#[cfg(feature = "run")]
use super::credential_shapes::random::is_opaque;
use super::credential_shapes::random::is_random;
use super::json_syntax::quoted;
use super::problem::Problem;
use super::suggest::similar;

/// Returns the problem of an unknown key of an object with these known keys.
pub(crate) fn unknown_key(key: &str, known: &[&str]) -> Problem {
    Problem::new(format!("{} is not a known key, expected {}", shown(key), alternatives(known)))
}

/// Returns the problem of a value that is none of these words.
pub(crate) fn unknown_word(key: &str, word: &str, known: &[&str]) -> Problem {
    Problem::new(format!("`{key}` is {}, expected {}", shown(word), alternatives(known)))
        .help_if(similar(word, known.iter().copied()))
}

/// Returns the word in quotation marks, unless it may be a credential that was put in the wrong place.
pub(crate) fn shown(word: &str) -> String {
    if credential(word).is_some() || is_random(word) {
        "a value that may be a credential".to_owned()
    } else {
        quoted(word)
    }
}

/// Returns true if a word can be shown where a password may have been put: a short name, and no password.
#[cfg(feature = "run")]
pub(crate) fn is_plain_name(word: &str) -> bool {
    is_short_name(word) && !is_opaque(word)
}

/// Returns true if a word can be shown where a key may have been put: a short name, and no credential.
#[cfg(feature = "run")]
pub(crate) fn is_short_name(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_-. @".contains(c);
    word.len() <= 64 && word.chars().all(fits) && credential(word).is_none() && !is_random(word)
}

/// Returns true if a path is the text of a certificate or key instead, in base64 or with broken markers.
#[cfg(feature = "run")]
pub(crate) fn is_key_material(path: &str) -> bool {
    let upper = path.to_ascii_uppercase();
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c) || c.is_whitespace();
    // The beginnings of DER, whose first byte is 0x30, and of a PEM marker in base64.
    let begins = path.starts_with('M') || path.starts_with("LS0t");
    upper.contains("BEGIN ") || begins && path.len() >= 40 && path.chars().all(is_base64)
}

/// Returns the names as alternatives, such as "`a`, `b` or `c`".
pub(crate) fn alternatives(names: &[&str]) -> String {
    joined(names, "or")
}

fn joined(names: &[&str], conjunction: &str) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {conjunction} {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}
