//! What a poll leaves for whoever looks at the status.

use std::time::Duration;

use super::{Poller, unix_now};
use crate::fetch::traffic::Traffic;
use crate::poll::schedule;
use crate::status::poll_history::{FinishedPoll, PollHistory, PollResult};

impl Poller {
    /// Notes the end of a poll and how long the next one is to wait.
    pub(super) fn note(
        &self,
        past: &mut PollHistory,
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
        // Where nothing is new there is no point to be added.
        let is_new = matches!(outcome, PollResult::Recorded | PollResult::Confirmed);
        let totals = if is_new { self.shown.samples.totals() } else { Vec::new() };
        past.ended(FinishedPoll {
            at: unix_now(),
            took,
            next_in,
            outcome,
            traffic,
            budget: self.api.remaining(),
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
