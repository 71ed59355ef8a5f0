//! A token bucket for `calls_per_minute`.

use std::time::{Duration, Instant};

/// A token bucket that holds the requests of one minute, but at least one. It starts full and refills evenly.
#[derive(Debug)]
pub struct TokenBucket {
    per_second: f64,
    most: f64,
    /// The requests in the bucket, below zero while reserved requests wait.
    calls: f64,
    filled: Instant,
}

impl TokenBucket {
    /// Returns a full bucket for `per_minute` requests per minute.
    pub fn new(per_minute: f64, now: Instant) -> Self {
        let most = per_minute.max(1.0);
        Self { per_second: per_minute / 60.0, most, calls: most, filled: now }
    }

    /// Takes one request and returns the wait before it may be sent.
    ///
    /// # Errors
    /// Returns the wait as an error if it is longer than `longest`; no request is taken then.
    pub fn take(&mut self, now: Instant, longest: Duration) -> Result<Duration, Duration> {
        let passed = now.saturating_duration_since(self.filled).as_secs_f64();
        self.calls = (self.calls + passed * self.per_second).min(self.most);
        self.filled = self.filled.max(now);
        let wait = Duration::from_secs_f64((1.0 - self.calls).max(0.0) / self.per_second);
        if wait > longest {
            return Err(wait);
        }
        self.calls -= 1.0;
        Ok(wait)
    }

    /// Returns the minimum interval between polls of `calls` requests each.
    pub fn pace(&self, calls: u64) -> Duration {
        Duration::try_from_secs_f64(calls as f64 / self.per_second).unwrap_or(Duration::MAX)
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

    #[test]
    fn a_minutes_calls_are_there_at_once_and_then_come_evenly() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(6.0, now);
        let taken = (0..6).filter(|_| bucket.take(now, NONE) == Ok(NONE)).count();
        assert_eq!((taken, whole(bucket.take(now, NONE))), (6, Err(10)));
        assert_eq!(whole(bucket.take(now + s(4.0), NONE)), Err(6));
        assert_eq!(whole(bucket.take(now + s(10.001), NONE)), Ok(0));
        assert_eq!(whole(bucket.take(now + s(10.001), NONE)), Err(10));
    }

    #[test]
    fn no_more_than_a_minutes_calls_are_saved_up() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(2.0, now);
        let later = now + s(86_400.0);
        let taken = (0..9).filter(|_| bucket.take(later, NONE).is_ok()).count();
        assert_eq!(taken, 2);
    }

    #[test]
    fn a_short_wait_is_waited_and_those_who_wait_stand_in_line() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(60.0, now);
        (0..60).for_each(|_| assert!(bucket.take(now, NONE).is_ok()));
        let waits: Vec<_> = (0..4).map(|_| whole(bucket.take(now, s(3.0)))).collect();
        assert_eq!(waits, [Ok(1), Ok(2), Ok(3), Err(4)]);
        assert_eq!(whole(bucket.take(now + s(3.0), s(3.0))), Ok(1), "the refused one took nothing");
    }

    #[test]
    fn less_than_one_call_a_minute_is_possible() {
        let now = Instant::now();
        let mut bucket = TokenBucket::new(0.1, now);
        assert_eq!(whole(bucket.take(now, NONE)), Ok(0));
        assert_eq!(whole(bucket.take(now, NONE)), Err(600));
        assert_eq!(whole(bucket.take(now + s(600.001), NONE)), Ok(0));
    }

    #[test]
    fn a_pace_leaves_each_poll_its_calls() {
        let bucket = TokenBucket::new(2.0, Instant::now());
        assert_eq!([0, 1, 3].map(|calls| bucket.pace(calls).as_secs()), [0, 30, 90]);
        assert!(bucket.pace(u64::MAX) > s(86_400.0));
    }
}
