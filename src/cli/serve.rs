//! Serves the ports and polls the services until a signal stops the process.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::assemble::{no_thread, poller, process_health, sessions, site, start_watching};
use super::options::Options;
use super::ports::{self, Port};
use super::stop_signals::StopSignals;
use super::{banner, config_files};
use crate::exposition::publisher::Publisher;
use crate::exposition::targets::Targets;
use crate::fetch::client::Client;
use crate::poll::first_polls::first_delays;
use crate::poll::plan::{Plan, target};
use crate::poll::poll_pool::PollPool;
use crate::poll::poller::Poller;
use crate::poll::watchdog::Watchdog;
use crate::server::http_server::HttpServer;
use crate::server::listener::Listener;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::start_help;
use crate::support::exit::Exit;
use crate::support::{log, systemd};

/// The time that the server waits for responses in progress before the process exits.
const DRAIN: Duration = Duration::from_secs(5);

/// Opens every port, starts every thread, and waits for a signal to stop.
pub(super) fn serve(plan: &Plan, client: &Arc<Client>, options: &Options) -> Result<(), Exit> {
    let ports = plan.ports();
    let mut signals = StopSignals::new()?;
    let server =
        HttpServer::for_hosts(options.web_config.as_deref(), plan.services.len(), &options.allowed_hosts())?;
    // All ports are open before the first poll, so that a port in use costs no API request.
    let listeners = ports::open(&ports, options)?;
    let banner = banner::text(&listeners, server.scheme(), options.replay.as_deref());
    let pollers = serve_ports(&server, listeners, &ports, (plan, client, options))?;
    server.watch().map_err(|error| not_served(&error))?;
    log_sources(plan, options);
    let sessions = sessions(plan, &pollers, client);
    start_threads(pollers, options.replay.as_deref())?;
    banner::print(&banner);
    let signal = signals.wait();
    log::info("shutting down", &[("signal", &signal)]);
    systemd::notify("STOPPING=1");
    signals.exit_at_next();
    // The time of a supervisor is short, so the sessions are closed while the server waits for its responses.
    thread::scope(|scope| {
        let closing = thread::Builder::new().name("sessions".into());
        let closing = closing.spawn_scoped(scope, || sessions.close());
        server.close(DRAIN);
        drop(closing);
    });
    log::info("stopped", &[]);
    Ok(())
}

fn not_served(error: &io::Error) -> Exit {
    Exit::failed(Diagnostic::new(format!("cannot serve scrapes: {error}")).help(start_help(error)))
}

/// Serves each port, and returns the pollers of its services, which do not run yet.
fn serve_ports(
    server: &HttpServer,
    listeners: Vec<Listener>,
    ports: &[Port<'_>],
    (plan, client, options): (&Plan, &Arc<Client>, &Options),
) -> Result<Vec<Poller>, Exit> {
    let targets = Arc::new(Targets {
        advertised: options.advertise.clone(),
        tls: server.scheme() == "https",
        // Prometheus cannot scrape Unix sockets.
        ports: listeners
            .iter()
            .zip(ports)
            .filter_map(|(listener, (_, services))| Some(target(listener.address()?, services)))
            .collect(),
    });
    let process_health = process_health(plan);
    let mut pollers = Vec::new();
    for (listener, (_, services)) in listeners.into_iter().zip(ports) {
        let address = match listener.address() {
            Some(address) => format!("{}://{address}/metrics", server.scheme()),
            None => listener.to_string(),
        };
        let site = site((&targets, &process_health), services, plan, client)?;
        for (planned, publisher) in services.iter().zip(Publisher::each(&site)) {
            pollers.push(poller(planned, plan, client, publisher)?);
        }
        server.serve(listener, &site).map_err(|error| not_served(&error))?;
        let mut names: Vec<&str> = services.iter().map(|planned| planned.service()).collect();
        names.dedup();
        log::info("serving", &[("address", &address), ("services", &names.join(","))]);
    }
    Ok(pollers)
}

/// Logs the source of the responses: a recording, or an API with the files that its services read.
fn log_sources(plan: &Plan, options: &Options) {
    let Some(dir) = options.replay.as_ref().map(|dir| dir.display()) else {
        return config_files::log(plan, options.web_config.as_deref());
    };
    let hint = "omit `--replay` to poll the API";
    log::warning("recorded responses replayed", &[("dir", &dir), ("hint", &hint)]);
}

/// Starts the pollers, and the watchdog that sees all of them.
fn start_threads(pollers: Vec<Poller>, replay: Option<&Path>) -> Result<(), Exit> {
    let watchdog = Watchdog::new(&pollers);
    systemd::notify("READY=1");
    let pool = PollPool::new();
    let services: Vec<_> =
        pollers.iter().map(|poller| (poller.bound.service(), poller.schedule.period())).collect();
    for (poller, delay) in pollers.into_iter().zip(first_delays(&services)) {
        log_polling(&poller, replay);
        pool.add(poller, delay).map_err(|error| no_thread("poll", &error))?;
    }
    start_watching(move || watchdog.run(|| pool.repair()))
}

/// Logs the source of the polls. A replay polls no API, so its log line has no URL.
fn log_polling(poller: &Poller, replay: Option<&Path>) {
    let name = &poller.name;
    let every = format!("{}s", poller.schedule.period().as_secs_f64());
    match replay.map(Path::display) {
        Some(dir) => {
            log::info("replaying recordings", &[("service", &name), ("dir", &dir), ("every", &every)]);
        }
        None => log::info("polling", &[("service", &name), ("url", &poller.api.url()), ("every", &every)]),
    }
}
