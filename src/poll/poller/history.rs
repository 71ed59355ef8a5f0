//! The record of a finished poll for the status page.

use std::time::Duration;

use super::{Poller, unix_now};
use crate::fetch::traffic::Traffic;
use crate::poll::schedule;
use crate::status::poll_history::{FinishedPoll, PollHistory, PollResult};

impl Poller {
    /// Notes a finished poll and the wait for the next one.
    pub(super) fn note(
        &self,
        poll_history: &mut PollHistory,
        end: (schedule::PollOutcome, Duration, Duration),
        traffic: &Traffic,
    ) {
        let (outcome, took, next_in) = end;
        let outcome = match (outcome, &self.state.failing) {
            (schedule::PollOutcome::Recorded, _) => PollResult::Recorded,
            (schedule::PollOutcome::Confirmed, _) => PollResult::Confirmed,
            (schedule::PollOutcome::Failed(_), Some(error)) => PollResult::Failed(error),
            _ => PollResult::Unchanged,
        };
        // Only new or confirmed data adds a point to the graphs.
        let is_new = matches!(outcome, PollResult::Recorded | PollResult::Confirmed);
        let totals = if is_new { self.shown.samples.totals() } else { Vec::new() };
        poll_history.ended(FinishedPoll {
            at: unix_now(),
            took,
            next_in,
            outcome,
            traffic,
            remaining: self.api.remaining(),
            faults: &self.state.metric_errors,
            dropped: &self.state.dropping,
            successes: self
                .shown
                .samples
                .last_successes()
                .filter_map(|(metric, at)| Some((metric, at?)))
                .collect(),
            totals,
        });
    }
}
