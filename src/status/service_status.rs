//! The status of one service.

use std::collections::BTreeMap;
use std::iter;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use super::error_status::ErrorStatus;
use super::humanize::Time;
use super::metric_status::MetricStatus;
use super::poll_history::{FailedPoll, LastResult, PollHistory};
use super::service_info::ServiceInfo;
use crate::author::configured_family::ConfiguredFamily;
use crate::config::target_name;
use crate::fetch::traffic::Traffic;
use crate::self_metrics::health::OUTCOMES;
use crate::series::family_snapshot::FamilyValues;

/// The status of one service. The JSON omits unknown fields.
#[derive(Serialize)]
pub(crate) struct ServiceStatus {
    pub(super) name: String,
    /// The name of the service of a target; absent for a service without targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service: Option<String>,
    /// The name of a target within its service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<String>,
    pub(super) state: ServiceState,
    /// True if gauges were removed for lack of new data, whatever the state.
    pub(super) stale: bool,
    pub(super) period_seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stale_after_seconds: Option<f64>,
    /// True if the certificate of the API is not verified.
    pub(super) insecure_skip_verify: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_poll: Option<LastPoll>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_poll: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_success: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hanging_since: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failing_since: Option<Time>,
    pub(super) failures_in_a_row: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_failure: Option<LastFailure>,
    pub(super) polls: BTreeMap<&'static str, u64>,
    pub(super) requests: BTreeMap<&'static str, u64>,
    pub(super) retries: u64,
    pub(super) response_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) requests_remaining: Option<u64>,
    /// The metrics of the service; absent for a target that the request does not select.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) metrics: Option<Vec<MetricStatus>>,
}

/// The state of a service, with the worst state first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServiceState {
    /// The current poll is hung.
    Hung,
    /// The last poll failed. A service that is failing and stale has this state.
    Failing,
    /// No poll failed, but no new data arrived for so long that the gauges were removed.
    Stale,
    /// The last poll succeeded.
    Up,
    /// No poll has finished yet.
    Starting,
}

/// The last finished poll of a service.
#[derive(Serialize)]
pub(super) struct LastPoll {
    pub(super) ended: Time,
    pub(super) outcome: &'static str,
    pub(super) duration_seconds: f64,
}

/// The last failed poll of a service.
#[derive(Serialize)]
pub(super) struct LastFailure {
    pub(super) ended: Time,
    pub(super) reason: &'static str,
    #[serde(flatten)]
    pub(super) error: ErrorStatus,
}

impl ServiceStatus {
    /// Creates the status from the poll history and from the values of the metrics, if they are shown.
    pub(crate) fn new(
        service: &ServiceInfo,
        poll_history: &PollHistory,
        values: Option<Vec<FamilyValues<'_>>>,
        polled: bool,
        now: SystemTime,
    ) -> Self {
        let metric = |(at, (family, values)): (_, (&Arc<ConfiguredFamily>, _))| {
            MetricStatus::new(family, &values, poll_history, at)
        };
        let metrics = values.map(|values| {
            let values = values.into_iter().chain(iter::repeat_with(FamilyValues::default));
            service.families.iter().zip(values).enumerate().map(metric).collect()
        });
        let (of, target) = target_name::split(&service.name);
        let now = Time::from(now);
        let last_success = poll_history.last_success.map(Time);
        Self {
            name: service.name.clone(),
            service: target.map(|_| of.to_owned()),
            target: target.map(str::to_owned),
            state: ServiceState::of(poll_history, polled),
            stale: poll_history.is_stale,
            period_seconds: service.period.as_secs_f64(),
            stale_after_seconds: service.stale_after.as_ref().map(Duration::as_secs_f64),
            insecure_skip_verify: service.insecure_skip_verify,
            last_poll: poll_history.last.as_ref().map(LastPoll::new),
            next_poll: poll_history.next.map(Time),
            last_success,
            age_seconds: last_success.map(|last| now.since(last)),
            hanging_since: poll_history.hangs_since.map(Time),
            failing_since: poll_history.failing_since.map(Time),
            failures_in_a_row: poll_history.failures_in_a_row,
            last_failure: poll_history.last_failure.as_ref().map(LastFailure::new),
            polls: OUTCOMES.into_iter().zip(poll_history.polls).collect(),
            requests: Traffic::CODES.into_iter().zip(poll_history.traffic.requests).collect(),
            retries: poll_history.traffic.retries,
            response_bytes: poll_history.traffic.response_bytes,
            requests_remaining: poll_history.remaining,
            metrics,
        }
    }
}

impl ServiceStatus {
    /// Returns all states that hold, the cause first.
    pub(super) fn states(&self) -> Vec<ServiceState> {
        let beside =
            [(ServiceState::Failing, self.failing_since.is_some()), (ServiceState::Stale, self.stale)];
        let beside = beside.into_iter().filter(|(state, holds)| *holds && *state != self.state);
        [self.state].into_iter().chain(beside.map(|(state, _)| state)).collect()
    }
}

impl ServiceState {
    fn of(poll_history: &PollHistory, polled: bool) -> Self {
        match poll_history {
            PollHistory { hangs_since: Some(_), .. } => Self::Hung,
            PollHistory { failing_since: Some(_), .. } => Self::Failing,
            PollHistory { is_stale: true, .. } => Self::Stale,
            _ if polled => Self::Up,
            _ => Self::Starting,
        }
    }

    /// Returns the word for the state on the page and in the JSON.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Hung => "hung",
            Self::Failing => "failing",
            Self::Stale => "stale",
            Self::Up => "up",
            Self::Starting => "starting",
        }
    }
}

impl Serialize for ServiceState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl LastPoll {
    fn new(last: &LastResult) -> Self {
        let milliseconds = (last.took.as_secs_f64() * 1000.0).round();
        Self { ended: Time(last.at), outcome: last.outcome, duration_seconds: milliseconds / 1000.0 }
    }
}

impl LastFailure {
    fn new(failure: &FailedPoll) -> Self {
        let FailedPoll { at, reason, error } = failure;
        Self { ended: Time(*at), reason: reason.as_str(), error: error.clone() }
    }
}
