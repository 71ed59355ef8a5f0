//! The keys and numbers of points in time.

use super::identifiers::words;
use super::model::ModelScale::{self, One, Over};

/// The largest number of rows whose times are metrics.
pub(super) const MOST_ROWS: usize = 200;

/// The words of keys for a point in time.
const TIMES: &str = "accessed acknowledged at begin began boot built changed clock closed completed created creation date datetime \
    deadline deployed dt due end ended epoch expiration expires expiry finished joined last lastclock launched modified next opened pushed published \
    ready released renewed reset resolved scheduled seen since start started stamp sunrise sunset time times timestamp ts until \
    unixtime updated";
/// The words that name no event but only a point in time.
const FILLERS: &str = "at date datetime dt epoch in millis milliseconds ms msec msecs ns sec seconds stamp time times timestamp \
    timestamps ts unix us utc";
/// The units of times that are smaller than seconds.
const SMALL_UNITS: &str =
    "micros microseconds millis milliseconds ms msec msecs nanos nanoseconds ns us usec";
/// The keys for the time of the response.
const NOWS: [&str; 20] = [
    "generated",
    "unixtime",
    "unix time",
    "now",
    "now unix",
    "timestamp",
    "ts",
    "time",
    "server time",
    "current time",
    "system time",
    "local time",
    "date",
    "dt",
    "generated at",
    "fetched at",
    "retrieved at",
    "time now",
    "epoch",
    "server time utc",
];

/// The first second of the year 2000 and of the year 2100.
const YEARS: [f64; 2] = [946_684_800.0, 4_102_444_800.0];

/// Returns the conversion of numbers to seconds, if they are Unix timestamps by their key and by their size. Zero is no time.
pub(super) fn epoch(key: &str, numbers: &[f64]) -> Option<ModelScale> {
    let has_time = is_time(key);
    // A duration of decades in a smaller unit than seconds is a time.
    let has_unit = words(key).len() > 1 && words(key).last().is_some_and(|last| holds(SMALL_UNITS, last));
    let times: Vec<f64> = numbers.iter().copied().filter(|number| *number != 0.0).collect();
    let are_times = |scale: &ModelScale| {
        let range = YEARS[0]..YEARS[1];
        times.iter().all(|time| range.contains(&scale.of(*time)))
    };
    [One, Over(1e3), Over(1e6), Over(1e9)]
        .into_iter()
        .find(|scale| (has_time || has_unit && *scale != One) && !times.is_empty() && are_times(scale))
}

/// Returns true if the key is that of a point in time.
pub(super) fn is_time(key: &str) -> bool {
    words(key).iter().any(|word| holds(TIMES, word)) || is_now(key)
}

/// Returns true if the key is that of the time of the response.
pub(super) fn is_now(key: &str) -> bool {
    let mut words = words(key);
    words.retain(|word| !holds(SMALL_UNITS, word));
    NOWS.contains(&words.join(" ").as_str())
}

/// Returns true if the words around a `timestamp` are those of an event, such as `lastBuild` or `start_time`.
pub(super) fn is_of_event(around: &[String]) -> bool {
    const EVENTS: [&str; 10] =
        ["backup", "build", "commit", "event", "first", "last", "latest", "next", "previous", "run"];
    let is_event = |word: &String| {
        EVENTS.contains(&word.as_str()) || holds(TIMES, word) && !holds(FILLERS, word) && word != "clock"
    };
    around.iter().rev().take(2).any(is_event)
}

/// Returns the words for the event at a time: `created_at` is `created`.
pub(super) fn words_of_event(key: &str, around: &[String]) -> Vec<String> {
    let all = words(key);
    let event: Vec<String> = all.iter().filter(|word| !holds(FILLERS, word)).cloned().collect();
    if event.is_empty() && around.is_empty() {
        return all.into_iter().filter(|word| word != "timestamp").collect();
    }
    event
}

fn holds(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_recognized_by_key_and_size() {
        assert_eq!(epoch("last_backup", &[1_764_460_000.0]), Some(One));
        assert_eq!(epoch("last_seen_epoch_ms", &[1_764_464_400_000.0, 0.0]), Some(Over(1e3)));
        assert_eq!(epoch("created", &[1.764e15]), Some(Over(1e6)));
        assert_eq!(epoch("loadMsec", &[1_764_464_400_000.0]), Some(Over(1e3)));
        assert_eq!(epoch("visits", &[1_764_460_000.0]), None);
        assert_eq!(epoch("start_time", &[5.0]), None);
        assert_eq!(epoch("start_time", &[0.0]), None);
    }

    #[test]
    fn the_time_of_the_response_and_events_are_distinguished() {
        assert!(["now", "now_ms", "nowMsec", "timestamp", "serverTime"].into_iter().all(is_now));
        assert!(is_of_event(&words("start_time")) && is_of_event(&words("lastBuild")));
        assert!(!is_of_event(&words("server.clock")) && !is_of_event(&words("server.time")));
        assert!(!["created_at", "uptime", "start time"].into_iter().any(is_now));
        assert_eq!(words_of_event("last_seen_epoch_ms", &[]).join("_"), "last_seen");
        assert!(words_of_event("times", &["request".to_owned()]).is_empty());
        assert_eq!(words_of_event("created_at", &[]).join("_"), "created");
    }
}
