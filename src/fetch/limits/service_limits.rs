//! The rate limits of one service: the limit of the config, and those that its API reports for each credential.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::calls_per_minute::CallsPerMinute;
use super::rate_limiter::RateLimiter;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::client::Client;
use crate::fetch::raw_response::RawResponse;
use crate::support::error::Result;

/// The minimum interval between the polls of a service, and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MinPollInterval {
    /// The minimum interval.
    pub wait: Duration,
    /// The source of the limit, for the log.
    pub source: &'static str,
}

impl MinPollInterval {
    /// The source of a limit that the API reports.
    pub(crate) const API: &'static str = "the API";
    /// The source of a limit that the config sets: its key.
    pub(crate) const CONFIG: &'static str = "calls_per_minute";
}

/// The rate limits that apply to the requests of one service.
#[derive(Debug)]
pub(crate) struct ServiceLimits {
    service: String,
    client: Arc<Client>,
    calls: Arc<CallsPerMinute>,
    spent: RefCell<Spent>,
}

/// The credentials that the last poll with requests sent, and the number of requests of each.
#[derive(Debug, Default)]
struct Spent {
    is_over: bool,
    credentials: Vec<(Arc<RateLimiter>, u64)>,
}

impl ServiceLimits {
    /// Returns the limits of a service, where `calls` is the limit of its config.
    pub(crate) fn new(service: &str, client: &Arc<Client>, calls: Arc<CallsPerMinute>) -> Self {
        let (service, client) = (service.to_owned(), Arc::clone(client));
        Self { service, client, calls, spent: RefCell::default() }
    }

    /// Starts a poll: its first request clears the credentials of the last one.
    pub(crate) fn begin(&self) {
        self.spent.borrow_mut().is_over = true;
    }

    /// Reserves one request with a credential, and waits with `pause` if it may be sent soon.
    ///
    /// # Errors
    /// Returns an error if no request may be sent within `longest`.
    pub(crate) fn admit(
        &self,
        credential: &RequestKey,
        longest: Duration,
        pause: fn(Duration),
    ) -> Result<()> {
        let allowance = self.client.allowance(credential);
        self.spent.borrow_mut().add(&allowance);
        // Check this first: a request that the API's limit stops must not count against `calls_per_minute`.
        allowance.check(&self.service, Instant::now())?;
        let wait = self.calls.reserve(Instant::now(), longest)?;
        if !wait.is_zero() {
            pause(wait);
        }
        allowance.spend(Instant::now())
    }

    /// Records the limit that a response reports for a credential.
    pub(crate) fn learn(&self, credential: &RequestKey, response: &RawResponse) {
        self.client.allowance(credential).learn(response, Instant::now());
    }

    /// Returns the requests remaining of the credential with the fewest, or `None` if the API has reported no limit.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.spent.borrow().credentials.iter().filter_map(|(allowance, _)| allowance.remaining()).min()
    }

    /// Returns the minimum interval between polls of `calls` requests each, or `None` without a limit.
    pub(crate) fn pace(&self, calls: u64) -> Option<MinPollInterval> {
        let (spent, now) = (self.spent.borrow(), Instant::now());
        let only = spent.credentials.len() == 1;
        let share = |count: u64| if only { calls } else { count };
        let api =
            spent.credentials.iter().filter_map(|(allowance, count)| allowance.pace(share(*count), now));
        let api = api.map(|wait| MinPollInterval { wait, source: MinPollInterval::API });
        let config = self.calls.pace(calls);
        let config = config.map(|wait| MinPollInterval { wait, source: MinPollInterval::CONFIG });
        api.chain(config).max_by_key(|pace| pace.wait)
    }
}

impl Spent {
    fn add(&mut self, allowance: &Arc<RateLimiter>) {
        if std::mem::take(&mut self.is_over) {
            self.credentials.clear();
        }
        match self.credentials.iter_mut().find(|(known, _)| Arc::ptr_eq(known, allowance)) {
            Some((_, count)) => *count += 1,
            None => self.credentials.push((Arc::clone(allowance), 1)),
        }
    }
}
