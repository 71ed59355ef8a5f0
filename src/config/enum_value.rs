//! Reads a value that is one of a fixed list of words.

use super::fields::Fields;
use super::key_table::ConfigKey;
use super::unknown_name::unknown_word;

/// Returns the value of a key that holds one of several words; the default if the key is absent. An unknown word is
/// reported, and also gives the default.
pub(super) fn one_of<T: Copy + Default, const N: usize>(
    fields: &Fields,
    key: &ConfigKey,
    all: [T; N],
    word: fn(T) -> &'static str,
) -> T {
    let Some(found) = fields.text(key) else { return T::default() };
    let known = all.into_iter().find(|one| word(*one) == found.value);
    known.unwrap_or_else(|| {
        fields.report.add(found.place, unknown_word(key.name, &found.value, &all.map(word)));
        T::default()
    })
}
