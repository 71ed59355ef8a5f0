//! Whether a request is sent again within its poll, and after what wait.

use std::time::Duration;

use super::answer::Answer;
use crate::error::{Error, ErrorKind};

/// The wait before the first further try; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The wait before try number `tried` + 1; `None` if there is to be none. `patience` is the longest
/// `Retry-After` that is waited for within a poll.
pub fn wait(
    outcome: &Result<Answer, Error>,
    tried: u32,
    retries: u32,
    patience: Duration,
    random: f64,
) -> Option<Duration> {
    if tried >= retries {
        return None;
    }
    let backoff = FIRST_WAIT.saturating_mul(1 << tried.min(10)).mul_f64(1.0 + random / 2.0);
    match outcome {
        Err(error) => matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout | ErrorKind::Body)
            .then_some(backoff),
        Ok(answer) => match (answer.status, answer.retry_after()) {
            (429 | 503, Some(asked)) => (asked <= patience).then(|| asked.max(backoff)),
            // Without a word on when, a second request right after "too many" makes it worse.
            (429, None) => None,
            (500 | 502 | 503 | 504, None) => Some(backoff),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Duration = Duration::from_secs(10);

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Answer, Error> {
        let headers = retry_after.map(|text| ("retry-after".to_owned(), text.to_owned()));
        Ok(Answer { status, headers: headers.into_iter().collect(), body: Vec::new() })
    }

    fn error(kind: ErrorKind) -> Result<Answer, Error> {
        Err(Error::new(kind, "x"))
    }

    #[test]
    fn what_may_pass_is_tried_again_with_doubling_waits() {
        for outcome in
            [answer(500, None), answer(503, None), error(ErrorKind::Network), error(ErrorKind::Timeout)]
        {
            let waits: Vec<_> =
                (0..4).map(|tried| wait(&outcome, tried, 3, TEN, 0.0).map(|w| w.as_millis())).collect();
            assert_eq!(waits, [Some(500), Some(1000), Some(2000), None], "{outcome:?}");
        }
    }

    #[test]
    fn what_will_not_pass_is_not_tried_again() {
        for outcome in [
            answer(200, None),
            answer(304, None),
            answer(401, None),
            answer(404, None),
            answer(429, None),
            error(ErrorKind::Tls),
            error(ErrorKind::Config),
            error(ErrorKind::Secret),
        ] {
            assert_eq!(wait(&outcome, 0, 3, TEN, 0.0), None, "{outcome:?}");
        }
    }

    #[test]
    fn a_short_retry_after_is_waited_for_and_a_long_one_ends_the_poll() {
        assert_eq!(wait(&answer(429, Some("3")), 0, 3, TEN, 0.0), Some(Duration::from_secs(3)));
        assert_eq!(wait(&answer(503, Some("0")), 0, 3, TEN, 0.0), Some(FIRST_WAIT));
        assert_eq!(wait(&answer(503, Some("11")), 0, 3, TEN, 0.0), None);
        assert_eq!(wait(&answer(429, Some("99999999999")), 0, 3, TEN, 0.0), None);
    }
}
