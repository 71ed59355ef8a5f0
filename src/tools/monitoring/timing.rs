//! The poll interval of a service, and the times that dashboards and scrapes derive from it.

use std::time::Duration;

use crate::poll::plan::{Plan, Planned};

/// The longest scrape interval in seconds. Prometheus drops a series after five minutes without a sample, and a missing
/// exporter must be noticed sooner.
const SLOWEST_SCRAPE: u64 = 60;
/// The shortest scrape interval in seconds. No value of an API is worth more frequent scrapes.
const FASTEST_SCRAPE: u64 = 5;
/// The scrape interval in seconds that Grafana assumes for a Prometheus without a configured one.
const GRAFANA_SCRAPE: u64 = 15;
/// The longest time in seconds: a year, which is practically never. Prometheus accepts no time beyond 292 years.
const LONGEST: u64 = 365 * 24 * 3600;

/// The times of one service, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timing {
    /// The time from one poll to the next. It is longer only if the API or failures slow polls down.
    pub period: u64,
}

impl Timing {
    /// Returns the timing of a planned service.
    pub(crate) fn of(planned: &Planned, plan: &Plan) -> Self {
        Self { period: seconds(planned.poll_interval(&plan.config)) }
    }

    /// Returns the scrape interval, half of the time between polls if possible. A poll is then scraped within that
    /// time.
    pub(super) fn scrape(self) -> u64 {
        (self.period / 2).clamp(FASTEST_SCRAPE, SLOWEST_SCRAPE)
    }

    /// Returns the scrape interval as Prometheus reads it.
    pub(crate) fn scrape_interval(self) -> String {
        written(self.scrape())
    }

    /// Returns the time between two samples for Grafana, which computes rates over four times as much.
    pub(super) fn step(self) -> u64 {
        self.period.max(self.scrape()).max(GRAFANA_SCRAPE)
    }
}

/// Returns the duration in whole seconds, rounded up, and at least 1.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).clamp(1, LONGEST)
}

/// Formats a time for Prometheus and Grafana, in the largest unit that divides it.
pub(super) fn written(seconds: u64) -> String {
    match seconds {
        0 => "0s".to_owned(),
        hours if hours % 3600 == 0 => format!("{}h", hours / 3600),
        minutes if minutes % 60 == 0 => format!("{}m", minutes / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rhythm(period: u64) -> Timing {
        Timing { period }
    }

    #[test]
    fn a_poll_is_scraped_twice_but_prometheus_never_forgets_a_series_meanwhile() {
        let scrapes = [1, 10, 60, 120, 3600].map(|period| rhythm(period).scrape());
        assert_eq!(scrapes, [5, 5, 30, 60, 60]);
    }

    #[test]
    fn rates_are_over_four_polls_and_four_scrapes_at_least() {
        for period in [1, 10, 60, 3600] {
            let rhythm = rhythm(period);
            assert!(rhythm.step() >= rhythm.period && rhythm.step() >= rhythm.scrape());
        }
    }

    #[test]
    fn no_time_is_longer_than_prometheus_knows() {
        assert_eq!(seconds(Duration::MAX), LONGEST);
    }

    #[test]
    fn times_are_written_as_prometheus_reads_them() {
        let all = [0, 1, 90, 60, 3600, 5400, 86_400].map(written);
        assert_eq!(all, ["0s", "1s", "90s", "1m", "1h", "90m", "24h"]);
        assert_eq!(
            [Duration::ZERO, Duration::from_millis(1500), Duration::from_secs(2)].map(seconds),
            [1, 2, 2]
        );
    }
}
