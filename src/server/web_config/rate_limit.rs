//! The rate limit of requests, `rate_limit` in the web config.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::support::locks::locked;
use crate::support::token_bucket::TokenBucket;

/// A rate limit that allows a burst of requests, and then one in each interval.
#[derive(Debug)]
pub(in crate::server) struct RateLimit(Mutex<TokenBucket>);

/// The settings of `rate_limit` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct RateLimitSettings {
    pub every: Duration,
    pub burst: u64,
}

impl RateLimit {
    pub(crate) fn new(settings: &RateLimitSettings) -> Self {
        let per_second = 1.0 / settings.every.as_secs_f64();
        Self(Mutex::new(TokenBucket::new(per_second, settings.burst as f64, Instant::now())))
    }

    /// Takes a token and returns true, or returns false if the rate limit is reached.
    pub(crate) fn allows(&self) -> bool {
        self.allows_at(Instant::now())
    }

    fn allows_at(&self, now: Instant) -> bool {
        locked(&self.0).take(now, Duration::ZERO).is_ok()
    }
}

/// Parses a duration in the syntax of Go, such as `1m30s` or `0`; `None` if it is invalid.
pub(super) fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 7] =
        [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let after = &rest[number..];
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == &after[..unit])?;
        seconds += rest[..number].parse::<f64>().ok()? * factor;
        rest = &after[unit..];
    }
    (!text.is_empty()).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_admitted_and_then_one_an_interval() {
        let pace = RateLimit::new(&RateLimitSettings { every: Duration::from_secs(2), burst: 3 });
        let now = Instant::now();
        let allowed = |at: f64| pace.allows_at(now + Duration::from_secs_f64(at));
        assert_eq!([0.0; 5].map(allowed), [true, true, true, false, false]);
        assert_eq!([1.0, 2.1, 2.2, 4.2].map(allowed), [false, true, false, true]);
        assert_eq!([100.0; 4].map(allowed), [true, true, true, false]);
    }

    #[test]
    fn a_duration_is_as_go_writes_it() {
        let seconds = |text| duration(text).map(|duration| duration.as_secs_f64());
        assert_eq!(seconds("1m30s"), Some(90.0));
        assert_eq!(seconds("1.5h"), Some(5400.0));
        assert_eq!(seconds("250ms"), Some(0.25));
        assert_eq!(seconds("0"), Some(0.0));
        for wrong in ["", "1", "s", "1 s", "-1s", "1d", "1..s", "1e9s", "9999999999999999999999h"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
