//! The watchdog, which logs stale gauges, outdated metrics and hung services. No scrape depends on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::exposition::publisher::Publisher;
use crate::exposition::site::ServiceCheck;
use crate::support::flap_log::FlapLog;
use crate::support::flapping::{FlapHistory, StartReport, window};
use crate::support::heartbeat::{Heartbeat, PollFault};
use crate::support::locks::locked;
use crate::support::log::{self, LogField};

/// The time between two checks.
const EVERY: Duration = Duration::from_secs(1);

const STALE: &str = "gauges dropped as stale";
const OUTDATED: &str = "metric outdated";
const HANGS: &str = "service hung";
const STUCK: &str = "poll loop stuck";

/// The watchdog of all services of the process.
#[derive(Clone, Default)]
pub(crate) struct Watchdog(Arc<Mutex<WatchedServices>>);

type WatchedServices = BTreeMap<Arc<str>, Arc<WatchedService>>;

/// One service, and the states of it that were logged.
struct WatchedService {
    service: Arc<str>,
    heartbeat: Arc<Heartbeat>,
    publisher: Publisher,
    /// The window in which the starts of a state are counted.
    window: Duration,
    known: Arc<Mutex<ReportedStale>>,
}

/// The gauges and metrics that were stale at the last check.
#[derive(Default)]
struct ReportedStale {
    gauges: usize,
    metrics: BTreeSet<&'static str>,
    flaps: FlapHistories,
}

/// The histories of the logged states, by message and metric.
type FlapHistories = BTreeMap<(&'static str, &'static str), FlapHistory>;

impl Watchdog {
    /// Watches a service, whose polls have this interval. The states that were logged stay known.
    pub(crate) fn watch(
        &self,
        service: &Arc<str>,
        (heartbeat, publisher): (Arc<Heartbeat>, Publisher),
        interval: Duration,
    ) {
        let mut services = locked(&self.0);
        let known = services.get(service).map(|watched| Arc::clone(&watched.known)).unwrap_or_default();
        let (name, window) = (Arc::clone(service), window(interval));
        let watched = WatchedService { service: name, heartbeat, publisher, window, known };
        services.insert(Arc::clone(service), Arc::new(watched));
    }

    /// Watches a service no longer.
    pub(crate) fn forget(&self, service: &str) {
        locked(&self.0).remove(service);
    }

    /// Checks every service each second until the process exits, and runs another check before.
    pub(crate) fn run(&self, other: impl Fn()) {
        loop {
            thread::sleep(EVERY);
            other();
            self.look(Instant::now());
        }
    }

    /// Checks every service at `now`, and logs the changes.
    pub(crate) fn look(&self, now: Instant) {
        let services: Vec<_> = locked(&self.0).values().cloned().collect();
        services.iter().for_each(|service| service.look(now));
    }
}

impl WatchedService {
    fn look(&self, now: Instant) {
        let mut known = locked(&self.known);
        let ReportedStale { gauges, metrics, flaps } = &mut *known;
        if let Some((fault, took)) = self.heartbeat.fault(now).filter(|_| !self.heartbeat.is_reported()) {
            self.tell_fault(fault, took, (flaps, now));
        }
        let Some(ServiceCheck { condition, age, stale_metrics }) = self.publisher.look(now) else { return };
        if condition.is_stale && condition.stale_gauges > *gauges && self.starts(flaps, (STALE, ""), now) {
            self.tell_stale(age);
        }
        *gauges = condition.stale_gauges;
        if !condition.is_stale {
            self.tell_metrics(metrics, &stale_metrics, (flaps, now));
            *metrics = stale_metrics;
        }
    }

    /// Returns true if the start of a state is to be logged.
    fn starts(
        &self,
        flaps: &mut FlapHistories,
        (event, metric): (&'static str, &'static str),
        now: Instant,
    ) -> bool {
        let flap_log = FlapLog { service: &self.service, event, window: self.window };
        let fields: &[LogField<'_>] = if metric.is_empty() { &[] } else { &[("metric", &metric)] };
        let start = flaps.entry((event, metric)).or_default().start(now, self.window);
        match start {
            StartReport::Logged => return true,
            StartReport::Again(omitted) => flap_log.ended(omitted, fields),
            StartReport::Flaps(times) => flap_log.started(log::warning, times, fields),
            StartReport::Quiet => {}
        }
        matches!(start, StartReport::Again(_))
    }

    /// Logs the metrics that have had no success for too long, and those that have one again.
    fn tell_metrics(
        &self,
        known: &BTreeSet<&'static str>,
        stale: &BTreeSet<&'static str>,
        (flaps, now): (&mut FlapHistories, Instant),
    ) {
        for metric in stale.difference(known) {
            let hint = "check the error of the metric, or what its method returns; its gauges are removed until then";
            let fields: [LogField<'_>; 3] = [("service", &self.service), ("metric", metric), ("hint", &hint)];
            if self.starts(flaps, (OUTDATED, metric), now) {
                log::warning(OUTDATED, &fields);
            }
        }
        for metric in known.difference(stale) {
            if flaps.entry((OUTDATED, metric)).or_default().end(now, self.window) {
                log::info("metric updated", &[("service", &self.service), ("metric", metric)]);
            }
        }
    }

    fn tell_stale(&self, age: Duration) {
        let seconds = format!("{:.0}", age.as_secs_f64());
        let hint = "check why polls fail or take too long; the gauges return with the next new data";
        let fields: [LogField<'_>; 3] =
            [("service", &self.service), ("seconds_without_new_data", &seconds), ("hint", &hint)];
        log::warning(STALE, &fields);
    }

    /// Logs a hung service or a stuck poll loop as an error, like a failed poll.
    fn tell_fault(&self, fault: PollFault, took: Duration, (flaps, now): (&mut FlapHistories, Instant)) {
        let (message, hint) = match fault {
            PollFault::Hangs => (HANGS, "find the wait or loop in `poll`; only a restart stops it"),
            PollFault::Stuck => {
                (STUCK, "check the disk of `state_dir`: a write hangs, and /-/healthy fails until it returns")
            }
        };
        let is_logged = self.starts(flaps, (message, ""), now);
        self.heartbeat.report(is_logged);
        if is_logged {
            let seconds = format!("{:.0}", took.as_secs_f64());
            let fields: [LogField<'_>; 3] =
                [("service", &self.service), ("seconds", &seconds), ("hint", &hint)];
            log::error(message, &fields);
        }
    }
}
