//! The samples of a service, and how fresh they are.

use std::time::{Duration, Instant};

use crate::exposition::snapshot::SnapshotFreshness;
use crate::series::encode::Format;
use crate::series::samples::{Gauges, Samples};

/// The samples of one service and their freshness. Only its poll thread has access.
#[derive(Debug)]
pub struct ServiceSamples {
    /// The service's series.
    pub samples: Samples,
    /// The last good poll, or the start.
    pub last_success: Instant,
    /// What a limit adds to the wait for the next poll: that is no reason to call old what the last one brought.
    pub slowed_by: Duration,
    /// The time without success after which gauges are stale; `None`: never.
    stale_after: Option<Duration>,
}

impl ServiceSamples {
    /// Of a service that has not been polled yet.
    pub fn new(samples: Samples, stale_after: Option<Duration>) -> Self {
        Self { samples, last_success: Instant::now(), slowed_by: Duration::ZERO, stale_after }
    }

    /// A poll was good.
    pub fn refresh(&mut self) {
        self.last_success = Instant::now();
    }

    /// Removes the series of gauges that are stale: a poll that does not read them again must not show them as fresh.
    pub fn expire(&mut self, now: Instant) {
        let stale_after = self.freshness().stale_after;
        if let Some(before) = stale_after.and_then(|after| now.checked_sub(after)) {
            self.samples.expire(before);
        }
    }

    /// The times that decide how long the samples are current.
    pub fn freshness(&self) -> SnapshotFreshness {
        let stale_after = self.stale_after.map(|after| after.saturating_add(self.slowed_by));
        let metrics = self.samples.fresh_since().collect();
        SnapshotFreshness { last_success: Some(self.last_success), stale_after, metrics }
    }

    /// Writes the samples to the end of `out`; returns where the gauges are.
    pub fn encode(&self, format: Format, out: &mut Vec<u8>) -> Vec<Gauges> {
        self.samples.encode_parts(format, out)
    }
}
