//! The saved state of metrics that this build or config cannot load.

use std::fmt;

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::saved::SavedMetric;

/// The unloaded state of one metric, as it was written.
///
/// It stays in the file until a build or config loads it, or it expires.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Unloaded {
    /// The Unix timestamp of the first start that did not load it.
    pub(super) since: f64,
    pub(super) metric: SavedMetric<'static>,
}

impl fmt::Display for Unloaded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = DateTime::from_timestamp(self.since as i64, 0).unwrap_or_default();
        write!(out, "`{}` (since {})", self.metric.name, since.format("%F"))
    }
}

/// The longest time that a state stays unloaded, in seconds: 90 days.
const LONGEST: f64 = 90.0 * 86_400.0;

/// The maximum size in bytes of the unloaded state of one service: about 8 metrics of 100,000 IDs each.
const MOST: usize = 16 << 20;

/// The start of 2020 as a Unix timestamp. An earlier clock is not set.
const OLDEST: f64 = 1_577_836_800.0;

/// Removes state that has been unloaded for too long, and the longest-unloaded state beyond the limit of bytes. Returns
/// the names of the metrics.
pub(super) fn expire(all: &mut Vec<Unloaded>, now: f64) -> Vec<String> {
    all.sort_by(|a, b| b.since.total_cmp(&a.since));
    let mut bytes = 0;
    let mut expired = Vec::new();
    all.retain_mut(|unloaded| {
        bytes += unloaded.metric.bytes();
        let stays = bytes <= MOST && !has_expired(&mut unloaded.since, now);
        if !stays {
            expired.push(unloaded.metric.name.to_string());
        }
        stays
    });
    expired
}

/// Returns true if a part of the state has been unloaded for too long. A time before 2020 is replaced by `now`.
pub(super) fn has_expired(since: &mut f64, now: f64) -> bool {
    if *since < OLDEST {
        *since = now;
    }
    now >= OLDEST && now - *since >= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unloaded(name: &str, since: f64, bytes: usize) -> Unloaded {
        let metric = format!(
            r#"{{"name":"{name}","kind":"counter","labels":[],"buckets":[],"series":[],"ids":"{}"}}"#,
            "A".repeat(bytes)
        );
        Unloaded { since, metric: serde_json::from_str(&metric).unwrap() }
    }

    fn names(all: &[Unloaded]) -> Vec<&str> {
        all.iter().map(|unloaded| unloaded.metric.name.as_ref()).collect()
    }

    #[test]
    fn unloaded_state_expires_after_90_days_whatever_the_clock_was_before() {
        let now = OLDEST + 1e8;
        let mut all = vec![
            unloaded("old", now - LONGEST, 0),
            unloaded("recent", now - LONGEST + 1.0, 0),
            unloaded("ahead", now + 1e9, 0),
            unloaded("in 1970", 7.0, 0),
        ];
        assert_eq!(expire(&mut all.clone(), 12.0), Vec::<String>::new(), "the clock is wrong");
        assert_eq!(expire(&mut all, now), ["old"]);
        assert_eq!(names(&all), ["ahead", "recent", "in 1970"]);
        assert_eq!(all[2].since, now);
    }

    #[test]
    fn the_longest_unloaded_go_first_beyond_the_limit_of_bytes() {
        let now = OLDEST + 1e8;
        let mut all = vec![
            unloaded("a", now - 3.0, MOST / 2),
            unloaded("b", now - 1.0, MOST / 2),
            unloaded("c", now - 2.0, 100),
        ];
        assert_eq!(expire(&mut all, now), ["a"]);
        assert_eq!(names(&all), ["b", "c"]);
    }
}
