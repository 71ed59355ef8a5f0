//! The published snapshot of a poll, and its condition at the time of a scrape.
//!
//! The snapshot of a poll never changes. At each scrape, its times decide if gauges are stale and if a poll is overdue.
//! No thread that could hang takes part in that decision. The result is rendered once for each change.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::exporter_families::ExporterFamilies;
use super::piece::{Formats, Piece};
use super::published_samples::PublishedSamples;
use crate::self_metrics::health::{self, Health};
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
    own: OnceLock<Formats<ExporterFamilies>>,
    poll_history: PollHistory,
    freshness: SnapshotFreshness,
}

/// The samples in one format, with the positions of the gauges.
#[derive(Default)]
struct SampleText {
    piece: Arc<Piece>,
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
    pub samples: Formats<Arc<Piece>>,
    /// The families `cton_service_up` and `cton_service_stale`.
    pub flags: Formats<ExporterFamilies>,
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
        (is_polled, poll_history, freshness): (bool, PollHistory, SnapshotFreshness),
        published: &impl PublishedSamples,
    ) -> Self {
        let samples = Formats::each(|format| SampleText::after(last.samples.of(format), format, published));
        let families = published.snapshots(freshness.stale_after.is_some());
        let unknown = Formats::default();
        let owns = last.own.get().unwrap_or(&unknown);
        let own = Formats::each(|format| {
            ExporterFamilies::after(owns.of(format), health.service_parts(&service.name, format))
        });
        Self { is_polled, samples, families, own: own.into(), poll_history, freshness }
    }

    /// Returns the exporter's own families of the service. Before anything is published, they are rendered now.
    pub(super) fn own(
        &self,
        format: Format,
        (service, health): (&ServiceInfo, &Health),
    ) -> &ExporterFamilies {
        let own = |format| {
            ExporterFamilies::after(&ExporterFamilies::default(), health.service_parts(&service.name, format))
        };
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
        let up = self.poll_history.is_up() && condition.fault.is_none();
        let flags = |format| health::flags(format, &service.name, up, condition.is_stale).into();
        SnapshotView {
            condition,
            samples: Formats::each(|format| self.samples.of(format).current(&self.freshness, now)),
            flags: Formats::each(|format| {
                ExporterFamilies::after(&ExporterFamilies::default(), flags(format))
            }),
            poll_history: Arc::new(self.poll_history_at(service, condition, now)),
        }
    }

    fn poll_history_at(&self, service: &ServiceInfo, condition: Condition, now: Instant) -> PollHistory {
        let mut poll_history = self.poll_history.clone();
        if condition.is_stale {
            poll_history.grows_stale();
        }
        if condition.stale_metrics > 0 {
            poll_history.overdue(self.stale_metrics(now));
        }
        if let Some((_, took)) = service.heartbeat.fault(now) {
            let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            poll_history.hangs(clock.saturating_sub(took).as_secs_f64());
        }
        poll_history
    }
}

impl SampleText {
    fn after(last: &Self, format: Format, published: &impl PublishedSamples) -> Self {
        let mut bytes = Vec::with_capacity(last.piece.len());
        let gauges = published.encode(format, &mut bytes);
        Self { piece: Piece::after(&last.piece, bytes), gauges }
    }

    /// Returns the samples without stale gauges.
    fn current(&self, freshness: &SnapshotFreshness, now: Instant) -> Arc<Piece> {
        let stale = |gauges: &&Gauges| freshness.is_stale(gauges.fresh_at, now);
        let mut cuts = self.gauges.iter().filter(stale).map(|gauges| gauges.bytes.clone()).peekable();
        if cuts.peek().is_none() {
            return Arc::clone(&self.piece);
        }
        Arc::new(self.piece.without(cuts))
    }
}
