//! What a service shows, and how fresh it is.
//!
//! Its poll thread and the watch have it in common. It is locked while the end of a poll is recorded and published, never
//! while a poll is under way.

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

    /// Whether the gauges have become too old just now.
    pub fn grows_stale(&mut self, now: Instant) -> bool {
        let age = now.saturating_duration_since(self.last_success);
        let is_old = self.stale_after.is_some_and(|after| age >= after.saturating_add(self.slowed_by));
        is_old && !std::mem::replace(&mut self.stale, is_old)
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
