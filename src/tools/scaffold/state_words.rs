//! The words for the states of things, and the enumerations that they belong to.

/// Usual enumerations of states, in lower case, with `_` between words. The first one with all states of a sample is used, so that a
/// shorter one precedes a longer one with the same word.
const ENUMERATIONS: [&str; 36] = [
    "up down",
    "on off",
    "open closed",
    "online offline",
    "active inactive",
    "enabled disabled",
    "available unavailable",
    "connected disconnected",
    "connected connecting disconnected",
    "healthy unhealthy",
    "healthy degraded unhealthy",
    "running stopped",
    "running stopped paused",
    "running stopped starting stopping",
    "green yellow red",
    "ok error",
    "ok warning critical",
    "ok warning critical unknown",
    "ok warn error",
    "passing warning critical",
    "pass warn fail",
    "passed failed",
    "success failure",
    "success failed",
    "succeeded failed",
    "pending running succeeded failed unknown",
    "operational degraded_performance partial_outage major_outage under_maintenance",
    "none minor major critical",
    "low medium high critical",
    "health_ok health_warn health_err",
    "online degraded faulted offline unavail removed",
    "leader follower candidate",
    "primary secondary",
    "locked unlocked",
    "sealed unsealed",
    "charging discharging full",
];
/// Further words for states, whatever the key is.
const WORDS: &str = "busy failing idle paused queued standby starting stopping";
/// The words for states that are also used for other things.
const GENERAL: &str = "candidate full high low major medium minor none pass primary removed secondary";
/// The longest text that is a state of a single object, in bytes.
const LONGEST: usize = 30;
/// The largest number of words of such a text.
const MOST_WORDS: usize = 3;

/// Returns true if the text is a word for a state, whatever its key is.
pub(super) fn is_known(text: &str) -> bool {
    let word = plain(text);
    (ENUMERATIONS.iter().any(|list| holds(list, &word)) || holds(WORDS, &word)) && !holds(GENERAL, &word)
}

/// Returns true if the text can be a state, and is no sentence, number or version.
pub(super) fn is_state(text: &str) -> bool {
    let is_part = |c: char| c.is_alphabetic() || matches!(c, ' ' | '_' | '-');
    text.len() <= LONGEST
        && text.starts_with(char::is_alphabetic)
        && text.chars().all(is_part)
        && text.split_whitespace().count() <= MOST_WORDS
}

/// Returns true if a usual enumeration contains all texts.
pub(super) fn are_enumerated(texts: &[&str]) -> bool {
    !texts.is_empty() && enumeration(texts).is_some()
}

/// Returns the known states: those of the sample, and the others of their enumeration in the same letter case.
pub(super) fn states(texts: &[&str]) -> Vec<String> {
    let mut states: Vec<String> = Vec::new();
    let like = longest(texts);
    let others = enumeration(texts).unwrap_or_default().split(' ').map(|word| styled(word, like));
    for state in texts.iter().map(|text| (*text).to_owned()).chain(others) {
        if !state.is_empty() && !states.contains(&state) {
            states.push(state);
        }
    }
    states
}

fn enumeration(texts: &[&str]) -> Option<&'static str> {
    let is_like = |text: &&str| styled(&plain(text), longest(texts)) == **text;
    let has_all = |list: &&&str| texts.iter().all(|text| holds(list, &plain(text)));
    ENUMERATIONS.iter().find(has_all).copied().filter(|_| texts.iter().all(is_like))
}

/// Returns the text whose letter case is the clearest.
fn longest<'a>(texts: &[&'a str]) -> &'a str {
    texts.iter().copied().max_by_key(|text| text.len()).unwrap_or_default()
}

fn plain(text: &str) -> String {
    text.to_lowercase().replace([' ', '-'], "_")
}

/// Returns the word in the letter case of another one, and with its separator.
fn styled(word: &str, like: &str) -> String {
    let separator = [' ', '-'].into_iter().find(|separator| like.contains(*separator)).unwrap_or('_');
    let word = word.replace('_', &separator.to_string());
    let (first, rest) = word.split_at(word.len().min(1));
    match like.chars().filter(|c| c.is_alphabetic()).take(2).map(char::is_uppercase).collect::<Vec<_>>()[..] {
        [true, true] => word.to_uppercase(),
        [true, ..] if word == "ok" => "OK".to_owned(),
        [true, ..] if like.split(separator).skip(1).any(|word| word.starts_with(char::is_uppercase)) => {
            let parts = word.split(separator).map(|part| part[..1].to_uppercase() + &part[1..]);
            parts.collect::<Vec<_>>().join(&separator.to_string())
        }
        [true, ..] => first.to_uppercase() + rest,
        _ => word,
    }
}

fn holds(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split(' ').any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_an_enumeration_are_completed_in_the_same_letter_case() {
        for (texts, expected) in [
            (&["running"][..], &["running", "stopped"][..]),
            (&["GREEN"], &["GREEN", "YELLOW", "RED"]),
            (&["OK", "Warning"], &["OK", "Warning", "Critical"]),
            (&["Warning"], &["Warning", "OK", "Critical"]),
            (&["Up", "lost"], &["Up", "lost"]),
            (&["HEALTH_WARN"], &["HEALTH_WARN", "HEALTH_OK", "HEALTH_ERR"]),
            (
                &["Partial Outage"],
                &[
                    "Partial Outage",
                    "Operational",
                    "Degraded Performance",
                    "Major Outage",
                    "Under Maintenance",
                ],
            ),
            (&["got ip"], &["got ip"]),
            (&["IDLE"], &["IDLE"]),
            (&["healthy", "degraded"], &["healthy", "degraded", "unhealthy"]),
        ] {
            assert_eq!(states(texts), expected);
        }
    }

    #[test]
    fn sentences_numbers_and_versions_are_no_states() {
        for text in ["running", "got ip", "HEALTH_OK", "in-progress", "Nicht bereit"] {
            assert!(is_state(text), "{text}");
        }
        for text in ["", "Up 3 days", "1.2.3", "The server is on fire", "a@b", "200 OK", &"x".repeat(31)] {
            assert!(!is_state(text), "{text}");
        }
    }
}
