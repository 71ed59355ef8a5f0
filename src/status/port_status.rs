//! How the services of a port do, for people and for programs: the page at `/`, the JSON at `/api/v1/status`, and the table
//! that `--once` shows on a terminal.
//!
//! A poll leaves a [`PollHistory`](super::poll_history::PollHistory) with the page that it publishes: how it ended, and a point of each metric in a ring. All else
//! is done when somebody looks: a `PortStatus` is made of the past and of the bytes that a scrape would get, which are read
//! once a page. Page, JSON and table are written from it, so that they cannot differ.
//!
//! Nothing in it is trusted. Names, label values, HELP and causes of failures may hold anything, and reach the page only
//! escaped, under a policy that lets a browser run the one script of the page and load nothing.

use std::time::{Duration, SystemTime};

use super::humanize::Time;
use super::service_status::ServiceStatus;
use serde::Serialize;

/// What a port has to say of itself. The fields are those of the JSON, which docs/status.md describes.
#[derive(Serialize)]
pub(crate) struct PortStatus {
    pub(super) version: &'static str,
    pub(super) time: Time,
    pub(super) started: Time,
    pub(super) uptime_seconds: u64,
    /// True if responses come from recordings.
    pub(super) replay: bool,
    pub(crate) services: Vec<ServiceStatus>,
}

impl PortStatus {
    /// Of a process that was started then and has run so long, which differ where somebody sets the clock.
    pub fn new(started: SystemTime, uptime: Duration, services: Vec<ServiceStatus>, now: SystemTime) -> Self {
        let (time, started, uptime_seconds) = (Time::from(now), Time::from(started), uptime.as_secs());
        let replay = false;
        Self { version: env!("CARGO_PKG_VERSION"), time, started, uptime_seconds, replay, services }
    }

    /// The same, of a process whose responses come from recordings or do not.
    pub fn with_replay(self, replay: bool) -> Self {
        Self { replay, ..self }
    }

    /// One line of JSON.
    pub fn json(&self) -> String {
        // Nothing in it can fail to be written: no maps with keys that are no text.
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}
