//! The place of each service in the site of its port.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::assemble::service_info;
use super::running_service::RunningService;
use crate::exposition::process_health::PollLoop;
use crate::exposition::publisher::Publisher;
use crate::exposition::site::{Site, SiteService};
use crate::fetch::client::Client;
use crate::poll::plan::{Plan, Planned};
use crate::poll::poller_config::PollerConfig;
use crate::support::heartbeat::Heartbeat;

/// The places of the services of a plan.
pub(super) struct Placement<'a> {
    pub(super) plan: &'a Plan,
    pub(super) client: &'a Client,
}

/// A service with its heartbeat and its entry in the list of a site.
type PlacedEntry<'a> = (&'a Planned, Arc<Heartbeat>, SiteService);

impl Placement<'_> {
    /// Places the services in the sites of their ports, and returns the poll loop of each. New services are added to
    /// `services`.
    ///
    /// A service that moves to another port keeps its snapshot. A poll of it that ends meanwhile is published there.
    pub(super) fn place(
        &self,
        sites: &HashMap<SocketAddr, Arc<Site>>,
        services: &mut HashMap<String, RunningService>,
    ) -> Vec<PollLoop> {
        let ports = self.plan.ports();
        let ports: Vec<_> = ports.iter().filter_map(|(at, all)| Some((sites.get(at)?, all))).collect();
        let each = ports.iter().flat_map(|(site, all)| all.iter().map(move |planned| (*site, *planned)));
        let moving: Vec<Publisher> =
            each.filter_map(|(site, planned)| moving(site, planned, services)).collect();
        let held: Vec<_> = moving.iter().map(Publisher::hold).collect();
        let entries: Vec<Vec<PlacedEntry<'_>>> = ports
            .iter()
            .map(|(site, all)| all.iter().map(|planned| self.entry(site, planned, services)).collect())
            .collect();
        let mut loops = Vec::new();
        for ((site, _), entries) in ports.iter().zip(entries) {
            let (placed, entries): (Vec<_>, Vec<_>) =
                entries.into_iter().map(|(planned, heartbeat, entry)| ((planned, heartbeat), entry)).unzip();
            let slots = site.arrange(entries);
            for ((planned, heartbeat), slot) in placed.into_iter().zip(slots) {
                loops.push((planned.config.name.clone(), Arc::clone(&heartbeat)));
                self.settle((planned, heartbeat), (site, slot), services);
            }
        }
        drop(held);
        let is_left = |site: &&Arc<Site>| ports.iter().all(|(used, _)| !Arc::ptr_eq(used, site));
        sites.values().filter(is_left).for_each(|site| drop(site.arrange([])));
        loops
    }

    fn entry<'p>(
        &self,
        site: &Arc<Site>,
        planned: &'p Planned,
        services: &HashMap<String, RunningService>,
    ) -> PlacedEntry<'p> {
        let running = services.get(&planned.config.name);
        let heartbeat = running.map(|running| Arc::clone(&running.heartbeat));
        let heartbeat = heartbeat.unwrap_or_else(|| Arc::new(Heartbeat::new(planned.config.poll_timeout)));
        let added = || SiteService::Added(service_info(planned, self.plan, self.client, &heartbeat));
        let entry = match running.map(|running| running.publisher.place()) {
            Some((current, slot)) if Arc::ptr_eq(&current, site) => SiteService::Kept(slot),
            Some((current, slot)) => current.moved(slot).map_or_else(added, SiteService::Moved),
            None => added(),
        };
        (planned, heartbeat, entry)
    }

    /// Lets a service publish to its slot.
    fn settle(
        &self,
        (planned, heartbeat): (&Planned, Arc<Heartbeat>),
        (site, slot): (&Arc<Site>, usize),
        services: &mut HashMap<String, RunningService>,
    ) {
        match services.get(&planned.config.name) {
            Some(running) => running.publisher.move_to(site, slot),
            None => {
                let config = PollerConfig::new(planned, &self.plan.config);
                let service = RunningService::new(&config, heartbeat, (site, slot));
                services.insert(planned.config.name.clone(), service);
            }
        }
    }
}

/// Returns the publisher of a service that moves to this site.
fn moving(
    site: &Arc<Site>,
    planned: &Planned,
    services: &HashMap<String, RunningService>,
) -> Option<Publisher> {
    let publisher = &services.get(&planned.config.name)?.publisher;
    (!Arc::ptr_eq(&publisher.place().0, site)).then(|| publisher.clone())
}
