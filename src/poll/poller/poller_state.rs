//! The outcomes of the past polls.

use std::collections::{BTreeMap, BTreeSet};

use super::cursor_hold::Hold;
use super::series_reports::SeriesReports;
use crate::support::error::Error;
use crate::support::flapping::FlapHistory;
use crate::support::outages::Outages;

/// The outcomes of the past polls, so that the log shows changes instead of repetitions.
#[derive(Debug, Default)]
pub(crate) struct PollerState {
    /// True if the caller reports the errors of polls, so that they are not logged.
    pub(super) is_quiet: bool,
    pub(super) polled: bool,
    pub(super) failing: Option<Error>,
    pub(super) outages: Outages,
    pub(super) metric_errors: BTreeMap<&'static str, Error>,
    pub(super) metric_outages: BTreeMap<&'static str, Outages>,
    /// The other states that are logged, by message and metric.
    pub(super) flaps: BTreeMap<(&'static str, &'static str), FlapHistory>,
    pub(super) dropping: BTreeMap<&'static str, u64>,
    pub(super) lives: SeriesReports,
    /// The requests of the last poll that sent any.
    pub(super) calls: u64,
    /// True if a limit slows down the polls, until it has eased.
    pub(super) slowed: bool,
    pub(super) hold: Hold,
    /// The metrics whose last poll had items that cannot be distinguished from recorded ones.
    pub(super) ambiguous: BTreeSet<&'static str>,
}
