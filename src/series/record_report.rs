//! The report on a recorded poll.

use super::events::SeriesEvents;
use super::family_series::{FamilySeries, LeftOut};
use super::items::MetricItems;
use super::samples::Cursor;
use crate::support::error::Error;

/// The report on a recorded poll: the items that were not recorded, and the events of the series.
///
/// It is the default if every item was recorded and no event happened.
#[derive(Debug, Default, PartialEq)]
pub struct RecordReport {
    /// The metrics that returned an error for some or all of their label sets, each with the first error.
    pub errors: Vec<(&'static str, Error)>,
    /// The number of series of each metric that were omitted because a limit is reached.
    pub dropped: Vec<(&'static str, u64)>,
    /// The metrics of which series were omitted or evicted because all series of the service take too many bytes.
    pub large: Vec<&'static str>,
    /// The metrics with items that can never be valid.
    pub rejected: Vec<Rejection>,
    /// True if the cursor is held: items that add to a value and have no ID were not recorded either.
    pub held: bool,
    /// The number of valid items of each metric that are lost because the cursor moves without them. A metric that
    /// returned an error counts as one item.
    pub lost: Vec<(&'static str, u64)>,
    /// The events in the series of each metric.
    pub events: Vec<(&'static str, SeriesEvents)>,
    /// The number of items of each metric that are lost because they may come from a response that was recorded before.
    pub ambiguous: Vec<(&'static str, u64)>,
}

/// The invalid items of one metric in one poll.
#[derive(Debug, PartialEq)]
pub struct Rejection {
    /// The name of the metric.
    pub metric: &'static str,
    /// The number of invalid items.
    pub count: u64,
    /// The reason for the first of them.
    pub reason: Error,
    /// True if the polls before had no invalid items.
    pub is_first: bool,
}

impl RecordReport {
    /// Notes the items of a metric that will not be recorded.
    pub(super) fn note(&mut self, store: &FamilySeries, items: &MetricItems, left_out: LeftOut) {
        let metric = store.name();
        if let Some(reason) = items.rejected.first.clone() {
            let (count, is_first) = (items.rejected.count, !store.is_rejecting());
            self.rejected.push(Rejection { metric, count, reason, is_first });
        }
        if let Some(error) = items.failed.first.clone() {
            self.errors.push((metric, error));
        }
        if items.ambiguous > 0 {
            self.ambiguous.push((metric, items.ambiguous));
        }
        if left_out.series > 0 {
            self.dropped.push((metric, left_out.series));
        }
        if store.is_large() {
            self.large.push(metric);
        }
        let missing = items.failed.count + left_out.items;
        if missing > 0 {
            self.lost.push((metric, missing));
        }
    }

    /// Decides on the hold of the cursor and the loss of valid items that cannot be recorded.
    pub(super) fn end(&mut self, cursor: Cursor) {
        self.held = cursor == Cursor::MayBeHeld && !self.lost.is_empty();
        if self.held {
            // The next poll reads them again.
            self.ambiguous.clear();
        }
        if self.held || cursor == Cursor::Stays {
            self.lost.clear();
        }
    }
}
