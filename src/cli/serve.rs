//! Serves the ports and polls the services until a signal stops the process.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use super::assemble::{no_thread, start_watching};
use super::banner;
use super::options::Options;
use super::ports::not_served;
use super::reloader::ConfigReloader;
use super::running::Running;
use super::stop_signals::StopSignals;
use crate::author::service::Program;
use crate::fetch::client::Client;
use crate::poll::plan::Plan;
use crate::poll::session_closer::SessionClosers;
use crate::server::http_server::HttpServer;
use crate::server::lifecycle::ReloadRequest;
use crate::support::essential_thread;
use crate::support::exit::Exit;
use crate::support::{log, systemd};

/// The time that the server waits for responses in progress before the process exits.
const DRAIN: Duration = Duration::from_secs(5);
/// The most reloads that wait. A further one would read the same files.
const MOST_RELOADS: usize = 8;

/// Opens every port, starts every thread, and waits for a signal to stop.
pub(super) fn serve(
    program: &'static Program,
    plan: Plan,
    client: &Arc<Client>,
    options: &Options,
) -> Result<(), Exit> {
    let mut signals = StopSignals::new()?;
    let server =
        HttpServer::for_hosts(options.web_config.as_deref(), plan.services.len(), &options.allowed_hosts())?;
    let (reload, requests) = mpsc::sync_channel(MOST_RELOADS);
    if options.web_enable_lifecycle {
        server.enable_reload(reload.clone());
    }
    server.watch().map_err(|error| not_served(&error))?;
    let server = Arc::new(server);
    let mut running = Running::new(options.clone(), Arc::clone(client), Arc::clone(&server));
    running.change_to(plan)?;
    start_watching(running.watch())?;
    systemd::notify("READY=1");
    banner::print(&banner::text(running.listeners(), server.scheme(), options.replay.as_deref()));
    let sessions = running.sessions();
    start_reloading(ConfigReloader::new(program, options.clone(), running), requests)?;
    let signal = signals.wait(|| request_reload(&reload));
    stop(signal, signals, &server, &sessions);
    Ok(())
}

/// Starts the thread that reloads the config.
fn start_reloading(reloader: ConfigReloader, requests: Receiver<ReloadRequest>) -> Result<(), Exit> {
    let work = move || reloader.run(&requests);
    essential_thread::start("reload", work).map_err(|error| no_thread("reload", &error))
}

/// Requests a reload, unless many already wait, of which the last one reads the current files.
fn request_reload(reload: &SyncSender<ReloadRequest>) {
    let _ = reload.try_send(ReloadRequest { reply: None });
}

fn stop(signal: &str, signals: StopSignals, server: &HttpServer, sessions: &SessionClosers) {
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
}
