//! The published snapshots of all services of a port.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::divided_text::DividedText;
use super::joined_families;
use super::piece::{Formats, Piece};
use super::service_page::ServicePage;
use super::snapshot::Snapshot;
use super::target_group::TargetGroup;
use crate::series::encode::Format;
use crate::status::service_info::ServiceInfo;
use crate::support::locks::locked;

/// The published snapshots of all services of a port, until a poll ends or a condition changes.
pub(super) struct SnapshotPage {
    pub(super) services: Vec<Arc<ServicePage>>,
    /// The samples of each [`TargetGroup`] with targets, joined by the first scrape that needs them.
    groups: Vec<Arc<JoinedPieces>>,
    /// The families `cton_*` of the services, joined by the first scrape that needs them.
    pub(super) own: JoinedPieces,
}

/// Joined texts in both formats.
pub(super) type JoinedPieces = Formats<OnceLock<Vec<Arc<Piece>>>>;

/// The current [`SnapshotPage`]. It is locked only to copy or to swap the `Arc`.
pub(super) struct CurrentPage {
    page: Mutex<Arc<SnapshotPage>>,
    groups: Vec<TargetGroup>,
}

impl SnapshotPage {
    /// Returns the pieces of the samples, group by group.
    pub(super) fn samples<'a>(
        &'a self,
        groups: &'a [TargetGroup],
        format: Format,
    ) -> impl Iterator<Item = &'a Arc<Piece>> + Clone {
        groups.iter().zip(&self.groups).flat_map(move |(group, joined)| {
            let services = self.services.get(group.range.clone()).unwrap_or_default();
            let texts = services.iter().map(move |service| service.view.samples.of(format));
            let join =
                |order| joined.of(format).get_or_init(|| joined_families::joined(texts.clone(), order));
            let joined = group.order.as_ref().map(join);
            let alone = joined.is_none().then_some(texts).into_iter().flatten();
            joined.into_iter().flatten().chain(alone.flat_map(DividedText::pieces))
        })
    }

    /// Returns the page with replaced services, by their index, in order. Groups without one keep their joined samples.
    fn with(&self, groups: &[TargetGroup], changed: Vec<(usize, Arc<ServicePage>)>) -> Self {
        let has_changed = |TargetGroup { range, .. }: &TargetGroup| {
            let first = changed.partition_point(|(at, _)| *at < range.start);
            changed.get(first).is_some_and(|(at, _)| *at < range.end)
        };
        let kept = groups.iter().zip(&self.groups).map(|(group, joined)| match has_changed(group) {
            true => Arc::default(),
            false => Arc::clone(joined),
        });
        let (kept, mut services) = (kept.collect(), self.services.clone());
        for (at, next) in changed {
            services.get_mut(at).into_iter().for_each(|shown| *shown = Arc::clone(&next));
        }
        Self { services, groups: kept, own: Formats::default() }
    }
}

impl CurrentPage {
    /// Creates the page of services that have published nothing.
    pub(super) fn new(services: &[ServiceInfo]) -> Self {
        let groups = TargetGroup::all(services);
        let services = services.iter().map(|service| ServicePage::of(Snapshot::default(), service).into());
        let page = SnapshotPage {
            services: services.collect(),
            groups: groups.iter().map(|_| Arc::default()).collect(),
            own: Formats::default(),
        };
        Self { page: Mutex::new(Arc::new(page)), groups }
    }

    /// Returns the services of the port with their targets.
    pub(super) fn groups(&self) -> &[TargetGroup] {
        &self.groups
    }

    /// Returns the snapshots as published.
    pub(super) fn published(&self) -> Arc<SnapshotPage> {
        Arc::clone(&locked(&self.page))
    }

    /// Returns the snapshots at that time. If a condition has changed since, their replacement is published.
    pub(super) fn at(&self, services: &[ServiceInfo], now: Instant) -> Arc<SnapshotPage> {
        let page = self.published();
        let shown = page.services.iter().zip(services).enumerate();
        let changed =
            shown.filter_map(|(at, (shown, service))| Some((at, shown.current(service, now)?.into())));
        let changed: Vec<_> = changed.collect();
        if changed.is_empty() {
            return page;
        }
        let current = Arc::new(page.with(&self.groups, changed));
        let mut shown = locked(&self.page);
        if Arc::ptr_eq(&shown, &page) {
            *shown = Arc::clone(&current);
        }
        current
    }

    /// Publishes the snapshot of the service with that index.
    pub(super) fn replace(&self, index: usize, next: ServicePage) {
        // A scrape may have replaced the views of other services meanwhile.
        let mut page = locked(&self.page);
        let next = page.with(&self.groups, vec![(index, next.into())]);
        *page = Arc::new(next);
    }
}
