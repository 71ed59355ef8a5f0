//! The part of a site that belongs to one service.

use std::sync::Arc;
use std::time::Instant;

use super::publishing::Publishing;
use super::site::{ServiceCheck, Site};
use crate::self_metrics::health::Health;
use crate::support::heartbeat::Heartbeat;

/// The part of a site to which the poll loop of one service publishes.
#[derive(Clone)]
pub(crate) struct Publisher {
    /// The site of the service's port.
    site: Arc<Site>,
    /// The index of the service in the site.
    service: usize,
}

impl Publisher {
    /// Returns a publisher for each service of the site, in their order.
    pub(crate) fn each(site: &Arc<Site>) -> impl Iterator<Item = Self> {
        (0..site.services.len()).map(|service| Self { site: Arc::clone(site), service })
    }

    /// Locks the publication like [`Site::publishing`].
    pub(crate) fn publishing(&self) -> Publishing<'_> {
        self.site.publishing(self.service)
    }

    /// Returns the exporter's own families on the port.
    pub(crate) fn health(&self) -> &Health {
        self.site.health()
    }

    /// Returns the heartbeat of the service's poll loop.
    pub(crate) fn heartbeat(&self) -> Arc<Heartbeat> {
        self.site.services.get(self.service).map(|service| Arc::clone(&service.heartbeat)).unwrap_or_default()
    }

    /// Returns the condition of the service at `now`.
    pub(crate) fn look(&self, now: Instant) -> Option<ServiceCheck> {
        self.site.look(self.service, now)
    }

    /// Returns the site of the service's port.
    #[cfg(test)]
    pub(crate) fn site(&self) -> &Arc<Site> {
        &self.site
    }
}
