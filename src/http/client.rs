//! What the services of a process share: the kept answers, and where answers come from.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::allowance::Allowance;
use super::key::Key;
use super::record::Recorder;
use super::store::{Fetched, Kept, Store};
use super::url::Url;
use crate::config::ServiceConfig;
use crate::error::Result;

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
    store: Store,
    pub(super) recorder: Option<Recorder>,
    pub(super) replay: Option<PathBuf>,
    /// The origin of every service, to know who could share an answer.
    origins: Vec<String>,
    /// By origin.
    allowances: HashMap<String, Arc<Allowance>>,
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
        let allowances = origins.iter().map(|origin| {
            let here = || services.iter().zip(&origins).filter(|(_, other)| *other == origin);
            // The most careful one has the say: the API does not tell its callers apart by service.
            let per_minute = here().filter_map(|(service, _)| service.calls_per_minute).reduce(f64::min);
            (origin.clone(), Arc::new(Allowance::new(here().count() as u64, per_minute)))
        });
        Ok(Arc::new(Self {
            store: Store::new(services.iter().map(|service| service.poll_limit).sum()),
            recorder,
            replay,
            allowances: allowances.collect(),
            origins,
            longest_life: services.iter().map(|service| service.expiration).max().unwrap_or_default(),
        }))
    }

    /// The kept answer if it is younger than `life` at `now`, else what `fetch` brings, which is given the one that is
    /// too old.
    ///
    /// # Errors
    /// Those of `fetch`.
    pub fn get(
        &self,
        key: &Key,
        now: Instant,
        life: Duration,
        fetch: impl FnOnce(Option<Kept>) -> Result<Fetched>,
    ) -> Result<Kept> {
        self.store.get(key, now, life, fetch)
    }

    /// Drops the answers to these requests.
    pub fn forget<'a>(&self, keys: impl IntoIterator<Item = &'a Key>) {
        self.store.forget(keys);
    }

    /// Drops the answers that no service would use any more.
    pub fn sweep(&self, now: Instant) {
        self.store.sweep(now, self.longest_life);
    }

    /// Whether no answer is kept.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.store.is_empty()
    }

    /// What may still be asked of that origin.
    pub fn allowance(&self, origin: &str) -> Arc<Allowance> {
        self.allowances.get(origin).cloned().unwrap_or_else(|| Arc::new(Allowance::new(1, None)))
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
