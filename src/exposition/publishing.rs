//! The publication of a poll.

use std::sync::{Arc, MutexGuard};

use super::published_samples::PublishedSamples;
use super::service_page::ServicePage;
use super::site::{PublishedHistories, Site};
use super::snapshot::{Snapshot, SnapshotFreshness};
use crate::self_metrics::service_health::ServiceHealth;
use crate::series::encode::Format;
use crate::status::poll_history::PollHistory;
use crate::status::service_info::ServiceInfo;

/// The publication of a poll of one service, during which no other poll of the port can be published.
pub struct Publishing<'site> {
    pub(super) site: &'site Site,
    pub(super) slot: usize,
    /// The changed facts about the service, if they change.
    pub(super) service: Option<Arc<ServiceInfo>>,
    pub(super) published: MutexGuard<'site, PublishedHistories>,
}

impl Publishing<'_> {
    /// Returns the history of the polls of the service, which is to be changed before it is published.
    pub fn poll_history(&mut self) -> Option<&mut PollHistory> {
        self.published.histories.get_mut(&self.slot).map(Arc::make_mut)
    }

    /// Publishes the snapshot with these facts about the service and these families `cton_*` instead of the last ones.
    pub(crate) fn with_service(mut self, service: ServiceInfo, health: ServiceHealth) -> Self {
        if self.published.histories.contains_key(&self.slot) {
            self.site.health.add(&service.name, health);
        }
        self.service = Some(Arc::new(service));
        self
    }

    /// Publishes the end of a poll, successful or not: the samples that `encode` writes, and the current health.
    ///
    /// `encode` writes whole families of the service in each format, without `# EOF`. They never become stale, and the
    /// status does not show them.
    pub fn publish(self, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publish_with(SnapshotFreshness::default(), &|format, out: &mut Vec<u8>| {
            encode(format, out);
            Vec::new()
        });
    }

    /// Publishes the end of a poll with samples that become stale, and that the status shows.
    pub fn publish_with(self, freshness: SnapshotFreshness, samples: &impl PublishedSamples) {
        self.show((true, freshness), samples);
    }

    /// Publishes without the end of a poll: the restored samples, or those of the last poll.
    pub fn renew_with(self, freshness: SnapshotFreshness, samples: &impl PublishedSamples) {
        let page = self.site.page.published();
        let is_polled = page.service(self.slot).is_some_and(|shown| shown.snapshot.is_polled);
        self.show((is_polled, freshness), samples);
    }

    fn show(&self, (is_polled, freshness): (bool, SnapshotFreshness), samples: &impl PublishedSamples) {
        let (site, slot, last) = (self.site, self.slot, self.site.page.published());
        // A service that was removed during its poll publishes nothing.
        let known = last.service(slot).zip(self.published.histories.get(&slot));
        let Some((shown, poll_history)) = known else { return };
        let service = self.service.as_ref().unwrap_or(&shown.service);
        let end = (is_polled, Arc::clone(poll_history), freshness);
        let next = Snapshot::after(&shown.snapshot, (service, &site.health), end, samples);
        site.page.replace(ServicePage::of(slot, Arc::clone(service), Arc::new(next)));
    }
}
