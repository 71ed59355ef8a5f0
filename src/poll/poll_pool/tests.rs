//! Tests of the pool with real threads. None of them depends on the duration of a wait.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use super::*;
use crate::poll::poll_queue::LEAST_SLOTS;

/// The time after which a test gives up.
const PATIENCE: Duration = Duration::from_secs(120);
const NEVER: Duration = Duration::from_secs(1_000_000);

/// The polls of one poller, which a test can let hang.
#[derive(Default)]
struct Polls {
    count: AtomicUsize,
    is_held: AtomicBool,
    is_hung: AtomicBool,
    in_progress: AtomicUsize,
    changes: AtomicUsize,
    threads: Mutex<HashSet<ThreadId>>,
}

struct Counted(Arc<Polls>, Duration);

impl PollTask for Counted {
    type Change = bool;

    fn name(&self) -> &str {
        "counted"
    }

    fn poll(&mut self) -> Duration {
        let polls = &self.0;
        assert_eq!(polls.in_progress.fetch_add(1, Ordering::SeqCst), 0, "two threads poll one poller");
        polls.count.fetch_add(1, Ordering::SeqCst);
        locked(&polls.threads).insert(thread::current().id());
        while polls.is_held.load(Ordering::SeqCst) {
            polls.is_hung.store(true, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(1));
        }
        polls.is_hung.store(false, Ordering::SeqCst);
        polls.in_progress.fetch_sub(1, Ordering::SeqCst);
        // After the end of its test, it must not use the CPU of the others.
        if Arc::strong_count(polls) == 1 { NEVER } else { self.1 }
    }

    fn retires(is_last: &bool) -> bool {
        *is_last
    }

    fn change(&mut self, is_last: bool) -> Option<Duration> {
        assert_eq!(self.0.in_progress.load(Ordering::SeqCst), 0, "it changes during its poll");
        self.0.changes.fetch_add(1, Ordering::SeqCst);
        (!is_last).then_some(self.1)
    }
}

impl Polls {
    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    fn is_hung(&self) -> bool {
        self.is_hung.load(Ordering::SeqCst)
    }

    fn hold(&self, is_held: bool) {
        self.is_held.store(is_held, Ordering::SeqCst);
    }
}

impl PollPool<Counted> {
    fn start(count: usize, wait: Duration) -> (Self, Vec<Arc<Polls>>) {
        let pool = Self::new();
        let polls: Vec<_> = (0..count).map(|_| Arc::<Polls>::default()).collect();
        polls.iter().for_each(|polls| pool.join(polls, wait));
        (pool, polls)
    }

    fn join(&self, polls: &Arc<Polls>, wait: Duration) {
        self.add(Counted(Arc::clone(polls), wait), Duration::ZERO).unwrap();
    }

    /// Returns the number of workers: each has the pool.
    fn workers(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "{what} never came");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until each poller has polled `times` more.
fn more(polls: &[Arc<Polls>], times: usize) {
    let before: Vec<usize> = polls.iter().map(|polls| polls.count()).collect();
    until("more polls", || polls.iter().zip(&before).all(|(polls, before)| polls.count() >= before + times));
}

#[test]
fn one_poller_has_one_thread() {
    let (pool, polls) = PollPool::start(1, Duration::ZERO);
    more(&polls, 100);
    assert_eq!((locked(&polls[0].threads).len(), pool.workers()), (1, 1));
}

#[test]
fn a_hundred_of_a_thousand_pollers_hang_and_the_others_poll() {
    let (pool, polls) = PollPool::start(1000, Duration::from_millis(20));
    let (hung, well) = polls.split_at(100);
    hung.iter().for_each(|polls| polls.hold(true));
    until("the hung polls", || hung.iter().all(|polls| polls.is_hung()));
    let before: Vec<usize> = hung.iter().map(|polls| polls.count()).collect();
    more(well, 20);
    let after: Vec<usize> = hung.iter().map(|polls| polls.count()).collect();
    assert_eq!(after, before, "one poll of each, and one thread");
    hung.iter().for_each(|polls| polls.hold(false));
    more(&polls, 5);
    assert!(pool.workers() >= 1);
}

/// More polls hang than there are slots, so only slots that are given up let the others poll.
#[test]
fn polls_that_hang_give_up_their_slots() {
    let (_pool, polls) = PollPool::start(2 * LEAST_SLOTS, Duration::from_millis(1));
    let (hung, well) = polls.split_at(polls.len() - 2);
    hung.iter().for_each(|polls| polls.hold(true));
    until("the hung polls", || hung.iter().all(|polls| polls.is_hung()));
    more(well, 20);
    hung.iter().for_each(|polls| polls.hold(false));
    more(&polls, 1);
}

#[test]
fn a_poller_that_hung_keeps_no_thread_when_it_returns() {
    let pool = PollPool::new();
    let polls: Vec<_> = (0..50).map(|_| Arc::<Polls>::default()).collect();
    for polls in &polls {
        polls.hold(true);
        pool.join(polls, NEVER);
    }
    until("the hung polls", || polls.iter().all(|polls| polls.is_hung()));
    assert!(pool.workers() >= 50);
    polls.iter().for_each(|polls| polls.hold(false));
    until("the end of the surplus threads", || pool.workers() <= 1 + SPARES);
    assert!(polls.iter().all(|polls| polls.count() == 1));
}

#[test]
fn a_poller_that_is_added_polls_before_one_that_is_due_later() {
    let (pool, first) = PollPool::start(2, NEVER);
    more_than(&first, 0);
    until("the rest", || pool.workers() <= 1 + SPARES);
    for _ in 0..100 {
        let added = Arc::<Polls>::default();
        pool.join(&added, NEVER);
        more_than(&[added], 0);
    }
}

/// Returns true if a worker waits for the next poll.
fn has_leader(pool: &PollPool<Counted>) -> bool {
    locked(&pool.0.state).has_leader
}

#[test]
fn a_poll_that_ends_wakes_the_leader_that_waits_for_a_later_one() {
    let (pool, [long, late]) = (PollPool::new(), [(); 2].map(|()| Arc::<Polls>::default()));
    long.hold(true);
    pool.join(&long, Duration::from_millis(1));
    pool.join(&late, NEVER);
    until("a leader", || long.is_hung() && late.count() == 1 && has_leader(&pool));
    long.hold(false);
    more(&[long], 3);
}

#[test]
fn a_spare_worker_succeeds_a_leader_whose_poll_hangs() {
    let (pool, _polls) = PollPool::start(2, NEVER);
    until("a spare worker", || has_leader(&pool) && locked(&pool.0.state).spares == 1);
    let hung = Arc::<Polls>::default();
    hung.hold(true);
    pool.join(&hung, NEVER);
    until("the successor", || hung.is_hung() && has_leader(&pool));
    assert_eq!(pool.workers(), 2);
    hung.hold(false);
}

/// Waits until each poller has polled more than `times`.
fn more_than(polls: &[Arc<Polls>], times: usize) {
    until("the polls", || polls.iter().all(|polls| polls.count() > times));
}

/// A wake-up that is lost would stop all pollers for ever, because every wait ends by itself only when a poll is due.
#[test]
fn no_wake_up_is_lost() {
    for wait in [0, 50, 1000] {
        let (pool, mut polls) = PollPool::start(7, Duration::from_micros(wait));
        for _ in 0..20 {
            let added = Arc::<Polls>::default();
            pool.join(&added, Duration::from_micros(wait));
            polls.push(added);
            more(&polls, 10);
        }
    }
}

/// The pool of a system without free threads, until the watchdog repairs it.
#[test]
fn the_watchdog_repairs_a_pool_without_workers() {
    let pool = PollPool::new();
    let polls = Arc::<Polls>::default();
    locked(&pool.0.state).is_starting = true;
    pool.join(&polls, Duration::ZERO);
    assert_eq!(pool.workers(), 0);
    locked(&pool.0.state).is_starting = false;
    pool.repair();
    more(&[polls], 3);
}
