//! The rate limit that an API reports for one credential.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::rate_headers::Quota;
use super::remaining_requests::RemainingRequests;
use crate::fetch::raw_response::RawResponse;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;

/// The help for a rate limit that the API reports.
pub(crate) const RATE_LIMIT_HELP: &str =
    "raise `data_store_expiration_sec`, or set a lower `calls_per_minute`";

/// The requests remaining for one credential at one origin, for all services that send it.
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    /// The limit that the API reported last, or `None` until it reports one.
    budget: Mutex<Option<RemainingRequests>>,
    /// The services that have sent the credential.
    services: Mutex<BTreeSet<String>>,
}

impl RateLimiter {
    /// Records the limit that a response reports, if it reports one.
    pub(crate) fn learn(&self, response: &RawResponse, now: Instant) {
        if let Some(quota) = Quota::of(response) {
            *self.budget() = Some(RemainingRequests::new(quota, now));
        }
    }

    /// Records a service that sends the credential, and checks that a request may be sent.
    ///
    /// # Errors
    /// Returns an error if no requests remain before the reset.
    pub(crate) fn check(&self, service: &str, now: Instant) -> Result<()> {
        let mut services = locked(&self.services);
        if !services.contains(service) {
            services.insert(service.to_owned());
        }
        match self.budget().as_ref().and_then(|budget| budget.closed_for(now)) {
            Some(wait) => Err(used_up(wait)),
            None => Ok(()),
        }
    }

    /// Reserves one of the remaining requests.
    ///
    /// # Errors
    /// Returns an error if no requests remain before the reset.
    pub(crate) fn spend(&self, now: Instant) -> Result<()> {
        let mut budget = self.budget();
        let Some(budget) = budget.as_mut() else { return Ok(()) };
        match budget.closed_for(now) {
            Some(wait) => Err(used_up(wait)),
            None => {
                budget.spend();
                Ok(())
            }
        }
    }

    /// Returns the requests remaining, or `None` if the API has reported no limit.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.budget().as_ref().map(RemainingRequests::remaining)
    }

    /// Returns the minimum interval between polls of `calls` requests each, if every service with the credential sends as
    /// many. `None` without a limit or a reset ahead.
    pub(crate) fn pace(&self, calls: u64, now: Instant) -> Option<Duration> {
        let services = locked(&self.services).len().max(1) as u64;
        self.budget().as_ref().and_then(|budget| budget.pace(calls.saturating_mul(services), now))
    }

    fn budget(&self) -> MutexGuard<'_, Option<RemainingRequests>> {
        locked(&self.budget)
    }
}

fn used_up(wait: Duration) -> Error {
    let seconds = wait.as_secs_f64().ceil();
    let text = format!("no request sent: the rate limit of the API is reached for another {seconds} s");
    Error::new(ErrorKind::Limit, text).with_retry_after(Some(wait)).with_help(RATE_LIMIT_HELP)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(remaining: &str) -> RawResponse {
        let headers = [("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "60")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        RawResponse { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn services_of_one_credential_share_what_is_left() {
        let (allowance, now) = (RateLimiter::default(), Instant::now());
        assert_eq!((allowance.remaining(), allowance.pace(3, now)), (None, None));
        ["one", "other", "one"].iter().for_each(|service| allowance.check(service, now).unwrap());
        allowance.learn(&left("60"), now);
        assert_eq!(allowance.pace(3, now), Some(Duration::from_secs(6)), "and the other does so too");
        allowance.spend(now).unwrap();
        assert_eq!(allowance.remaining(), Some(59));
        allowance.learn(&RawResponse::default(), now);
        assert_eq!(allowance.remaining(), Some(59), "an answer that says nothing changes nothing");
    }

    #[test]
    fn a_call_that_is_not_left_is_refused_with_the_time_to_come_again() {
        let (allowance, now) = (RateLimiter::default(), Instant::now());
        allowance.spend(now).unwrap();
        allowance.learn(&left("1"), now);
        allowance.spend(now).unwrap();
        for error in [
            allowance.spend(now + Duration::from_secs(20)).unwrap_err(),
            allowance.check("one", now + Duration::from_secs(20)).unwrap_err(),
        ] {
            assert_eq!(
                (error.kind(), error.retry_after()),
                (ErrorKind::Limit, Some(Duration::from_secs(40)))
            );
        }
        allowance.spend(now + Duration::from_secs(60)).unwrap();
    }
}
