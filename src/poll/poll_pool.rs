//! The threads that poll the pollers that are due.
//!
//! One worker, the leader, waits for the time of the next poll. Before it polls, another worker becomes the leader, so
//! a poll that hangs delays no other one. All decisions are made under one lock, which no poll holds.

use std::collections::{HashMap, HashSet};
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
/// The longest wait for a poller that is being dropped.
const DROP_WAIT: Duration = Duration::from_secs(10);
/// The wait instead of one that no clock can represent.
const FAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A poller that a [`PollPool`] polls.
pub(crate) trait PollTask: Send + 'static {
    /// A change between two polls.
    type Change: Send;

    /// Returns the name of the service or target.
    fn name(&self) -> &str;

    /// Polls once, and returns the wait for the next poll.
    fn poll(&mut self) -> Duration;

    /// Returns true if a poller has no poll after that change.
    fn retires(change: &Self::Change) -> bool;

    /// Changes the poller between two polls, and returns the longest wait for the next poll; `None` if there is none, because
    /// the poller is retired.
    fn change(&mut self, change: Self::Change) -> Option<Duration>;
}

/// A pool of threads that polls each of its pollers when it is due.
///
/// A poller has at most one thread. A poll that hangs keeps that thread until it returns, and no slot.
pub(crate) struct PollPool<P: PollTask>(Arc<PoolParts<P>>);

struct PoolParts<P: PollTask> {
    state: Mutex<PoolState<P>>,
    /// Notified if the leader must look at the queue again.
    for_leader: Condvar,
    /// Notified if a spare worker must become the leader.
    for_spare: Condvar,
    /// Notified if a poller was dropped.
    for_retired: Condvar,
}

/// A begun poll, or a change of the poller.
type BegunWork<P> = (BegunPoll<P>, Option<<P as PollTask>::Change>);

struct PoolState<P: PollTask> {
    queue: PollQueue<P>,
    /// The change of each poller that is due, by its name; `None` without one.
    changes: HashMap<String, Option<P::Change>>,
    /// The pollers whose last change is in progress.
    retiring: HashSet<String>,
    /// True while a worker waits for the next poll.
    has_leader: bool,
    /// The number of workers that wait to become the leader.
    spares: usize,
    /// True while a worker starts. It becomes the leader if there is none.
    is_starting: bool,
    /// True if the last thread could not be started, so that this is logged once.
    is_short_of_threads: bool,
}

impl<P: PollTask> Clone for PollPool<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: PollTask> PollPool<P> {
    /// Creates a pool without pollers and threads.
    pub(crate) fn new() -> Self {
        let state = PoolState {
            queue: PollQueue::new(),
            changes: HashMap::new(),
            retiring: HashSet::new(),
            has_leader: false,
            spares: 0,
            is_starting: false,
            is_short_of_threads: false,
        };
        let [for_leader, for_spare, for_retired] = [(); 3].map(|()| Condvar::new());
        Self(Arc::new(PoolParts { state: Mutex::new(state), for_leader, for_spare, for_retired }))
    }

    /// Adds a poller whose first poll is due after `delay`.
    ///
    /// # Errors
    /// The system has no thread for the pool. The poller is added nevertheless.
    pub(crate) fn add(&self, poller: P, delay: Duration) -> io::Result<()> {
        let mut state = locked(&self.0.state);
        state.changes.insert(poller.name().to_owned(), None);
        if state.queue.add(Box::new(poller), after(delay)) {
            self.0.for_leader.notify_one();
        }
        self.promote(state)
    }

    /// Changes a poller as soon as it does not poll. A change that waits is replaced.
    ///
    /// # Errors
    /// Returns the change if no poller has that name.
    pub(crate) fn change(&self, name: &str, change: P::Change) -> Result<(), P::Change> {
        let mut state = locked(&self.0.state);
        match state.changes.get_mut(name) {
            Some(waiting) => *waiting = Some(change),
            None => return Err(change),
        }
        if state.queue.hasten(|poller| poller.name() == name, Instant::now()) {
            self.0.for_leader.notify_one();
        }
        self.promote_or_log(state);
        Ok(())
    }

    /// Cancels the change of a poller that waits for the end of its poll. Returns false if no poller has that name.
    ///
    /// A poller that is being dropped is awaited, because its successor needs the lock of its state.
    pub(crate) fn revive(&self, name: &str) -> bool {
        let mut state = locked(&self.0.state);
        let until = Instant::now() + DROP_WAIT;
        while state.retiring.contains(name) && Instant::now() < until {
            state = waited(&self.0.for_retired, state, DROP_WAIT);
        }
        state.changes.get_mut(name).map(|waiting| *waiting = None).is_some()
    }

    /// Starts a worker if one is needed and could not be started before. The watchdog calls this.
    pub(crate) fn repair(&self) {
        self.promote_or_log(locked(&self.0.state));
    }

    /// Polls until this worker is not needed.
    fn work(&self) {
        let mut state = locked(&self.0.state);
        (state.is_starting, state.is_short_of_threads) = (false, false);
        while let (locked_state, Some((mut poll, change))) = self.0.next(state) {
            self.promote_or_log(locked_state);
            let next_at = run(&mut *poll.poller, change, poll.poll_at);
            state = self.0.end(poll, next_at);
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

impl<P: PollTask> PoolParts<P> {
    /// Waits for a poll or a change that can begin; `None` if enough other workers wait.
    fn next<'a>(
        &self,
        mut state: MutexGuard<'a, PoolState<P>>,
    ) -> (MutexGuard<'a, PoolState<P>>, Option<BegunWork<P>>) {
        loop {
            let now = Instant::now();
            if let Some(poll) = state.queue.begin(now) {
                let change = state.take_change(poll.poller.name());
                return (state, Some((poll, change)));
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

    /// Takes back a poller for its next poll, or drops it.
    fn end(&self, poll: BegunPoll<P>, next_at: Option<Instant>) -> MutexGuard<'_, PoolState<P>> {
        let mut state = locked(&self.state);
        let Some(next_at) = next_at else { return self.drop_retired(state, poll) };
        // A change that came during the poll is made at once.
        let has_change = matches!(state.changes.get(poll.poller.name()), Some(Some(_)));
        let is_first = state.queue.end(poll, next_at, has_change.then(Instant::now));
        if is_first {
            self.for_leader.notify_one();
        }
        state
    }

    /// Drops a poller without the lock, because its state file is closed then.
    fn drop_retired<'a>(
        &'a self,
        mut state: MutexGuard<'a, PoolState<P>>,
        poll: BegunPoll<P>,
    ) -> MutexGuard<'a, PoolState<P>> {
        let poller = state.queue.take_out(poll);
        drop(state);
        let name = poller.name().to_owned();
        drop(poller);
        state = locked(&self.state);
        state.retiring.remove(&name);
        self.for_retired.notify_all();
        state
    }
}

impl<P: PollTask> PoolState<P> {
    /// Takes the change that waits for a poller. A poller that retires has no further change.
    fn take_change(&mut self, name: &str) -> Option<P::Change> {
        let change = self.changes.get_mut(name).and_then(Option::take)?;
        if P::retires(&change) {
            self.changes.remove(name);
            self.retiring.insert(name.to_owned());
        }
        Some(change)
    }
}

/// Polls once or changes the poller, in a thread with its name, and returns the time of the next poll; `None` if the poller is
/// retired. A panic exits the process.
fn run<P: PollTask>(poller: &mut P, change: Option<P::Change>, poll_at: Instant) -> Option<Instant> {
    let thread = format!("{NAME}-{}", poller.name());
    rename(&thread);
    let next_at = guard(&thread, || match change {
        Some(change) => poller.change(change).map(|wait| poll_at.min(after(wait))),
        None => Some(after(poller.poll())),
    });
    rename(NAME);
    next_at
}

/// Returns the time after a wait from now.
fn after(wait: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(wait).unwrap_or_else(|| now + FAR)
}

#[cfg(test)]
mod tests;
