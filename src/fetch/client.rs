//! What the services of a process share: the kept answers, and where answers come from.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::cache::request_key::RequestKey;
use super::cache::response_cache::{CacheLookup, CachedResponse, Fetched, ResponseCache};
use super::cassette::record::Recorder;
use super::limits::calls_per_minute::{Account, CallsPerMinute};
use super::limits::rate_limiter::RateLimiter;
use super::secrets::redactor::Redactor;
use super::url::Url;
use crate::config::ServiceConfig;
use crate::support::error::Result;

/// The limit of a credential that was not sent for so long is forgotten: no API is believed to be closed for longer.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(2 * 3600);

/// Where answers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// The network.
    Live,
    /// The network, and every exchange is written to this folder.
    Record(PathBuf),
    /// The files of this folder, and never the network.
    Replay(PathBuf),
}

/// One for a process.
#[derive(Debug)]
pub struct Client {
    store: ResponseCache,
    pub(super) recorder: Option<Recorder>,
    pub(super) replay: Option<PathBuf>,
    /// The origin of every service, to know who could share an answer.
    origins: Vec<String>,
    /// The limits of the config, by account.
    calls: Vec<(Account, Arc<CallsPerMinute>)>,
    /// The limits that APIs report, by origin and credential, and when the credential was sent last.
    allowances: Mutex<HashMap<RequestKey, (Arc<RateLimiter>, Instant)>>,
    /// The longest `data_store_expiration_sec`.
    longest_life: Duration,
}

impl Client {
    /// For these services.
    ///
    /// # Errors
    /// The folder of a recording cannot be made.
    pub fn new(mode: Mode, services: &[ServiceConfig]) -> Result<Arc<Self>> {
        let (recorder, replay) = match mode {
            Mode::Live => (None, None),
            Mode::Record(dir) => (Some(Recorder::open(&dir)?), None),
            Mode::Replay(dir) => (None, Some(dir)),
        };
        let origins = services.iter().map(|service| Url::parse(&service.api_url).map(|url| url.origin()));
        let origins = origins.collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(Self {
            store: ResponseCache::new(services.iter().map(|service| service.poll_limit).sum()),
            recorder,
            replay,
            calls: calls_per_minute(services, &origins),
            allowances: Mutex::default(),
            origins,
            longest_life: services.iter().map(|service| service.expiration).max().unwrap_or_default(),
        }))
    }

    /// Returns the cached response if it is young enough, otherwise the one that `fetch` returns, with whether it may be shared. `fetch` is given the
    /// one that is too old.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub fn get(
        &self,
        key: &RequestKey,
        look: CacheLookup,
        fetch: impl FnOnce(Option<CachedResponse>) -> Result<(Fetched, bool)>,
    ) -> Result<CachedResponse> {
        self.store.get(key, look, fetch)
    }

    /// Gives a response that is not shared its serial.
    pub fn received(&self, fetched: Fetched, now: Instant) -> CachedResponse {
        self.store.received(fetched, now)
    }

    /// Drops the answers to these requests.
    pub fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a RequestKey>) {
        self.store.forget(keys);
    }

    /// Drops the answers that no service would use any more.
    pub fn sweep(&self, now: Instant) {
        self.store.sweep(now, self.longest_life);
    }

    /// Writes what is recorded of the service with that redactor, since its poll has ended.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_recordings(&self, redactor: &Redactor) -> Result<()> {
        self.recorder.as_ref().map_or(Ok(()), |recorder| recorder.write(redactor))
    }

    /// Whether no answer is kept.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// Returns the limit that an API reports for a credential, which is led by its origin.
    pub(super) fn allowance(&self, credential: &RequestKey) -> Arc<RateLimiter> {
        let now = Instant::now();
        let mut allowances = self.allowances.lock().unwrap_or_else(PoisonError::into_inner);
        // Seldom, as the number doubles each time: a session token may be another one at each poll.
        if allowances.len().is_power_of_two() && !allowances.contains_key(credential) {
            allowances.retain(|_, (_, sent)| now.saturating_duration_since(*sent) < FORGOTTEN_AFTER);
        }
        let (allowance, sent) = allowances.entry(credential.clone()).or_insert_with(|| (Arc::default(), now));
        *sent = now;
        Arc::clone(allowance)
    }

    /// Returns the limit of the config for that account, if there is one.
    pub(super) fn calls(&self, account: &Account) -> Option<Arc<CallsPerMinute>> {
        self.calls.iter().find(|(known, _)| known == account).map(|(_, calls)| Arc::clone(calls))
    }

    /// Returns whether responses come from recordings.
    pub fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// Whether more than one service asks that origin, so that an answer may serve both.
    pub fn is_shared(&self, origin: &str) -> bool {
        self.origins.iter().filter(|known| *known == origin).count() > 1
    }
}

/// Returns the limit of each account: the smallest that one of its services has.
fn calls_per_minute(services: &[ServiceConfig], origins: &[String]) -> Vec<(Account, Arc<CallsPerMinute>)> {
    let mut accounts: Vec<(Account, Option<f64>, u64)> = Vec::new();
    for (service, origin) in services.iter().zip(origins) {
        let (account, own) = (Account::new(service, origin), service.calls_per_minute);
        match accounts.iter_mut().find(|(known, ..)| *known == account) {
            Some((_, least, count)) => {
                *least = least.iter().copied().chain(own).reduce(f64::min);
                *count += 1;
            }
            None => accounts.push((account, own, 1)),
        }
    }
    let limit = |(account, least, count): (Account, Option<f64>, u64)| {
        Some((account, Arc::new(CallsPerMinute::new(least?, count))))
    };
    accounts.into_iter().filter_map(limit).collect()
}
