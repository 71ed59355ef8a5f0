//! The watch: logs what has become too old and which services hang. Nothing that a scrape shows depends on it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::Poller;
use crate::log::{self, Field};
use crate::pulse::{Fault, Pulse};
use crate::serve::Site;
use crate::serve::site::Look;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// All services of the process.
pub struct Watch(Vec<Watched>);

/// What is seen of one service.
struct Watched {
    service: &'static str,
    pulse: Arc<Pulse>,
    page: (Arc<Site>, usize),
    known: Mutex<Known>,
}

/// The gauges and metrics that were stale at the last look.
#[derive(Default)]
struct Known {
    gauges: usize,
    metrics: BTreeSet<&'static str>,
}

impl Watch {
    /// Of these.
    pub fn new<'a>(pollers: impl IntoIterator<Item = &'a Poller>) -> Self {
        let watched = |poller: &Poller| Watched {
            service: poller.bound.service(),
            pulse: Arc::clone(&poller.pulse),
            page: poller.page.clone(),
            known: Mutex::default(),
        };
        Self(pollers.into_iter().map(watched).collect())
    }

    /// Looks until the process ends.
    pub fn run(&self) {
        loop {
            thread::sleep(EVERY);
            self.look(Instant::now());
        }
    }

    /// Looks once.
    pub fn look(&self, now: Instant) {
        self.0.iter().for_each(|service| service.look(now));
    }
}

impl Watched {
    fn look(&self, now: Instant) {
        if let Some((fault, took)) = self.pulse.fault(now).filter(|_| self.pulse.report()) {
            self.tell_fault(fault, took);
        }
        let Some(Look { condition, age, stale_metrics }) = self.page.0.look(self.page.1, now) else { return };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if condition.is_stale && condition.stale_gauges > known.gauges {
            self.tell_stale(age);
        }
        known.gauges = condition.stale_gauges;
        if !condition.is_stale {
            self.tell_metrics(&known.metrics, &stale_metrics);
            known.metrics = stale_metrics;
        }
    }

    /// Logs the metrics that have had no success for too long, and those that have one again.
    fn tell_metrics(&self, known: &BTreeSet<&'static str>, stale: &BTreeSet<&'static str>) {
        for metric in stale.difference(known) {
            let advice = "its gauges are removed until it is read again: see the error of the metric, if there is one, and what its method returns";
            let fields: [Field<'_>; 3] =
                [("service", &self.service), ("metric", metric), ("advice", &advice)];
            log::warning("metric outdated", &fields);
        }
        for metric in known.difference(stale) {
            log::info("metric updated", &[("service", &self.service), ("metric", metric)]);
        }
    }

    fn tell_stale(&self, age: Duration) {
        let seconds = format!("{:.0}", age.as_secs_f64());
        let advice = "they come back with the next poll that brings new data; if none fails, one takes longer than that";
        let fields: [Field<'_>; 3] =
            [("service", &self.service), ("seconds_without_new_data", &seconds), ("advice", &advice)];
        log::warning("gauges dropped as stale", &fields);
    }

    /// As good as a failed poll, for whoever looks at the page.
    fn tell_fault(&self, fault: Fault, took: Duration) {
        let (message, advice) = match fault {
            Fault::Hangs => (
                "the service hangs",
                "its code does not come back from `poll`, and nothing but a restart ends it: does it wait or loop?",
            ),
            Fault::Stuck => (
                "poll loop stuck",
                "a write of the state does not end: check the disk of `state_dir`; /-/healthy fails until it does",
            ),
        };
        let seconds = format!("{:.0}", took.as_secs_f64());
        let fields: [Field<'_>; 3] = [("service", &self.service), ("seconds", &seconds), ("advice", &advice)];
        log::error(message, &fields);
    }
}
