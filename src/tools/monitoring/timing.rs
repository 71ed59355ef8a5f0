//! How often the numbers of a service change, and what follows from that for whoever looks at them.

use std::time::Duration;

use crate::poll::plan::{Plan, Planned};

/// Prometheus shows nothing of a series that it has not seen for five minutes, and an exporter that is gone is to be missed sooner.
const SLOWEST_SCRAPE: u64 = 60;
/// No number of an API is worth scrapes that are closer than this.
const FASTEST_SCRAPE: u64 = 5;
/// What Grafana takes for the pace of a Prometheus that says nothing else.
const GRAFANA_SCRAPE: u64 = 15;
/// After so many polls without success something is wrong, where `stale_after_intervals` does not say.
const SEVERAL: u32 = 5;
/// So that an alert is not louder than what it tells of.
const SHORTEST_ALARM: u64 = 5 * 60;
/// A year, which is as good as never; Prometheus knows no time beyond 292 of them.
const LONGEST: u64 = 365 * 24 * 3600;

/// The times of one service, in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Timing {
    /// From one poll to the next; longer only where the API or its failures slow polls down.
    pub period: u64,
    /// What a poll may take.
    pub poll_timeout: u64,
    /// Without success for so long, what it shows is no longer current.
    pub overdue: u64,
}

impl Timing {
    /// That of a service with this config.
    pub fn of(planned: &Planned, plan: &Plan) -> Self {
        let service = &planned.config;
        let calls =
            service.calls_per_minute.map_or(Duration::ZERO, |calls| Duration::from_secs(60).div_f64(calls));
        let period = planned.schedule(&plan.config).period().max(calls);
        let polls = if service.stale_after > 0 { service.stale_after } else { SEVERAL };
        let overdue = seconds(period.saturating_mul(polls)).max(SHORTEST_ALARM);
        Self { period: seconds(period), poll_timeout: seconds(service.poll_timeout), overdue }
    }

    /// From one scrape to the next: a poll is then seen within half of the time to the next one.
    pub fn scrape(self) -> u64 {
        (self.period / 2).clamp(FASTEST_SCRAPE, SLOWEST_SCRAPE)
    }

    /// What Grafana takes for the time between two samples: rates are over four times as much.
    pub fn step(self) -> u64 {
        self.period.max(self.scrape()).max(GRAFANA_SCRAPE)
    }

    /// So many polls, but no shorter than a quarter of an hour.
    pub fn polls(self, count: u64) -> u64 {
        self.period.saturating_mul(count).clamp(15 * 60, LONGEST)
    }
}

/// Whole seconds, of which there is at least one.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0)).clamp(1, LONGEST)
}

/// As Prometheus and Grafana write it, in the largest unit that fits.
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
        Timing { period, poll_timeout: 100, overdue: 300 }
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
        assert_eq!(rhythm(LONGEST).polls(u64::MAX), LONGEST);
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
