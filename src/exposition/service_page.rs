//! The published snapshot of one service, with its current view.

use std::sync::Arc;
use std::time::Instant;

use super::snapshot::{Snapshot, SnapshotView};
use crate::series::encode::Format;
use crate::status::service_info::ServiceInfo;

/// The snapshot of one service and its current view.
pub(super) struct ServicePage {
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) view: SnapshotView,
}

/// The state of the data of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DataState {
    /// No poll has ended, and the poll loop has no fault.
    #[default]
    Starting,
    /// The snapshot has no samples, although a poll has ended or the poll loop has a fault.
    NoData,
    /// The snapshot has samples.
    Data,
}

impl ServicePage {
    pub(super) fn of(snapshot: Snapshot, service: &ServiceInfo) -> Self {
        let now = Instant::now();
        let view = snapshot.view(service, snapshot.condition(service, now), now);
        Self { snapshot: Arc::new(snapshot), view }
    }

    /// Returns the replacement at that time, if the condition has changed by then.
    pub(super) fn current(&self, service: &ServiceInfo, now: Instant) -> Option<Self> {
        let condition = self.snapshot.condition(service, now);
        let has_changed = condition != self.view.condition;
        has_changed.then(|| Self {
            snapshot: Arc::clone(&self.snapshot),
            view: self.snapshot.view(service, condition, now),
        })
    }

    pub(super) fn state(&self) -> DataState {
        let is_empty = self.view.samples.of(Format::Text).len() == 0;
        match (self.snapshot.is_polled || self.view.condition.fault.is_some(), is_empty) {
            (false, _) => DataState::Starting,
            (true, true) => DataState::NoData,
            (true, false) => DataState::Data,
        }
    }
}

impl DataState {
    /// Returns the state in words, for the body of `/-/ready`.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Starting => "waiting for the first poll",
            Self::NoData => "no data",
            Self::Data => "has data",
        }
    }
}
