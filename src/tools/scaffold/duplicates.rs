//! Recognition of fields that repeat the value of another field.

use super::identifiers::words;
use super::number_text::Notation;
use super::sample_shape::{SampleShape, SampleValues};

/// The words after which a key names the same value as without them, if the values are equal.
const SUFFIXES: [&str; 3] = ["count", "number", "total"];
/// The words for units, after which a number has the value of a text.
const UNITS: [&str; 5] = ["bytes", "millis", "nanos", "seconds", "ms"];

/// Returns true if another field has the same value in a better notation: `forks` beside an equal `forks_count`, or
/// `limit_size_in_bytes` beside the text `limit_size`.
pub(super) fn has_original(key: &str, values: &SampleValues, fields: &[(&str, SampleValues)]) -> bool {
    fields.iter().filter(|(other, _)| *other != key).any(|(other, others)| {
        is_suffixed(key, values, other, others)
            || is_text_of(key, values, other, others)
            || is_length_of(key, values, other, others)
            || is_fahrenheit(key, other)
    })
}

/// Returns true if the value is the length of a list, such as `Fans@odata.count` beside `Fans`.
fn is_length_of(key: &str, values: &SampleValues, other: &str, others: &SampleValues) -> bool {
    let words = words(key);
    let is_count = words
        .split_last()
        .is_some_and(|(last, stem)| last == "count" && stem == super::identifiers::words(other));
    let lengths = others.groups().into_iter().map(|group| group.values.len().to_string());
    is_count && others.shape() == SampleShape::List && values.scalars() == lengths.collect::<Vec<_>>()
}

/// Returns true if the other key is the same temperature in degrees Celsius.
fn is_fahrenheit(key: &str, other: &str) -> bool {
    let (words, others) = (words(key), super::identifiers::words(other));
    let is =
        |words: &[String], units: [&str; 2]| words.last().is_some_and(|last| units.contains(&last.as_str()));
    is(&words, ["f", "fahrenheit"])
        && is(&others, ["c", "celsius"])
        && words[..words.len() - 1] == others[..others.len() - 1]
}

/// Returns true if the key is the other one with a suffix, and all values are equal.
fn is_suffixed(key: &str, values: &SampleValues, other: &str, others: &SampleValues) -> bool {
    let words = words(key);
    let Some((last, stem)) = words.split_last() else { return false };
    SUFFIXES.contains(&last.as_str())
        && stem == super::identifiers::words(other)
        && values.shape() == SampleShape::Number
        && values.scalars() == others.scalars()
}

/// Returns true if the other key is a number with the name of the text and a unit.
fn is_text_of(key: &str, values: &SampleValues, other: &str, others: &SampleValues) -> bool {
    if values.shape() != SampleShape::Text || others.shape() != SampleShape::Number {
        return false;
    }
    let is_amount = matches!(Notation::of(&values.texts()), Some(Notation::Size | Notation::Duration));
    let (words, mut stem) = (words(key), words(other));
    let unit = stem.pop().unwrap_or_default();
    if stem.last().is_some_and(|word| word == "in") {
        stem.pop();
    }
    is_amount && UNITS.contains(&unit.as_str()) && stem == words
}
