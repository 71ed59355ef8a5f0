//! The rate limit `calls_per_minute` of the config, for one account at one origin.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::config::ServiceConfig;
use crate::config::oauth2_keys::OAuth2Config;
use crate::fetch::secrets::secret_sources::SecretSources;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;
use crate::support::token_bucket::TokenBucket;

/// The account of a service at its API, as its config identifies it.
///
/// Services with the same origin, secret file, secret variables, client certificate and OAuth2 client share one account.
#[derive(Debug, PartialEq)]
pub(crate) struct Account {
    origin: String,
    secrets: SecretSources,
    client_cert: Option<PathBuf>,
    oauth2: Option<OAuth2Config>,
}

/// The rate limit that the services of one account share. The config may set none.
#[derive(Debug, Default)]
pub(crate) struct CallsPerMinute(Mutex<Option<AccountLimit>>);

#[derive(Debug)]
struct AccountLimit {
    bucket: TokenBucket,
    /// The number of services of the account.
    services: u64,
}

impl Account {
    /// Returns the account of a service whose API is at `origin`.
    pub(crate) fn new(service: &ServiceConfig, origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            secrets: SecretSources::of(service),
            client_cert: service.client_cert.clone(),
            oauth2: service.oauth2.clone(),
        }
    }
}

impl CallsPerMinute {
    /// Sets the limit for an account that is shared by `services` services. A limit that continues keeps the requests that
    /// were sent, so that a change allows no burst.
    pub(crate) fn set(&self, per_minute: Option<f64>, services: u64) {
        let mut limit = self.limit();
        match (&mut *limit, per_minute) {
            (Some(known), Some(per_minute)) => known.change(per_minute, services),
            (limit, per_minute) => {
                *limit = per_minute.map(|per_minute| AccountLimit::new(per_minute, services));
            }
        }
    }

    /// Reserves one request and returns the wait before it may be sent.
    ///
    /// # Errors
    /// Returns an error if the wait is longer than `longest`.
    pub(crate) fn reserve(&self, now: Instant, longest: Duration) -> Result<Duration> {
        let mut limit = self.limit();
        limit.as_mut().map_or(Ok(Duration::ZERO), |limit| limit.bucket.take(now, longest)).map_err(not_yet)
    }

    /// Returns the minimum interval between polls of `calls` requests each, if every service of the account sends as many;
    /// `None` without a limit.
    pub(crate) fn pace(&self, calls: u64) -> Option<Duration> {
        let limit = self.limit();
        limit.as_ref().map(|limit| limit.bucket.time_for(calls.saturating_mul(limit.services) as f64))
    }

    fn limit(&self) -> MutexGuard<'_, Option<AccountLimit>> {
        locked(&self.0)
    }
}

impl AccountLimit {
    fn new(per_minute: f64, services: u64) -> Self {
        Self { bucket: TokenBucket::new(per_minute / 60.0, room(per_minute), Instant::now()), services }
    }

    fn change(&mut self, per_minute: f64, services: u64) {
        self.services = services;
        self.bucket.change(per_minute / 60.0, room(per_minute), Instant::now());
    }
}

/// Returns the size of a bucket. One without room for a whole request would never allow one.
fn room(per_minute: f64) -> f64 {
    per_minute.max(1.0)
}

fn not_yet(wait: Duration) -> Error {
    let seconds = wait.as_secs_f64().ceil();
    let text = format!("no request sent: `calls_per_minute` allows none for another {seconds} s");
    let help = "send fewer requests in one poll, or raise `calls_per_minute`; if the poll can wait, raise `request_timeout_sec` and `poll_timeout_sec`";
    Error::new(ErrorKind::Limit, text).with_retry_after(Some(wait)).with_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_of_one_account_share_the_calls_of_a_minute() {
        let now = Instant::now();
        let calls = CallsPerMinute::default();
        calls.set(Some(2.0), 3);
        assert_eq!(calls.pace(1), Some(Duration::from_secs(90)));
        assert_eq!([(); 2].map(|()| calls.reserve(now, Duration::ZERO).unwrap()), [Duration::ZERO; 2]);
        let error = calls.reserve(now, Duration::from_secs(10)).unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after().map(|wait| wait.as_secs_f64().round())),
            (ErrorKind::Limit, Some(30.0))
        );
        let wait = calls.reserve(now, Duration::from_secs(40)).unwrap();
        assert_eq!(wait.as_secs_f64().round(), 30.0);
    }

    #[test]
    fn changes_of_a_limit_allow_no_further_requests() {
        let (calls, mut sent) = (CallsPerMinute::default(), 0);
        assert_eq!(calls.pace(1), None);
        for per_minute in [3.0, 2.0, 3.0, 1.0, 3.0] {
            calls.set(Some(per_minute), 1);
            sent += [(); 5].iter().filter(|()| calls.reserve(Instant::now(), Duration::ZERO).is_ok()).count();
        }
        assert_eq!(sent, 3);
        calls.set(None, 1);
        assert_eq!(calls.reserve(Instant::now(), Duration::ZERO).unwrap(), Duration::ZERO);
    }
}
