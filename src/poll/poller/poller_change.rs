//! The change of a poller by a reload of the config.

use std::time::{Duration, Instant};

use super::{Poller, unix_now};
use crate::author::api::Api;
use crate::author::api::sessions::LOG_OUT_LIMIT;
use crate::exposition::publisher::Publisher;
use crate::poll::poller_config::PollerConfig;
use crate::poll::session_closer::{SessionCloser, SessionClosers};
use crate::self_metrics::service_health::ServiceHealth;
use crate::status::service_info::ServiceInfo;
use crate::support::log;

/// The change of a poller by a reload of the config.
pub(crate) enum PollerChange {
    /// The config of the service has changed.
    Reconfigured(Box<Reconfigured>),
    /// The service was removed.
    Retired(SessionClosers),
}

/// The parts of a poller that a changed config replaces.
pub(crate) struct Reconfigured {
    pub(crate) config: PollerConfig,
    pub(crate) api: Api,
    pub(crate) health: ServiceHealth,
    pub(crate) publisher: Publisher,
    pub(crate) service: ServiceInfo,
    /// The closer of the next session, and the list that it is added to.
    pub(crate) session: (Option<SessionCloser>, SessionClosers),
    /// The longest wait for the next poll.
    pub(crate) wait: Duration,
}

impl Poller {
    /// Continues with a changed config. The series, the kept value and the recorded responses stay.
    pub(super) fn reconfigure(&mut self, change: Reconfigured) -> Duration {
        let Reconfigured { config, mut api, health, publisher, service, session, wait } = change;
        self.log_out();
        let (closer, sessions) = session;
        sessions.set(&self.name, closer);
        api.continue_from(&mut self.api);
        self.api = api;
        for (metric, reason) in self.shown.reconfigure(&config, unix_now()) {
            let fields: [log::LogField<'_>; 2] = [("metric", &metric), ("reason", &reason)];
            self.log(log::info, "histogram restarted from zero", &fields);
        }
        health.set_intervals(config.poll_interval, config.stale_after);
        service.heartbeat.set_poll_timeout(config.poll_timeout);
        self.heartbeat = service.heartbeat.clone();
        self.schedule = config.schedule.after(&self.schedule);
        let has_other_metrics = self.rows != config.rows;
        (self.bound, self.rows) = (config.bound, config.rows);
        (self.health, self.publisher) = (health, publisher);
        if let Some(file) = &mut self.file {
            self.health.set_stateful();
            file.set_poll_interval(self.schedule.period());
            file.rewrite();
        }
        self.publish_ids();
        let (freshness, samples) = (self.shown.freshness(), &self.shown.samples);
        let health = self.health.clone();
        self.publisher.publish(|mut publishing| {
            if let Some(history) = publishing.poll_history().filter(|_| has_other_metrics) {
                history.restart_totals();
            }
            publishing.with_service(service, health).renew_with(freshness, samples);
        });
        self.log(log::info, "service reconfigured", &[]);
        wait
    }

    /// Ends the work for a service that was removed. Its state stays in the file.
    pub(super) fn retire(&mut self, sessions: &SessionClosers) {
        self.file = None;
        self.log_out();
        sessions.set(&self.name, None);
        self.log(log::info, "polling stopped", &[]);
    }

    /// Closes the session of the service, if it has one.
    fn log_out(&self) {
        let slot = self.api.slot();
        if let Some(hooks) = self.bound.login().filter(|_| slot.is_in_use()) {
            self.api.close_session(slot, hooks, Instant::now() + LOG_OUT_LIMIT);
        }
    }
}
