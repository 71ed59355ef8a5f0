//! The site of one port: everything that it serves.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use super::body::Body;
use super::exporter_families;
use super::piece::{self, Formats, Piece};
use super::process_health::ProcessHealth;
use super::published_samples::PublishedSamples;
use super::snapshot::{Condition, Snapshot, SnapshotFreshness, SnapshotView};
use super::targets::Targets;
use crate::self_metrics::health::Health;
use crate::series::encode::Format;
use crate::status::poll_history::PollHistory;
use crate::status::port_status::PortStatus;
use crate::status::service_info::ServiceInfo;
use crate::status::service_status::ServiceStatus;
use crate::support::heartbeat::Heartbeat;
use crate::support::locks::locked;

/// The maximum age of the values of `process_*` in a scrape, however rarely the services are polled.
pub(crate) const PROCESS_AGE: Duration = Duration::from_secs(1);

/// The site of one port: the snapshots of its services and the metrics of the exporter.
pub struct Site {
    services: Vec<ServiceInfo>,
    health: Health,
    /// The scrape targets of the whole process.
    targets: Arc<Targets>,
    /// The health of the whole process.
    vitals: Arc<ProcessHealth>,
    /// The published snapshots. Locked only to copy or to swap the `Arc`.
    page: Mutex<Arc<SnapshotPage>>,
    /// The history of the polls of each service; each snapshot has a copy.
    publishing: Mutex<Vec<PollHistory>>,
    started: (SystemTime, Instant),
    process: Formats<Mutex<Option<ProcessPiece>>>,
}

/// The condition of a service, for the watchdog.
pub(crate) struct ServiceCheck {
    pub condition: Condition,
    /// The time since the last success.
    pub age: Duration,
    pub stale_metrics: BTreeSet<&'static str>,
}

/// The publication of a poll, during which no other poll of the port can be published.
pub struct Publishing<'site> {
    site: &'site Site,
    pasts: MutexGuard<'site, Vec<PollHistory>>,
}

/// The published snapshots of all services of a port, until a poll ends or a condition changes.
#[derive(Clone)]
struct SnapshotPage {
    services: Vec<ServicePage>,
    /// The families `cton_*` of the services, joined by the first scrape that needs them.
    own: Formats<OnceLock<Vec<Arc<Piece>>>>,
}

/// The snapshot of one service and its current view.
#[derive(Clone)]
struct ServicePage {
    snapshot: Arc<Snapshot>,
    view: SnapshotView,
}

/// The state of the data of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DataState {
    /// No poll has ended, and the poll loop has no fault.
    #[default]
    Starting,
    /// The snapshot has no samples, although a poll has ended or the poll loop has a fault.
    NoData,
    /// The snapshot has samples.
    Data,
}

/// The families of the process and the end of the exposition.
struct ProcessPiece {
    read: Instant,
    piece: Arc<Piece>,
}

impl Site {
    /// Creates a site without samples. Until the first successful poll of a service it shows only the metrics of the
    /// exporter.
    pub fn new(services: Vec<ServiceInfo>, health: Health) -> Arc<Self> {
        let loops = services.iter().map(|service| (service.name.clone(), Arc::clone(&service.pulse)));
        let vitals = Arc::new(ProcessHealth::new(loops));
        Self::among((&Arc::default(), &vitals), services, health)
    }

    /// Creates a site for one of several ports of a process.
    pub fn among(
        (targets, vitals): (&Arc<Targets>, &Arc<ProcessHealth>),
        services: Vec<ServiceInfo>,
        health: Health,
    ) -> Arc<Self> {
        let page =
            SnapshotPage::new(services.iter().map(|service| ServicePage::of(Snapshot::default(), service)));
        let pasts = vec![PollHistory::default(); services.len()];
        Arc::new(Self {
            services,
            health,
            targets: Arc::clone(targets),
            vitals: Arc::clone(vitals),
            page: Mutex::new(Arc::new(page)),
            publishing: Mutex::new(pasts),
            started: (SystemTime::now(), Instant::now()),
            process: Formats::default(),
        })
    }

    /// Returns the exporter's own families on this port.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Returns the stage of the poll loop of a service.
    pub(crate) fn pulse(&self, service: usize) -> Option<Arc<Heartbeat>> {
        self.services.get(service).map(|service| Arc::clone(&service.pulse))
    }

    /// Locks the publication while the outcome of a poll is noted in the health.
    ///
    /// So another service that publishes shows all of the outcome or nothing. Scrapes continue with the previous
    /// snapshots.
    pub fn publishing(&self) -> Publishing<'_> {
        Publishing { site: self, pasts: locked(&self.publishing) }
    }

    /// Publishes like [`Publishing::publish`], without anything noted before.
    pub fn publish(&self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publishing().publish(service, encode);
    }

    /// Returns the body of a scrape at that time, and a flag that is true if it is compressed.
    pub(crate) fn metrics(&self, format: Format, gzip: bool, now: Instant) -> (Body, bool) {
        let page = self.page(now);
        let samples = page.services.iter().map(|service| service.view.samples.of(format));
        let own = page.own.of(format).get_or_init(|| self.own(&page, format));
        let process = self.process(format);
        let pieces = samples.chain(own).chain([&process]);
        let compressed = gzip.then(|| piece::gzip(pieces.clone())).flatten();
        let is_compressed = compressed.is_some();
        (compressed.unwrap_or_else(|| piece::plain(pieces)), is_compressed)
    }

    /// Returns the health of the whole process.
    pub(super) fn vitals(&self) -> &ProcessHealth {
        &self.vitals
    }

    /// Returns the scrape targets of the whole process.
    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Returns the services, each with the state of its data.
    pub(super) fn states(&self, now: Instant) -> Vec<(&ServiceInfo, DataState)> {
        let page = self.page(now);
        self.services.iter().zip(page.services.iter().map(ServicePage::state)).collect()
    }

    /// Returns the condition of a service at that time, for the watchdog.
    pub(crate) fn look(&self, service: usize, now: Instant) -> Option<ServiceCheck> {
        let snapshot = Arc::clone(&locked(&self.page).services.get(service)?.snapshot);
        let condition = snapshot.condition(self.services.get(service)?, now);
        Some(ServiceCheck { condition, age: snapshot.age(now), stale_metrics: snapshot.stale_metrics(now) })
    }

    /// Returns the service status at `now`, which is `clock` as a calendar time. All of it is from the same snapshots.
    pub(crate) fn status(&self, clock: SystemTime, now: Instant) -> PortStatus {
        let page = self.page(now);
        let services = self.services.iter().zip(&page.services).map(|(service, shown)| {
            let (values, is_polled) = (shown.snapshot.values(now), shown.state() != DataState::Starting);
            ServiceStatus::new(service, &shown.view.past, values, is_polled, clock)
        });
        let (started, since) = self.started;
        PortStatus::new(started, since.elapsed(), services.collect(), clock)
            .with_replay(self.health.is_replay())
    }

    /// Returns the snapshots at that time. If a condition has changed since, their replacement is published.
    fn page(&self, now: Instant) -> Arc<SnapshotPage> {
        let page = Arc::clone(&locked(&self.page));
        let Some(current) = page.current(&self.services, now) else { return page };
        let current = Arc::new(current);
        let mut shown = locked(&self.page);
        if Arc::ptr_eq(&shown, &page) {
            *shown = Arc::clone(&current);
        }
        current
    }

    fn own(&self, page: &SnapshotPage, format: Format) -> Vec<Arc<Piece>> {
        let services = self.services.iter().zip(&page.services);
        exporter_families::joined(services.flat_map(|(service, shown)| {
            [shown.snapshot.own(format, (service, &self.health)), shown.view.flags.of(format)]
        }))
    }

    fn process(&self, format: Format) -> Arc<Piece> {
        let mut process = locked(self.process.of(format));
        match &*process {
            Some(process) if process.read.elapsed() < PROCESS_AGE => Arc::clone(&process.piece),
            _ => Arc::clone(&process.insert(self.read_process(format)).piece),
        }
    }

    fn read_process(&self, format: Format) -> ProcessPiece {
        let mut bytes = Vec::new();
        for part in self.health.process_parts(format) {
            bytes.extend([part.head, part.lines].concat());
        }
        self.health.encode_process(format, &mut bytes);
        if format == Format::OpenMetrics {
            bytes.extend_from_slice(b"# EOF\n");
        }
        ProcessPiece { read: Instant::now(), piece: Arc::new(Piece::new(bytes)) }
    }
}

impl SnapshotPage {
    fn new(services: impl Iterator<Item = ServicePage>) -> Self {
        Self { services: services.collect(), own: Formats::default() }
    }

    /// Returns the replacement at that time, if a condition has changed by then.
    fn current(&self, services: &[ServiceInfo], now: Instant) -> Option<Self> {
        let mut has_changed = false;
        let current = self.services.iter().zip(services).map(|(shown, service)| {
            let condition = shown.snapshot.condition(service, now);
            if condition == shown.view.condition {
                return shown.clone();
            }
            has_changed = true;
            ServicePage { view: shown.snapshot.view(service, condition, now), ..shown.clone() }
        });
        let page = Self::new(current);
        has_changed.then_some(page)
    }
}

impl ServicePage {
    fn of(snapshot: Snapshot, service: &ServiceInfo) -> Self {
        let now = Instant::now();
        let view = snapshot.view(service, snapshot.condition(service, now), now);
        Self { snapshot: Arc::new(snapshot), view }
    }

    fn state(&self) -> DataState {
        let is_empty = self.view.samples.of(Format::Text).len() == 0;
        match (self.snapshot.is_polled || self.view.condition.fault.is_some(), is_empty) {
            (false, _) => DataState::Starting,
            (true, true) => DataState::NoData,
            (true, false) => DataState::Data,
        }
    }
}

impl DataState {
    /// Returns the state in words, for the body of `/-/ready`.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Starting => "the first poll has not ended yet",
            Self::NoData => "no data",
            Self::Data => "has data",
        }
    }
}

impl Publishing<'_> {
    /// Returns the history of the polls of a service, which is to be changed before it is published.
    pub fn past(&mut self, service: usize) -> Option<&mut PollHistory> {
        self.pasts.get_mut(service)
    }

    /// Publishes the end of a poll, successful or not: the samples that `encode` writes, and the current health.
    ///
    /// `encode` writes whole families of the service in each format, without `# EOF`; they never become stale.
    /// `service` is the index in the list of [`Site::new`].
    pub fn publish(self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publish_with(service, SnapshotFreshness::default(), &|format, out: &mut Vec<u8>| {
            encode(format, out);
            Vec::new()
        });
    }

    /// Publishes like [`Self::publish`], with gauges that become stale, and with the values for the status.
    pub fn publish_with(self, service: usize, freshness: SnapshotFreshness, samples: &impl PublishedSamples) {
        self.show(service, (true, freshness), samples);
    }

    /// Publishes without the end of a poll: the restored samples, or those of the last poll.
    pub fn renew_with(self, service: usize, freshness: SnapshotFreshness, samples: &impl PublishedSamples) {
        let is_polled =
            locked(&self.site.page).services.get(service).is_some_and(|shown| shown.snapshot.is_polled);
        self.show(service, (is_polled, freshness), samples);
    }

    fn show(
        &self,
        index: usize,
        (is_polled, freshness): (bool, SnapshotFreshness),
        samples: &impl PublishedSamples,
    ) {
        let (site, last) = (self.site, Arc::clone(&locked(&self.site.page)));
        let known = (last.services.get(index), site.services.get(index), self.pasts.get(index));
        let (Some(shown), Some(service), Some(past)) = known else { return };
        let end = (is_polled, past.clone(), freshness);
        let next = Snapshot::after(&shown.snapshot, (service, &site.health), end, samples);
        let next = ServicePage::of(next, service);
        // A scrape may have replaced the views of other services meanwhile.
        let mut page = locked(&site.page);
        let others = page.services.iter().cloned().enumerate();
        let services = others.map(|(at, other)| if at == index { next.clone() } else { other });
        *page = Arc::new(SnapshotPage::new(services));
    }
}
