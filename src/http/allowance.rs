//! What may still be asked of one origin, by all services of the process together.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::budget::Budget;
use super::rate_headers::Quota;
use crate::error::{Error, ErrorKind, Result};

/// One for each origin.
#[derive(Debug)]
pub struct Allowance {
    /// How many services ask there.
    services: u64,
    budget: Mutex<Option<Budget>>,
}

impl Allowance {
    /// For so many services; nothing is known of the API's limit yet.
    pub fn new(services: u64) -> Self {
        Self { services, budget: Mutex::default() }
    }

    /// Takes note of what an answer says of the limit, if it does.
    pub fn learn(&self, answer: &Answer, now: Instant) {
        if let Some(quota) = Quota::of(answer) {
            *self.budget() = Some(Budget::new(quota, now));
        }
    }

    /// Takes one call out of the budget.
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
    pub fn pace(&self, calls: u64, now: Instant) -> Option<Duration> {
        self.budget().as_ref()?.pace(calls.saturating_mul(self.services), now)
    }

    /// Nothing that panics runs under this lock.
    fn budget(&self) -> MutexGuard<'_, Option<Budget>> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn used_up(wait: Duration) -> Error {
    let seconds = wait.as_secs_f64().ceil();
    let text = format!("nothing was sent: the API said that its limit is used up, for {seconds} s from now");
    Error::new(ErrorKind::Limit, text).with_retry_after(Some(wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(remaining: &str) -> Answer {
        let headers = [("x-ratelimit-remaining", remaining), ("x-ratelimit-reset", "60")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Answer { status: 200, headers, body: Vec::new() }
    }

    #[test]
    fn services_of_one_origin_share_what_is_left() {
        let (allowance, now) = (Allowance::new(2), Instant::now());
        assert_eq!((allowance.remaining(), allowance.pace(3, now)), (None, None));
        allowance.learn(&left("60"), now);
        assert_eq!(allowance.pace(3, now), Some(Duration::from_secs(6)), "and the other does so too");
        allowance.spend(now).unwrap();
        assert_eq!(allowance.remaining(), Some(59));
        allowance.learn(&Answer::default(), now);
        assert_eq!(allowance.remaining(), Some(59), "an answer that says nothing changes nothing");
    }

    #[test]
    fn a_call_that_is_not_left_is_refused_with_the_time_to_come_again() {
        let (allowance, now) = (Allowance::new(1), Instant::now());
        allowance.spend(now).unwrap();
        allowance.learn(&left("1"), now);
        allowance.spend(now).unwrap();
        let error = allowance.spend(now + Duration::from_secs(20)).unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Limit, Some(Duration::from_secs(40))));
        allowance.spend(now + Duration::from_secs(60)).unwrap();
    }
}
