//! Separates a team's custom keys from misspelt keys.

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::ObjectEntry;
use super::key_table::{self, ConfigKey, Need};
use super::problem::Problem;
use super::suggest::{similar, slips};
use super::unknown_name::alternatives;

/// The prefix that is reserved for known keys.
const PREFIX: &str = "prometheus_";

/// Returns the custom keys of a service. Reports each misspelt or missing key, and each top-level key.
pub(super) fn of_service<'a>(fields: &Fields<'a>) -> Vec<&'a ObjectEntry> {
    let mut own = sort(fields, key_table::SERVICE);
    own.retain(|entry| {
        let word = &entry.key.value;
        let Some(key) = key_table::FILE.iter().find(|key| slips(word, key.name, 0).is_some()) else {
            return true;
        };
        let is_other = word != key.name;
        let name =
            if is_other { format!("the top-level key `{}`", key.name) } else { "a top-level key".to_owned() };
        let text = format!("{} is {name}, not a key of a service", quoted(word));
        let help = "move it to the top level of the file, or rename the custom key";
        fields.report.add(entry.key.place, Problem::new(text).help(help));
        false
    });
    own
}

/// Returns true if a word is a known key, and so cannot be a custom key.
#[cfg(feature = "run")]
pub(crate) fn is_known(word: &str) -> bool {
    key_table::SERVICE.iter().chain(key_table::FILE).any(|key| key.name == word)
}

/// Returns the custom keys, which are not in the table. Reports each misspelt key, and each required key that is
/// missing and not misspelt.
pub(super) fn sort<'a>(fields: &Fields<'a>, table: &[ConfigKey]) -> Vec<&'a ObjectEntry> {
    let unknown = |entry: &&ObjectEntry| !table.iter().any(|key| key.name == entry.key.value);
    let ours: Vec<_> = table.iter().map(|key| key.name).filter(|name| name.starts_with(PREFIX)).collect();
    let absent: Vec<&ConfigKey> = table.iter().filter(|key| fields.entry(key).is_none()).collect();
    let (mut own, mut meant) = (Vec::new(), Vec::new());
    for entry in fields.entries.iter().copied().filter(unknown) {
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

/// Returns the known key that `word` misspells. A key that exists too is seldom meant: `ports` beside `port` is a custom key.
/// The exceptions are a word that differs only in case, `-` or `_`, and one with a single [slip](is_single_slip).
fn slip_of<'k>(word: &str, table: &'k [ConfigKey], absent: &[&'k ConfigKey]) -> Option<&'k ConfigKey> {
    if let Some(same) = table.iter().find(|key| slips(word, key.name, 0).is_some()) {
        return Some(same);
    }
    let measured = absent.iter().filter_map(|key| distance(word, key).map(|distance| (distance, *key)));
    let absent = measured.min_by_key(|(distance, _)| *distance).map(|(_, key)| key);
    let mut ours = table.iter().filter(|key| !key.name.starts_with(PREFIX));
    absent.or_else(|| ours.find(|key| is_single_slip(word, key.name)))
}

/// Returns true if one letter of a key is missing, surplus, different or swapped with its neighbor, as in `api_ur`.
///
/// A plural or a number, as in `api_urls` and `api_url_2`, is a custom key beside the key. Of a short key, a word with a different
/// letter may be another word.
fn is_single_slip(word: &str, name: &str) -> bool {
    const SHORT: usize = 6;
    const LONG: usize = 9;
    // Most words are not near, and the rest takes longer.
    if slips(word, name, 1).is_none() {
        return false;
    }
    let plain = |text: &str| text.replace(['_', '-', ' '], "").to_ascii_lowercase();
    let [word, name] = [word, name].map(plain);
    let mut sorted = [&word, &name].map(|text| text.as_bytes().to_vec());
    sorted.iter_mut().for_each(|letters| letters.sort_unstable());
    let is_other_word = word.len() == name.len() && sorted[0] != sorted[1] && name.len() < LONG;
    let is_longer = word.starts_with(&name);
    name.len() >= SHORT && !is_longer && !is_other_word
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
    let name = key.name;
    let problem = if fields.entry(key).is_some() {
        Problem::new(format!("{word} is a second spelling of `{name}`, which exists too"))
            .help("remove one of them, or rename the custom key")
    } else if matches!(key.need, Need::Required(_)) {
        let text = format!("{word} is not a known key, and {} has no `{name}`", fields.owner);
        Problem::new(text).help(format!("a similar name exists: `{name}`"))
    } else {
        Problem::new(format!("{word} looks like a misspelling of `{name}`"))
            .help(format!("write `{name}`, or rename the custom key"))
    };
    fields.report.add(entry.key.place, problem);
}

/// Reports an unknown key that has the reserved prefix.
fn reserved(fields: &Fields, entry: &ObjectEntry, ours: &[&str]) {
    let word = quoted(&entry.key.value);
    let text = format!("{word} has the reserved prefix `{PREFIX}`, expected {}", alternatives(ours));
    let help = similar(&entry.key.value, ours.iter().copied());
    let help = help.unwrap_or_else(|| "rename the custom key".to_owned());
    fields.report.add(entry.key.place, Problem::new(text).help(help));
}
