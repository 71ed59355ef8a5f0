//! Which numbers of an answer are worth a metric, and of which kind.

use super::identifiers::words;
use super::sample_shape::SampleValues;
use crate::config::Kind;
use crate::config::json_tree::Tree;

/// The longest key that is looked at: longer ones are data.
const LONGEST_KEY: usize = 50;

/// What a number is called that names, places or dates something, or belongs to the walk through pages.
const NO_AMOUNT: &str = "at code created cursor date day epoch id ids index lat latitude limit lng lon longitude \
    modified month offset page pages port schema skip timestamp timezone ts uid updated uuid version year zip";

/// What happens, and is counted for ever where it is a total.
const EVENTS: &str = "bytes calls clicks deliveries downloads errors failures hits impressions installations installs \
    logins misses packets pulls requests restarts retries timeouts uploads views visits";

/// Whether the key is one that a field and a metric can be made of: another answer will have it too. A date, an address or a
/// number is data, as `24h` is not, and so is what is too long for a name.
pub fn is_plain(key: &str) -> bool {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let is_data =
        key.starts_with(|c: char| c.is_ascii_digit()) && (digits > 3 || !key.contains(char::is_alphabetic));
    !is_data && key.chars().count() <= LONGEST_KEY
}

/// Whether the number with this key is an amount.
pub fn is_amount(key: &str) -> bool {
    words(key).last().is_none_or(|last| !holds(NO_AMOUNT, last))
}

/// A counter is what is a total of events by its name, and whole. Anything else is a gauge: that is never wrong, while a
/// counter that falls is taken for one that began anew.
pub fn kind(key: &str, seen: &SampleValues) -> Kind {
    let words = words(key);
    let is_total = words.iter().any(|word| word == "total");
    let is_event = words.iter().any(|word| holds(EVENTS, word));
    let is_whole = seen.values.iter().all(|value| matches!(value, Tree::Number(number) if number.is_u64()));
    if is_total && is_event && is_whole { Kind::Counter } else { Kind::Gauge }
}

/// The type that a number is read with. A gauge may have a fraction or fall below 0 next time.
pub fn type_of(kind: Kind) -> &'static str {
    if kind == Kind::Counter { "u64" } else { "f64" }
}

/// The number as it stands in Rust.
pub fn literal(kind: Kind, seen: &SampleValues) -> String {
    match seen.values.first() {
        Some(Tree::Number(number)) if kind == Kind::Counter => number.to_string(),
        Some(Tree::Number(number)) => format!("{:?}", number.as_f64().unwrap_or_default()),
        _ => String::new(),
    }
}

fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}
