//! Serves the ports and polls the services until a signal stops the process.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::assemble::{poller, process_health, site, start_thread};
use super::config_files;
use super::options::Options;
use super::program::refused;
use crate::exposition::publisher::Publisher;
use crate::exposition::targets::Targets;
use crate::fetch::client::Client;
use crate::poll::plan::{Plan, Planned, target};
use crate::poll::poller::Poller;
use crate::poll::watchdog::Watchdog;
use crate::server::http_server::HttpServer;
use crate::server::listener::Listener;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::THREADS_HELP;
use crate::support::exit::Exit;
use crate::support::{log, systemd};

const STACK: usize = 128 * 1024;

/// The time that the server waits for responses in progress before the process exits.
const DRAIN: Duration = Duration::from_secs(5);

/// Opens every port, starts every thread, and waits for a signal to stop.
pub(super) fn serve(plan: &Plan, client: &Arc<Client>, options: &Options) -> Result<(), Exit> {
    let ports = plan.ports();
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])
        .map_err(|error| Exit::failed(format!("signals cannot be awaited: {error}")))?;
    let server =
        HttpServer::for_hosts(options.web_config.as_deref(), plan.services.len(), &options.allowed_hosts())
            .map_err(|error| refused(&error))?;
    // All ports are open before the first poll, so that a port in use costs no API request.
    let listeners = listeners(&ports)?;
    let pollers = serve_ports(&server, listeners, &ports, (plan, client, options))?;
    server.watch().map_err(|error| not_served(&error))?;
    log_sources(plan, options);
    start_threads(pollers)?;
    banner(&ports, server.scheme(), client.is_replay());
    wait_for_signal(&mut signals);
    systemd::notify("STOPPING=1");
    exit_at_the_next(signals);
    server.close(DRAIN);
    Ok(())
}

fn not_served(error: &io::Error) -> Exit {
    Exit::failed(Diagnostic::new(format!("scrapes cannot be served: {error}")).help(THREADS_HELP))
}

/// Serves each port, and returns the pollers of its services, which do not run yet.
fn serve_ports(
    server: &HttpServer,
    listeners: Vec<Listener>,
    ports: &[(SocketAddr, Vec<&Planned>)],
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
        let names: Vec<&str> = services.iter().map(|planned| planned.config.name.as_str()).collect();
        log::info("serving", &[("address", &address), ("services", &names.join(","))]);
    }
    Ok(pollers)
}

/// Logs the source of the responses: a recording, or an API with the files that its services read.
fn log_sources(plan: &Plan, options: &Options) {
    let Some(dir) = options.replay.as_ref().map(|dir| dir.display()) else {
        return config_files::log(plan, options.web_config.as_deref());
    };
    let advice = "omit --replay to poll the API";
    log::warning("recorded responses replayed", &[("dir", &dir), ("advice", &advice)]);
}

/// Starts the pollers, and the watchdog that sees all of them.
fn start_threads(pollers: Vec<Poller>) -> Result<(), Exit> {
    let watchdog = Watchdog::new(&pollers);
    systemd::notify("READY=1");
    for poller in pollers {
        start_polling(poller)?;
    }
    start_thread("watch".to_owned(), move || watchdog.run())
}

/// Stops the process immediately at a second signal.
fn exit_at_the_next(mut signals: Signals) {
    let end_now = move || {
        wait_for_signal(&mut signals);
        std::process::exit(0)
    };
    let _ = thread::Builder::new().name("signals".into()).stack_size(STACK).spawn(end_now);
}

/// Waits for SIGTERM or SIGINT. SIGHUP, sent by a closing terminal and by habit to reload a config, does not stop the
/// process.
fn wait_for_signal(signals: &mut Signals) {
    for signal in signals.forever() {
        if signal != SIGHUP {
            return;
        }
        let advice =
            "restart cton to apply a changed config; TLS files, passwords and secrets are reloaded on change";
        log::warning("SIGHUP ignored", &[("advice", &advice)]);
    }
}

/// Opens the ports, or takes the sockets that systemd passed, in the order of config.json.
fn listeners(ports: &[(SocketAddr, Vec<&Planned>)]) -> Result<Vec<Listener>, Exit> {
    let handed = Listener::handed_over()
        .map_err(|error| Exit::failed(format!("a socket of systemd cannot be listened on: {error}: `ListenStream=` is expected, with a TCP port or a path")))?;
    if handed.is_empty() {
        let opened = ports.iter().map(|(address, _)| Listener::bind(*address)).collect::<Result<_, _>>();
        return opened.map_err(|error| Exit::failed(error.to_string()));
    }
    if handed.len() != ports.len() {
        let (sockets, ports) = (handed.len(), ports.len());
        let advice =
            "one `ListenStream=` for each port of the services, in the order of config.json, is expected";
        return Err(Exit::usage(format!("systemd hands over {sockets} sockets for {ports} ports: {advice}")));
    }
    Ok(handed)
}

fn start_polling(poller: Poller) -> Result<(), Exit> {
    let name = poller.bound.service();
    let every = format!("{}s", poller.schedule.period().as_secs_f64());
    log::info("polling", &[("service", &name), ("url", &poller.api.url()), ("every", &every)]);
    start_thread(format!("poll-{name}"), || poller.run())
}

/// Prints a greeting on a terminal, never to a log file.
fn banner(ports: &[(SocketAddr, Vec<&Planned>)], scheme: &str, replay: bool) {
    if io::stderr().is_terminal() {
        let pages: Vec<String> =
            ports.iter().map(|(address, _)| format!("{scheme}://localhost:{}/", address.port())).collect();
        let version = env!("CARGO_PKG_VERSION");
        let what = if replay { "a replay of recorded responses on " } else { "" };
        log::print(&format!("cton {version} serves {what}{}; Ctrl-C ends it\n", pages.join(" ")));
    }
}
