//! The published snapshot of a poll, and its condition at the time of a scrape.
//!
//! The snapshot of a poll never changes. At each scrape, its times decide if gauges are stale and if a poll is overdue.
//! No thread that could hang takes part in that decision. The result is rendered once for each change.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::divided_text::DividedText;
use super::piece::Formats;
use super::published_samples::PublishedSamples;
use crate::config::target_name;
use crate::self_metrics::health::Health;
use crate::series::encode::Format;
use crate::series::family_snapshot::{FamilySnapshot, FamilyValues};
use crate::series::samples::Gauges;
use crate::status::poll_history::PollHistory;
use crate::status::service_info::ServiceInfo;
use crate::support::heartbeat::PollFault;

/// The times that decide if the values of a service are current.
#[derive(Debug, Clone, Default)]
pub struct SnapshotFreshness {
    /// The time of the last success, or of the start.
    pub last_success: Option<Instant>,
    /// The age from which on a gauge is stale; `None` if it never is.
    pub stale_after: Option<Duration>,
    /// The time of the last success of each metric, or of the start.
    pub metrics: Vec<(&'static str, Instant)>,
}

/// The published snapshot of one service.
#[derive(Default)]
pub(super) struct Snapshot {
    /// True if a poll has ended.
    pub is_polled: bool,
    samples: Formats<SampleText>,
    /// The same samples as data, for the status.
    families: Vec<FamilySnapshot>,
    own: OnceLock<Formats<DividedText>>,
    poll_history: Arc<PollHistory>,
    freshness: SnapshotFreshness,
}

/// The samples in one format, with the positions of the gauges.
#[derive(Default)]
struct SampleText {
    text: DividedText,
    gauges: Vec<Gauges>,
}

/// The condition of a snapshot at a time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// True if there has been no success for the stale time.
    pub is_stale: bool,
    /// The number of ranges of gauges that are stale.
    pub stale_gauges: usize,
    /// The number of metrics that had no success for the stale time while the service had one.
    pub stale_metrics: usize,
    /// The fault of the poll loop, if any.
    pub fault: Option<PollFault>,
}

/// The view of a snapshot under one condition.
#[derive(Clone)]
pub(super) struct SnapshotView {
    pub condition: Condition,
    pub samples: Formats<DividedText>,
    /// The value of `cton_service_up`.
    pub is_up: bool,
    pub poll_history: Arc<PollHistory>,
}

impl SnapshotFreshness {
    /// Returns true if a value that was read at `fresh_at` is stale at `now`.
    fn is_stale(&self, fresh_at: Instant, now: Instant) -> bool {
        self.stale_after.is_some_and(|after| now.saturating_duration_since(fresh_at) >= after)
    }

    /// Returns the metrics without a success for the stale time. It returns none if the whole service is stale.
    fn stale_metrics(&self, now: Instant) -> impl Iterator<Item = &'static str> {
        let is_stale = self.last_success.is_some_and(|last| self.is_stale(last, now));
        let metrics = self.metrics.iter().filter(move |(_, at)| !is_stale && self.is_stale(*at, now));
        metrics.map(|(metric, _)| *metric)
    }
}

impl Snapshot {
    /// Renders the snapshot at the end of a poll. Bytes that have not changed since `last` are kept, compressed or not.
    pub(super) fn after(
        last: &Self,
        (service, health): (&ServiceInfo, &Health),
        (is_polled, poll_history, freshness): (bool, Arc<PollHistory>, SnapshotFreshness),
        published: &impl PublishedSamples,
    ) -> Self {
        let is_target = target_name::split(&service.name).1.is_some();
        let samples =
            Formats::each(|format| SampleText::after(last.samples.of(format), format, published, is_target));
        let families = published.snapshots(freshness.stale_after.is_some());
        let unknown = Formats::default();
        let owns = last.own.get().unwrap_or(&unknown);
        let own = Formats::each(|format| own_families(owns.of(format), format, (service, health)));
        Self { is_polled, samples, families, own: own.into(), poll_history, freshness }
    }

    /// Returns the exporter's own families of the service. Before anything is published, they are rendered now.
    pub(super) fn own(&self, format: Format, known: (&ServiceInfo, &Health)) -> &DividedText {
        let own = |format| own_families(&DividedText::default(), format, known);
        self.own.get_or_init(|| Formats::each(own)).of(format)
    }

    /// Returns the condition of the snapshot at `now`.
    pub(super) fn condition(&self, service: &ServiceInfo, now: Instant) -> Condition {
        let last_success = self.freshness.last_success;
        let gauges = &self.samples.of(Format::Text).gauges;
        Condition {
            is_stale: last_success.is_some_and(|last| self.freshness.is_stale(last, now)),
            stale_gauges: gauges.iter().filter(|one| self.freshness.is_stale(one.fresh_at, now)).count(),
            stale_metrics: self.freshness.stale_metrics(now).count(),
            fault: service.heartbeat.fault(now).map(|(fault, _)| fault),
        }
    }

    /// Returns the metrics without a success for the stale time.
    pub(super) fn stale_metrics(&self, now: Instant) -> BTreeSet<&'static str> {
        self.freshness.stale_metrics(now).collect()
    }

    /// Returns the values of each family without stale gauges.
    pub(super) fn values(&self, now: Instant) -> Vec<FamilyValues<'_>> {
        let is_stale = |fresh_at| self.freshness.is_stale(fresh_at, now);
        self.families.iter().map(|family| family.values(is_stale)).collect()
    }

    /// Returns the time since the last success.
    pub(super) fn age(&self, now: Instant) -> Duration {
        self.freshness.last_success.map_or(Duration::ZERO, |last| now.saturating_duration_since(last))
    }

    /// Renders the view of the snapshot under that condition.
    pub(super) fn view(&self, service: &ServiceInfo, condition: Condition, now: Instant) -> SnapshotView {
        SnapshotView {
            condition,
            samples: Formats::each(|format| self.samples.of(format).current(&self.freshness, now)),
            is_up: self.poll_history.is_up() && condition.fault.is_none(),
            poll_history: self.poll_history_at(service, condition, now),
        }
    }

    /// Returns the history of the polls, which is shared unless the condition adds something to it.
    fn poll_history_at(&self, service: &ServiceInfo, condition: Condition, now: Instant) -> Arc<PollHistory> {
        let mut shared = Arc::clone(&self.poll_history);
        if condition.is_stale {
            Arc::make_mut(&mut shared).grows_stale();
        }
        if condition.stale_metrics > 0 {
            Arc::make_mut(&mut shared).overdue(self.stale_metrics(now));
        }
        if let Some((_, took)) = service.heartbeat.fault(now) {
            let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            Arc::make_mut(&mut shared).hangs(clock.saturating_sub(took).as_secs_f64());
        }
        shared
    }
}

impl SampleText {
    /// Encodes the samples. Those of a target are divided, because they are joined with those of other targets.
    fn after(last: &Self, format: Format, published: &impl PublishedSamples, is_target: bool) -> Self {
        let mut bytes = Vec::with_capacity(last.text.len());
        let gauges = published.encode(format, &mut bytes);
        bytes.shrink_to_fit();
        let renew = if is_target { DividedText::divided } else { DividedText::whole };
        Self { text: renew(&last.text, bytes), gauges }
    }

    /// Returns the samples without stale gauges.
    fn current(&self, freshness: &SnapshotFreshness, now: Instant) -> DividedText {
        let stale = |gauges: &&Gauges| freshness.is_stale(gauges.fresh_at, now);
        let cuts: Vec<_> = self.gauges.iter().filter(stale).map(|gauges| gauges.bytes.clone()).collect();
        if cuts.is_empty() { self.text.clone() } else { self.text.without(&cuts) }
    }
}

/// Returns the exporter's own families of a service, which are joined with those of others.
fn own_families(
    last: &DividedText,
    format: Format,
    (service, health): (&ServiceInfo, &Health),
) -> DividedText {
    let mut bytes = health.service_text(&service.name, format);
    bytes.shrink_to_fit();
    DividedText::divided(last, bytes)
}
