//! Separates a team's custom keys from misspelt keys.

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::ObjectEntry;
use super::key_table::{ConfigKey, Need};
use super::suggest::{advice, slips};
use super::unknown_name::listed;

/// The prefix that is reserved for known keys.
const PREFIX: &str = "prometheus_";

/// Returns the custom keys, which are not in the table. Reports each misspelt key, and each required key that is
/// missing and not misspelt.
pub(super) fn sort<'a>(fields: &Fields<'a>, table: &[ConfigKey]) -> Vec<&'a ObjectEntry> {
    let unknown = |entry: &&ObjectEntry| !table.iter().any(|key| key.name == entry.key.value);
    let ours: Vec<_> = table.iter().map(|key| key.name).filter(|name| name.starts_with(PREFIX)).collect();
    let absent: Vec<&ConfigKey> = table.iter().filter(|key| fields.entry(key).is_none()).collect();
    let (mut own, mut meant) = (Vec::new(), Vec::new());
    for entry in fields.entries.iter().filter(unknown) {
        match slip_of(&entry.key.value, table, &absent) {
            Some(key) => {
                misspelt(fields, entry, key);
                meant.push(key.name);
            }
            None if entry.key.value.starts_with(PREFIX) && !ours.is_empty() => reserved(fields, entry, &ours),
            None => own.push(entry),
        }
    }
    fields.missing(table, &meant);
    own
}

/// Returns the known key that `word` misspells. A key that exists too is not meant: `ports` beside `port` is a custom
/// key. The exception is a word that differs only in case, `-` or `_`.
fn slip_of<'k>(word: &str, table: &'k [ConfigKey], absent: &[&'k ConfigKey]) -> Option<&'k ConfigKey> {
    if let Some(same) = table.iter().find(|key| slips(word, key.name, 0).is_some()) {
        return Some(same);
    }
    let measured = absent.iter().filter_map(|key| distance(word, key).map(|distance| (distance, *key)));
    measured.min_by_key(|(distance, _)| *distance).map(|(_, key)| key)
}

/// Returns the distance of a word from an absent key; `None` if the word is not near.
///
/// A near word has at most one slip in eight letters, or in four if the key is required and so surely meant.
/// A word that differs only in its last part is near too (`request_timeout_ms`).
fn distance(word: &str, key: &ConfigKey) -> Option<usize> {
    let letters = key.name.len();
    let limit = if matches!(key.need, Need::Required(_)) { letters / 4 } else { (letters / 8).max(1) };
    slips(word, key.name, limit).or_else(|| {
        let (stem, _) = key.name.rsplit_once('_')?;
        let rest = word.to_ascii_lowercase();
        let rest = rest.strip_prefix(stem).filter(|rest| rest.is_empty() || rest.starts_with('_'));
        rest.filter(|_| stem.contains('_') && !stem.starts_with(PREFIX)).map(|_| letters)
    })
}

fn misspelt(fields: &Fields, entry: &ObjectEntry, key: &ConfigKey) {
    let word = quoted(&entry.key.value);
    let text = if fields.entry(key).is_some() {
        format!("{word} stands beside `{}`, which means the same: take one of them out", key.name)
    } else if matches!(key.need, Need::Required(_)) {
        format!(
            "{word} is not known, and {} has no `{}`: did you mean `{}`?",
            fields.owner, key.name, key.name
        )
    } else {
        format!("{word} looks like a slip of `{}`: did you mean that? If not, take another name", key.name)
    };
    fields.report.add(entry.key.place, text);
}

/// Reports an unknown key that has the reserved prefix.
fn reserved(fields: &Fields, entry: &ObjectEntry, ours: &[&str]) {
    let word = quoted(&entry.key.value);
    let advice = advice(&entry.key.value, ours.iter().copied(), "take another name");
    let text = format!("{word} is not known, expected of `{PREFIX}*` only {}: {advice}", listed(ours));
    fields.report.add(entry.key.place, text);
}
