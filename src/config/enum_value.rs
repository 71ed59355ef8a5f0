//! Reads a value that is one of a fixed list of words.

use super::custom_keys::listed;
use super::fields::Fields;
use super::json_syntax::quoted;
use super::key_table::ConfigKey;
use super::suggest::advice;

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
        let names = all.map(word);
        let advice = advice(&found.value, names, "take one of these");
        let shown = quoted(&found.value);
        let text = format!("`{}` is {shown}, expected one of {}: {advice}", key.name, listed(&names));
        fields.report.add(found.place, text);
        T::default()
    })
}
