//! The notations of numbers, percentages, durations, sizes and times in the strings of a sample.

use crate::author::{Timestamp, units};

/// The longest string that can be a value.
const LONGEST: usize = 40;
/// The most digits of a number in a string. A longer one is an identifier.
const MOST_DIGITS: usize = 15;
/// The length of the shortest date with a time, such as `2026-1-5T01:00`.
const SHORTEST_TIME: usize = 14;

/// The notation of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// A number, such as `23.44`.
    Number,
    /// A percentage, such as `45.2%`.
    Percentage,
    /// A duration, such as `3d 4h`.
    Duration,
    /// A size, such as `1.5GiB`.
    Size,
    /// A date with a time, such as `2026-11-30T01:00:00Z`.
    Time,
}

impl Notation {
    const ALL: [Self; 5] = [Self::Number, Self::Percentage, Self::Duration, Self::Size, Self::Time];

    /// Returns the notation of all texts. Empty texts have any notation.
    pub(super) fn of(texts: &[&str]) -> Option<Self> {
        let texts: Vec<&str> = texts.iter().copied().filter(|text| !text.trim().is_empty()).collect();
        let all_are = |notation: &Self| texts.iter().all(|text| notation.value(text).is_some());
        Self::ALL.into_iter().find(|notation| !texts.is_empty() && all_are(notation))
    }

    /// Returns the function of `collectington::units` that reads the notation.
    pub(super) fn function(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Percentage => "ratio",
            Self::Duration => "seconds",
            Self::Size => "bytes",
            Self::Time => "time",
        }
    }

    /// Returns the value of a text in this notation. A zero date such as `0001-01-01T00:00:00Z` is 0.
    pub(super) fn value(self, text: &str) -> Option<f64> {
        if text.len() > LONGEST || !text.contains(|c: char| c.is_ascii_digit()) {
            return None;
        }
        match self {
            Self::Number if is_plain_number(text) => units::number(text),
            Self::Percentage => units::ratio(text),
            Self::Duration if !is_single_letter_code(text) => units::seconds(text),
            Self::Size => units::bytes(text),
            Self::Time if is_time(text) => {
                Timestamp::parse(text).map(|time| time.seconds().unwrap_or_default())
            }
            _ => return None,
        }
        .ok()
    }
}

/// Returns true if the text is a value in any of the notations.
pub(super) fn is_amount(text: &str) -> bool {
    Notation::of(&[text]).is_some()
}

/// Returns true if the texts are numbers of CPU cores as Kubernetes writes them: `500m` is a half core.
pub(super) fn are_cores(key: &str, texts: &[&str]) -> bool {
    let words = super::identifiers::words(key);
    let has_cpu = words.iter().any(|word| matches!(word.as_str(), "cores" | "cpu" | "cpus"));
    has_cpu
        && texts.iter().any(|text| text.ends_with(['m', 'n', 'u']))
        && texts.iter().all(|text| units::cores(text).is_ok())
}

/// Returns true if the text is a number. With a leading zero or a sign, or with many digits, it is an identifier.
fn is_plain_number(text: &str) -> bool {
    let digits = text.trim_start_matches('-');
    let has_leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    digits.starts_with(|c: char| c.is_ascii_digit()) && !has_leading_zero && digits.len() <= MOST_DIGITS
}

/// Returns true if the text can be a date with a time. A number can also be an identifier.
fn is_time(text: &str) -> bool {
    text.len() >= SHORTEST_TIME && text.contains(|c: char| !c.is_ascii_digit() && c != '.')
}

/// Returns true if the text is a number with a capital letter, such as the code `5M`.
fn is_single_letter_code(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() == 1 && unit.starts_with(|c: char| c.is_ascii_uppercase())
}
