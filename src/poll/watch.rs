//! A look at every service, also while its poll is under way: what has become too old goes from the page, and a service
//! that does not come back is told of.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::shown::Shown;
use super::{Poller, unix_now};
use crate::health::ServiceHealth;
use crate::log;
use crate::serve::Site;
use crate::status::Past;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// All services of the process.
pub struct Watch(Vec<Watched>);

/// What is seen of one service.
struct Watched {
    service: &'static str,
    shown: Arc<Mutex<Shown>>,
    health: ServiceHealth,
    page: (Arc<Site>, usize),
}

impl Watch {
    /// Of these.
    pub fn new<'a>(pollers: impl IntoIterator<Item = &'a Poller>) -> Self {
        let watched = |poller: &Poller| Watched {
            service: poller.bound.service(),
            shown: Arc::clone(&poller.shown),
            health: poller.health.clone(),
            page: poller.page.clone(),
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
        // A poll that has it is about to be published, and nobody else is to wait for that.
        let Ok(mut shown) = self.shown.try_lock() else { return };
        if shown.grows_stale(now) {
            self.drop_gauges(&mut shown, now);
        } else {
            self.look_at_metrics(&mut shown, now);
        }
        if let Some(took) = shown.begins_to_hang(now) {
            self.tell_hanging(&shown, took);
        }
    }

    fn drop_gauges(&self, shown: &mut Shown, now: Instant) {
        let mut publishing = self.page.0.publishing();
        if shown.expire(now) {
            let age = now.saturating_duration_since(shown.last_success);
            let seconds = format!("{:.0}", age.as_secs_f64());
            let advice = "they come back with the next poll that brings new data; if none fails, one takes longer than that";
            let fields: [log::Field<'_>; 3] =
                [("service", &self.service), ("seconds_without_new_data", &seconds), ("advice", &advice)];
            log::warning("gauges dropped as stale", &fields);
        }
        self.health.stale();
        publishing.past(self.page.1).into_iter().for_each(Past::grows_stale);
        publishing.renew(self.page.1, |format, out| shown.samples.encode(format, out));
    }

    /// Removes gauges that are stale while the service is not, and reports the metrics that have no success.
    fn look_at_metrics(&self, shown: &mut Shown, now: Instant) {
        let has_expired = shown.expire(now);
        let overdue = shown.note_overdue(now);
        if !has_expired && overdue.is_empty() {
            return;
        }
        let mut publishing = self.page.0.publishing();
        for metric in overdue {
            let advice = "its gauges are removed until it is read again: see the error of the metric, if there is one, and what its method returns";
            log::warning(
                "metric outdated",
                &[("service", &self.service), ("metric", &metric), ("advice", &advice)],
            );
        }
        publishing.past(self.page.1).into_iter().for_each(|past| past.overdue(shown.overdue()));
        publishing.renew(self.page.1, |format, out| shown.samples.encode(format, out));
    }

    /// As good as a failed poll, for whoever looks at the page.
    fn tell_hanging(&self, shown: &Shown, took: Duration) {
        let mut publishing = self.page.0.publishing();
        let seconds = format!("{:.0}", took.as_secs_f64());
        let advice = "its code does not come back from `poll`, and nothing but a restart ends it: does it wait or loop?";
        let fields: [log::Field<'_>; 3] =
            [("service", &self.service), ("seconds", &seconds), ("advice", &advice)];
        log::error("the service hangs", &fields);
        self.health.hangs();
        let since = unix_now() - took.as_secs_f64();
        publishing.past(self.page.1).into_iter().for_each(|past| past.hangs(since));
        publishing.publish(self.page.1, |format, out| shown.samples.encode(format, out));
    }
}
