//! The site of one port: everything that it serves.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use super::body::Body;
use super::divided_text::DividedText;
use super::joined_families::{self, FamilyOrder};
use super::piece::{self, Piece};
use super::process_health::ProcessHealth;
use super::process_pieces::ProcessPieces;
use super::publishing::Publishing;
use super::service_page::DataState;
use super::snapshot::Condition;
use super::snapshot_page::{CurrentPage, SnapshotPage};
use super::targets::Targets;
use crate::self_metrics::health::{self, Health};
use crate::series::encode::Format;
use crate::status::poll_history::PollHistory;
use crate::status::port_status::PortStatus;
use crate::status::service_info::ServiceInfo;
use crate::status::service_status::ServiceStatus;
use crate::status::status_scope::StatusScope;
use crate::support::locks::locked;

/// The site of one port: the snapshots of its services and the metrics of the exporter.
pub struct Site {
    pub(super) services: Vec<ServiceInfo>,
    pub(super) health: Health,
    /// The scrape targets of the whole process.
    targets: Arc<Targets>,
    /// The health of the whole process.
    process_health: Arc<ProcessHealth>,
    pub(super) page: CurrentPage,
    /// The history of the polls of each service, as in its last snapshot.
    publishing: Mutex<Vec<Arc<PollHistory>>>,
    started: (SystemTime, Instant),
    process: ProcessPieces,
}

/// The condition of a service, for the watchdog.
pub(crate) struct ServiceCheck {
    pub condition: Condition,
    /// The time since the last success.
    pub age: Duration,
    pub stale_metrics: BTreeSet<&'static str>,
}

impl Site {
    /// Creates a site without samples. Until the first successful poll of a service it shows only the metrics of the
    /// exporter.
    pub fn new(services: Vec<ServiceInfo>, health: Health) -> Arc<Self> {
        let loops = services.iter().map(|service| (service.name.clone(), Arc::clone(&service.heartbeat)));
        let process_health = Arc::new(ProcessHealth::new(loops));
        Self::among((&Arc::default(), &process_health), services, health)
    }

    /// Creates a site for one of several ports of a process.
    pub fn among(
        (targets, process_health): (&Arc<Targets>, &Arc<ProcessHealth>),
        services: Vec<ServiceInfo>,
        health: Health,
    ) -> Arc<Self> {
        let page = CurrentPage::new(&services);
        let poll_histories = services.iter().map(|_| Arc::default()).collect();
        Arc::new(Self {
            services,
            health,
            targets: Arc::clone(targets),
            process_health: Arc::clone(process_health),
            page,
            publishing: Mutex::new(poll_histories),
            started: (SystemTime::now(), Instant::now()),
            process: ProcessPieces::default(),
        })
    }

    /// Returns the exporter's own families on this port.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Locks the publication while the outcome of a poll of a service is noted in the health.
    ///
    /// So another service that publishes shows all of the outcome or nothing. Scrapes continue with the previous
    /// snapshots. `service` is the index in the list of [`Site::new`].
    pub fn publishing(&self, service: usize) -> Publishing<'_> {
        Publishing { site: self, service, poll_histories: locked(&self.publishing) }
    }

    /// Publishes like [`Publishing::publish`], without anything noted before.
    pub fn publish(&self, service: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publishing(service).publish(encode);
    }

    /// Returns the body of a scrape at that time, and a flag that is true if it is compressed.
    pub(crate) fn metrics(&self, format: Format, gzip: bool, now: Instant) -> (Body, bool) {
        let page = self.page.at(&self.services, now);
        let samples = page.samples(self.page.groups(), format);
        let own = page.own.of(format).get_or_init(|| self.own(&page, format));
        let process = self.process.current(&self.health, format);
        let pieces = samples.chain(own).chain([&process]);
        let compressed = gzip.then(|| piece::gzip(pieces.clone())).flatten();
        let is_compressed = compressed.is_some();
        (compressed.unwrap_or_else(|| piece::plain(pieces)), is_compressed)
    }

    /// Returns the health of the whole process.
    pub(super) fn process_health(&self) -> &ProcessHealth {
        &self.process_health
    }

    /// Returns the scrape targets of the whole process.
    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Returns the services, each with the state of its data.
    pub(super) fn states(&self, now: Instant) -> Vec<(&ServiceInfo, DataState)> {
        let page = self.page.at(&self.services, now);
        self.services.iter().zip(page.services.iter().map(|shown| shown.state())).collect()
    }

    /// Returns the condition of a service at that time, for the watchdog.
    pub(crate) fn look(&self, service: usize, now: Instant) -> Option<ServiceCheck> {
        let snapshot = Arc::clone(&self.page.published().services.get(service)?.snapshot);
        let condition = snapshot.condition(self.services.get(service)?, now);
        Some(ServiceCheck { condition, age: snapshot.age(now), stale_metrics: snapshot.stale_metrics(now) })
    }

    /// Returns the status of all services at `now`, which is `clock` as a calendar time.
    pub(crate) fn status(&self, clock: SystemTime, now: Instant) -> PortStatus {
        self.status_of(&StatusScope::Full, clock, now)
    }

    /// Returns the status of the services in the scope. All of it is from the same snapshots.
    pub(crate) fn status_of(&self, scope: &StatusScope, clock: SystemTime, now: Instant) -> PortStatus {
        let page = self.page.at(&self.services, now);
        let services =
            self.services.iter().zip(&page.services).filter(|(service, _)| scope.shows(&service.name));
        let services = services.map(|(service, shown)| {
            let values = scope.shows_metrics(&service.name).then(|| shown.snapshot.values(now));
            let is_polled = shown.state() != DataState::Starting;
            ServiceStatus::new(service, &shown.view.poll_history, values, is_polled, clock)
        });
        let (started, since) = self.started;
        PortStatus::new(started, since.elapsed(), services.collect(), clock)
            .with_replay(self.health.is_replay())
    }

    /// Returns the families `cton_*` of all services.
    fn own(&self, page: &SnapshotPage, format: Format) -> Vec<Arc<Piece>> {
        let services = || self.services.iter().zip(&page.services);
        let owns = services().map(|(service, shown)| shown.snapshot.own(format, (service, &self.health)));
        let flags = health::flags(
            format,
            services()
                .map(|(service, shown)| (&*service.name, shown.view.is_up, shown.view.condition.is_stale)),
        );
        let flags = DividedText::whole(&DividedText::default(), flags);
        joined_families::joined(owns.chain([&flags]), &FamilyOrder::default())
    }
}
