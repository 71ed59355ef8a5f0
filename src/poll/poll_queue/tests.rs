//! Simulations of many pollers without threads and without a clock.

use std::collections::BTreeMap;

use super::*;

const INTERVAL: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

/// A process of many pollers in simulated time.
struct Simulation {
    start: Instant,
    now: Instant,
    queue: PollQueue<usize>,
    /// The polls in progress that return, by the time of their end.
    ends: BTreeMap<(Instant, usize), BegunPoll<usize>>,
    /// The polls that never return.
    hung: Vec<BegunPoll<usize>>,
    /// The time that the polls of a poller take; `None` if they hang.
    durations: Vec<Option<Duration>>,
    /// The starts of the polls of each poller.
    polls: Vec<Vec<Instant>>,
    most_at_once: usize,
}

impl Simulation {
    fn new(durations: Vec<Option<Duration>>, first: impl Fn(usize) -> Duration) -> Self {
        let (start, mut queue) = (Instant::now(), PollQueue::new());
        for poller in 0..durations.len() {
            queue.add(Box::new(poller), start + first(poller));
        }
        let polls = vec![Vec::new(); durations.len()];
        let (ends, hung) = (BTreeMap::new(), Vec::new());
        Self { start, now: start, queue, ends, hung, durations, polls, most_at_once: 0 }
    }

    /// Lets the time pass from event to event.
    fn run(mut self, time: Duration) -> Self {
        while self.now < self.start + time {
            while let Some(poll) = self.queue.begin(self.now) {
                self.begin(poll);
            }
            self.most_at_once = self.most_at_once.max(self.ends.len());
            let end = self.ends.first_key_value().map(|((at, _), _)| *at);
            let Some(next) = end.into_iter().chain(self.queue.next_at()).min() else { break };
            assert!(next > self.now || end == Some(next), "the queue names a time that has come");
            self.now = next;
            while let Some(ended) = self.ends.first_entry().filter(|ended| ended.key().0 <= self.now) {
                let poll = ended.remove();
                let began = *self.polls[*poll.poller].last().unwrap();
                self.queue.end(poll, (began + INTERVAL).max(self.now), None);
            }
        }
        self
    }

    fn begin(&mut self, poll: BegunPoll<usize>) {
        let poller = *poll.poller;
        self.polls[poller].push(self.now);
        match self.durations[poller] {
            Some(duration) => drop(self.ends.insert((self.now + duration, poller), poll)),
            None => self.hung.push(poll),
        }
    }

    /// Returns the longest time between two polls of a poller.
    fn longest_interval(&self, poller: usize) -> Duration {
        self.polls[poller].windows(2).map(|polls| polls[1] - polls[0]).max().unwrap()
    }
}

fn spread(poller: usize) -> Duration {
    Duration::from_millis(60 * poller as u64)
}

fn quick(poller: usize) -> Option<Duration> {
    Some(Duration::from_millis(5 + poller as u64 % 7 * 100))
}

#[test]
fn pollers_keep_their_interval_while_others_hang() {
    let durations = (0..1000).map(|poller| if poller % 10 == 0 { None } else { quick(poller) });
    let run = Simulation::new(durations.collect(), spread).run(HOUR);
    assert_eq!(run.hung.len(), 100);
    for poller in 0..1000 {
        if poller % 10 == 0 {
            assert_eq!(run.polls[poller].len(), 1, "a hung poller is not polled again");
        } else {
            assert_eq!(run.polls[poller].len(), 60, "{poller}");
            assert_eq!(run.longest_interval(poller), INTERVAL, "{poller}");
        }
    }
}

/// An API that is down for most targets costs each poll its timeout.
#[test]
fn pollers_keep_their_interval_while_most_others_are_slow() {
    let slow = |poller| if poller % 10 == 0 { quick(poller) } else { Some(Duration::from_secs(50)) };
    let run = Simulation::new((0..1000).map(slow).collect(), spread).run(HOUR);
    assert!(run.most_at_once > 700, "{}", run.most_at_once);
    for poller in 0..1000 {
        assert_eq!(run.longest_interval(poller), INTERVAL, "{poller}");
    }
}

#[test]
fn pollers_that_are_due_at_once_poll_within_seconds_even_if_all_are_slow() {
    let durations = vec![Some(Duration::from_secs(50)); 1000];
    let run = Simulation::new(durations, |_| Duration::ZERO).run(INTERVAL / 2);
    let last = run.polls.iter().map(|polls| polls[0] - run.start).max().unwrap();
    assert!(last < SLOT_TIME * POLLERS_PER_SLOT as u32, "{last:?}");
}

#[test]
fn no_more_polls_begin_at_once_than_there_are_slots() {
    for (pollers, slots) in [(1, 1), (32, 32), (100, 44), (1000, 157)] {
        let durations = vec![Some(SLOT_TIME / 2); pollers];
        let run = Simulation::new(durations, |_| Duration::ZERO).run(HOUR);
        assert_eq!(run.most_at_once, slots, "{pollers} pollers");
        assert!(run.polls.iter().all(|polls| polls.len() >= 59));
    }
}

#[test]
fn the_poller_that_is_due_for_the_longest_time_comes_first() {
    let (now, second) = (Instant::now(), Duration::from_secs(1));
    let mut queue = PollQueue::new();
    assert!(queue.add(Box::new('b'), now + second));
    assert!(queue.add(Box::new('a'), now));
    assert!(!queue.add(Box::new('c'), now + second));
    assert_eq!(queue.next_at(), Some(now));
    let order = ['a', 'b', 'c'].map(|_| *queue.begin(now + second).unwrap().poller);
    assert_eq!(order, ['a', 'b', 'c']);
    assert_eq!(queue.next_at(), None);
}
