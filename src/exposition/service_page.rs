//! The published snapshot of one service, with its current view.

use std::sync::Arc;
use std::time::Instant;

use super::snapshot::{Snapshot, SnapshotView};
use crate::series::encode::Format;
use crate::status::service_info::ServiceInfo;

/// The snapshot of one service and its current view.
pub(super) struct ServicePage {
    /// The number by which a publisher knows the service. It never changes, and no other service of the site gets it.
    pub(super) slot: usize,
    pub(super) service: Arc<ServiceInfo>,
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
    pub(super) fn of(slot: usize, service: Arc<ServiceInfo>, snapshot: Arc<Snapshot>) -> Self {
        let now = Instant::now();
        let view = snapshot.view(&service, snapshot.condition(&service, now), now);
        Self { slot, service, snapshot, view }
    }

    /// Returns the replacement at that time, if the condition has changed by then.
    pub(super) fn current(&self, now: Instant) -> Option<Self> {
        let condition = self.snapshot.condition(&self.service, now);
        let has_changed = condition != self.view.condition;
        has_changed.then(|| Self {
            slot: self.slot,
            service: Arc::clone(&self.service),
            snapshot: Arc::clone(&self.snapshot),
            view: self.snapshot.view(&self.service, condition, now),
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
