//! What may still be asked of one origin, by all services of the process together.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::bucket::Bucket;
use super::budget::Budget;
use super::rate_headers::Quota;
use crate::error::{Error, ErrorKind, Result};

/// One for each origin.
#[derive(Debug)]
pub struct Allowance {
    /// How many services ask there.
    services: u64,
    /// What the API says.
    budget: Mutex<Option<Budget>>,
    /// What the config says.
    bucket: Option<Mutex<Bucket>>,
}

/// How often a service may poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How long to wait at least.
    pub wait: Duration,
    /// Who says so, for the log.
    pub said_by: &'static str,
}

impl Pace {
    /// What the API says.
    pub const API: &'static str = "the API";
    /// The key of the config.
    pub const CONFIG: &'static str = "calls_per_minute";
}

impl Allowance {
    /// For so many services, of which one allows no more than so many calls a minute, if any; nothing is known of the
    /// API's limit yet.
    pub fn new(services: u64, per_minute: Option<f64>) -> Self {
        let bucket = per_minute.map(|per_minute| Mutex::new(Bucket::new(per_minute, Instant::now())));
        Self { services, budget: Mutex::default(), bucket }
    }

    /// Takes note of what an answer says of the limit, if it does.
    pub fn learn(&self, answer: &Answer, now: Instant) {
        if let Some(quota) = Quota::of(answer) {
            *self.budget() = Some(Budget::new(quota, now));
        }
    }

    /// Takes one call out of what the config allows: how long to wait before it is made.
    ///
    /// # Errors
    /// The API has nothing left, or the wait would be longer than `longest`.
    pub fn reserve(&self, now: Instant, longest: Duration) -> Result<Duration> {
        if let Some(wait) = self.budget().as_ref().and_then(|budget| budget.closed_for(now)) {
            return Err(used_up(wait));
        }
        let taken = self.bucket.as_ref().map(|bucket| locked(bucket).take(now, longest));
        taken.unwrap_or(Ok(Duration::ZERO)).map_err(not_yet)
    }

    /// Takes one call out of what the API allows.
    ///
    /// # Errors
    /// Nothing is left, and the reset is ahead.
    pub fn spend(&self, now: Instant) -> Result<()> {
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

    /// Calls that are left, if the API has said so.
    pub fn remaining(&self) -> Option<u64> {
        self.budget().as_ref().map(Budget::remaining)
    }

    /// How long a service whose polls take so many calls is to wait at least, if every service of the origin does as
    /// it does.
    pub fn pace(&self, calls: u64, now: Instant) -> Option<Pace> {
        let calls = calls.saturating_mul(self.services);
        let api = self.budget().as_ref().and_then(|budget| budget.pace(calls, now));
        let config = self.bucket.as_ref().map(|bucket| locked(bucket).pace(calls));
        let api = api.map(|wait| Pace { wait, said_by: Pace::API });
        let config = config.map(|wait| Pace { wait, said_by: Pace::CONFIG });
        api.into_iter().chain(config).max_by_key(|pace| pace.wait)
    }

    fn budget(&self) -> MutexGuard<'_, Option<Budget>> {
        locked(&self.budget)
    }
}

/// Nothing that panics runs under these locks.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn used_up(wait: Duration) -> Error {
    let seconds = wait.as_secs_f64().ceil();
    let text = format!(
        "nothing was sent: the API said that its limit is used up, for {seconds} s from now: polls go on then; if it comes back, \
         raise `data_store_expiration_sec`, or set `calls_per_minute`"
    );
    Error::new(ErrorKind::Limit, text).with_retry_after(Some(wait))
}

fn not_yet(wait: Duration) -> Error {
    let seconds = wait.as_secs_f64().ceil();
    let why = "which is longer than the poll may wait (`request_timeout_sec`, `poll_timeout_sec`)";
    let text = format!("nothing was sent: `calls_per_minute` leaves no call for {seconds} s from now, {why}");
    Error::new(ErrorKind::Limit, text).with_retry_after(Some(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Duration = Duration::ZERO;

    fn left(remaining: &str) -> Answer {
        let headers = [("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "60")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Answer { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn services_of_one_origin_share_what_is_left() {
        let (allowance, now) = (Allowance::new(2, None), Instant::now());
        assert_eq!((allowance.remaining(), allowance.pace(3, now)), (None, None));
        allowance.learn(&left("60"), now);
        let pace = Pace { wait: Duration::from_secs(6), said_by: Pace::API };
        assert_eq!(allowance.pace(3, now), Some(pace), "and the other does so too");
        allowance.spend(now).unwrap();
        assert_eq!(allowance.remaining(), Some(59));
        allowance.learn(&Answer::default(), now);
        assert_eq!(allowance.remaining(), Some(59), "an answer that says nothing changes nothing");
    }

    #[test]
    fn a_call_that_is_not_left_is_refused_with_the_time_to_come_again() {
        let (allowance, now) = (Allowance::new(1, None), Instant::now());
        allowance.spend(now).unwrap();
        allowance.learn(&left("1"), now);
        allowance.spend(now).unwrap();
        let error = allowance.spend(now + Duration::from_secs(20)).unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Limit, Some(Duration::from_secs(40))));
        allowance.spend(now + Duration::from_secs(60)).unwrap();
    }

    #[test]
    fn services_of_one_origin_share_the_calls_of_a_minute() {
        let now = Instant::now();
        let allowance = Allowance::new(3, Some(2.0));
        let pace = Pace { wait: Duration::from_secs(90), said_by: Pace::CONFIG };
        assert_eq!(allowance.pace(1, now), Some(pace));
        assert_eq!([(); 2].map(|()| allowance.reserve(now, NONE).unwrap()), [NONE; 2]);
        let error = allowance.reserve(now, Duration::from_secs(10)).unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after().map(|wait| wait.as_secs_f64().round())),
            (ErrorKind::Limit, Some(30.0))
        );
        let wait = allowance.reserve(now, Duration::from_secs(40)).unwrap();
        assert_eq!(wait.as_secs_f64().round(), 30.0);
    }

    #[test]
    fn the_slower_of_config_and_api_sets_the_pace() {
        let (allowance, now) = (Allowance::new(1, Some(6.0)), Instant::now());
        let pace = || allowance.pace(1, now).map(|pace| (pace.wait.as_secs(), pace.said_by)).unwrap();
        allowance.learn(&left("30"), now);
        assert_eq!(pace(), (10, Pace::CONFIG));
        allowance.learn(&left("3"), now);
        assert_eq!(pace(), (20, Pace::API));
    }

    #[test]
    fn what_the_api_refuses_costs_no_call_of_the_minute() {
        let (allowance, now) = (Allowance::new(1, Some(1.0)), Instant::now());
        allowance.learn(&left("0"), now);
        allowance.reserve(now, NONE).unwrap_err();
        assert_eq!(allowance.reserve(now + Duration::from_secs(60), NONE).unwrap(), NONE);
    }
}
