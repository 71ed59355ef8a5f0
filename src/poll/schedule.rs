//! The time of the next poll of a service, from durations only: a clock that is set has no effect.

use std::time::Duration;

/// The bounds within which `Retry-After` is obeyed.
const RETRY_AFTER: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(3600));

/// The minimum wait after a failure, whatever the interval is.
const SHORTEST_BACKOFF: Duration = Duration::from_secs(1);

/// The maximum part of a wait that is added to it, so that exporters that were started together drift apart.
const JITTER: f64 = 0.05;

/// The schedule of the polls of one service.
#[derive(Debug)]
pub(crate) struct Schedule {
    interval: Duration,
    period: Duration,
    failures: u32,
}

/// The outcome of a poll, as far as the next one depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PollOutcome {
    /// The poll was recorded.
    Recorded,
    /// The API confirmed all data that was recorded before.
    Confirmed,
    /// The poll used responses that had been recorded before; the first of them expires after this time.
    Unchanged(Option<Duration>),
    /// The poll failed; the API may have requested a wait of this time.
    Failed(Option<Duration>),
}

impl Schedule {
    /// Creates a schedule that polls every `interval`, or every `expiration` of the response cache if that is longer.
    pub(crate) fn new(interval: Duration, expiration: Duration) -> Self {
        Self { interval, period: interval.max(expiration), failures: 0 }
    }

    /// Returns the schedule after the failures of another one.
    #[must_use]
    pub(crate) fn after(self, last: &Self) -> Self {
        Self { failures: last.failures, ..self }
    }

    /// Returns the poll interval: the time between the starts of two successful polls.
    pub(crate) fn period(&self) -> Duration {
        self.period
    }

    /// Returns the number of failed polls since the last successful one.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Returns the wait from the end of a poll that took `elapsed`. `random` is in 0..1.
    pub(crate) fn wait(&mut self, outcome: PollOutcome, elapsed: Duration, random: f64) -> Duration {
        let wait = match outcome {
            PollOutcome::Recorded | PollOutcome::Confirmed => {
                self.failures = 0;
                until_next(self.period, elapsed)
            }
            PollOutcome::Unchanged(expires) => {
                self.failures = 0;
                expires.unwrap_or_default().max(self.interval)
            }
            PollOutcome::Failed(retry_after) => {
                self.failures = self.failures.saturating_add(1);
                self.backoff()
                    .max(retry_after.map_or(Duration::ZERO, |wait| wait.clamp(RETRY_AFTER.0, RETRY_AFTER.1)))
            }
        };
        wait + wait.mul_f64(JITTER * random)
    }

    /// Returns the wait, or the wait that a rate limit needs if that is longer. `random` is in 0..1.
    pub(crate) fn slowed(wait: Duration, pace: Option<Duration>, random: f64) -> Duration {
        match pace.filter(|pace| *pace > wait) {
            Some(pace) => pace + pace.mul_f64(JITTER * random),
            None => wait,
        }
    }

    /// Returns the wait after a failure, which doubles with each failure up to the poll interval.
    fn backoff(&self) -> Duration {
        let doublings = (self.failures - 1).min(20);
        self.interval
            .max(SHORTEST_BACKOFF)
            .saturating_mul(1 << doublings)
            .min(self.period.max(SHORTEST_BACKOFF))
    }
}

/// Returns the rest of the poll interval. A poll that took longer than one skips polls instead of catching up.
fn until_next(period: Duration, elapsed: Duration) -> Duration {
    let over = elapsed.as_nanos() % period.as_nanos().max(1);
    period.saturating_sub(Duration::from_nanos(u64::try_from(over).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_response_is_not_asked_for_again_while_it_is_kept() {
        assert_eq!(Schedule::new(s(2), s(60)).wait(PollOutcome::Recorded, s(0), 0.0), s(60));
        assert_eq!(Schedule::new(s(300), s(60)).wait(PollOutcome::Recorded, s(0), 0.0), s(300));
        assert_eq!(Schedule::new(s(2), s(60)).wait(PollOutcome::Confirmed, s(7), 0.0), s(53));
    }

    #[test]
    fn polls_keep_the_beat_and_never_catch_up() {
        let mut schedule = Schedule::new(s(60), s(60));
        assert_eq!(schedule.wait(PollOutcome::Recorded, s(7), 0.0), s(53));
        assert_eq!(schedule.wait(PollOutcome::Recorded, s(130), 0.0), s(50));
    }

    #[test]
    fn jitter_only_lengthens_so_that_no_poll_comes_before_its_response_expired() {
        let mut schedule = Schedule::new(s(60), s(60));
        for random in [0.0, 0.3, 0.999] {
            let wait = schedule.wait(PollOutcome::Recorded, s(0), random);
            assert!((s(60)..s(63)).contains(&wait), "{wait:?}");
        }
    }

    #[test]
    fn failures_back_off_exponentially_up_to_the_period() {
        let mut schedule = Schedule::new(s(2), s(60));
        let waits: Vec<u64> =
            (0..7).map(|_| schedule.wait(PollOutcome::Failed(None), s(0), 0.0).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(schedule.failures(), 7);
        assert_eq!(schedule.wait(PollOutcome::Recorded, s(0), 0.0), s(60));
        assert_eq!(schedule.wait(PollOutcome::Failed(None), s(0), 0.0), s(2));
    }

    #[test]
    fn a_year_of_failures_does_not_overflow() {
        let mut schedule = Schedule::new(Duration::from_millis(1), Duration::ZERO);
        schedule.failures = u32::MAX;
        assert_eq!(schedule.wait(PollOutcome::Failed(None), s(0), 0.0), s(1));
    }

    #[test]
    fn retry_after_is_obeyed_within_reason() {
        let mut schedule = Schedule::new(s(2), s(60));
        assert_eq!(schedule.wait(PollOutcome::Failed(Some(s(600))), s(0), 0.0), s(600));
        assert_eq!(schedule.wait(PollOutcome::Failed(Some(s(86_400))), s(0), 0.0), s(3600));
        assert_eq!(schedule.wait(PollOutcome::Failed(Some(s(0))), s(0), 0.0), s(8));
    }

    #[test]
    fn a_limit_of_the_api_only_lengthens_a_wait() {
        assert_eq!(Schedule::slowed(s(60), Some(s(120)), 0.0), s(120));
        assert_eq!(Schedule::slowed(s(60), Some(s(120)), 1.0), s(126));
        for pace in [None, Some(s(0)), Some(s(60))] {
            assert_eq!(Schedule::slowed(s(60), pace, 0.5), s(60), "{pace:?}");
        }
    }

    #[test]
    fn with_nothing_new_the_next_poll_comes_when_the_first_old_response_expires() {
        let mut schedule = Schedule::new(s(2), s(60));
        assert_eq!(schedule.wait(PollOutcome::Unchanged(Some(s(30))), s(0), 0.0), s(30));
        assert_eq!(schedule.wait(PollOutcome::Unchanged(Some(s(0))), s(0), 0.0), s(2));
        assert_eq!(schedule.wait(PollOutcome::Unchanged(None), s(0), 0.0), s(2));
    }
}
