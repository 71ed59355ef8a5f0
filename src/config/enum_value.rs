//! A value that is one of a few words.

use super::custom_keys::listed;
use super::fields::Fields;
use super::json_syntax::quoted;
use super::key_table::ConfigKey;
use super::suggest::advice;

/// The value whose word stands there; the default where none or another one does, which is then reported.
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
