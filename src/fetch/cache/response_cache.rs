//! The response cache: several services that need the same response send one request.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::conditional::Validators;
use super::request_key::RequestKey;
use crate::fetch::raw_response::RawResponse;
use crate::support::error::Result;
use crate::support::locks::{locked, waited};

/// The cached responses of a process, shared by its services. No lock is held while a request is in progress.
#[derive(Debug)]
pub(crate) struct ResponseCache {
    shelf: Mutex<Shelf>,
    /// Wakes the services that wait for the fetch of another one.
    fetched: Condvar,
    serial: AtomicU64,
    /// The maximum size of all cached responses in bytes.
    limit: AtomicU64,
}

/// A response, its serial, and the time of its request.
#[derive(Debug, Clone)]
pub struct CachedResponse {
    /// The response of the API.
    pub response: Arc<RawResponse>,
    /// The validators for a conditional request, if there are any.
    pub validators: Option<Arc<Validators>>,
    /// The serial number, which is unique in a process. A response that the API confirms keeps its own.
    pub serial: u64,
    /// The start of the poll that requested the response, or that confirmed it last.
    pub born: Instant,
}

/// The outcome of a fetch.
#[derive(Debug)]
pub enum Fetched {
    /// A new response and its validators, if there are any.
    New(RawResponse, Option<Validators>),
    /// The known response, which the API has confirmed.
    Confirmed(CachedResponse),
}

impl Fetched {
    /// Returns the status of the response; a confirmed one has that of the API, 304.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::New(response, _) => response.status,
            Self::Confirmed(_) => 304,
        }
    }
}

/// The times that limit one cache lookup.
#[derive(Debug, Clone, Copy)]
pub struct CacheLookup {
    /// The start of the poll.
    pub now: Instant,
    /// The age at which a cached response expires.
    pub life: Duration,
    /// The end of the wait for the fetch of another service.
    pub until: Instant,
}

#[derive(Debug, Default)]
struct Shelf {
    kept: HashMap<RequestKey, CachedResponse>,
    /// The keys of `kept`, the oldest response first.
    order: BTreeMap<(Instant, u64), RequestKey>,
    bytes: u64,
    /// The requests that are in progress.
    fetching: HashSet<RequestKey>,
}

/// The source of a response: the cache, or a request that the service sends.
enum CacheTurn<'a> {
    Use(CachedResponse),
    /// A request to send, with the expired response if there is one. After a timed-out wait it has no `PendingFetch`.
    Fetch(Option<CachedResponse>, Option<PendingFetch<'a>>),
}

/// A request in progress that other services wait for. Its drop wakes them, also after a panic.
#[derive(Debug)]
pub(crate) struct PendingFetch<'a> {
    store: &'a ResponseCache,
    key: RequestKey,
}

/// The state of a response that is about to be fetched.
#[derive(Debug)]
pub(crate) enum CacheClaim<'a> {
    /// The response is cached.
    Cached,
    /// Another service fetches the response.
    Foreign,
    /// The caller fetches the response, with the expired one if there is one. Other services wait until the claim is dropped.
    Claimed(PendingFetch<'a>, Option<CachedResponse>),
}

impl ResponseCache {
    /// Returns an empty cache for at most `limit` bytes.
    pub(crate) fn new(limit: u64) -> Self {
        let (shelf, fetched, serial) = (Mutex::default(), Condvar::new(), AtomicU64::default());
        Self { shelf, fetched, serial, limit: limit.into() }
    }

    /// Sets the maximum size of all cached responses. The oldest ones are removed when the next one is cached.
    pub(crate) fn set_limit(&self, limit: u64) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Returns the cached response if it is younger than `look.life`. Otherwise calls `fetch` with the expired one, and
    /// caches a final response that may be shared.
    ///
    /// While another service fetches the same response, this one waits until `look.until` at most. After that it sends
    /// its own request.
    ///
    /// # Errors
    /// Returns the errors of `fetch`.
    pub(crate) fn get(
        &self,
        key: &RequestKey,
        look: CacheLookup,
        fetch: impl FnOnce(Option<CachedResponse>) -> Result<(Fetched, bool)>,
    ) -> Result<CachedResponse> {
        let (expired, turn) = match self.turn(key, look) {
            CacheTurn::Use(kept) => return Ok(kept),
            CacheTurn::Fetch(expired, turn) => (expired, turn),
        };
        let (fetched, shared) = fetch(expired)?;
        let kept = self.received(fetched, look.now);
        let limit = self.limit.load(Ordering::Relaxed);
        if shared && kept.response.is_final() && kept.response.size() <= limit {
            self.shelf().put(key, kept.clone(), limit);
        }
        drop(turn);
        Ok(kept)
    }

    /// Claims a response for a fetch that begins before the turn of its request. Waits for no other service.
    pub(crate) fn claim(&self, key: &RequestKey, look: CacheLookup) -> CacheClaim<'_> {
        let mut shelf = self.shelf();
        let known = shelf.kept.get(key).cloned();
        if known.as_ref().is_some_and(|kept| look.now < kept.born + look.life) {
            return CacheClaim::Cached;
        }
        match shelf.fetching.insert(key.clone()) {
            true => CacheClaim::Claimed(PendingFetch { store: self, key: key.clone() }, known),
            false => CacheClaim::Foreign,
        }
    }

    /// Converts a fetched response: a new one gets a serial number, a confirmed one keeps its own.
    pub(crate) fn received(&self, fetched: Fetched, now: Instant) -> CachedResponse {
        match fetched {
            Fetched::New(response, validators) => CachedResponse {
                response: Arc::new(response),
                validators: validators.map(Arc::new),
                serial: self.serial.fetch_add(1, Ordering::Relaxed),
                born: now,
            },
            Fetched::Confirmed(known) => CachedResponse { born: now, ..known },
        }
    }

    /// Removes the responses to these requests.
    pub(crate) fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a RequestKey>) {
        let mut shelf = self.shelf();
        keys.into_iter().for_each(|key| drop(shelf.take(key)));
    }

    /// Returns true if nothing is cached.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.shelf().kept.is_empty()
    }

    /// Removes the responses that have reached the age `life` at `now`. A request that is never repeated would otherwise
    /// stay cached.
    pub(crate) fn sweep(&self, now: Instant, life: Duration) {
        self.shelf()
            .drop_oldest(|shelf| shelf.order.keys().next().is_some_and(|(born, _)| *born + life <= now));
    }

    fn turn(&self, key: &RequestKey, look: CacheLookup) -> CacheTurn<'_> {
        let mut shelf = self.shelf();
        loop {
            if let Some(kept) = shelf.kept.get(key).filter(|kept| look.now < kept.born + look.life) {
                return CacheTurn::Use(kept.clone());
            }
            if shelf.fetching.insert(key.clone()) {
                return CacheTurn::Fetch(
                    shelf.take(key),
                    Some(PendingFetch { store: self, key: key.clone() }),
                );
            }
            let left = look.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return CacheTurn::Fetch(None, None);
            }
            shelf = waited(&self.fetched, shelf, left);
        }
    }

    /// Locks the shelf. No code of a service runs under this lock.
    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        locked(&self.shelf)
    }
}

impl Drop for PendingFetch<'_> {
    fn drop(&mut self) {
        self.store.shelf().fetching.remove(&self.key);
        self.store.fetched.notify_all();
    }
}

impl Shelf {
    /// Caches a response, and removes the oldest ones while all together exceed `limit`.
    fn put(&mut self, key: &RequestKey, kept: CachedResponse, limit: u64) {
        drop(self.take(key));
        self.bytes += kept.response.size();
        self.order.insert((kept.born, kept.serial), key.clone());
        self.kept.insert(key.clone(), kept);
        self.drop_oldest(|shelf| shelf.bytes > limit);
    }

    fn take(&mut self, key: &RequestKey) -> Option<CachedResponse> {
        let kept = self.kept.remove(key)?;
        self.order.remove(&(kept.born, kept.serial));
        self.bytes -= kept.response.size();
        Some(kept)
    }

    fn drop_oldest(&mut self, is_too_much: impl Fn(&Self) -> bool) {
        while is_too_much(self) {
            let Some(key) = self.order.values().next().cloned() else { return };
            drop(self.take(&key));
        }
    }
}

#[cfg(test)]
mod tests;
