//! The site of one port: everything that it serves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use super::body::Body;
use super::divided_text::DividedText;
use super::joined_families::{self, FamilyOrder};
use super::piece::{self, Piece};
use super::process_facts::ProcessFacts;
use super::process_pieces::ProcessPieces;
use super::publishing::Publishing;
use super::service_page::{DataState, ServicePage};
use super::snapshot::Condition;
use super::snapshot_page::{CurrentPage, SnapshotPage};
use crate::config::target_name;
use crate::self_metrics::health::{self, Health};
use crate::self_metrics::service_health::ServiceHealth;
use crate::series::encode::Format;
use crate::status::poll_history::PollHistory;
use crate::status::port_status::PortStatus;
use crate::status::service_info::ServiceInfo;
use crate::status::service_status::ServiceStatus;
use crate::status::status_scope::StatusScope;
use crate::support::locks::locked;

/// The site of one port: the snapshots of its services and the metrics of the exporter.
pub struct Site {
    pub(super) health: Health,
    pub(super) process_facts: Arc<ProcessFacts>,
    pub(super) page: CurrentPage,
    publishing: Mutex<PublishedHistories>,
    process: ProcessPieces,
}

/// The histories of the polls of each service, as in its last snapshot.
#[derive(Default)]
pub(super) struct PublishedHistories {
    /// The history of each service, by its slot.
    pub(super) histories: BTreeMap<usize, Arc<PollHistory>>,
    next_slot: usize,
}

/// A service of a changed site.
pub(crate) enum SiteService {
    /// The service of this slot stays as it is.
    Kept(usize),
    /// The service comes from another port.
    Moved(MovedService),
    /// The service has published nothing.
    Added(ServiceInfo),
}

/// The snapshot of a service that moves to another port.
pub(crate) struct MovedService {
    page: Arc<ServicePage>,
    history: Arc<PollHistory>,
    health: Option<ServiceHealth>,
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
        let process_facts = ProcessFacts::new();
        process_facts.health.set(loops);
        Self::among(&Arc::new(process_facts), services, health)
    }

    /// Creates a site for one of several ports of a process.
    pub fn among(process_facts: &Arc<ProcessFacts>, services: Vec<ServiceInfo>, health: Health) -> Arc<Self> {
        let site = Self {
            health,
            process_facts: Arc::clone(process_facts),
            page: CurrentPage::new(Vec::new()),
            publishing: Mutex::default(),
            process: ProcessPieces::default(),
        };
        site.arrange(services.into_iter().map(SiteService::Added));
        Arc::new(site)
    }

    /// Changes the services of the site, in their order, and returns the slot of each. Other services are removed.
    pub(crate) fn arrange(&self, services: impl IntoIterator<Item = SiteService>) -> Vec<usize> {
        // No poll is published meanwhile, so the pages that are kept are the last ones.
        let mut histories = locked(&self.publishing);
        let last = self.page.published();
        let page_of = |service| self.placed(service, &last, &mut histories);
        let pages: Vec<_> = services.into_iter().filter_map(page_of).collect();
        let slots: Vec<usize> = pages.iter().map(|page| page.slot).collect();
        let kept: BTreeSet<usize> = slots.iter().copied().collect();
        histories.histories.retain(|slot, _| kept.contains(slot));
        for removed in last.services.iter().filter(|shown| !kept.contains(&shown.slot)) {
            self.health.remove(&removed.service.name);
        }
        self.page.arrange(pages);
        slots
    }

    /// Returns the page of a service of the changed site.
    fn placed(
        &self,
        service: SiteService,
        last: &SnapshotPage,
        histories: &mut PublishedHistories,
    ) -> Option<Arc<ServicePage>> {
        let (service, snapshot, history) = match service {
            SiteService::Kept(slot) => return last.service(slot).cloned(),
            SiteService::Added(service) => (Arc::new(service), Arc::default(), Arc::default()),
            SiteService::Moved(MovedService { page, history, health }) => {
                health.into_iter().for_each(|health| self.health.add(&page.service.name, health));
                (Arc::clone(&page.service), Arc::clone(&page.snapshot), history)
            }
        };
        let slot = histories.next_slot;
        histories.next_slot += 1;
        histories.histories.insert(slot, history);
        Some(Arc::new(ServicePage::of(slot, service, snapshot)))
    }

    /// Returns the snapshot of a service that moves to another port. No poll of it must be published until it is placed there.
    pub(crate) fn moved(&self, slot: usize) -> Option<MovedService> {
        let history = locked(&self.publishing).histories.get(&slot).cloned()?;
        let page = Arc::clone(self.page.published().service(slot)?);
        let health = self.health.of(&page.service.name);
        Some(MovedService { page, history, health })
    }

    /// Returns the exporter's own families on this port.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Locks the publication while the outcome of a poll of a service is noted in the health.
    ///
    /// So another service that publishes shows all of the outcome or nothing. Scrapes continue with the previous
    /// snapshots. `slot` is the index in the list of [`Site::new`], or what a change of the site returned.
    pub fn publishing(&self, slot: usize) -> Publishing<'_> {
        Publishing { site: self, slot, service: None, published: locked(&self.publishing) }
    }

    /// Publishes like [`Publishing::publish`], without anything noted before.
    pub fn publish(&self, slot: usize, encode: impl Fn(Format, &mut Vec<u8>)) {
        self.publishing(slot).publish(encode);
    }

    /// Returns the body of a scrape at that time, and a flag that is true if it is compressed.
    pub(crate) fn metrics(&self, format: Format, gzip: bool, now: Instant) -> (Body, bool) {
        let page = self.page.at(now);
        let samples = page.samples(format);
        let own = page.own.of(format).get_or_init(|| self.own(&page, format));
        let process = self.process.current(&self.health, format);
        let pieces = samples.chain(own).chain([&process]);
        let compressed = gzip.then(|| piece::gzip(pieces.clone())).flatten();
        let is_compressed = compressed.is_some();
        (compressed.unwrap_or_else(|| piece::plain(pieces)), is_compressed)
    }

    /// Returns the services, each with the state of its data.
    pub(super) fn states(&self, now: Instant) -> Vec<(Arc<ServiceInfo>, DataState)> {
        let page = self.page.at(now);
        page.services.iter().map(|shown| (Arc::clone(&shown.service), shown.state())).collect()
    }

    /// Returns the names of the services without their targets, in their order.
    pub(crate) fn service_names(&self) -> Vec<String> {
        let page = self.page.published();
        let names = page.services.iter().map(|shown| target_name::split(&shown.service.name).0.to_owned());
        let mut names: Vec<String> = names.collect();
        names.dedup();
        names
    }

    /// Returns the condition of a service at that time, for the watchdog.
    pub(crate) fn look(&self, slot: usize, now: Instant) -> Option<ServiceCheck> {
        let page = self.page.published();
        let shown = page.service(slot)?;
        let snapshot = &shown.snapshot;
        let condition = snapshot.condition(&shown.service, now);
        Some(ServiceCheck { condition, age: snapshot.age(now), stale_metrics: snapshot.stale_metrics(now) })
    }

    /// Returns the status of all services at `now`, which is `clock` as a calendar time.
    pub(crate) fn status(&self, clock: SystemTime, now: Instant) -> PortStatus {
        self.status_of(&StatusScope::Full, clock, now)
    }

    /// Returns the status of the services in the scope. All of it is from the same snapshots.
    pub(crate) fn status_of(&self, scope: &StatusScope, clock: SystemTime, now: Instant) -> PortStatus {
        let page = self.page.at(now);
        let services = page.services.iter().filter(|shown| scope.shows(&shown.service.name));
        let services = services.map(|shown| {
            let service = &shown.service;
            let values = scope.shows_metrics(&service.name).then(|| shown.snapshot.values(now));
            let is_polled = shown.state() != DataState::Starting;
            ServiceStatus::new(service, &shown.view.poll_history, values, is_polled, clock)
        });
        let (started, since) = self.process_facts.started;
        PortStatus::new(started, since.elapsed(), services.collect(), clock)
            .with_replay(self.health.is_replay())
            .with_reload(self.process_facts.reload.failure().as_deref())
    }

    /// Returns the families `cton_*` of all services.
    fn own(&self, page: &SnapshotPage, format: Format) -> Vec<Arc<Piece>> {
        let owns =
            page.services.iter().map(|shown| shown.snapshot.own(format, (&shown.service, &self.health)));
        let flags = page
            .services
            .iter()
            .map(|shown| (&*shown.service.name, shown.view.is_up, shown.view.condition.is_stale));
        let flags = DividedText::whole(&DividedText::default(), health::flags(format, flags));
        joined_families::joined(owns.chain([&flags]), &FamilyOrder::default())
    }
}
