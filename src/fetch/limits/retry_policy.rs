//! The policy for retries within a poll.

use std::time::Duration;

use crate::fetch::raw_response::RawResponse;
use crate::support::error::{ErrorKind, Result};

/// The wait before the first retry, which doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The limits on retries of one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// The maximum number of retries.
    pub retries: u32,
    /// The maximum sum of all waits. A longer `Retry-After` is left to the schedule of the polls.
    pub waits: Duration,
}

impl RetryPolicy {
    /// Returns the wait before the next retry, or `None` if the request is not retried.
    ///
    /// `tried` counts the retries so far and `waited` is the sum of their waits. `random` is in 0..1 and adds jitter.
    pub(crate) fn wait(
        self,
        outcome: &Result<RawResponse>,
        tried: u32,
        waited: Duration,
        random: f64,
    ) -> Option<Duration> {
        let backoff = FIRST_WAIT.saturating_mul(1 << tried.min(10)).mul_f64(1.0 + random / 2.0);
        let wait = match outcome {
            Err(error) if matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout) => backoff,
            Err(_) => return None,
            Ok(response) => match (response.status, response.retry_after()) {
                (429 | 503, Some(asked)) => asked.max(backoff),
                (500 | 502 | 503 | 504, _) => backoff,
                // A 429 without `Retry-After` is not retried: an immediate second request makes the overload worse.
                _ => return None,
            },
        };
        (tried < self.retries && waited.saturating_add(wait) <= self.waits).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::error::Error;

    const NONE: Duration = Duration::ZERO;
    const RETRY_POLICY: RetryPolicy = RetryPolicy { retries: 3, waits: Duration::from_secs(10) };

    fn response(status: u16, retry_after: Option<&str>) -> Result<RawResponse> {
        let headers = retry_after.map(|text| ("retry-after".to_owned(), text.to_owned()));
        Ok(RawResponse { status, headers: headers.into_iter().collect(), body: Vec::new() })
    }

    fn error(kind: ErrorKind) -> Result<RawResponse> {
        Err(Error::new(kind, "x"))
    }

    #[test]
    fn what_may_pass_is_tried_again_with_doubling_waits() {
        for outcome in [
            response(500, None),
            response(500, Some("9999")),
            response(503, None),
            error(ErrorKind::Network),
            error(ErrorKind::Timeout),
        ] {
            let waits: Vec<_> = (0..4)
                .map(|tried| RETRY_POLICY.wait(&outcome, tried, NONE, 0.0).map(|w| w.as_millis()))
                .collect();
            assert_eq!(waits, [Some(500), Some(1000), Some(2000), None], "{outcome:?}");
        }
    }

    #[test]
    fn a_wait_is_up_to_half_longer_so_that_not_all_come_at_once() {
        let wait = |random| RETRY_POLICY.wait(&response(500, None), 0, NONE, random);
        assert_eq!(wait(0.5), Some(FIRST_WAIT.mul_f64(1.25)));
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        for outcome in [
            response(200, None),
            response(304, None),
            response(401, None),
            response(404, None),
            response(429, None),
            error(ErrorKind::Tls),
            error(ErrorKind::Body),
            error(ErrorKind::Config),
            error(ErrorKind::Secret),
        ] {
            assert_eq!(RETRY_POLICY.wait(&outcome, 0, NONE, 0.0), None, "{outcome:?}");
        }
    }

    #[test]
    fn a_short_retry_after_is_waited_for_and_a_long_one_ends_the_poll() {
        let wait =
            |status, retry_after| RETRY_POLICY.wait(&response(status, Some(retry_after)), 0, NONE, 0.0);
        assert_eq!(wait(429, "3"), Some(Duration::from_secs(3)));
        assert_eq!(wait(503, "0"), Some(FIRST_WAIT));
        assert_eq!(wait(503, "11"), None);
        assert_eq!(wait(429, "99999999999"), None);
    }

    #[test]
    fn however_many_tries_the_waits_end_in_time() {
        let retry_policy = RetryPolicy { retries: 10, ..RETRY_POLICY };
        let mut waits = Vec::new();
        let mut waited = Duration::ZERO;
        while let Some(wait) = retry_policy.wait(&response(500, None), waits.len() as u32, waited, 0.999) {
            waited += wait;
            waits.push(wait);
        }
        assert_eq!((waits.len(), waited <= retry_policy.waits), (3, true), "{waits:?}");
    }
}
