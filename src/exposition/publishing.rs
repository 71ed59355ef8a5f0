//! The publication of a poll.

use std::sync::{Arc, MutexGuard};

use super::published_samples::PublishedSamples;
use super::service_page::ServicePage;
use super::site::Site;
use super::snapshot::{Snapshot, SnapshotFreshness};
use crate::series::encode::Format;
use crate::status::poll_history::PollHistory;

/// The publication of a poll of one service, during which no other poll of the port can be published.
pub struct Publishing<'site> {
    pub(super) site: &'site Site,
    /// The index of the service in the site.
    pub(super) service: usize,
    pub(super) poll_histories: MutexGuard<'site, Vec<Arc<PollHistory>>>,
}

impl Publishing<'_> {
    /// Returns the history of the polls of the service, which is to be changed before it is published.
    pub fn poll_history(&mut self) -> Option<&mut PollHistory> {
        self.poll_histories.get_mut(self.service).map(Arc::make_mut)
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
        let is_polled = page.services.get(self.service).is_some_and(|shown| shown.snapshot.is_polled);
        self.show((is_polled, freshness), samples);
    }

    fn show(&self, (is_polled, freshness): (bool, SnapshotFreshness), samples: &impl PublishedSamples) {
        let (site, index, last) = (self.site, self.service, self.site.page.published());
        let known = (last.services.get(index), site.services.get(index), self.poll_histories.get(index));
        let (Some(shown), Some(service), Some(poll_history)) = known else { return };
        let end = (is_polled, Arc::clone(poll_history), freshness);
        let next = Snapshot::after(&shown.snapshot, (service, &site.health), end, samples);
        site.page.replace(index, ServicePage::of(next, service));
    }
}
