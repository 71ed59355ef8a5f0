//! The requests remaining of an API's rate limit, as its last response reported them.

use std::time::{Duration, Instant};

use super::rate_headers::Quota;

/// The longest time that a reported limit stops or delays polling, as with `Retry-After`. One more request then checks
/// the limit.
pub(super) const LONGEST: Duration = Duration::from_secs(3600);

/// The requests remaining until a reset.
///
/// Times from the API are converted to monotonic time on arrival, so that later clock changes have no effect.
#[derive(Debug, Clone, Copy)]
pub(super) struct RemainingRequests {
    remaining: u64,
    resets: Option<Instant>,
    /// The time until which no request is sent, if none remain.
    opens: Option<Instant>,
}

impl RemainingRequests {
    /// Returns the state after a response at `now`.
    pub(super) fn new(quota: Quota, now: Instant) -> Self {
        let Quota { remaining, reset } = quota;
        let at = |reset: Duration| now.checked_add(reset);
        Self { remaining, resets: reset.and_then(at), opens: reset.and_then(|reset| at(reset.min(LONGEST))) }
    }

    /// Returns the requests remaining: the reported number minus the requests sent since.
    pub(super) fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Returns the time for which no request may be sent, or `None` if one may be sent now.
    pub(super) fn closed_for(&self, now: Instant) -> Option<Duration> {
        let wait = self.opens.filter(|_| self.remaining == 0)?.saturating_duration_since(now);
        (!wait.is_zero()).then_some(wait)
    }

    /// Subtracts one request, whose response may report a new number.
    pub(super) fn spend(&mut self) {
        self.remaining = self.remaining.saturating_sub(1);
    }

    /// Returns the poll interval at which the requests remaining last until the reset, with `calls` requests in each poll.
    ///
    /// The interval is at most [`LONGEST`]. `None` if `calls` is 0, or if there is no reset ahead.
    pub(super) fn pace(&self, calls: u64, now: Instant) -> Option<Duration> {
        let until_reset = self.resets?.saturating_duration_since(now);
        if calls == 0 || until_reset.is_zero() {
            return None;
        }
        let wait = if self.remaining < calls {
            until_reset
        } else {
            until_reset.mul_f64(calls as f64 / self.remaining as f64)
        };
        Some(wait.min(LONGEST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn budget(remaining: u64, reset: u64, now: Instant) -> RemainingRequests {
        RemainingRequests::new(Quota { remaining, reset: Some(s(reset)) }, now)
    }

    #[test]
    fn what_is_left_lasts_until_the_reset() {
        let now = Instant::now();
        let budget = budget(50, 600, now);
        assert_eq!(budget.pace(1, now), Some(s(12)));
        assert_eq!(budget.pace(5, now), Some(s(60)));
        assert_eq!(budget.pace(50, now), Some(s(600)));
        assert_eq!(budget.pace(5, now + s(300)), Some(s(30)));
        assert_eq!(budget.pace(0, now), None);
    }

    #[test]
    fn a_poll_that_is_too_large_for_what_is_left_waits_for_the_reset() {
        let now = Instant::now();
        assert_eq!(budget(4, 600, now).pace(5, now), Some(s(600)));
        assert_eq!(budget(0, 600, now).pace(1, now), Some(s(600)));
        assert_eq!(budget(4, 600, now).pace(5, now + s(600)), None);
        assert_eq!(budget(4, 0, now).pace(u64::MAX, now), None);
    }

    #[test]
    fn nothing_is_sent_while_nothing_is_left_and_the_reset_ahead() {
        let now = Instant::now();
        let mut budget = budget(2, 30, now);
        assert_eq!(budget.closed_for(now), None);
        budget.spend();
        budget.spend();
        assert_eq!(budget.closed_for(now), Some(s(30)));
        assert_eq!(budget.closed_for(now + s(29)), Some(s(1)));
        assert_eq!(budget.closed_for(now + s(30)), None);
        budget.spend();
        assert_eq!(budget.remaining(), 0);
    }

    #[test]
    fn without_a_reset_nothing_waits() {
        let now = Instant::now();
        let budget = RemainingRequests::new(Quota { remaining: 0, reset: None }, now);
        assert_eq!((budget.closed_for(now), budget.pace(3, now)), (None, None));
    }

    #[test]
    fn no_word_of_an_api_stops_polling_for_longer_than_an_hour() {
        let now = Instant::now();
        for reset in [s(7 * 24 * 3600), Duration::MAX] {
            let budget = RemainingRequests::new(Quota { remaining: 0, reset: Some(reset) }, now);
            assert!(
                budget.pace(1, now) <= Some(LONGEST) && budget.closed_for(now) <= Some(LONGEST),
                "{reset:?}"
            );
            assert_eq!(budget.closed_for(now + LONGEST), None);
        }
    }

    #[test]
    fn a_daily_quota_is_spread_over_the_day() {
        let now = Instant::now();
        assert_eq!(budget(500, 72_000, now).pace(1, now), Some(s(144)));
    }
}
