//! The rate limits of one service: that of the config, and those that its API reports for each credential.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::calls_per_minute::CallsPerMinute;
use super::rate_limiter::RateLimiter;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::client::Client;
use crate::fetch::raw_response::RawResponse;
use crate::support::error::Result;

/// The minimum time between the polls of a service, and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinPollInterval {
    /// The minimum wait.
    pub wait: Duration,
    /// The source of the limit, for the log.
    pub said_by: &'static str,
}

impl MinPollInterval {
    /// The source of a limit that the API reports.
    pub const API: &'static str = "the API";
    /// The key of the config.
    pub const CONFIG: &'static str = "calls_per_minute";
}

/// The limits that the requests of one service are subject to.
#[derive(Debug)]
pub struct ServiceLimits {
    service: String,
    client: Arc<Client>,
    calls: Option<Arc<CallsPerMinute>>,
    spent: RefCell<Spent>,
}

/// The credentials that the last poll with requests has sent, and how often.
#[derive(Debug, Default)]
struct Spent {
    is_over: bool,
    credentials: Vec<(Arc<RateLimiter>, u64)>,
}

impl ServiceLimits {
    /// Returns the limits of a service, of which `calls` is that of its config.
    pub fn new(service: &str, client: &Arc<Client>, calls: Option<Arc<CallsPerMinute>>) -> Self {
        let (service, client) = (service.to_owned(), Arc::clone(client));
        Self { service, client, calls, spent: RefCell::default() }
    }

    /// Begins a poll.
    pub fn begin(&self) {
        self.spent.borrow_mut().is_over = true;
    }

    /// Takes one request with that credential out of what may be sent; for one that may be sent soon it waits with `pause`.
    ///
    /// # Errors
    /// None may be sent within `longest`.
    pub fn admit(&self, credential: &RequestKey, longest: Duration, pause: fn(Duration)) -> Result<()> {
        let allowance = self.client.allowance(credential);
        self.spent.borrow_mut().add(&allowance);
        // First: a request that the API refuses costs none of `calls_per_minute`.
        allowance.check(&self.service, Instant::now())?;
        if let Some(calls) = &self.calls {
            let wait = calls.reserve(Instant::now(), longest)?;
            if !wait.is_zero() {
                pause(wait);
            }
        }
        allowance.spend(Instant::now())
    }

    /// Takes note of the limit that a response to that credential reports.
    pub fn learn(&self, credential: &RequestKey, response: &RawResponse) {
        self.client.allowance(credential).learn(response, Instant::now());
    }

    /// Returns the requests that remain of the credential that has the fewest, if the API has reported them.
    pub fn remaining(&self) -> Option<u64> {
        self.spent.borrow().credentials.iter().filter_map(|(allowance, _)| allowance.remaining()).min()
    }

    /// Returns how often there may be a poll of so many requests.
    pub fn pace(&self, calls: u64) -> Option<MinPollInterval> {
        let (spent, now) = (self.spent.borrow(), Instant::now());
        let only = spent.credentials.len() == 1;
        let share = |count: u64| if only { calls } else { count };
        let api =
            spent.credentials.iter().filter_map(|(allowance, count)| allowance.pace(share(*count), now));
        let api = api.map(|wait| MinPollInterval { wait, said_by: MinPollInterval::API });
        let config = self
            .calls
            .iter()
            .map(|limit| MinPollInterval { wait: limit.pace(calls), said_by: MinPollInterval::CONFIG });
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
