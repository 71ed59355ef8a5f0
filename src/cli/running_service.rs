//! The parts of a polled service that other parts of the process share with its poller.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::author::api::Api;
use crate::config::Config;
use crate::exposition::publisher::Publisher;
use crate::exposition::site::Site;
use crate::fetch::client::Client;
use crate::poll::plan::Planned;
use crate::poll::poller::Poller;
use crate::poll::poller_config::PollerConfig;
use crate::poll::session_closer::SessionCloser;
use crate::poll::watchdog::Watchdog;
use crate::self_metrics::service_health::ServiceHealth;
use crate::state::state_file::StateFile;
use crate::support::diagnostic::Diagnostic;
use crate::support::heartbeat::Heartbeat;
use crate::support::log;

/// The parts of a polled service that other parts of the process share with its poller.
pub(super) struct RunningService {
    pub(super) publisher: Publisher,
    pub(super) heartbeat: Arc<Heartbeat>,
    pub(super) health: ServiceHealth,
}

impl RunningService {
    /// Adds a service to its place in a site.
    pub(super) fn new(
        config: &PollerConfig,
        heartbeat: Arc<Heartbeat>,
        (site, slot): (&Arc<Site>, usize),
    ) -> Self {
        let health = ServiceHealth::new(&config.name, &config.kinds());
        site.health().add(&config.name, health.clone());
        Self { publisher: Publisher::new(site, slot), heartbeat, health }
    }

    /// Creates the poller, which continues from the state if there is one.
    pub(super) fn poller(&self, config: PollerConfig, api: Api, state: Option<StateFile>) -> Poller {
        let shown = (self.health.clone(), self.publisher.clone());
        let mut poller = Poller::new(config, api, Arc::clone(&self.heartbeat), shown);
        if let Some(state) = state {
            poller.go_on_from(state);
        }
        poller
    }

    /// Returns the closer of the sessions that `api` opens; `None` if the service has no login.
    pub(super) fn session_closer(
        &self,
        planned: &Planned,
        api: &Api,
        client: &Arc<Client>,
    ) -> Option<SessionCloser> {
        SessionCloser::new(planned, api, client, &self.heartbeat)
    }

    /// Lets the watchdog watch the service, whose polls have this interval.
    pub(super) fn watch(&self, name: &Arc<str>, watchdog: &Watchdog, interval: Duration) {
        watchdog.watch(name, (Arc::clone(&self.heartbeat), self.publisher.clone()), interval);
    }
}

/// Opens the state file of a service, if the config has a directory for it.
///
/// # Errors
/// Another process uses the file.
pub(super) fn state(planned: &Planned, config: &Config) -> Result<Option<StateFile>, Diagnostic> {
    let open = |dir: &Path| StateFile::open(dir, &planned.config.name);
    config.state_dir.as_deref().map(open).transpose()
}

/// Logs the source of the polls. A replay polls no API, so its log line has no URL.
pub(super) fn log_polling(planned: &Planned, config: &PollerConfig, replay: Option<&Path>) {
    let (name, url) = (&config.name, &planned.config.api_url);
    let every = format!("{}s", config.schedule.period().as_secs_f64());
    match replay.map(Path::display) {
        Some(dir) => {
            log::info("replaying recordings", &[("service", name), ("dir", &dir), ("every", &every)]);
        }
        None => log::info("polling", &[("service", name), ("url", url), ("every", &every)]),
    }
}
