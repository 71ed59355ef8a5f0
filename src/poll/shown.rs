//! What a service shows, and how fresh it is.
//!
//! Its poll thread and the watch have it in common. It is locked while the end of a poll is recorded and published, never
//! while a poll is under way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::sample::Samples;

/// What a poll may take beyond its time before its service is said to hang: it has to read what came.
const GRACE: Duration = Duration::from_secs(5);

/// What one service shows.
#[derive(Debug)]
pub struct Shown {
    /// The service's series.
    pub samples: Samples,
    /// The last good poll, or the start.
    pub last_success: Instant,
    /// What a limit adds to the wait for the next poll: that is no reason to call old what the last one brought.
    pub slowed_by: Duration,
    /// The time without success after which gauges go; `None`: never.
    stale_after: Option<Duration>,
    stale: bool,
    /// The metrics without a success for that time, as the log has it, and their last success.
    overdue: BTreeMap<&'static str, Instant>,
    poll_timeout: Duration,
    /// When the poll that is under way began.
    polling: Option<Instant>,
    hangs: bool,
}

impl Shown {
    /// Of a service that has not been polled yet.
    pub fn new(samples: Samples, stale_after: Option<Duration>, poll_timeout: Duration) -> Self {
        Self {
            samples,
            last_success: Instant::now(),
            slowed_by: Duration::ZERO,
            stale_after,
            stale: false,
            overdue: BTreeMap::new(),
            poll_timeout,
            polling: None,
            hangs: false,
        }
    }

    /// A poll begins.
    pub fn begin(&mut self, now: Instant) {
        self.polling = Some(now);
    }

    /// It is back; whether its service was said to hang.
    pub fn end(&mut self) -> bool {
        self.polling = None;
        std::mem::take(&mut self.hangs)
    }

    /// A poll was good.
    pub fn refresh(&mut self) {
        self.stale = false;
        self.last_success = Instant::now();
    }

    /// Whether the service has become stale just now.
    pub fn grows_stale(&mut self, now: Instant) -> bool {
        let is_old = self.stale_before(now).is_some_and(|before| self.last_success <= before);
        is_old && !std::mem::replace(&mut self.stale, is_old)
    }

    /// Removes the gauges' series that are stale. Returns true if there were any.
    pub fn expire(&mut self, now: Instant) -> bool {
        self.stale_before(now).is_some_and(|before| self.samples.expire(before))
    }

    /// Returns the metrics that have had no success for the stale time as of now. While the service is stale there are none: its
    /// own line tells it all.
    pub fn note_overdue(&mut self, now: Instant) -> Vec<&'static str> {
        let Some(before) = self.stale_before(now).filter(|_| !self.stale) else { return Vec::new() };
        let overdue = self.samples.fresh_since().filter(|(_, at)| *at <= before);
        let new = overdue.filter(|(metric, at)| self.overdue.insert(metric, *at).is_none());
        new.map(|(metric, _)| metric).collect()
    }

    /// Returns the metrics that were overdue and have had a success since.
    pub fn note_updated(&mut self) -> Vec<&'static str> {
        let fresh = self
            .samples
            .fresh_since()
            .filter(|(metric, at)| self.overdue.get(metric).is_some_and(|overdue| at > overdue));
        let updated: Vec<_> = fresh.map(|(metric, _)| metric).collect();
        self.overdue.retain(|metric, _| !updated.contains(metric));
        updated
    }

    /// The metrics without a success for the stale time.
    pub fn overdue(&self) -> BTreeSet<&'static str> {
        self.overdue.keys().copied().collect()
    }

    /// What was last read then, or earlier, is stale.
    fn stale_before(&self, now: Instant) -> Option<Instant> {
        now.checked_sub(self.stale_after?.saturating_add(self.slowed_by))
    }

    /// How long the poll under way has taken, if that has become too long just now.
    pub fn begins_to_hang(&mut self, now: Instant) -> Option<Duration> {
        let took = now.saturating_duration_since(self.polling?);
        let hangs = took >= self.poll_timeout.saturating_add(GRACE);
        (hangs && !std::mem::replace(&mut self.hangs, hangs)).then_some(took)
    }
}

/// Nothing that is done under this lock leaves it half done.
pub fn locked(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}
