//! The threads that poll the pollers that are due.
//!
//! One worker, the leader, waits for the time of the next poll. Before it polls, another worker becomes the leader, so
//! a poll that hangs delays no other one. All decisions are made under one lock, which no poll holds.

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::poll_queue::{BegunPoll, PollQueue};
use crate::support::error::start_help;
use crate::support::essential_thread::{guard, rename, start};
use crate::support::locks::{locked, unpoisoned, waited};
use crate::support::log;

/// The most workers that wait beside the leader. Other workers exit after their poll.
const SPARES: usize = 1;
/// The name of a worker between two polls.
const NAME: &str = "poll";
/// The wait instead of one that no clock can represent.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A poller that a [`PollPool`] polls.
pub(crate) trait PollTask: Send + 'static {
    /// Returns the name of the service or target.
    fn name(&self) -> &str;

    /// Polls once, and returns the wait for the next poll.
    fn poll(&mut self) -> Duration;
}

/// A pool of threads that polls each of its pollers when it is due.
///
/// A poller has at most one thread. A poll that hangs keeps that thread until it returns, and no slot.
pub(crate) struct PollPool<P>(Arc<PoolParts<P>>);

struct PoolParts<P> {
    state: Mutex<PoolState<P>>,
    /// Notified if the leader must look at the queue again.
    for_leader: Condvar,
    /// Notified if a spare worker must become the leader.
    for_spare: Condvar,
}

struct PoolState<P> {
    queue: PollQueue<P>,
    /// True while a worker waits for the next poll.
    has_leader: bool,
    /// The number of workers that wait to become the leader.
    spares: usize,
    /// True while a worker starts. It becomes the leader if there is none.
    is_starting: bool,
    /// True if the last thread could not be started, so that this is logged once.
    is_short_of_threads: bool,
}

impl<P> Clone for PollPool<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: PollTask> PollPool<P> {
    /// Creates a pool without pollers and threads.
    pub(crate) fn new() -> Self {
        let state = PoolState {
            queue: PollQueue::new(),
            has_leader: false,
            spares: 0,
            is_starting: false,
            is_short_of_threads: false,
        };
        let (for_leader, for_spare) = (Condvar::new(), Condvar::new());
        Self(Arc::new(PoolParts { state: Mutex::new(state), for_leader, for_spare }))
    }

    /// Adds a poller whose first poll is due after `delay`.
    ///
    /// # Errors
    /// The system has no thread for the pool. The poller is added nevertheless.
    pub(crate) fn add(&self, poller: P, delay: Duration) -> io::Result<()> {
        let mut state = locked(&self.0.state);
        if state.queue.add(Box::new(poller), after(delay)) {
            self.0.for_leader.notify_one();
        }
        self.promote(state)
    }

    /// Starts a worker if one is needed and could not be started before. The watchdog calls this.
    pub(crate) fn repair(&self) {
        self.promote_or_log(locked(&self.0.state));
    }

    /// Polls until this worker is not needed.
    fn work(&self) {
        let mut state = locked(&self.0.state);
        (state.is_starting, state.is_short_of_threads) = (false, false);
        while let (locked_state, Some(mut poll)) = self.0.next(state) {
            self.promote_or_log(locked_state);
            let wait = run(&mut *poll.poller);
            state = locked(&self.0.state);
            if state.queue.end(poll, after(wait)) {
                self.0.for_leader.notify_one();
            }
        }
    }

    /// Makes another worker the leader if there is none and a poller waits.
    fn promote(&self, mut state: MutexGuard<'_, PoolState<P>>) -> io::Result<()> {
        if state.has_leader || state.is_starting || state.queue.next_at().is_none() {
            return Ok(());
        }
        if state.spares > 0 {
            self.0.for_spare.notify_one();
            return Ok(());
        }
        state.is_starting = true;
        drop(state);
        let pool = self.clone();
        start(NAME, move || pool.work()).inspect_err(|_| locked(&self.0.state).is_starting = false)
    }

    /// Does the same. If no thread can be started, the next poll waits for the end of another one or for the watchdog.
    fn promote_or_log(&self, state: MutexGuard<'_, PoolState<P>>) {
        let Err(error) = self.promote(state) else { return };
        if !std::mem::replace(&mut locked(&self.0.state).is_short_of_threads, true) {
            let hint = start_help(&error);
            log::warning("poll thread not started", &[("error", &error), ("hint", &hint)]);
        }
    }
}

impl<P> PoolParts<P> {
    /// Waits for a poll that can begin; `None` if enough other workers wait.
    fn next<'a>(
        &self,
        mut state: MutexGuard<'a, PoolState<P>>,
    ) -> (MutexGuard<'a, PoolState<P>>, Option<BegunPoll<P>>) {
        loop {
            let now = Instant::now();
            if let Some(poll) = state.queue.begin(now) {
                return (state, Some(poll));
            }
            match state.queue.next_at().filter(|_| !state.has_leader) {
                Some(at) => {
                    state.has_leader = true;
                    state = waited(&self.for_leader, state, at.saturating_duration_since(now));
                    state.has_leader = false;
                }
                None if state.spares < SPARES => {
                    state.spares += 1;
                    state = unpoisoned(self.for_spare.wait(state));
                    state.spares -= 1;
                }
                None => return (state, None),
            }
        }
    }
}

/// Polls once, in a thread with the name of the poller. A panic exits the process.
fn run<P: PollTask>(poller: &mut P) -> Duration {
    let thread = format!("{NAME}-{}", poller.name());
    rename(&thread);
    let wait = guard(&thread, || poller.poll());
    rename(NAME);
    wait
}

/// Returns the time after a wait from now.
fn after(wait: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(wait).unwrap_or_else(|| now + FAR)
}

#[cfg(test)]
mod tests;
