//! Which ids a metric has counted.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::reading::Point;

/// The ids that a metric has counted, as many as there is room for: the longest-unlisted go first.
#[derive(Debug)]
pub(super) struct Seen {
    /// By the id's fingerprint: the number of its last listing.
    listed: HashMap<u128, u64>,
    /// The number of the next listing.
    next: u64,
    /// The number that the reading in hand began with.
    began: u64,
    limit: usize,
    /// Two keyed 64-bit hashes are a fingerprint that no API can aim at, in a fifth of the memory of ids.
    keys: [RandomState; 2],
}

/// How many ids a metric remembers.
const IDS: usize = 100_000;

impl Default for Seen {
    fn default() -> Self {
        Self::with_limit(IDS)
    }
}

impl Seen {
    fn with_limit(limit: usize) -> Self {
        Self { listed: HashMap::new(), next: 0, began: 0, limit, keys: Default::default() }
    }

    /// A reading begins.
    pub(super) fn begin(&mut self) {
        self.began = self.next;
    }

    /// Whether the point has not been counted: always so without an id.
    pub(super) fn is_new(&mut self, point: &Point) -> bool {
        point.id().is_none_or(|id| self.list(id))
    }

    /// The reading ends: forgets what there is no room for, but nothing that it listed, as the next reading
    /// may list it again.
    pub(super) fn forget(&mut self) {
        let surplus = self.listed.len().saturating_sub(self.limit);
        if surplus == 0 {
            return;
        }
        let mut numbers: Vec<u64> = self.listed.values().copied().collect();
        let (_, kept, _) = numbers.select_nth_unstable(surplus);
        let oldest = self.began.min(*kept);
        self.listed.retain(|_, number| *number >= oldest);
    }

    fn list(&mut self, id: &str) -> bool {
        let [high, low] = self.keys.each_ref().map(|key| u128::from(key.hash_one(id)));
        self.next += 1;
        self.listed.insert(high << 64 | low, self.next - 1).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(seen: &mut Seen, ids: &[&str]) -> Vec<bool> {
        seen.begin();
        let new = ids.iter().map(|id| seen.list(id)).collect();
        seen.forget();
        new
    }

    #[test]
    fn an_id_is_new_once() {
        let mut seen = Seen::default();
        assert_eq!(reading(&mut seen, &["a", "b", "a"]), [true, true, false]);
        assert_eq!(reading(&mut seen, &["b", "c"]), [false, true]);
    }

    #[test]
    fn the_longest_unlisted_are_forgotten_first() {
        let mut seen = Seen::with_limit(3);
        reading(&mut seen, &["a", "b", "c"]);
        reading(&mut seen, &["a", "d"]);
        assert_eq!(reading(&mut seen, &["a", "c", "d"]), [false, false, false], "only b was surplus");
        assert_eq!(reading(&mut seen, &["b"]), [true]);
    }

    #[test]
    fn what_the_last_reading_listed_is_remembered_beyond_the_limit() {
        let mut seen = Seen::with_limit(2);
        reading(&mut seen, &["a", "b", "c", "d"]);
        assert_eq!(reading(&mut seen, &["a", "b", "c", "d"]), [false; 4]);
    }
}
