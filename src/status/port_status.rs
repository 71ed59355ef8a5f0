//! The status of the services of a port: the page at `/`, the JSON at `/api/v1/status`, and the table that `--once`
//! prints on a terminal.
//!
//! Each poll records its result, and the total of each metric, in the [`PollHistory`](super::poll_history::PollHistory)
//! of its published snapshot. The rest is computed on request. A `PortStatus` is built from the history and from the
//! values that were published beside the exposition. Page, JSON and table are rendered from it, so that they
//! cannot differ.
//!
//! Nothing in it is trusted. Names, label values, HELP texts and causes of failures can contain anything. The page
//! contains them only escaped. Its policy lets a browser run only the script of the page and load nothing.

use std::time::{Duration, SystemTime};

use super::humanize::Time;
use super::service_status::ServiceStatus;
use crate::self_metrics::config_reload::ReloadFailure;
use serde::Serialize;

/// The status of a port. The fields are those of the JSON, which docs/status.md describes.
#[derive(Serialize)]
pub(crate) struct PortStatus {
    pub(super) version: &'static str,
    pub(super) time: Time,
    pub(super) started: Time,
    pub(super) uptime_seconds: u64,
    /// True if responses come from recordings.
    pub(super) replay: bool,
    /// The failure of the last reload of the config.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failed_reload: Option<FailedReload>,
    pub(crate) services: Vec<ServiceStatus>,
}

/// A reload of the config that changed nothing.
#[derive(Serialize)]
pub(super) struct FailedReload {
    pub(super) time: Time,
    /// The errors of the config, as on a terminal.
    pub(super) errors: String,
}

impl PortStatus {
    /// Creates the status of a process that started at `started` and has run for `uptime`. The two differ after a
    /// change of the clock.
    pub(crate) fn new(
        started: SystemTime,
        uptime: Duration,
        services: Vec<ServiceStatus>,
        now: SystemTime,
    ) -> Self {
        let (time, started, uptime_seconds) = (Time::from(now), Time::from(started), uptime.as_secs());
        let (replay, failed_reload) = (false, None);
        Self {
            version: env!("CARGO_PKG_VERSION"),
            time,
            started,
            uptime_seconds,
            replay,
            failed_reload,
            services,
        }
    }

    /// Returns the status with the failure of the last reload, if it failed.
    pub(crate) fn with_reload(self, failure: Option<&ReloadFailure>) -> Self {
        let failed = |failure: &ReloadFailure| FailedReload {
            time: failure.at.into(),
            errors: failure.errors.clone(),
        };
        Self { failed_reload: failure.map(failed), ..self }
    }

    /// Returns the status with `replay` set.
    pub(crate) fn with_replay(self, replay: bool) -> Self {
        Self { replay, ..self }
    }

    /// Returns the status as one line of JSON.
    pub(crate) fn json(&self) -> String {
        // Serialization cannot fail: all keys of maps are text.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}
