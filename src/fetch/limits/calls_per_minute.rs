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

/// The rate limit that the services of one account share.
#[derive(Debug)]
pub(crate) struct CallsPerMinute {
    bucket: Mutex<TokenBucket>,
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
    /// Returns a limit of `per_minute` requests for an account that is shared by `services` services.
    pub(crate) fn new(per_minute: f64, services: u64) -> Self {
        // A bucket without room for a whole request would never allow one.
        let bucket = TokenBucket::new(per_minute / 60.0, per_minute.max(1.0), Instant::now());
        Self { bucket: Mutex::new(bucket), services }
    }

    /// Reserves one request and returns the wait before it may be sent.
    ///
    /// # Errors
    /// Returns an error if the wait is longer than `longest`.
    pub(crate) fn reserve(&self, now: Instant, longest: Duration) -> Result<Duration> {
        self.bucket().take(now, longest).map_err(not_yet)
    }

    /// Returns the minimum interval between polls of `calls` requests each, if every service of the account sends as many.
    pub(crate) fn pace(&self, calls: u64) -> Duration {
        self.bucket().time_for(calls.saturating_mul(self.services) as f64)
    }

    fn bucket(&self) -> MutexGuard<'_, TokenBucket> {
        locked(&self.bucket)
    }
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
        let calls = CallsPerMinute::new(2.0, 3);
        assert_eq!(calls.pace(1), Duration::from_secs(90));
        assert_eq!([(); 2].map(|()| calls.reserve(now, Duration::ZERO).unwrap()), [Duration::ZERO; 2]);
        let error = calls.reserve(now, Duration::from_secs(10)).unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after().map(|wait| wait.as_secs_f64().round())),
            (ErrorKind::Limit, Some(30.0))
        );
        let wait = calls.reserve(now, Duration::from_secs(40)).unwrap();
        assert_eq!(wait.as_secs_f64().round(), 30.0);
    }
}
