//! The option `--once`: polls each service once and prints its samples.

use std::io::{self, IsTerminal as _};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Instant, SystemTime};

use super::assemble::{api, health, service_info, start_watching};
use super::program::print;
use super::running_service::{self, RunningService};
use super::stop_signals::StopSignals;
use crate::exposition::joined_families::joined_text;
use crate::exposition::process_facts::ProcessFacts;
use crate::exposition::site::{Site, SiteService};
use crate::fetch::client::Client;
use crate::poll::plan::{Plan, Planned};
use crate::poll::poller::Poller;
use crate::poll::poller_config::PollerConfig;
use crate::poll::session_closer::SessionClosers;
use crate::poll::watchdog::Watchdog;
use crate::series::encode::Format;
use crate::status::table::StatusTable;
use crate::support::diagnostic::Diagnostic;
use crate::support::essential_thread::{STACK, guard};
use crate::support::exit::Exit;
use crate::support::heartbeat::Heartbeat;
use crate::support::locks::locked;
use crate::support::progress;
use crate::support::terminal::{columns, takes_colours};

/// The most polls that are in progress at a time.
const MOST_POLLS: usize = 32;

/// Polls each service once and prints its samples: a table on a terminal, otherwise the exposition.
pub(super) fn once(plan: &Plan, client: &Arc<Client>) -> Result<(), Exit> {
    progress::init();
    let (site, mut pollers, sessions) = assembled(plan, client)?;
    StopSignals::new()?.close_before_exit(sessions.clone());
    poll_all(&mut pollers);
    sessions.close();
    progress::clear();
    print(&if io::stdout().is_terminal() { tables(&site, &pollers) } else { expositions(plan, &pollers) })?;
    let failures: Vec<Diagnostic> = pollers.iter().flat_map(failures).collect();
    if failures.is_empty() { Ok(()) } else { Err(Exit::Failed(failures)) }
}

/// Returns one site for all services, their pollers and their sessions, and starts the watchdog.
fn assembled(plan: &Plan, client: &Arc<Client>) -> Result<(Arc<Site>, Vec<Poller>, SessionClosers), Exit> {
    let facts = Arc::<ProcessFacts>::default();
    let site = Site::among(&facts, Vec::new(), health(&facts, client)?);
    let heartbeat = |planned: &Planned| Arc::new(Heartbeat::new(planned.config.poll_timeout));
    let heartbeats: Vec<_> = plan.services.iter().map(heartbeat).collect();
    let infos = plan.services.iter().zip(&heartbeats);
    let infos = infos.map(|(planned, heartbeat)| service_info(planned, plan, client, heartbeat));
    let slots = site.arrange(infos.map(SiteService::Added));
    let (sessions, watchdog, mut pollers) = (SessionClosers::default(), Watchdog::default(), Vec::new());
    for ((planned, heartbeat), slot) in plan.services.iter().zip(heartbeats).zip(slots) {
        let (config, api) = (PollerConfig::new(planned, &plan.config), api(planned, client)?);
        let service = RunningService::new(&config, heartbeat, (&site, slot));
        service.watch(&config.name, &watchdog, config.schedule.period());
        sessions.set(&config.name, service.session_closer(planned, &api, client));
        let state = running_service::state(planned, &plan.config).map_err(Exit::failed)?;
        pollers.push(service.poller(config, api, state));
    }
    start_watching(move || watchdog.run(|| ()))?;
    Ok((site, pollers, sessions))
}

/// Polls each service once, several at a time.
fn poll_all(pollers: &mut [Poller]) {
    let workers = pollers.len().min(MOST_POLLS);
    let rest = Mutex::new(pollers.iter_mut());
    let work = || {
        while let Some(poller) = { locked(&rest).next() } {
            poller.leave_failures_to_caller();
            guard("poll", || poller.poll());
        }
    };
    thread::scope(|scope| {
        // If no more threads can be started, the others poll.
        let start = || thread::Builder::new().name("poll".into()).stack_size(STACK).spawn_scoped(scope, work);
        let _started = (1..workers).map_while(|_| start().ok()).count();
        work();
    });
}

/// Returns the error of the failed poll, or the error of each metric that the poll did not update.
fn failures(poller: &Poller) -> Vec<Diagnostic> {
    let service = &*poller.name;
    let failed = poller.failing().map(|error| Diagnostic::from(error).within(service));
    let of_metric =
        |(metric, error)| Diagnostic::from(error).within(format!("{service}: metric `{metric}` not read"));
    failed.map_or_else(|| poller.failing_metrics().map(of_metric).collect(), |failed| vec![failed])
}

/// Renders the tables of the successful polls for a terminal.
fn tables(site: &Site, pollers: &[Poller]) -> Vec<u8> {
    let (coloured, columns) = (takes_colours(&io::stdout()), columns(&io::stdout()));
    let status = site.status(SystemTime::now(), Instant::now());
    let shown = status.services.iter().zip(pollers).filter(|(_, poller)| poller.failing().is_none());
    let tables = shown.map(|(service, _)| StatusTable { service, coloured, columns }.to_string());
    tables.collect::<Vec<_>>().join("\n").into_bytes()
}

/// Encodes the exposition of each port. Two ports can have families of the same name, so a comment separates them.
fn expositions(plan: &Plan, pollers: &[Poller]) -> Vec<u8> {
    let ports = plan.ports();
    let mut out = Vec::new();
    for (address, services) in &ports {
        let names: Vec<&str> = services.iter().map(|planned| planned.config.name.as_str()).collect();
        if ports.len() > 1 {
            out.extend_from_slice(format!("# port {}: {}\n", address.port(), names.join(", ")).as_bytes());
        }
        let each = services.chunk_by(|one, other| one.service() == other.service());
        each.for_each(|targets| out.extend(exposition(targets, pollers)));
    }
    out
}

/// Encodes the exposition of one service, with that of all of its targets.
fn exposition(targets: &[&Planned], pollers: &[Poller]) -> Vec<u8> {
    let encoded = |poller: &Poller| {
        let mut text = Vec::new();
        poller.encode(Format::Text, &mut text);
        text
    };
    let of = |planned: &&Planned| pollers.iter().find(|poller| *poller.name == *planned.config.name);
    let mut texts: Vec<Vec<u8>> = targets.iter().filter_map(of).map(encoded).collect();
    match (targets, texts.as_mut_slice()) {
        ([first, _, ..], _) => joined_text(texts, &first.metrics.families),
        (_, [text]) => std::mem::take(text),
        _ => Vec::new(),
    }
}
