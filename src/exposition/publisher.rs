//! The part of a site that belongs to one service.

use std::sync::Arc;
use std::time::Instant;

use super::site::{ServiceCheck, Site};

/// A service of a site: where its poll loop publishes.
#[derive(Clone)]
pub struct Publisher {
    /// The site that shows it.
    pub site: Arc<Site>,
    /// Its index among the services of the site.
    pub service: usize,
}

impl Publisher {
    /// Returns the condition of the service at `now`.
    pub(crate) fn look(&self, now: Instant) -> Option<ServiceCheck> {
        self.site.look(self.service, now)
    }
}
