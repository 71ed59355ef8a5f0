//! The HELP text of a metric: a noun phrase with its unit.

use super::candidate::Candidate;
use super::model::ModelValue;

/// The longest HELP text without its unit and labels, in bytes.
const LONGEST: usize = 60;

/// Returns the HELP text.
pub(super) fn of(candidate: &Candidate, labels: &[String]) -> String {
    let Candidate { around, metric, .. } = candidate;
    let mut words: Vec<&str> = around.iter().chain(&metric.words).map(String::as_str).collect();
    words.dedup();
    let subject = subject(&metric.value, &words, metric.unit);
    let unit = match metric.unit {
        Some("timestamp_seconds") => " as a Unix timestamp in seconds",
        Some("seconds") => " in seconds",
        Some("bytes") => " in bytes",
        Some("cores") => " in cores",
        Some("ratio") => " as a ratio from 0 to 1",
        _ => "",
    };
    let flag = if metric.value == ModelValue::Flag { ": 1 if true, 0 if false" } else { "" };
    format!("{subject}{unit}{}{flag}.", by(labels))
}

fn subject(value: &ModelValue, words: &[&str], unit: Option<&str>) -> String {
    let phrase = super::identifiers::cut(&words.join(" "), LONGEST).trim_end().to_owned();
    let phrase = if phrase.is_empty() { "items".to_owned() } else { phrase };
    match value {
        ModelValue::Count => format!("Number of {phrase}"),
        ModelValue::Tally => {
            let rows = &words[..words.iter().rposition(|word| *word == "by").unwrap_or_default()];
            let rows = if rows.is_empty() { "items".to_owned() } else { rows.join(" ") };
            format!("Number of {rows}")
        }
        ModelValue::State => format!("{}; the value is always 1", capital(&phrase)),
        ModelValue::Bytes => "Size of the response".to_owned(),
        _ if unit == Some("timestamp_seconds") => format!("Time of {phrase}"),
        _ => capital(&phrase),
    }
}

fn by(labels: &[String]) -> String {
    match labels {
        [] => String::new(),
        [only] => format!(" by {only}"),
        [first @ .., last] => format!(" by {} and {last}", first.join(", ")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
