//! The loop of one service: poll, record, publish, wait.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::poll_pool::PollTask;
use super::poller_config::PollerConfig;
use super::schedule::{PollOutcome, Schedule};
use crate::author::api::Api;
use crate::author::api::response_history::PollFreshness;
use crate::author::reading::Reading;
use crate::author::service::Bound;
use crate::exposition::publisher::Publisher;
use crate::self_metrics::service_health::ServiceHealth;
use crate::series::encode::Format;
use crate::series::record_report::RecordReport;
use crate::series::samples::Samples;
use crate::state::state_file::StateFile;
use crate::state::write::StateWrite;
use crate::support::error::{Error, Result};
use crate::support::heartbeat::{Heartbeat, PollStage};
use crate::support::log::{self, LogField};
use crate::support::outages::RecoveryReport;
use crate::support::progress;

mod cursor_hold;
mod history;
mod item_reports;
pub(crate) mod poller_change;
mod poller_state;
mod repeated_states;
mod series_reports;
mod slowdown;

use poller_change::PollerChange;
use poller_state::PollerState;

use super::service_samples::ServiceSamples;

/// The poll loop of one service, with the source of its data, its samples, and its publisher.
pub(crate) struct Poller {
    /// The full name of what is polled, such as `splunk` or `splunk/eu`.
    pub name: Arc<str>,
    /// The generated table of the service.
    pub bound: &'static dyn Bound,
    /// The index of each configured metric in the table.
    pub rows: Vec<usize>,
    /// The client of the API.
    pub api: Api,
    /// The samples of the service and their freshness.
    pub shown: ServiceSamples,
    /// The stage of the loop, which shows if it hangs.
    pub heartbeat: Arc<Heartbeat>,
    /// The exporter's own families, for this service.
    pub health: ServiceHealth,
    /// The part of its port's site that belongs to this service.
    pub publisher: Publisher,
    /// The schedule of the polls.
    pub schedule: Schedule,
    /// The state that the log and the next polls need of the past polls.
    pub state: PollerState,
    /// The state file for the samples and the value of [`Api::keep`]; `None` without a `state_dir`.
    pub file: Option<StateFile>,
}

/// The result of a poll: the readings of each metric, or `None` if nothing is to be recorded.
type Polled = Result<Option<Vec<Result<Reading>>>>;

impl Poller {
    /// Creates the poller of a service that has not been polled and has no state.
    pub(crate) fn new(
        config: PollerConfig,
        api: Api,
        heartbeat: Arc<Heartbeat>,
        (health, publisher): (ServiceHealth, Publisher),
    ) -> Self {
        health.set_intervals(config.poll_interval, config.stale_after);
        let samples = Samples::new(config.families, config.options).with_labels(&config.labels);
        Self {
            name: config.name,
            bound: config.bound,
            rows: config.rows,
            api,
            shown: ServiceSamples::new(samples, config.stale_after),
            heartbeat,
            health,
            publisher,
            schedule: config.schedule,
            state: PollerState::default(),
            file: None,
        }
    }

    /// Restores the state that an earlier process wrote, and publishes it.
    pub(crate) fn go_on_from(&mut self, mut file: StateFile) {
        self.health.set_stateful();
        file.set_poll_interval(self.schedule.period());
        let kept = file.load(&mut self.shown.samples);
        self.api.go_on_with(kept, file.responses().clone());
        self.state.hold.go_on_from(file.held());
        self.publish_ids();
        self.file = Some(file);
        let (freshness, samples) = (self.shown.freshness(), &self.shown.samples);
        self.publisher.publish(|publishing| publishing.renew_with(freshness, samples));
    }

    /// Polls once, records and publishes the outcome, and returns the wait for the next poll.
    pub(crate) fn poll(&mut self) -> Duration {
        let started = Instant::now();
        self.heartbeat.enter(PollStage::Polling, started);
        progress::begin(&self.name);
        self.api.begin();
        let polled = self.bound.poll(&mut self.api, &self.rows);
        self.api.forget_transcript();
        let hung = self.heartbeat.enter(PollStage::Own, Instant::now());
        let wait = self.end(polled, started, hung);
        self.api.rest_for(wait);
        self.rest();
        wait
    }

    /// Ends the exporter's own part of a poll.
    fn rest(&self) {
        if self.heartbeat.enter(PollStage::Waiting, Instant::now()) {
            self.log(log::info, "poll loop resumed", &[]);
        }
    }

    /// Records and publishes the outcome of a poll, and returns the wait for the next one.
    fn end(&mut self, polled: Polled, started: Instant, hung: bool) -> Duration {
        let took = started.elapsed();
        if hung {
            let seconds = format!("{:.0}", took.as_secs_f64());
            self.log(log::info, "service resumed", &[("seconds", &seconds)]);
        }
        let polled = polled.map(|readings| readings.map(|readings| self.record(readings)));
        let confirmed = matches!(polled, Ok(None)) && self.api.freshness() == PollFreshness::Confirmed;
        if confirmed {
            self.api.acknowledge();
        }
        // The state is written before it is published, so that a restart loses nothing that a scrape has seen. A write
        // can take long, so the lock of the publication is not held yet.
        self.save();
        // Under this lock, no scrape sees a part of the outcome without the others.
        let publisher = self.publisher.clone();
        publisher.publish(|mut publishing| {
            let traffic = self.api.take_traffic();
            self.health.traffic(&traffic);
            let outcome = match polled {
                Ok(Some((recorded, now))) => self.recorded(recorded, now, took),
                Ok(None) if confirmed => self.confirmed(took),
                Ok(None) => self.unchanged(took),
                Err(error) => self.failed(error, took),
            };
            let wait = self.schedule.wait(outcome, started.elapsed(), fastrand::f64());
            let slowed = self.paced(wait, outcome, traffic.calls());
            self.shown.slowed_by = slowed.saturating_sub(wait);
            self.health.next_poll_in(slowed);
            if let Some(poll_history) = publishing.poll_history() {
                self.note(poll_history, (outcome, took, slowed), &traffic);
            }
            publishing.publish_with(self.shown.freshness(), &self.shown.samples);
            slowed
        })
    }

    /// Writes the samples to the end of `out`.
    pub(crate) fn encode(&self, format: Format, out: &mut Vec<u8>) {
        self.shown.samples.encode(format, out);
    }

    /// Leaves the report of failed polls and metrics to the caller, so that they are not logged.
    pub(crate) fn leave_failures_to_caller(&mut self) {
        self.state.is_quiet = true;
    }

    /// Returns the error of the last poll, if it failed.
    pub(crate) fn failing(&self) -> Option<&Error> {
        self.state.failing.as_ref()
    }

    /// Returns the errors of the metrics that the last recorded poll did not update.
    pub(crate) fn failing_metrics(&self) -> impl Iterator<Item = (&'static str, &Error)> {
        self.state.metric_errors.iter().map(|(metric, error)| (*metric, error))
    }

    /// Writes the changes of the state, including those that an earlier poll could not write.
    fn save(&mut self) {
        if let Some(file) = &mut self.file {
            file.set_held(self.state.hold.polls());
            if let Some(responses) = self.api.recorded_responses() {
                file.set_responses(responses);
            }
            let written = file.changes(&mut self.shown.samples, self.api.kept()).map(StateWrite::run);
            let is_written = written.map_or(file.is_written(), |written| file.end(written));
            if !is_written {
                self.health.state_write_failed();
            }
        }
    }

    fn recorded(&mut self, recorded: RecordReport, now: f64, took: Duration) -> PollOutcome {
        self.health.succeeded(took, now);
        self.tell_success(took);
        self.tell_held(&recorded);
        self.tell_ambiguous(&recorded.ambiguous);
        self.tell_metric_errors(recorded.errors);
        self.tell_dropped(recorded.dropped, &recorded.large);
        self.tell_rejected(recorded.rejected);
        self.tell_events(recorded.events, &recorded.large);
        self.tell_freshness();
        PollOutcome::Recorded
    }

    /// Notes that the API confirmed the last recorded data: nothing is recorded, and all of it is fresh.
    fn confirmed(&mut self, took: Duration) -> PollOutcome {
        let now = unix_now();
        self.shown.samples.confirm(now);
        self.health.confirmed(took, now);
        self.tell_success(took);
        self.tell_freshness();
        PollOutcome::Confirmed
    }

    fn unchanged(&self, took: Duration) -> PollOutcome {
        self.health.unchanged(took);
        PollOutcome::Unchanged(self.api.next_new_in())
    }

    fn failed(&mut self, error: Error, took: Duration) -> PollOutcome {
        self.api.abandon(&error);
        self.health.failed(error.kind(), took);
        let outcome = PollOutcome::Failed(error.retry_after());
        if let Some(report) = self.state.outages.fail(&error, Instant::now(), self.window()) {
            self.tell_outage("poll failed", report, (&[], &error));
        }
        self.state.failing = Some(error);
        outcome
    }

    fn tell_success(&mut self, took: Duration) {
        let seconds = format!("{:.3}", took.as_secs_f64());
        let failed = self.state.failing.take().is_some();
        match self.state.outages.succeed(Instant::now(), self.window()) {
            Some(RecoveryReport::Ended) => {
                let since = format!("{:.0}", self.shown.last_success.elapsed().as_secs_f64());
                let failures = self.schedule.failures();
                self.log(
                    log::info,
                    "poll recovered",
                    &[("failures", &failures), ("seconds_without", &since), ("duration", &seconds)],
                );
            }
            Some(RecoveryReport::Stable(omitted)) => self.tell_stable("poll failed", omitted, &[]),
            None if !self.state.polled && !failed => {
                let series = self.shown.samples.series_count();
                self.log(log::info, "first poll succeeded", &[("series", &series), ("duration", &seconds)]);
            }
            None => self.log(log::debug, "poll succeeded", &[("duration", &seconds)]),
        }
        self.state.polled = true;
        self.shown.refresh();
    }

    fn log(&self, level: fn(&str, &[LogField<'_>]), message: &str, fields: &[LogField<'_>]) {
        let mut all: Vec<LogField<'_>> = vec![("service", &self.name)];
        all.extend_from_slice(fields);
        level(message, &all);
    }
}

impl PollTask for Poller {
    type Change = PollerChange;

    fn name(&self) -> &str {
        &self.name
    }

    fn poll(&mut self) -> Duration {
        Self::poll(self)
    }

    fn retires(change: &PollerChange) -> bool {
        matches!(change, PollerChange::Retired(_))
    }

    fn change(&mut self, change: PollerChange) -> Option<Duration> {
        match change {
            PollerChange::Reconfigured(change) => Some(self.reconfigure(*change)),
            PollerChange::Retired(sessions) => {
                self.retire(&sessions);
                None
            }
        }
    }
}

fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests;
