//! The numbers of a response that are worth a metric, and their kinds.

use super::identifiers::words;
use super::sample_shape::SampleValues;
use crate::config::Kind;
use crate::config::json_tree::Tree;
use crate::fetch::secrets::secret::MASK;

/// The longest key in characters. Longer keys are data.
const LONGEST_KEY: usize = 50;

/// The words for numbers that identify, locate or date something, or that belong to pagination.
const NO_AMOUNT: &str = "at code created cursor date day epoch id ids index lat latitude limit lng lon longitude \
    modified month offset page pages port schema skip timestamp timezone ts uid updated uuid version year zip";

/// The words for events. A total of events is a counter.
const EVENTS: &str = "bytes calls clicks deliveries downloads errors failures hits impressions installations installs \
    logins misses packets pulls requests restarts retries timeouts uploads views visits";

/// Returns true if the key can become a field and a metric, because other responses have it too. A date, an address or
/// a number is data, and so is a key that is too long for a name. `24h` is not data.
pub(super) fn is_plain(key: &str) -> bool {
    let digits = key.chars().filter(char::is_ascii_digit).count();
    let is_data =
        key.starts_with(|c: char| c.is_ascii_digit()) && (digits > 3 || !key.contains(char::is_alphabetic));
    !is_data && !key.contains(MASK) && key.chars().count() <= LONGEST_KEY
}

/// Returns true if the number with this key is an amount.
pub(super) fn is_amount(key: &str) -> bool {
    words(key).last().is_none_or(|last| !holds(NO_AMOUNT, last))
}

/// Returns the kind of a number. A whole number that is a total of events by its name is a counter. Any other number is
/// a gauge: a gauge is always valid, but a counter that falls looks like a restart.
pub(super) fn kind(key: &str, seen: &SampleValues) -> Kind {
    let words = words(key);
    let is_total = words.iter().any(|word| word == "total");
    let is_event = words.iter().any(|word| holds(EVENTS, word));
    let is_whole = seen.values.iter().all(|value| matches!(value, Tree::Number(number) if number.is_u64()));
    if is_total && is_event && is_whole { Kind::Counter } else { Kind::Gauge }
}

/// Returns the type to read a number with. The next value of a gauge can have a fraction or be below 0.
pub(super) fn type_of(kind: Kind) -> &'static str {
    if kind == Kind::Counter { "u64" } else { "f64" }
}

/// Returns the number of the sample as a Rust literal.
pub(super) fn literal(kind: Kind, seen: &SampleValues) -> String {
    match seen.values.first() {
        Some(Tree::Number(number)) if kind == Kind::Counter => number.to_string(),
        Some(Tree::Number(number)) => format!("{:?}", number.as_f64().unwrap_or_default()),
        _ => String::new(),
    }
}

fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}
