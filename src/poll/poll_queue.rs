//! The pollers that wait for their next poll, and the slots of the polls in progress.
//!
//! It knows no thread and no clock, so that tests can let it run for simulated hours.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The longest time for which a poll has a slot. A slower poll waits for its API or hangs, so it continues without one,
/// and another poll begins.
pub(super) const SLOT_TIME: Duration = Duration::from_secs(1);
/// The number of slots for a few pollers.
pub(super) const LEAST_SLOTS: usize = 32;
/// The number of pollers for each further slot. If all polls are slow, 1,000 pollers can then begin within 7 seconds.
const POLLERS_PER_SLOT: usize = 8;

/// The pollers of a pool between their polls, in the order in which they are due.
///
/// The slots limit the polls that begin at about the same time, and with them the use of CPU and memory. They do not
/// limit the slow polls, because these would delay the other pollers.
pub(super) struct PollQueue<P> {
    /// The pollers by due time. The number distinguishes those that are due at the same time.
    due: BTreeMap<(Instant, u64), WaitingPoller<P>>,
    /// The starts of the polls that have a slot, by poll number, and so in their order.
    slots: BTreeMap<u64, Instant>,
    in_progress: usize,
    /// The number of the next poll or entry.
    next: u64,
}

/// A poller between two polls.
struct WaitingPoller<P> {
    poller: Box<P>,
    /// The time of its next poll. It is due earlier if it [has to change](PollQueue::hasten).
    poll_at: Instant,
}

/// A poll in progress, or a change of a poller.
pub(super) struct BegunPoll<P> {
    number: u64,
    /// The poller, which no other thread polls meanwhile.
    pub poller: Box<P>,
    /// The time for which its poll was planned.
    pub poll_at: Instant,
}

impl<P> PollQueue<P> {
    /// Creates an empty queue.
    pub(super) const fn new() -> Self {
        Self { due: BTreeMap::new(), slots: BTreeMap::new(), in_progress: 0, next: 0 }
    }

    /// Adds a poller whose next poll is due at `at`. Returns true if no other poller is due before it.
    pub(super) fn add(&mut self, poller: Box<P>, at: Instant) -> bool {
        self.put(at, WaitingPoller { poller, poll_at: at })
    }

    /// Makes the waiting poller that `is_it` selects due at `now`, so that it can change. Returns true if no other poller is
    /// due before it; false also if none is selected.
    pub(super) fn hasten(&mut self, is_it: impl Fn(&P) -> bool, now: Instant) -> bool {
        let key = self.due.iter().find(|(_, waiting)| is_it(&waiting.poller)).map(|(key, _)| *key);
        let waiting = key.filter(|(at, _)| *at > now).and_then(|key| self.due.remove(&key));
        waiting.is_some_and(|waiting| self.put(now, waiting))
    }

    fn put(&mut self, at: Instant, waiting: WaitingPoller<P>) -> bool {
        let key = (at, self.number());
        self.due.insert(key, waiting);
        self.due.first_key_value().is_some_and(|(first, _)| *first == key)
    }

    /// Takes the poller that has been due for the longest time; `None` if none is due or no slot is free.
    pub(super) fn begin(&mut self, now: Instant) -> Option<BegunPoll<P>> {
        while self.slot_free_at().is_some_and(|at| at <= now) {
            self.slots.pop_first();
        }
        let (&(at, _), _) = self.due.first_key_value()?;
        if at > now || self.is_full() {
            return None;
        }
        let (_, WaitingPoller { poller, poll_at }) = self.due.pop_first()?;
        let number = self.number();
        self.slots.insert(number, now);
        self.in_progress += 1;
        Some(BegunPoll { number, poller, poll_at })
    }

    /// Takes back a poller after its poll, which frees the slot. It is due at `change_at` if it has to change, otherwise
    /// at the time of its next poll. Returns true if no other poller is due before it.
    pub(super) fn end(&mut self, poll: BegunPoll<P>, poll_at: Instant, change_at: Option<Instant>) -> bool {
        let poller = self.take_out(poll);
        self.put(change_at.unwrap_or(poll_at), WaitingPoller { poller, poll_at })
    }

    /// Removes a poller, which frees the slot, and returns it.
    pub(super) fn take_out(&mut self, poll: BegunPoll<P>) -> Box<P> {
        self.slots.remove(&poll.number);
        self.in_progress -= 1;
        poll.poller
    }

    /// Returns the time at which a poll can begin if none ends before; `None` if no poller waits.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let (&(at, _), _) = self.due.first_key_value()?;
        let free_at = self.slot_free_at().filter(|_| self.is_full());
        Some(free_at.map_or(at, |free_at| at.max(free_at)))
    }

    /// Returns true if no slot is free.
    fn is_full(&self) -> bool {
        self.slots.len() >= LEAST_SLOTS + (self.due.len() + self.in_progress) / POLLERS_PER_SLOT
    }

    /// Returns the time at which the oldest poll with a slot loses it.
    fn slot_free_at(&self) -> Option<Instant> {
        self.slots.first_key_value().map(|(_, began)| *began + SLOT_TIME)
    }

    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

#[cfg(test)]
mod tests;
