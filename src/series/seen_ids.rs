//! The IDs that a metric has counted.

use std::collections::HashMap;

use crate::author::reading::ReadItem;
use crate::support::fingerprint_text::{of_text, to_text};
use crate::support::hash_key::HashKey;

/// The IDs that a metric has counted, up to a limit. The longest-unlisted IDs are forgotten first.
#[derive(Debug)]
pub(super) struct SeenIds {
    /// The number of the last listing of each ID, by its fingerprint.
    listed: HashMap<u128, u64>,
    /// The number of the next listing.
    next: u64,
    /// The number of the first listing in the current reading.
    reading: u64,
    /// The number of the first listing in the last reading that had any.
    began: u64,
    limit: usize,
    /// The key of the fingerprints of IDs. An API cannot choose them, and they take a fifth of the memory of the IDs.
    key: HashKey,
    /// The changes since the last write; `None` if they are not [tracked](Self::track), as nothing else bounds them.
    changes: Option<IdChanges>,
}

/// The IDs that were listed for the first time, and those that were forgotten, since the last write of the state.
#[derive(Debug, Default)]
struct IdChanges {
    new: Vec<u128>,
    forgotten: Vec<u128>,
}

impl SeenIds {
    pub(super) fn new(key: HashKey, limit: usize) -> Self {
        Self { listed: HashMap::new(), next: 0, reading: 0, began: 0, limit, key, changes: None }
    }

    /// Returns the number of retained IDs.
    pub(super) fn len(&self) -> usize {
        self.listed.len()
    }

    /// Returns the fingerprints as text, the longest-unlisted first.
    pub(super) fn to_text(&self) -> String {
        let mut order: Vec<_> = self.listed.iter().map(|(id, number)| (number, id)).collect();
        order.sort_unstable();
        to_text(order.into_iter().map(|(_, id)| *id))
    }

    /// Parses the text of [`Self::to_text`], written with the same key; `None` if it is invalid.
    pub(super) fn from_text(key: HashKey, limit: usize, text: &str) -> Option<Self> {
        let mut seen = Self::new(key, limit);
        seen.apply(&of_text(text)?, &[]);
        Some(seen)
    }

    /// Begins to collect the changes.
    pub(super) fn track(&mut self) {
        self.changes = Some(IdChanges::default());
    }

    /// Returns the changes since the last call, if they are [tracked](Self::track): the fingerprints of new IDs, the
    /// longest-unlisted first, and of forgotten ones.
    pub(super) fn changes(&mut self) -> (String, String) {
        let Some(IdChanges { new, mut forgotten }) = self.changes.as_mut().map(std::mem::take) else {
            return Default::default();
        };
        let mut order: Vec<_> = new.iter().filter_map(|id| Some((self.listed.get(id)?, id))).collect();
        order.sort_unstable();
        order.dedup();
        forgotten.retain(|id| !self.listed.contains_key(id));
        (to_text(order.into_iter().map(|(_, id)| *id)), to_text(forgotten))
    }

    /// Applies [changes](Self::changes).
    pub(super) fn apply(&mut self, new: &[u128], forgotten: &[u128]) {
        for id in forgotten {
            self.listed.remove(id);
        }
        for id in new {
            self.list_fingerprint(*id);
        }
    }

    /// Begins a reading.
    pub(super) fn begin(&mut self) {
        self.reading = self.next;
    }

    /// Returns true if the item has not been counted, and lists its ID. An item without an ID is always new.
    pub(super) fn is_new(&mut self, point: &ReadItem) -> bool {
        point.id().is_none_or(|id| self.list(id))
    }

    /// Ends a reading: forgets the longest-unlisted IDs beyond the limit, and returns their number.
    ///
    /// The IDs of the last reading that had any are retained, as the next reading may list them again.
    pub(super) fn forget(&mut self) -> u64 {
        if self.next > self.reading {
            self.began = self.reading;
        }
        let before = self.listed.len();
        let surplus = before.saturating_sub(self.limit);
        if surplus == 0 {
            return 0;
        }
        let mut numbers: Vec<u64> = self.listed.values().copied().collect();
        let (_, kept, _) = numbers.select_nth_unstable(surplus);
        let oldest = self.began.min(*kept);
        self.listed.retain(|id, number| {
            let stays = *number >= oldest;
            if let Some(changes) = self.changes.as_mut().filter(|_| !stays) {
                changes.forgotten.push(*id);
            }
            stays
        });
        if self.listed.capacity() > self.listed.len() / 2 * 5 {
            self.listed.shrink_to_fit();
        }
        (before - self.listed.len()) as u64
    }

    /// Returns the number of IDs that the reading listed, if it exceeds the limit.
    pub(super) fn surplus(&self) -> Option<usize> {
        if self.next - self.reading <= self.limit as u64 {
            return None;
        }
        let listed = self.listed.values().filter(|number| **number >= self.reading).count();
        Some(listed).filter(|listed| *listed > self.limit)
    }

    fn list(&mut self, id: &str) -> bool {
        self.list_fingerprint(self.key.hash(id.as_bytes()))
    }

    fn list_fingerprint(&mut self, id: u128) -> bool {
        let number = self.next;
        self.next += 1;
        let is_new = self.listed.insert(id, number).is_none();
        if let Some(changes) = self.changes.as_mut().filter(|_| is_new) {
            changes.new.push(id);
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(seen: &mut SeenIds, ids: &[&str]) -> Vec<bool> {
        seen.begin();
        let new = ids.iter().map(|id| seen.list(id)).collect();
        seen.forget();
        new
    }

    #[test]
    fn an_id_is_new_once() {
        let mut seen = SeenIds::new(HashKey::random(), 100);
        assert_eq!(reading(&mut seen, &["a", "b", "a"]), [true, true, false]);
        assert_eq!(reading(&mut seen, &["b", "c"]), [false, true]);
    }

    #[test]
    fn the_longest_unlisted_are_forgotten_first() {
        let mut seen = SeenIds::new(HashKey::random(), 3);
        reading(&mut seen, &["a", "b", "c"]);
        reading(&mut seen, &["a", "d"]);
        assert_eq!(reading(&mut seen, &["a", "c", "d"]), [false, false, false], "only b was surplus");
        assert_eq!(reading(&mut seen, &["b"]), [true]);
    }

    #[test]
    fn what_the_last_reading_listed_is_remembered_beyond_the_limit() {
        let mut seen = SeenIds::new(HashKey::random(), 2);
        reading(&mut seen, &["a", "b", "c", "d"]);
        assert_eq!(reading(&mut seen, &["a", "b", "c", "d"]), [false; 4]);
        reading(&mut seen, &[]);
        assert_eq!(reading(&mut seen, &["a", "b", "c", "d"]), [false; 4], "a reading of none forgets none");
    }

    #[test]
    fn what_is_forgotten_or_cannot_be_retained_is_counted() {
        let mut seen = SeenIds::new(HashKey::random(), 2);
        seen.begin();
        ["a", "b", "c", "a"].iter().for_each(|id| _ = seen.list(id));
        assert_eq!((seen.forget(), seen.surplus(), seen.len()), (0, Some(3), 3));
        seen.begin();
        ["c", "c", "c"].iter().for_each(|id| _ = seen.list(id));
        assert_eq!((seen.forget(), seen.surplus(), seen.len()), (1, None, 2));
    }

    #[test]
    fn what_was_listed_and_in_which_order_survives_as_text() {
        let key = HashKey::random();
        let mut seen = SeenIds::new(key, 100);
        reading(&mut seen, &["a", "b", "c"]);
        reading(&mut seen, &["a"]);
        let text = seen.to_text();
        let key = HashKey::try_from(String::from(key)).unwrap();
        let mut back = SeenIds::from_text(key, 100, &text).unwrap();
        assert_eq!(back.to_text(), text);
        back.limit = 2;
        assert_eq!(reading(&mut back, &["d"]), [true]);
        assert_eq!(reading(&mut back, &["a", "d"]), [false, false]);
        assert_eq!(reading(&mut back, &["b", "c"]), [true, true], "the longest-unlisted");
    }

    #[test]
    fn text_that_is_something_else_is_refused() {
        let key = HashKey::random();
        for text in ["AAAA", "no base64", "AAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(SeenIds::from_text(key, 100, text).is_none(), "{text}");
        }
        assert_eq!(SeenIds::from_text(key, 100, "").unwrap().len(), 0);
    }
}
