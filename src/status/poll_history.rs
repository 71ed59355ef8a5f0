//! The results of the recent polls of a service, as its status needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::error_status::ErrorStatus;
use super::ring::Ring;
use crate::fetch::traffic::Traffic;
use crate::self_metrics::health::OUTCOMES;
use crate::support::error::{Error, ErrorKind};

/// The results of the polls of one service. Its size depends only on the number of configured metrics.
#[derive(Debug, Clone, Default)]
pub struct PollHistory {
    pub(super) last: Option<LastResult>,
    /// The time at which the next poll is due.
    pub(super) next: Option<f64>,
    /// The end of the last poll that recorded or confirmed data.
    pub(super) last_success: Option<f64>,
    pub(super) failing_since: Option<f64>,
    pub(super) failures_in_a_row: u64,
    pub(super) last_failure: Option<FailedPoll>,
    pub(super) hangs_since: Option<f64>,
    pub(super) is_stale: bool,
    /// The number of polls for each result, in the order of [`OUTCOMES`].
    pub(super) polls: [u64; 3],
    pub(super) traffic: Traffic,
    pub(super) remaining: Option<u64>,
    /// The error of each metric that failed in the last poll with data.
    pub(super) faults: BTreeMap<&'static str, ErrorStatus>,
    /// The number of series of each metric that the last poll with data dropped.
    pub(super) dropped: BTreeMap<&'static str, u64>,
    /// The time of the last success of each metric, as a Unix timestamp.
    pub(super) successes: BTreeMap<&'static str, f64>,
    /// The metrics that have not been read for the stale time.
    pub(super) overdue: BTreeSet<&'static str>,
    /// The time of each value in `totals`.
    pub(super) times: Ring,
    /// The recent totals of each metric, in the order of the metrics.
    pub(super) totals: Vec<Ring>,
}

/// The result of a poll.
#[derive(Debug, Clone, Copy)]
pub enum PollResult<'a> {
    /// The poll recorded new data.
    Recorded,
    /// The API confirmed that the recorded data is still current.
    Confirmed,
    /// The poll found nothing new.
    Unchanged,
    /// The poll failed with this error.
    Failed(&'a Error),
}

/// The result, times and traffic of a finished poll. Times are Unix timestamps.
#[derive(Debug)]
pub struct FinishedPoll<'a> {
    /// The time at which the poll finished.
    pub at: f64,
    /// The duration of the poll.
    pub took: Duration,
    /// The time from the end of the poll to the next poll.
    pub next_in: Duration,
    /// The result of the poll.
    pub outcome: PollResult<'a>,
    /// The requests and responses of the poll.
    pub traffic: &'a Traffic,
    /// The number of requests remaining, if the API reports it.
    pub remaining: Option<u64>,
    /// The error of each metric that failed in the last poll with data.
    pub faults: &'a BTreeMap<&'static str, Error>,
    /// The number of series of each metric that the last poll with data dropped.
    pub dropped: &'a BTreeMap<&'static str, u64>,
    /// The Unix timestamp at which each metric was last read.
    pub successes: BTreeMap<&'static str, f64>,
    /// The total of each metric in their order, or NaN without one. It is read only if data was recorded or confirmed.
    pub totals: Vec<f64>,
}

/// The result of the last poll.
#[derive(Debug, Clone)]
pub(super) struct LastResult {
    pub at: f64,
    pub took: Duration,
    pub outcome: &'static str,
}

/// The last failed poll.
#[derive(Debug, Clone)]
pub(super) struct FailedPoll {
    pub at: f64,
    pub reason: ErrorKind,
    pub error: ErrorStatus,
}

impl PollHistory {
    /// Records a finished poll.
    pub fn ended(&mut self, poll: FinishedPoll<'_>) {
        let outcome = poll.outcome.place();
        self.last = Some(LastResult { at: poll.at, took: poll.took, outcome: OUTCOMES[outcome] });
        self.next = Some(poll.at + poll.next_in.as_secs_f64());
        self.polls[outcome] += 1;
        self.hangs_since = None;
        self.traffic.add(poll.traffic);
        self.remaining = poll.remaining.or(self.remaining);
        match poll.outcome {
            PollResult::Failed(error) => self.failed(error, poll.at),
            PollResult::Unchanged => self.goes_on(),
            PollResult::Recorded | PollResult::Confirmed => self.succeeded(poll),
        }
    }

    /// Sets the metrics that have not been read for the stale time.
    pub fn overdue(&mut self, metrics: BTreeSet<&'static str>) {
        self.overdue = metrics;
    }

    /// Forgets the recent totals, because the service has other metrics from now on.
    pub(crate) fn restart_totals(&mut self) {
        (self.times, self.totals) = (Ring::default(), Vec::new());
    }

    /// Marks the service as stale: its gauges were removed.
    pub fn grows_stale(&mut self) {
        self.is_stale = true;
    }

    /// Marks the poll that began at `since` as hung.
    pub fn hangs(&mut self, since: f64) {
        self.hangs_since = Some(since);
    }

    /// Returns true if the last poll succeeded.
    pub fn is_up(&self) -> bool {
        self.last.is_some() && self.failing_since.is_none()
    }

    fn failed(&mut self, error: &Error, at: f64) {
        self.failing_since.get_or_insert(at);
        self.failures_in_a_row += 1;
        self.last_failure = Some(FailedPoll { at, reason: error.kind(), error: ErrorStatus::new(error) });
    }

    fn goes_on(&mut self) {
        self.failing_since = None;
        self.failures_in_a_row = 0;
    }

    fn succeeded(&mut self, poll: FinishedPoll<'_>) {
        self.goes_on();
        self.last_success = Some(poll.at);
        self.is_stale = false;
        self.faults = poll.faults.iter().map(|(metric, error)| (*metric, ErrorStatus::new(error))).collect();
        self.dropped.clone_from(poll.dropped);
        self.successes = poll.successes;
        self.overdue.clear();
        self.times.push(poll.at);
        self.totals.resize_with(poll.totals.len(), Ring::default);
        self.totals.iter_mut().zip(poll.totals).for_each(|(ring, total)| ring.push(total));
    }
}

impl PollResult<'_> {
    /// Returns the index of the result in [`OUTCOMES`].
    fn place(self) -> usize {
        match self {
            Self::Recorded => 0,
            Self::Confirmed | Self::Unchanged => 1,
            Self::Failed(_) => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::ring::POINTS;
    use crate::support::log::LONGEST;

    #[test]
    fn however_long_it_runs_and_whatever_an_api_says_the_past_stays_small() {
        let (traffic, faults, dropped) = <(Traffic, BTreeMap<_, _>, BTreeMap<_, _>)>::default();
        let mut poll_history = PollHistory::default();
        for n in 0..10_000 {
            let error = Error::from("é".repeat(5000));
            let outcome = if n % 2 == 0 { PollResult::Recorded } else { PollResult::Failed(&error) };
            poll_history.ended(FinishedPoll {
                at: f64::from(n),
                took: Duration::ZERO,
                next_in: Duration::ZERO,
                outcome,
                traffic: &traffic,
                remaining: None,
                faults: &faults,
                dropped: &dropped,
                successes: BTreeMap::new(),
                totals: vec![1.0; 3],
            });
        }
        assert_eq!(poll_history.times.numbers().count(), POINTS);
        assert_eq!(poll_history.totals.iter().map(|ring| ring.numbers().count()).sum::<usize>(), 3 * POINTS);
        assert_eq!(poll_history.last_failure.unwrap().error.problem.chars().count(), LONGEST + 3);
    }
}
