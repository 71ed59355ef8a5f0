//! Recognition of labels whose values may grow without bound.

use super::identifiers::words;
use super::number_text::Notation;
use super::sample_shape::SampleValues;

/// The nouns for things that are created all the time, so that their IDs are new ones.
const EVENTS: &str = "alert alerts build builds commit commits connection connections deployment deployments event events \
    incident incidents invoice invoices issue issues job_runs log logs message messages order orders payment payments \
    request requests run runs session sessions ticket tickets transaction transactions";
/// The events among them that also have names or titles.
const NAMED_EVENTS: &str = "alert alerts build builds commit commits deployment deployments event events incident incidents issue \
    issues messages runs ticket tickets";
/// The nouns for persons.
const PERSONS: &str = "assignee assignees author authors customer customers employee employees member members patient \
    patients person persons people user users visitor visitors";
/// The words of fields that identify one thing for ever.
const IDS: &str = "commit digest guid hash id number order pid sha uid uuid";

/// The reasons of labels for a point in time or a period.
const PERIODS: [&str; 2] = ["looks like a time", "looks like a date"];

/// Returns true if the reason is that the label is a time or a date.
pub(super) fn is_of_period(reason: &str) -> bool {
    PERIODS.contains(&reason)
}

/// Returns true if the label is an ID, and no name.
pub(super) fn is_id(label: &str) -> bool {
    words(label).last().is_some_and(|last| holds(IDS, last))
}

/// Returns the reason why a label may have ever more values; `None` if its values are few.
pub(super) fn reason(list: &str, label: &str, seen: &SampleValues) -> Option<&'static str> {
    let (list, label, values) = (words(list), words(label), seen.scalars());
    let noun = list.last().map_or("", String::as_str);
    let is_id = label.last().is_some_and(|last| holds(IDS, last));
    let texts: Vec<&str> = values.iter().map(String::as_str).collect();
    match () {
        () if values.is_empty() => None,
        () if Notation::of(&texts) == Some(Notation::Time) => Some(PERIODS[0]),
        () if texts.iter().all(|text| is_date(text)) => Some(PERIODS[1]),
        () if texts.iter().all(|text| is_random(text)) => Some("looks like a random ID"),
        () if texts.iter().all(|text| has_long_number(text)) => Some("looks like a serial number"),
        () if texts.iter().all(|text| is_ticket(text)) => Some("looks like the ID of a ticket"),
        () if label.last().is_some_and(|last| last == "title")
            && texts.iter().any(|text| is_sentence(text)) =>
        {
            Some("looks like free text")
        }
        () if is_id && label.len() > 1 && label.iter().any(|word| holds(EVENTS, word)) => {
            Some("is the ID of something that is created all the time")
        }
        () if is_id && holds(EVENTS, noun) => Some("is the ID of something that is created all the time"),
        () if holds(NAMED_EVENTS, noun) => Some("names something that is created all the time"),
        () if label.last().is_some_and(|last| last == "pid") => Some("is the ID of a process"),
        () if holds(PERSONS, noun) => Some("may identify a person"),
        () => None,
    }
}

/// Returns the reason why a label of rows with the time of their creation may have ever more values: it is an ID.
pub(super) fn event_reason(label: &str, rows: &SampleValues) -> Option<&'static str> {
    let is_id = words(label).last().is_some_and(|last| holds(IDS, last));
    let is_creation = |(key, seen): (&str, SampleValues)| {
        let is_time = Notation::of(&seen.texts()) == Some(Notation::Time);
        is_time && words(key).iter().any(|word| matches!(word.as_str(), "created" | "started"))
    };
    let is_event = is_id && rows.fields().into_iter().any(is_creation);
    is_event.then_some("is the ID of something that is created all the time")
}

/// Returns the reason why the keys of objects may become ever more; `None` if they are few.
pub(super) fn key_reason(parent: &str, objects: &SampleValues) -> Option<&'static str> {
    let fields = objects.fields();
    let keys: Vec<&str> = fields.iter().map(|(key, _)| *key).collect();
    let words = words(parent);
    let noun = words.last().map_or("", String::as_str);
    match () {
        () if keys.iter().all(|key| is_date(key) || Notation::of(&[key]) == Some(Notation::Time)) => {
            Some(PERIODS[1])
        }
        () if keys.iter().all(|key| is_random(key)) && holds(EVENTS, noun) => Some("looks like a random ID"),
        () if keys.iter().all(|key| has_long_number(key)) => Some("looks like a serial number"),
        () if holds(PERSONS, noun) => Some("may identify a person"),
        () => None,
    }
}

/// Returns true for UUIDs, hashes, and codes of capital letters and digits.
pub(super) fn is_random(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| *c != '-').collect();
    let digits = plain.chars().filter(char::is_ascii_digit).count();
    let is_code = plain.len() >= 12 && plain.chars().all(|c| c.is_ascii_hexdigit());
    let is_mixed = plain.len() >= 16
        && plain.chars().all(|c| c.is_ascii_alphanumeric())
        && plain.contains(|c: char| c.is_ascii_uppercase())
        && plain.contains(|c: char| c.is_ascii_lowercase());
    digits > 1 && (is_code || is_mixed)
}

/// Returns true for texts such as `OPS-1234`.
fn is_ticket(text: &str) -> bool {
    let parts = text.split_once('-');
    parts.is_some_and(|(project, number)| {
        project.len() > 1
            && project.chars().all(|c| c.is_ascii_uppercase())
            && number.len() > 2
            && !number.starts_with('0')
            && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// Returns true if a text has so many words that it is no name.
fn is_sentence(text: &str) -> bool {
    text.split_whitespace().count() > 3
}

fn is_date(text: &str) -> bool {
    let parts: Vec<usize> = text.split('-').map(str::len).collect();
    parts == [4, 2, 2] && text.chars().all(|c| c.is_ascii_digit() || c == '-')
}

/// Returns true if the text has five or more digits in a row, as an order number or a Unix timestamp has.
fn has_long_number(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() >= 5)
}

fn holds(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse_sample;

    fn of(list: &str, label: &str, values: &str) -> Option<&'static str> {
        let node = parse_sample("sample", values).unwrap();
        reason(list, label, &SampleValues::root(&node).elements())
    }

    #[test]
    fn ids_times_and_numbers_that_are_ever_new_are_unbounded() {
        assert!(of("x", "id", r#"["5f1c2b7e-0001-4d3f-8a55-0f8d7c1b2a3e"]"#).is_some());
        assert!(of("x", "code", r#"["ORD-2026-000123", "ORD-2026-000124"]"#).is_some());
        assert!(of("commits", "sha", r#"["9fceb02d0ae598e95dc970b74767f19372d61af8"]"#).is_some());
        assert!(of("x", "at", r#"["2026-11-30T01:00:00Z"]"#).is_some());
        assert!(of("x", "day", r#"["2026-11-30"]"#).is_some());
        assert!(of("runs", "id", "[1, 2]").is_some());
        assert!(of("users", "name", r#"["Jane Roe"]"#).is_some());
        assert!(of("", "key", r#"["OPS-1234", "OPS-987"]"#).is_some());
        assert!(of("", "ticket_id", "[17, 18]").is_some());
        assert!(of("", "title", r#"["Mail does not arrive"]"#).is_some());
        assert!(of("builds", "id", r#"["5f1c2b7e-0001", "5f1c2b7e-0002"]"#).is_some());
    }

    #[test]
    fn ids_of_rows_with_a_time_of_creation_are_unbounded() {
        let of = |label: &str, rows: &str| {
            let node = parse_sample("sample", rows).unwrap();
            event_reason(label, &SampleValues::root(&node).elements()).is_some()
        };
        assert!(of("id", r#"[{"id": 47, "created_at": "2026-11-29T11:28:34Z"}]"#));
        assert!(!of("name", r#"[{"name": "a", "created_at": "2026-11-29T11:28:34Z"}]"#));
        assert!(!of("id", r#"[{"id": 47, "seen_at": "2026-11-29T11:28:34Z"}]"#));
    }

    #[test]
    fn names_and_few_numbers_are_bounded() {
        assert_eq!(of("queues", "name", r#"["mail", "invoices"]"#), None);
        assert_eq!(of("printers", "id", "[7, 8]"), None);
        assert_eq!(of("hosts", "name", r#"["web-01", "db-02"]"#), None);
        assert_eq!(of("sensors", "id", r#"["inlet"]"#), None);
        assert_eq!(of("racks", "name", r#"["DB-02", "RACK-001"]"#), None);
        assert_eq!(of("dashboards", "title", r#"["CPU load", "Disk"]"#), None);
        assert_eq!(of("x", "id", "[]"), None);
    }
}
