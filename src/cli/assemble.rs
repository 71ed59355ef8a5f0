//! Builds sites, pollers and threads from a plan.

use std::io;
use std::sync::Arc;

use crate::author::api::Api;
use crate::exposition::process_health::ProcessHealth;
use crate::exposition::publisher::Publisher;
use crate::exposition::site::Site;
use crate::exposition::targets::Targets;
use crate::fetch::client::Client;
use crate::poll::plan::{Plan, Planned};
use crate::poll::poller::{Poller, PollerState};
use crate::poll::service_samples::ServiceSamples;
use crate::poll::session_closer::SessionClosers;
use crate::self_metrics::health::Health;
use crate::series::options::SeriesOptions;
use crate::series::samples::Samples;
use crate::state::state_file::StateFile;
use crate::status::service_info::ServiceInfo;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::start_help;
use crate::support::essential_thread;
use crate::support::exit::Exit;
use crate::support::heartbeat::Heartbeat;

/// Creates the health of the process, with a heartbeat for each poll loop.
pub(super) fn process_health(plan: &Plan) -> Arc<ProcessHealth> {
    let heartbeat = |planned: &Planned| Arc::new(Heartbeat::new(planned.config.poll_timeout));
    let loops = plan.services.iter().map(|planned| (planned.config.name.clone(), heartbeat(planned)));
    Arc::new(ProcessHealth::new(loops))
}

pub(super) fn site(
    whole: (&Arc<Targets>, &Arc<ProcessHealth>),
    services: &[&Planned],
    plan: &Plan,
    client: &Client,
) -> Result<Arc<Site>, Exit> {
    let parts = services.iter().map(|planned| ServiceInfo {
        name: planned.config.name.clone(),
        period: planned.schedule(&plan.config).period(),
        stale_after: planned.stale_after(&plan.config),
        families: planned.metrics.families.clone(),
        insecure_skip_verify: planned.config.insecure_skip_verify && !client.is_replay(),
        heartbeat: whole.1.of(&planned.config.name),
    });
    let health = Health::new().map_err(|error| defect(&error))?;
    if client.is_replay() {
        health.set_replay();
    }
    Ok(Site::among(whole, parts.collect(), health))
}

pub(super) fn poller(
    planned: &Planned,
    plan: &Plan,
    client: &Arc<Client>,
    publisher: Publisher,
) -> Result<Poller, Exit> {
    let Planned { config, bound, metrics } = planned;
    let families = metrics.families.clone();
    let kinds: Vec<_> = families.iter().map(|family| (family.name, family.kind)).collect();
    let schedule = planned.schedule(&plan.config);
    let stale_after = planned.stale_after(&plan.config);
    let health = publisher.health().service(&config.name, &kinds).map_err(|error| defect(&error))?;
    health.set_intervals(planned.poll_interval(&plan.config), stale_after);
    let samples =
        Samples::new(families, SeriesOptions::new(&plan.config, config)).with_labels(&config.labels);
    let mut poller = Poller {
        name: config.name.as_str().into(),
        bound: *bound,
        rows: metrics.rows.clone(),
        api: Api::new(config, client)
            .map_err(|error| Exit::failed(Diagnostic::from(&error).within(&config.name)))?,
        health,
        shown: ServiceSamples::new(samples, stale_after),
        heartbeat: publisher.heartbeat(),
        publisher,
        schedule,
        state: PollerState::default(),
        file: None,
    };
    if let Some(dir) = &plan.config.state_dir {
        poller.health.set_stateful();
        poller.go_on_from(StateFile::open(dir, &config.name).map_err(Exit::failed)?);
    }
    Ok(poller)
}

/// Returns the sessions of the services, which are closed when the process stops.
pub(super) fn sessions(plan: &Plan, pollers: &[Poller], client: &Arc<Client>) -> SessionClosers {
    let mut sessions = SessionClosers::default();
    for poller in pollers {
        let planned = plan.services.iter().find(|planned| planned.config.name == *poller.name);
        planned.iter().for_each(|planned| sessions.add(poller, planned, client));
    }
    sessions
}

/// Converts an error that only a bug in cton can cause.
fn defect(error: &crate::support::error::Error) -> Exit {
    Exit::defect(error.to_string())
}

/// Starts the thread of the watchdog, whose work never returns.
pub(super) fn start_watching(work: impl FnOnce() + Send + 'static) -> Result<(), Exit> {
    essential_thread::start("watch", work).map_err(|error| no_thread("watch", &error))
}

pub(super) fn no_thread(name: &str, error: &io::Error) -> Exit {
    Exit::failed(
        Diagnostic::new(format!("cannot start the thread `{name}`: {error}")).help(start_help(error)),
    )
}
