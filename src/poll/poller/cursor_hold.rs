//! The hold of the cursor: after a poll that could not record every valid item, the next poll reads the items again.

use std::time::Instant;

use super::{Poller, unix_now};
use crate::author::reading::Reading;
use crate::series::record_report::RecordReport;
use crate::series::samples::{Cursor, Terms};
use crate::support::error::Result;
use crate::support::log;

/// The maximum number of consecutive polls for which the cursor is held.
///
/// It is the default of `stale_after_intervals`: an error of a metric that ends before its gauges are stale loses
/// nothing. It is bounded because all items without an ID wait meanwhile, and because each poll requests more of the
/// API.
const POLLS: u32 = 5;
const HELD: &str = "cursor held";
const LOST: &str = "items lost";

/// The hold of a service's cursor.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// The number of polls for which the cursor has been held since it moved.
    polls: u32,
    /// True if the hold was logged since the last poll that was recorded whole.
    is_told: bool,
    /// True if lost items were logged since the last poll that was recorded whole.
    is_loss_told: bool,
}

impl Hold {
    /// Returns the number of polls for which the cursor has been held since it moved.
    pub(super) fn polls(&self) -> u32 {
        self.polls
    }

    /// Continues a hold that an earlier process began.
    pub(super) fn go_on_from(&mut self, polls: u32) {
        self.polls = polls;
    }
}

impl Poller {
    /// Records the readings of a poll, and moves the cursor unless it is held. Returns the report and the Unix
    /// timestamp.
    pub(super) fn record(&mut self, readings: Vec<Result<Reading>>) -> (RecordReport, f64) {
        let (now, cursor) = (unix_now(), self.cursor());
        let redactor = self.api.redactor().clone();
        let judge = |value: &str| redactor.contains(value).then_some("contains a secret");
        self.shown.expire(Instant::now());
        let mut recorded = self.shown.samples.record(readings, Terms { now, judge: &judge, cursor });
        // The error of a method may quote a response.
        for (_, error) in &mut recorded.errors {
            *error = self.api.redacted(error.clone());
        }
        if recorded.held {
            self.state.hold.polls += 1;
            self.api.hold();
            return (recorded, now);
        }
        // A poll that does not move the cursor does not end its hold, or the hold would have no bound.
        if cursor != Cursor::Stays {
            self.state.hold.polls = 0;
        }
        self.api.commit();
        (recorded, now)
    }

    fn cursor(&self) -> Cursor {
        match self.api.moves_cursor() {
            false => Cursor::Stays,
            true if self.state.hold.polls < POLLS => Cursor::MayBeHeld,
            true => Cursor::Moves,
        }
    }

    /// Logs the start of a hold and the items that it lost, each once until a poll is recorded whole.
    pub(super) fn tell_held(&mut self, recorded: &RecordReport) {
        if recorded.errors.is_empty() && recorded.dropped.is_empty() {
            (self.state.hold.is_told, self.state.hold.is_loss_told) = (false, false);
        }
        let begins = recorded.held && !std::mem::replace(&mut self.state.hold.is_told, true);
        if begins && self.starts(HELD, "") {
            let hint = "fix the error of the metric; meanwhile each poll reads the same items again, and items without an ID wait";
            self.log(log::warning, HELD, &[("polls", &POLLS), ("hint", &hint)]);
        }
        for (metric, items) in &recorded.lost {
            self.health.lost(*items);
            if !self.state.hold.is_loss_told && self.starts(LOST, metric) {
                let hint = "fix the error of the metric, or raise the limit that its series exceed";
                let fields: [log::LogField<'_>; 3] = [("metric", metric), ("count", items), ("hint", &hint)];
                self.log(log::error, LOST, &fields);
            }
        }
        self.state.hold.is_loss_told |= !recorded.lost.is_empty();
    }
}
