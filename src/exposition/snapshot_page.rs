//! The published snapshots of all services of a port.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use super::divided_text::DividedText;
use super::joined_families;
use super::piece::{Formats, Piece};
use super::service_page::ServicePage;
use super::target_group::TargetGroup;
use crate::series::encode::Format;
use crate::status::service_info::ServiceInfo;
use crate::support::locks::locked;

/// The published snapshots of all services of a port, until a poll ends, a condition changes or the services change.
pub(super) struct SnapshotPage {
    pub(super) services: Vec<Arc<ServicePage>>,
    groups: Arc<[TargetGroup]>,
    /// The samples of each [`TargetGroup`] with targets, joined by the first scrape that needs them.
    joined: Vec<Arc<JoinedPieces>>,
    /// The families `cton_*` of the services, joined by the first scrape that needs them.
    pub(super) own: JoinedPieces,
}

/// Joined texts in both formats.
pub(super) type JoinedPieces = Formats<OnceLock<Vec<Arc<Piece>>>>;

/// The current [`SnapshotPage`]. It is locked only to copy or to swap the `Arc`.
pub(super) struct CurrentPage(Mutex<Arc<SnapshotPage>>);

impl SnapshotPage {
    fn new(services: Vec<Arc<ServicePage>>) -> Self {
        let infos: Vec<&ServiceInfo> = services.iter().map(|shown| &*shown.service).collect();
        let groups = TargetGroup::all(&infos);
        let joined = groups.iter().map(|_| Arc::default()).collect();
        Self { groups: groups.into(), joined, own: Formats::default(), services }
    }

    /// Returns the pieces of the samples, group by group.
    pub(super) fn samples(&self, format: Format) -> impl Iterator<Item = &Arc<Piece>> + Clone {
        self.groups.iter().zip(&self.joined).flat_map(move |(group, joined)| {
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
    fn with(&self, changed: Vec<(usize, Arc<ServicePage>)>) -> Self {
        let has_changed = |TargetGroup { range, .. }: &TargetGroup| {
            let first = changed.partition_point(|(at, _)| *at < range.start);
            changed.get(first).is_some_and(|(at, _)| *at < range.end)
        };
        let kept = self.groups.iter().zip(&self.joined).map(|(group, joined)| match has_changed(group) {
            true => Arc::default(),
            false => Arc::clone(joined),
        });
        let (joined, mut services) = (kept.collect(), self.services.clone());
        for (at, next) in changed {
            services.get_mut(at).into_iter().for_each(|shown| *shown = Arc::clone(&next));
        }
        Self { services, groups: Arc::clone(&self.groups), joined, own: Formats::default() }
    }

    /// Returns the service with that slot.
    pub(super) fn service(&self, slot: usize) -> Option<&Arc<ServicePage>> {
        self.services.iter().find(|shown| shown.slot == slot)
    }
}

impl CurrentPage {
    pub(super) fn new(services: Vec<Arc<ServicePage>>) -> Self {
        Self(Mutex::new(Arc::new(SnapshotPage::new(services))))
    }

    /// Returns the snapshots as published.
    pub(super) fn published(&self) -> Arc<SnapshotPage> {
        Arc::clone(&locked(&self.0))
    }

    /// Returns the snapshots at that time. If a condition has changed since, their replacement is published.
    pub(super) fn at(&self, now: Instant) -> Arc<SnapshotPage> {
        let page = self.published();
        let shown = page.services.iter().enumerate();
        let changed = shown.filter_map(|(at, shown)| Some((at, shown.current(now)?.into())));
        let changed: Vec<_> = changed.collect();
        if changed.is_empty() {
            return page;
        }
        let current = Arc::new(page.with(changed));
        let mut shown = locked(&self.0);
        if Arc::ptr_eq(&shown, &page) {
            *shown = Arc::clone(&current);
        }
        current
    }

    /// Publishes the next page of a service, unless the service was removed.
    pub(super) fn replace(&self, next: ServicePage) {
        // A scrape may have replaced the views of other services meanwhile.
        let mut page = locked(&self.0);
        let Some(at) = page.services.iter().position(|shown| shown.slot == next.slot) else { return };
        let is_same = page.services.get(at).is_some_and(|shown| Arc::ptr_eq(&shown.service, &next.service));
        let changed = page.with(vec![(at, next.into())]);
        // The families of a service decide the order in which those of its targets are joined.
        *page = Arc::new(if is_same { changed } else { SnapshotPage::new(changed.services) });
    }

    /// Publishes other services.
    pub(super) fn arrange(&self, services: Vec<Arc<ServicePage>>) {
        *locked(&self.0) = Arc::new(SnapshotPage::new(services));
    }
}
