//! What a poll leaves for whoever looks at the status.

use std::time::Duration;

use super::{Poller, unix_now};
use crate::health::Traffic;
use crate::schedule;
use crate::status::{Ended, Outcome, Past};

impl Poller {
    /// Notes the end of a poll and how long the next one is to wait.
    pub(super) fn note(
        &self,
        past: &mut Past,
        end: (schedule::Outcome, Duration, Duration),
        traffic: &Traffic,
    ) {
        let (outcome, took, next_in) = end;
        let outcome = match (outcome, &self.state.failing) {
            (schedule::Outcome::Recorded, _) => Outcome::Recorded,
            (schedule::Outcome::Confirmed, _) => Outcome::Confirmed,
            (schedule::Outcome::Failed(_), Some(error)) => Outcome::Failed(error),
            _ => Outcome::Unchanged,
        };
        // Where nothing is new there is no point to be added.
        let is_new = matches!(outcome, Outcome::Recorded | Outcome::Confirmed);
        let totals = if is_new { self.shown.samples.totals() } else { Vec::new() };
        past.ended(Ended {
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
