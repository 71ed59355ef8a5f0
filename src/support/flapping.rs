//! States that start and end repeatedly, such as the failing of polls, and the limit of their log lines.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The maximum number of starts of a state within the window that are logged one by one.
const MOST: usize = 3;
/// The length of the window, unless [`INTERVALS`] poll intervals are longer.
const WINDOW: Duration = Duration::from_secs(3600);
const INTERVALS: u32 = 10;

/// Returns the window in which starts are counted, and after which a state without a change is stable.
pub(crate) fn window(interval: Duration) -> Duration {
    WINDOW.max(interval.saturating_mul(INTERVALS))
}

/// The history of one state.
#[derive(Debug, Default)]
pub(crate) struct FlapHistory {
    /// The last starts within the window.
    starts: VecDeque<Instant>,
    /// True if flapping was logged, so further changes are not.
    is_quiet: bool,
    /// The number of starts that were not logged.
    omitted: usize,
    /// The time of the last start or end.
    changed: Option<Instant>,
}

/// The report that a start of a state deserves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum StartReport {
    /// The start is logged in its own line.
    Logged,
    /// The start is logged after a line that reports the end of flapping and the number of starts that were not logged.
    Again(usize),
    /// The start is logged in a line with the number of starts within the window; the next ones are not logged.
    Flaps(usize),
    /// The start is not logged.
    Quiet,
}

impl FlapHistory {
    /// Notes a start, and returns the report that it deserves.
    pub(crate) fn start(&mut self, now: Instant, window: Duration) -> StartReport {
        let omitted = self.settle(now, window);
        self.changed = Some(now);
        if self.is_quiet {
            self.omitted += 1;
            return StartReport::Quiet;
        }
        self.starts.retain(|start| now.saturating_duration_since(*start) < window);
        self.starts.push_back(now);
        if self.starts.len() <= MOST {
            return omitted.map_or(StartReport::Logged, StartReport::Again);
        }
        self.is_quiet = true;
        StartReport::Flaps(self.starts.len())
    }

    /// Notes an end. Returns true if it is to be logged.
    pub(crate) fn end(&mut self, now: Instant, window: Duration) -> bool {
        self.settle(now, window);
        self.changed = Some(now);
        !self.is_quiet
    }

    /// Returns the number of starts that were not logged, if the state has not changed within the window and so flaps no
    /// more.
    pub(crate) fn settle(&mut self, now: Instant, window: Duration) -> Option<usize> {
        let is_stable = |changed: Instant| now.saturating_duration_since(changed) >= window;
        let settles = self.is_quiet && self.changed.is_some_and(is_stable);
        settles.then(|| {
            let omitted = self.omitted;
            *self = Self { changed: self.changed, ..Self::default() };
            omitted
        })
    }

    /// Returns true if changes of the state are not logged.
    pub(crate) fn is_quiet(&self) -> bool {
        self.is_quiet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn starts_of_a_flapping_state_are_reported_three_times_and_once_as_flaps() {
        let (mut flaps, begin, window) = (FlapHistory::default(), Instant::now(), window(MINUTE));
        let told: Vec<_> = (0..1000).map(|nth| flaps.start(begin + MINUTE * nth, window)).collect();
        assert_eq!(
            told[..4],
            [StartReport::Logged, StartReport::Logged, StartReport::Logged, StartReport::Flaps(4)]
        );
        assert!(told[4..].iter().all(|start| *start == StartReport::Quiet) && flaps.is_quiet());
    }

    #[test]
    fn a_rare_state_is_always_reported() {
        let (mut flaps, begin, window) = (FlapHistory::default(), Instant::now(), window(MINUTE));
        for nth in 0..100 {
            assert_eq!(flaps.start(begin + MINUTE * 21 * nth, window), StartReport::Logged, "{nth}");
        }
    }

    #[test]
    fn a_state_is_reported_again_when_it_was_stable_for_the_window() {
        let (mut flaps, begin, window) = (FlapHistory::default(), Instant::now(), window(MINUTE));
        (0..5).for_each(|nth| _ = flaps.start(begin + MINUTE * nth, window));
        assert!(!flaps.end(begin + MINUTE * 5, window));
        assert_eq!(flaps.settle(begin + MINUTE * 64, window), None);
        assert!(flaps.settle(begin + MINUTE * 65, window).is_some() && !flaps.is_quiet());
        assert_eq!(flaps.start(begin + MINUTE * 66, window), StartReport::Logged);
    }

    #[test]
    fn the_starts_that_were_not_logged_are_counted_until_the_state_is_stable() {
        let (mut flaps, begin, window) = (FlapHistory::default(), Instant::now(), window(MINUTE));
        (0..10).for_each(|nth| _ = flaps.start(begin + MINUTE * nth, window));
        assert_eq!(flaps.start(begin + MINUTE * 100, window), StartReport::Again(6));
        (101..110).for_each(|nth| _ = flaps.start(begin + MINUTE * nth, window));
        assert_eq!(flaps.settle(begin + MINUTE * 200, window), Some(6));
    }

    #[test]
    fn the_window_grows_with_the_poll_interval() {
        let hour = MINUTE * 60;
        let (mut flaps, begin, window) = (FlapHistory::default(), Instant::now(), window(hour));
        let quiet =
            (0..48).filter(|nth| flaps.start(begin + hour * *nth, window) == StartReport::Quiet).count();
        assert_eq!(quiet, 44);
    }
}
