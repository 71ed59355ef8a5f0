//! The parts of a running process, which a plan changes: the start is a change from nothing.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use super::assemble::{api, health, no_thread, service_info};
use super::change_summary::ChangeSummary;
use super::config_files;
use super::options::Options;
use super::placement::Placement;
use super::port_change::PortChange;
use super::ports::not_served;
use super::running_port::RunningPort;
use super::running_service::{self, RunningService, log_polling};
use crate::author::api::Api;
use crate::exposition::process_facts::ProcessFacts;
use crate::exposition::site::Site;
use crate::exposition::targets::Targets;
use crate::fetch::client::Client;
use crate::poll::first_polls::first_delays;
use crate::poll::plan::{Plan, Planned, target};
use crate::poll::plan_change::PlanChange;
use crate::poll::poll_pool::PollPool;
use crate::poll::poller::Poller;
use crate::poll::poller::poller_change::{PollerChange, Reconfigured};
use crate::poll::poller_config::PollerConfig;
use crate::poll::session_closer::SessionClosers;
use crate::poll::watchdog::Watchdog;
use crate::server::http_server::HttpServer;
use crate::server::listener::Listener;
use crate::state::state_file::StateFile;
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::support::log;

/// The parts of a running process.
pub(super) struct Running {
    options: Options,
    client: Arc<Client>,
    server: Arc<HttpServer>,
    facts: Arc<ProcessFacts>,
    pool: PollPool<Poller>,
    watchdog: Watchdog,
    sessions: SessionClosers,
    plan: Option<Plan>,
    /// True after the first change.
    is_started: bool,
    ports: Vec<RunningPort>,
    services: HashMap<String, RunningService>,
}

/// The parts of a change that can fail, and that change nothing.
struct Prepared {
    apis: HashMap<String, Api>,
    /// The state files of added services.
    states: HashMap<String, StateFile>,
    /// The added services whose last poller still polls.
    revived: Vec<String>,
}

/// The pollers of added services, by name.
type Pollers = HashMap<String, Poller>;

impl Running {
    pub(super) fn new(options: Options, client: Arc<Client>, server: Arc<HttpServer>) -> Self {
        Self {
            options,
            client,
            server,
            facts: Arc::default(),
            pool: PollPool::new(),
            watchdog: Watchdog::default(),
            sessions: SessionClosers::default(),
            plan: None,
            is_started: false,
            ports: Vec::new(),
            services: HashMap::new(),
        }
    }

    /// Starts, changes and stops the parts that differ in `plan`. The others stay as they are.
    ///
    /// # Errors
    /// A part cannot be started. Nothing is changed then, unless the system has no thread for a new port.
    pub(super) fn change_to(&mut self, plan: Plan) -> Result<ChangeSummary, Exit> {
        let running = self.plan.take();
        let change = PlanChange::between(running.as_ref(), &plan);
        let changed = self.prepare(&plan, &change).and_then(|prepared| {
            let ports = PortChange::new(&mut self.ports, &plan, (&self.server, &self.options));
            let ports = ports.inspect_err(|_| self.abandon(&prepared))?;
            self.commit(&plan, &change, prepared, ports)
        });
        self.plan = if changed.is_ok() { Some(plan) } else { running };
        changed
    }

    /// Returns the running plan.
    pub(super) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    pub(super) fn facts(&self) -> &Arc<ProcessFacts> {
        &self.facts
    }

    pub(super) fn sessions(&self) -> SessionClosers {
        self.sessions.clone()
    }

    /// Returns the work of the thread that watches all services, which never returns.
    pub(super) fn watch(&self) -> impl FnOnce() + Send + use<> {
        let (watchdog, pool) = (self.watchdog.clone(), self.pool.clone());
        move || watchdog.run(|| pool.repair())
    }

    /// Returns the sockets of the served ports.
    pub(super) fn listeners(&self) -> impl Iterator<Item = &Listener> {
        self.ports.iter().map(|port| port.served.listener())
    }

    /// Builds the parts of the change that can fail.
    fn prepare(&self, plan: &Plan, change: &PlanChange<'_>) -> Result<Prepared, Exit> {
        let of_service = |planned: &&Planned| Ok((planned.config.name.clone(), api(planned, &self.client)?));
        let apis = change.added.iter().chain(&change.changed).map(of_service);
        let mut prepared = Prepared {
            apis: apis.collect::<Result<_, Exit>>()?,
            states: HashMap::new(),
            revived: Vec::new(),
        };
        for planned in &change.added {
            if let Err(error) = self.take_state(planned, plan, &mut prepared) {
                self.abandon(&prepared);
                return Err(Exit::failed(error));
            }
        }
        Ok(prepared)
    }

    /// Takes the state of an added service, or its last poller, which has the lock of the state.
    fn take_state(&self, planned: &Planned, plan: &Plan, prepared: &mut Prepared) -> Result<(), Diagnostic> {
        let name = &planned.config.name;
        if self.pool.revive(name) {
            prepared.revived.push(name.clone());
        } else if let Some(state) = running_service::state(planned, &plan.config)? {
            prepared.states.insert(name.clone(), state);
        }
        Ok(())
    }

    /// Retires again the pollers that a failed change has revived.
    fn abandon(&self, prepared: &Prepared) {
        for name in &prepared.revived {
            let _ = self.pool.change(name, PollerChange::Retired(self.sessions.clone()));
        }
    }

    fn commit(
        &mut self,
        plan: &Plan,
        change: &PlanChange<'_>,
        mut prepared: Prepared,
        ports: PortChange,
    ) -> Result<ChangeSummary, Exit> {
        let configs: Vec<_> = plan.services.iter().map(|planned| planned.config.clone()).collect();
        self.client.serve(&configs).map_err(|error| Exit::failed(&error))?;
        log::set_level(plan.config.level);
        self.retire(&change.removed);
        let added = self.place(plan, ports.added)?;
        // The restored samples are published before a port is opened, so that no scrape misses them.
        let pollers = self.restored(plan, change, &mut prepared);
        let ports = self.serve(plan, added, &ports.removed);
        let is_start = !std::mem::replace(&mut self.is_started, true);
        config_files::log_sources(&change.added, &self.options, is_start);
        self.poll(plan, change, (prepared, pollers))?;
        self.server.set_services(plan.services.len());
        let (ports_opened, ports_closed) = ports?;
        Ok(ChangeSummary {
            added: change.added.len(),
            changed: change.changed.len(),
            removed: change.removed.len(),
            ports_opened,
            ports_closed,
        })
    }

    /// Stops the polls of removed services.
    fn retire(&mut self, removed: &[&str]) {
        for name in removed {
            self.services.remove(*name);
            self.watchdog.forget(name);
            // A poller that is unknown has retired.
            let _ = self.pool.change(name, PollerChange::Retired(self.sessions.clone()));
        }
    }

    /// Places the services of each port, and returns the added ports, which are not served yet.
    fn place(
        &mut self,
        plan: &Plan,
        added: Vec<(SocketAddr, Listener)>,
    ) -> Result<Vec<(SocketAddr, Listener, Arc<Site>)>, Exit> {
        let added = added.into_iter().map(|(address, listener)| {
            let site = Site::among(&self.facts, Vec::new(), health(&self.facts, &self.client)?);
            Ok((address, listener, site))
        });
        let added = added.collect::<Result<Vec<_>, Exit>>()?;
        let new_sites = added.iter().map(|(address, _, site)| (*address, Arc::clone(site)));
        let sites = self.ports.iter().map(|port| (port.address, Arc::clone(&port.site))).chain(new_sites);
        let placement = Placement { plan, client: &self.client };
        let loops = placement.place(&sites.collect(), &mut self.services);
        self.facts.health.set(loops);
        Ok(added)
    }

    /// Returns the pollers of added services, which continue from their state.
    fn restored(&self, plan: &Plan, change: &PlanChange<'_>, prepared: &mut Prepared) -> Pollers {
        let mut pollers = Pollers::new();
        let is_new = |planned: &&&Planned| !prepared.revived.contains(&planned.config.name);
        let added: Vec<&Planned> = change.added.iter().filter(is_new).copied().collect();
        for planned in added {
            let name = &planned.config.name;
            let parts = self.services.get(name).zip(prepared.apis.remove(name));
            let Some((service, api)) = parts else { continue };
            let config = PollerConfig::new(planned, &plan.config);
            self.sessions.set(&config.name, service.session_closer(planned, &api, &self.client));
            pollers.insert(name.clone(), service.poller(config, api, prepared.states.remove(name)));
        }
        pollers
    }

    /// Opens the added ports and closes the removed ones. Returns the numbers of both.
    fn serve(
        &mut self,
        plan: &Plan,
        added: Vec<(SocketAddr, Listener, Arc<Site>)>,
        removed: &[SocketAddr],
    ) -> Result<(usize, usize), Exit> {
        let (closed, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.ports).into_iter().partition(|port| removed.contains(&port.address));
        let counts = (added.len(), removed.len());
        self.ports = kept;
        let served = added.into_iter().try_for_each(|added| self.open(added));
        self.facts.set_targets(self.targets(plan));
        closed.into_iter().for_each(|port| drop(port.close()));
        served.map(|()| counts)
    }

    fn open(&mut self, (address, listener, site): (SocketAddr, Listener, Arc<Site>)) -> Result<(), Exit> {
        let served = self.server.serve(listener, &site).map_err(|error| not_served(&error))?;
        let bound = served.listener();
        let shown = match bound.address() {
            Some(address) => format!("{}://{address}/metrics", self.server.scheme()),
            None => bound.to_string(),
        };
        log::info("serving", &[("address", &shown), ("services", &site.service_names().join(","))]);
        self.ports.push(RunningPort { address, site, served });
        Ok(())
    }

    /// Returns the scrape targets for Prometheus, which cannot scrape Unix sockets.
    fn targets(&self, plan: &Plan) -> Targets {
        let planned = plan.ports().into_iter().filter_map(|(address, services)| {
            let port = self.ports.iter().find(|port| port.address == address)?;
            Some(target(port.served.listener().address()?, &services))
        });
        Targets {
            advertised: self.options.advertise.clone(),
            tls: self.server.scheme() == "https",
            ports: planned.collect(),
        }
    }

    /// Starts the polls of added services, and changes those of changed ones.
    fn poll(
        &mut self,
        plan: &Plan,
        change: &PlanChange<'_>,
        (mut prepared, mut pollers): (Prepared, Pollers),
    ) -> Result<(), Exit> {
        let services: Vec<&Planned> = change.added.iter().chain(&change.changed).copied().collect();
        let intervals: Vec<_> = services
            .iter()
            .map(|planned| (planned.service(), planned.schedule(&plan.config).period()))
            .collect();
        for (planned, delay) in services.into_iter().zip(first_delays(&intervals)) {
            let (name, config) = (&planned.config.name, PollerConfig::new(planned, &plan.config));
            let Some(service) = self.services.get_mut(name) else { continue };
            service.watch(&config.name, &self.watchdog, config.schedule.period());
            if let Some(poller) = pollers.remove(name) {
                log_polling(planned, &config, self.options.replay.as_deref());
                self.pool.add(poller, delay).map_err(|error| no_thread("poll", &error))?;
                continue;
            }
            let Some(api) = prepared.apis.remove(name) else { continue };
            let closer = service.session_closer(planned, &api, &self.client);
            service.health = service.health.with_metrics(&config.kinds());
            let reconfigured = Reconfigured {
                service: service_info(planned, plan, &self.client, &service.heartbeat),
                health: service.health.clone(),
                publisher: service.publisher.clone(),
                session: (closer, self.sessions.clone()),
                wait: delay,
                config,
                api,
            };
            // Only this thread removes pollers, so there is one of that name.
            let _ = self.pool.change(name, PollerChange::Reconfigured(Box::new(reconfigured)));
        }
        Ok(())
    }
}
