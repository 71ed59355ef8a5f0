//! The part of a site that belongs to one service.

use std::sync::Arc;
use std::time::Instant;

use super::site::{ServiceCheck, Site};

/// The part of a site to which the poll loop of one service publishes.
#[derive(Clone)]
pub struct Publisher {
    /// The site of the service's port.
    pub site: Arc<Site>,
    /// The index of the service in the site.
    pub service: usize,
}

impl Publisher {
    /// Returns the condition of the service at `now`.
    pub(crate) fn look(&self, now: Instant) -> Option<ServiceCheck> {
        self.site.look(self.service, now)
    }
}
