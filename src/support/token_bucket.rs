//! A rate limit that allows bursts: the requests to an API, and those of scrapers.

use std::time::{Duration, Instant};

/// A token bucket, which starts full and refills evenly. Each request takes a token.
#[derive(Debug)]
pub(crate) struct TokenBucket {
    per_second: f64,
    most: f64,
    /// The tokens in the bucket, below zero while reserved requests wait.
    tokens: f64,
    filled: Instant,
}

impl TokenBucket {
    /// Returns a full bucket with room for `most` tokens.
    pub(crate) fn new(per_second: f64, most: f64, now: Instant) -> Self {
        Self { per_second, most, tokens: most, filled: now }
    }

    /// Changes the rate and the size. No token is added.
    pub(crate) fn change(&mut self, per_second: f64, most: f64, now: Instant) {
        self.fill(now);
        (self.per_second, self.most, self.tokens) = (per_second, most, self.tokens.min(most));
    }

    /// Takes one token and returns the wait before its request may proceed.
    ///
    /// # Errors
    /// Returns the wait as an error if it is longer than `longest`; no token is taken then.
    pub(crate) fn take(&mut self, now: Instant, longest: Duration) -> Result<Duration, Duration> {
        self.fill(now);
        let wait = self.time_for((1.0 - self.tokens).max(0.0));
        if wait > longest {
            return Err(wait);
        }
        self.tokens -= 1.0;
        Ok(wait)
    }

    fn fill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.per_second).min(self.most);
        self.filled = self.filled.max(now);
    }

    /// Returns the time in which the bucket gains `tokens`.
    pub(crate) fn time_for(&self, tokens: f64) -> Duration {
        Duration::try_from_secs_f64(tokens / self.per_second).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Duration = Duration::ZERO;

    fn s(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn whole(wait: Result<Duration, Duration>) -> Result<u64, u64> {
        let rounded = |wait: Duration| wait.as_secs_f64().round() as u64;
        wait.map(rounded).map_err(rounded)
    }

    fn per_minute(calls: f64, now: Instant) -> TokenBucket {
        TokenBucket::new(calls / 60.0, calls.max(1.0), now)
    }

    #[test]
    fn a_minutes_calls_are_there_at_once_and_then_come_evenly() {
        let now = Instant::now();
        let mut bucket = per_minute(6.0, now);
        let taken = (0..6).filter(|_| bucket.take(now, NONE) == Ok(NONE)).count();
        assert_eq!((taken, whole(bucket.take(now, NONE))), (6, Err(10)));
        assert_eq!(whole(bucket.take(now + s(4.0), NONE)), Err(6));
        assert_eq!(whole(bucket.take(now + s(10.001), NONE)), Ok(0));
        assert_eq!(whole(bucket.take(now + s(10.001), NONE)), Err(10));
    }

    #[test]
    fn no_more_than_a_minutes_calls_are_saved_up() {
        let now = Instant::now();
        let mut bucket = per_minute(2.0, now);
        let later = now + s(86_400.0);
        let taken = (0..9).filter(|_| bucket.take(later, NONE).is_ok()).count();
        assert_eq!(taken, 2);
    }

    #[test]
    fn a_short_wait_is_waited_and_those_who_wait_stand_in_line() {
        let now = Instant::now();
        let mut bucket = per_minute(60.0, now);
        (0..60).for_each(|_| assert!(bucket.take(now, NONE).is_ok()));
        let waits: Vec<_> = (0..4).map(|_| whole(bucket.take(now, s(3.0)))).collect();
        assert_eq!(waits, [Ok(1), Ok(2), Ok(3), Err(4)]);
        assert_eq!(whole(bucket.take(now + s(3.0), s(3.0))), Ok(1), "the refused one took nothing");
    }

    #[test]
    fn less_than_one_call_a_minute_is_possible() {
        let now = Instant::now();
        let mut bucket = per_minute(0.1, now);
        assert_eq!(whole(bucket.take(now, NONE)), Ok(0));
        assert_eq!(whole(bucket.take(now, NONE)), Err(600));
        assert_eq!(whole(bucket.take(now + s(600.001), NONE)), Ok(0));
    }

    #[test]
    fn the_time_for_tokens_has_no_upper_limit() {
        let bucket = per_minute(2.0, Instant::now());
        assert_eq!([0.0, 1.0, 3.0].map(|tokens| bucket.time_for(tokens).as_secs()), [0, 30, 90]);
        assert_eq!(bucket.time_for(1e300), Duration::MAX);
        let mut rare = TokenBucket::new(1e-300, 0.0, Instant::now());
        assert_eq!(rare.take(Instant::now(), NONE), Err(Duration::MAX));
    }
}
