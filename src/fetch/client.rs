//! The state that all services of a process share: the response cache, the rate limits and the recorder.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::cache::request_key::RequestKey;
use super::cache::response_cache::{CacheClaim, CacheLookup, CachedResponse, Fetched, ResponseCache};
use super::cassette::record::Recorder;
use super::limits::calls_per_minute::{Account, CallsPerMinute};
use super::limits::rate_limiter::RateLimiter;
use super::secrets::redactor::Redactor;
use super::transport::tls_cache::TlsCache;
use super::url::Url;
use crate::config::ServiceConfig;
use crate::support::error::Result;
use crate::support::locks::locked;

/// The time after which the rate limit of an unused credential is removed. No reported limit stops requests for longer.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(2 * 3600);

/// The source of responses: the network or a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Responses come from the network.
    Live,
    /// Responses come from the network, and every exchange is written to this directory.
    Record(PathBuf),
    /// Responses come from the recordings in this directory, and no request is sent.
    Replay(PathBuf),
}

/// The state that all services of a process share.
#[derive(Debug)]
pub struct Client {
    store: ResponseCache,
    pub(super) recorder: Option<Recorder>,
    pub(super) replay: Option<PathBuf>,
    /// The TLS configurations of the services.
    pub(super) tls: Arc<TlsCache>,
    /// The part that a change of the services changes.
    shared: Mutex<SharedOrigins>,
    /// The rate limits that APIs report and the time of their last use, by origin, identity and credential.
    allowances: Mutex<HashMap<RequestKey, (Arc<RateLimiter>, Instant)>>,
}

/// The origins and accounts that the services share.
#[derive(Debug, Default)]
struct SharedOrigins {
    /// The number of services of each origin: those with the same one may share responses.
    origins: HashMap<String, usize>,
    /// The `calls_per_minute` limit of each account, also of one without a limit.
    calls: Vec<(Account, Arc<CallsPerMinute>)>,
    /// The longest `data_store_expiration_sec`.
    longest_life: Duration,
}

impl Client {
    /// Creates the client for these services.
    ///
    /// # Errors
    /// Returns an error if an `api_url` is invalid, or if the directory for recordings cannot be created, read or written to.
    pub fn new(mode: Mode, services: &[ServiceConfig]) -> Result<Arc<Self>> {
        let (recorder, replay) = match mode {
            Mode::Live => (None, None),
            Mode::Record(dir) => (Some(Recorder::open(&dir)?), None),
            Mode::Replay(dir) => (None, Some(dir)),
        };
        let client = Self {
            store: ResponseCache::new(0),
            recorder,
            replay,
            tls: Arc::default(),
            shared: Mutex::default(),
            allowances: Mutex::default(),
        };
        client.serve(services)?;
        Ok(Arc::new(client))
    }

    /// Changes the services. The cached responses and the limits of accounts that continue stay.
    ///
    /// # Errors
    /// An `api_url` is invalid. Nothing is changed then.
    pub fn serve(&self, services: &[ServiceConfig]) -> Result<()> {
        let origins = services.iter().map(|service| Url::parse(&service.api_url).map(|url| url.origin()));
        let origins = origins.collect::<Result<Vec<_>>>()?;
        let mut shared = self.shared();
        shared.count(services, origins);
        self.store.set_limit(services.iter().map(|service| service.poll_limit).sum());
        Ok(())
    }

    /// Returns the cached response if it is younger than `look.life`, otherwise the result of `fetch`.
    ///
    /// `fetch` receives the expired response, if there is one. It returns a response, and true if other services may use it.
    ///
    /// # Errors
    /// Returns the errors of `fetch`.
    pub fn get(
        &self,
        key: &RequestKey,
        look: CacheLookup,
        fetch: impl FnOnce(Option<CachedResponse>) -> Result<(Fetched, bool)>,
    ) -> Result<CachedResponse> {
        self.store.get(key, look, fetch)
    }

    /// Claims the response to a request that the caller is about to fetch, so that other services wait for it.
    pub(crate) fn claim(&self, key: &RequestKey, look: CacheLookup) -> CacheClaim<'_> {
        self.store.claim(key, look)
    }

    /// Converts a fetched response to a [`CachedResponse`] without adding it to the cache.
    pub fn received(&self, fetched: Fetched, now: Instant) -> CachedResponse {
        self.store.received(fetched, now)
    }

    /// Removes the cached responses to these requests.
    pub fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a RequestKey>) {
        self.store.forget(keys);
    }

    /// Removes the cached responses that have expired for every service.
    pub fn sweep(&self, now: Instant) {
        let longest_life = self.shared().longest_life;
        self.store.sweep(now, longest_life);
    }

    /// Writes the held exchanges of the service that uses `redactor`, after its poll.
    ///
    /// # Errors
    /// Returns an error if a file cannot be written.
    pub fn write_recordings(&self, redactor: &Redactor) -> Result<()> {
        self.recorder.as_ref().map_or(Ok(()), |recorder| recorder.write(redactor))
    }

    /// Returns true if the response cache is empty.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// Returns the rate limit of a credential at an origin, and adds it if it is unknown.
    pub(super) fn allowance(&self, credential: &RequestKey) -> Arc<RateLimiter> {
        let now = Instant::now();
        let mut allowances = locked(&self.allowances);
        // A session token may change with each poll. The cleanup is rare, because the number of entries doubles between two.
        if allowances.len().is_power_of_two() && !allowances.contains_key(credential) {
            allowances.retain(|_, (_, sent)| now.saturating_duration_since(*sent) < FORGOTTEN_AFTER);
        }
        let (allowance, sent) = allowances.entry(credential.clone()).or_insert_with(|| (Arc::default(), now));
        *sent = now;
        Arc::clone(allowance)
    }

    /// Returns the `calls_per_minute` limit of an account. The config may set it later.
    pub(super) fn calls(&self, account: Account) -> Arc<CallsPerMinute> {
        self.shared().calls(account)
    }

    /// Returns true if responses come from recordings.
    pub fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// Returns true if more than one service has this origin, so that they may share responses.
    pub fn is_shared(&self, origin: &str) -> bool {
        self.shared().origins.get(origin).is_some_and(|services| *services > 1)
    }

    fn shared(&self) -> MutexGuard<'_, SharedOrigins> {
        locked(&self.shared)
    }
}

impl SharedOrigins {
    /// Sets the numbers of these services, and the limit of each account: the lowest `calls_per_minute` of its services.
    fn count(&mut self, services: &[ServiceConfig], origins: Vec<String>) {
        let mut accounts: Vec<(Arc<CallsPerMinute>, Option<f64>, u64)> = Vec::new();
        for (service, origin) in services.iter().zip(&origins) {
            let (calls, own) = (self.calls(Account::new(service, origin)), service.calls_per_minute);
            match accounts.iter_mut().find(|(known, ..)| Arc::ptr_eq(known, &calls)) {
                Some((_, least, count)) => {
                    *least = least.iter().copied().chain(own).reduce(f64::min);
                    *count += 1;
                }
                None => accounts.push((calls, own, 1)),
            }
        }
        for (calls, least, count) in &accounts {
            calls.set(*least, *count);
        }
        self.calls.retain(|(_, calls)| accounts.iter().any(|(used, ..)| Arc::ptr_eq(used, calls)));
        self.longest_life = services.iter().map(|service| service.expiration).max().unwrap_or_default();
        self.origins.clear();
        origins.into_iter().for_each(|origin| *self.origins.entry(origin).or_default() += 1);
    }

    /// Returns the limit of an account, which is added if it is unknown.
    fn calls(&mut self, account: Account) -> Arc<CallsPerMinute> {
        if let Some((_, calls)) = self.calls.iter().find(|(known, _)| *known == account) {
            return Arc::clone(calls);
        }
        let calls = Arc::<CallsPerMinute>::default();
        self.calls.push((account, Arc::clone(&calls)));
        calls
    }
}
