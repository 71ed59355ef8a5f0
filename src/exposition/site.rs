//! What one port shows.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::body::Body;
use super::exporter_families;
use super::piece::{self, Formats, Piece};
use super::process_health::ProcessHealth;
use super::snapshot::{Condition, Snapshot, SnapshotFreshness, SnapshotView};
use super::targets::Targets;
use crate::self_metrics::health::Health;
use crate::series::encode::Format;
use crate::series::samples::Gauges;
use crate::status::exposed_values::ExposedValues;
use crate::status::poll_history::PollHistory;
use crate::status::port_status::PortStatus;
use crate::status::service_info::ServiceInfo;
use crate::status::service_status::ServiceStatus;
use crate::support::heartbeat::Heartbeat;

/// `process_*` figures of a scrape are no older than this, however seldom the services are polled.
pub const PROCESS_AGE: Duration = Duration::from_secs(1);

/// What one port shows: its services, and what the exporter says of itself.
pub struct Site {
    services: Vec<ServiceInfo>,
    health: Health,
    /// What the whole process serves.
    targets: Arc<Targets>,
    /// The health of the whole process.
    vitals: Arc<ProcessHealth>,
    /// The page of the last poll. Locked only to copy or to swap the `Arc`.
    page: Mutex<Arc<SnapshotPage>>,
    /// What is known of the polls of each service; a page has a copy.
    publishing: Mutex<Vec<PollHistory>>,
    started: (SystemTime, Instant),
    process: Formats<Mutex<Option<ProcessPiece>>>,
}

/// The condition of a service, for the watch thread.
pub(crate) struct ServiceCheck {
    pub condition: Condition,
    /// The time since the last success.
    pub age: Duration,
    pub stale_metrics: BTreeSet<&'static str>,
}

/// The end of a poll, while no other poll of the port can be published.
pub struct Publishing<'site> {
    site: &'site Site,
    pasts: MutexGuard<'site, Vec<PollHistory>>,
}

/// The published snapshots of all services of a port, until a poll ends or a part of them becomes stale.
#[derive(Clone)]
struct SnapshotPage {
    services: Vec<ServicePage>,
    /// The families `cton_*` of the services, joined by the first scrape that wants them.
    own: Formats<OnceLock<Vec<Arc<Piece>>>>,
}

/// What one service has to show.
#[derive(Clone)]
struct ServicePage {
    snapshot: Arc<Snapshot>,
    view: SnapshotView,
}

/// How far a service is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DataState {
    /// No poll has ended.
    #[default]
    Starting,
    /// None of the polls has given samples, or they are gone.
    NoData,
    /// There are samples to be shown.
    Data,
}

/// The families of the process, and the end of the page.
struct ProcessPiece {
    read: Instant,
    piece: Arc<Piece>,
}

impl Site {
    /// A site without samples: until the first good poll of a service only what the exporter says of itself
    /// is shown.
    pub fn new(services: Vec<ServiceInfo>, health: Health) -> Arc<Self> {
        let loops = services.iter().map(|service| (service.name.clone(), Arc::clone(&service.pulse)));
        let vitals = Arc::new(ProcessHealth::new(loops));
        Self::among((&Arc::default(), &vitals), services, health)
    }

    /// The same as one of the ports of a process.
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

    /// The exporter's own families on this port.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// The stage of the poll loop of a service.
    pub(crate) fn pulse(&self, service: usize) -> Option<Arc<Heartbeat>> {
        self.services.get(service).map(|service| Arc::clone(&service.pulse))
    }

    /// To be held while the outcome of a poll is noted in the health: what another service publishes then has
    /// all or nothing of it. Scrapes go on, with the page before.
    pub fn publishing(&self) -> Publishing<'_> {
        Publishing { site: self, pasts: locked(&self.publishing) }
    }

    /// [`Publishing::publish`], where nothing was noted.
    pub fn publish(&self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publishing().publish(service, encode);
    }

    /// The body of a scrape that is answered at that time, and whether it is compressed.
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

    /// The health of the whole process.
    pub(super) fn vitals(&self) -> &ProcessHealth {
        &self.vitals
    }

    /// What the whole process serves.
    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// The services and how far each is.
    pub(super) fn states(&self, now: Instant) -> Vec<(&ServiceInfo, DataState)> {
        let page = self.page(now);
        self.services.iter().zip(page.services.iter().map(ServicePage::state)).collect()
    }

    /// The condition of a service at that time, for the watch.
    pub(crate) fn look(&self, service: usize, now: Instant) -> Option<ServiceCheck> {
        let snapshot = Arc::clone(&locked(&self.page).services.get(service)?.snapshot);
        let condition = snapshot.condition(self.services.get(service)?, now);
        Some(ServiceCheck { condition, age: snapshot.age(now), stale_metrics: snapshot.stale_metrics(now) })
    }

    /// Returns the service status at `now`, which is `clock` for people: all of it from one page.
    pub(crate) fn status(&self, clock: SystemTime, now: Instant) -> PortStatus {
        let page = self.page(now);
        let services = self.services.iter().zip(&page.services).map(|(service, shown)| {
            let SnapshotView { samples, past, values, .. } = &shown.view;
            let text = samples.of(Format::Text);
            let values = values.get_or_init(|| ExposedValues::read(text.parts(), &service.families));
            ServiceStatus::new(service, past, values, shown.state() != DataState::Starting, clock)
        });
        let (started, since) = self.started;
        PortStatus::new(started, since.elapsed(), services.collect(), clock)
            .with_replay(self.health.is_replay())
    }

    /// The page as of that time. Where something has become too old since it was made, another takes its place.
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

    /// The page that takes its place at that time, if something of it has changed by then.
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
    /// For people.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Starting => "the first poll has not ended yet",
            Self::NoData => "no data",
            Self::Data => "has data",
        }
    }
}

impl Publishing<'_> {
    /// What is known of the polls of a service, to be changed before it is published.
    pub fn past(&mut self, service: usize) -> Option<&mut PollHistory> {
        self.pasts.get_mut(service)
    }

    /// Shows the end of a poll, good or bad: what `encode` writes of the service's samples in each format
    /// (whole families, without `# EOF`), which never grows stale, and the health as it is now.
    ///
    /// The service is given by its place in the list that the site was made with.
    pub fn publish(self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publish_with(service, SnapshotFreshness::default(), |format, out| {
            encode(format, out);
            Vec::new()
        });
    }

    /// The same with gauges that grow stale.
    pub fn publish_with(
        self,
        service: usize,
        freshness: SnapshotFreshness,
        encode: impl Fn(Format, &mut Vec<u8>) -> Vec<Gauges>,
    ) {
        self.show(service, (true, freshness), encode);
    }

    /// The same where no poll has ended: shows what was kept from before the start, or what is left of the last poll.
    pub fn renew_with(
        self,
        service: usize,
        freshness: SnapshotFreshness,
        encode: impl Fn(Format, &mut Vec<u8>) -> Vec<Gauges>,
    ) {
        let is_polled =
            locked(&self.site.page).services.get(service).is_some_and(|shown| shown.snapshot.is_polled);
        self.show(service, (is_polled, freshness), encode);
    }

    fn show(
        &self,
        index: usize,
        (is_polled, freshness): (bool, SnapshotFreshness),
        encode: impl Fn(Format, &mut Vec<u8>) -> Vec<Gauges>,
    ) {
        let (site, last) = (self.site, Arc::clone(&locked(&self.site.page)));
        let known = (last.services.get(index), site.services.get(index), self.pasts.get(index));
        let (Some(shown), Some(service), Some(past)) = known else { return };
        let end = (is_polled, past.clone(), freshness);
        let next = Snapshot::after(&shown.snapshot, (service, &site.health), end, encode);
        let next = ServicePage::of(next, service);
        // Another scrape may have replaced the page of the others meanwhile.
        let mut page = locked(&site.page);
        let others = page.services.iter().cloned().enumerate();
        let services = others.map(|(at, other)| if at == index { next.clone() } else { other });
        *page = Arc::new(SnapshotPage::new(services));
    }
}

/// Nothing that is done under these locks leaves them half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
