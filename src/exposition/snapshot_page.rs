//! The published snapshots of all services of a port.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::piece::{Formats, Piece};
use super::service_page::ServicePage;
use super::snapshot::Snapshot;
use crate::status::service_info::ServiceInfo;
use crate::support::locks::locked;

/// The published snapshots of all services of a port, until a poll ends or a condition changes.
pub(super) struct SnapshotPage {
    pub(super) services: Vec<ServicePage>,
    /// The families `cton_*` of the services, joined by the first scrape that needs them.
    pub(super) own: Formats<OnceLock<Vec<Arc<Piece>>>>,
}

/// The current [`SnapshotPage`]. It is locked only to copy or to swap the `Arc`.
pub(super) struct CurrentPage(Mutex<Arc<SnapshotPage>>);

impl SnapshotPage {
    fn new(services: impl Iterator<Item = ServicePage>) -> Self {
        Self { services: services.collect(), own: Formats::default() }
    }

    /// Returns the replacement at that time, if a condition has changed by then.
    fn current(&self, services: &[ServiceInfo], now: Instant) -> Option<Self> {
        let mut has_changed = false;
        let current = self.services.iter().zip(services).map(|(shown, service)| {
            let current = shown.current(service, now);
            has_changed |= current.is_some();
            current.unwrap_or_else(|| shown.clone())
        });
        let page = Self::new(current);
        has_changed.then_some(page)
    }
}

impl CurrentPage {
    /// Creates the page of services that have published nothing.
    pub(super) fn new(services: &[ServiceInfo]) -> Self {
        let services = services.iter().map(|service| ServicePage::of(Snapshot::default(), service));
        Self(Mutex::new(Arc::new(SnapshotPage::new(services))))
    }

    /// Returns the snapshots as published.
    pub(super) fn published(&self) -> Arc<SnapshotPage> {
        Arc::clone(&locked(&self.0))
    }

    /// Returns the snapshots at that time. If a condition has changed since, their replacement is published.
    pub(super) fn at(&self, services: &[ServiceInfo], now: Instant) -> Arc<SnapshotPage> {
        let page = self.published();
        let Some(current) = page.current(services, now) else { return page };
        let current = Arc::new(current);
        let mut shown = locked(&self.0);
        if Arc::ptr_eq(&shown, &page) {
            *shown = Arc::clone(&current);
        }
        current
    }

    /// Publishes the snapshot of the service with that index.
    pub(super) fn replace(&self, index: usize, next: &ServicePage) {
        // A scrape may have replaced the views of other services meanwhile.
        let mut page = locked(&self.0);
        let others = page.services.iter().enumerate();
        let services = others.map(|(at, other)| if at == index { next } else { other }.clone());
        *page = Arc::new(SnapshotPage::new(services));
    }
}
