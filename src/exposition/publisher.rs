//! The part of a site that belongs to one service.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use super::publishing::Publishing;
use super::site::{ServiceCheck, Site};
use crate::support::locks::locked;

/// The part of a site to which the poll loop of one service publishes. All clones follow the service to another port.
#[derive(Clone)]
pub(crate) struct Publisher(Arc<PublisherParts>);

struct PublisherParts {
    /// The site of the service's port, and the slot of the service in it.
    place: Mutex<(Arc<Site>, usize)>,
    /// Held during a publication, and while the service moves to another port.
    publication: Mutex<()>,
}

impl Publisher {
    /// Returns the publisher of the service with that slot.
    pub(crate) fn new(site: &Arc<Site>, slot: usize) -> Self {
        let place = Mutex::new((Arc::clone(site), slot));
        Self(Arc::new(PublisherParts { place, publication: Mutex::default() }))
    }

    /// Locks the publication like [`Site::publishing`] while `work` publishes.
    pub(crate) fn publish<T>(&self, work: impl FnOnce(Publishing<'_>) -> T) -> T {
        let _publication = self.hold();
        let (site, slot) = self.place();
        work(site.publishing(slot))
    }

    /// Delays the next publication until the result is dropped.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        locked(&self.0.publication)
    }

    /// Publishes to the slot of another site from now on. The caller [holds](Self::hold) the publication.
    pub(crate) fn move_to(&self, site: &Arc<Site>, slot: usize) {
        *locked(&self.0.place) = (Arc::clone(site), slot);
    }

    /// Returns the condition of the service at `now`.
    pub(crate) fn look(&self, now: Instant) -> Option<ServiceCheck> {
        let (site, slot) = self.place();
        site.look(slot, now)
    }

    /// Returns the site of the service's port, and the slot of the service in it.
    pub(crate) fn place(&self) -> (Arc<Site>, usize) {
        let place = locked(&self.0.place);
        (Arc::clone(&place.0), place.1)
    }

    /// Returns the site of the service's port.
    #[cfg(test)]
    pub(crate) fn site(&self) -> Arc<Site> {
        self.place().0
    }
}
