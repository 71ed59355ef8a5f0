//! Builds the parts of a run from a plan.

use std::io;
use std::sync::Arc;

use crate::author::api::Api;
use crate::exposition::process_facts::ProcessFacts;
use crate::fetch::client::Client;
use crate::poll::plan::{Plan, Planned};
use crate::self_metrics::health::Health;
use crate::status::service_info::ServiceInfo;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::start_help;
use crate::support::essential_thread;
use crate::support::exit::Exit;
use crate::support::heartbeat::Heartbeat;

/// Returns the facts about a service that its site shows.
pub(super) fn service_info(
    planned: &Planned,
    plan: &Plan,
    client: &Client,
    heartbeat: &Arc<Heartbeat>,
) -> ServiceInfo {
    ServiceInfo {
        name: planned.config.name.clone(),
        period: planned.schedule(&plan.config).period(),
        stale_after: planned.stale_after(&plan.config),
        families: planned.metrics.families.clone(),
        insecure_skip_verify: planned.config.insecure_skip_verify && !client.is_replay(),
        heartbeat: Arc::clone(heartbeat),
    }
}

/// Creates the exporter's own families of a port.
pub(super) fn health(facts: &ProcessFacts, client: &Client) -> Result<Health, Exit> {
    // Only a bug in cton can cause the error.
    let health = Health::of_process(&facts.reload).map_err(|error| Exit::defect(error.to_string()))?;
    if client.is_replay() {
        health.set_replay();
    }
    Ok(health)
}

/// Creates the access of a service to its API.
pub(super) fn api(planned: &Planned, client: &Arc<Client>) -> Result<Api, Exit> {
    let api = Api::new(&planned.config, client);
    api.map_err(|error| Exit::failed(Diagnostic::from(&error).within(&planned.config.name)))
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
