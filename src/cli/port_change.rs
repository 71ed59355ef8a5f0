//! The ports that differ between the running ports and a plan.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use super::options::Options;
use super::ports::{self, Port, not_served};
use super::running_port::RunningPort;
use crate::exposition::site::Site;
use crate::poll::plan::Plan;
use crate::server::accept::ServedPort;
use crate::server::http_server::HttpServer;
use crate::server::listener::Listener;
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;

/// The ports that are opened and closed by a change.
pub(super) struct PortChange {
    /// The opened ports, which are not served yet, by their address in the plan.
    pub(super) added: Vec<(SocketAddr, Listener)>,
    /// The addresses of the ports that the plan lacks.
    pub(super) removed: Vec<SocketAddr>,
}

impl PortChange {
    /// Opens the ports that the plan adds.
    ///
    /// A port is closed here already if only its IP address changes, because its number is free only then.
    ///
    /// # Errors
    /// A port cannot be opened. All running ports are open then.
    pub(super) fn new(
        running: &mut Vec<RunningPort>,
        plan: &Plan,
        (server, options): (&HttpServer, &Options),
    ) -> Result<Self, Exit> {
        let planned = plan.ports();
        if running.is_empty() {
            let opened = ports::open(&planned, options)?;
            let added = planned.iter().map(|(address, _)| *address).zip(opened).collect();
            return Ok(Self { added, removed: Vec::new() });
        }
        let is_planned = |port: &&RunningPort| planned.iter().any(|(address, _)| *address == port.address);
        let is_running = |address: &SocketAddr| running.iter().any(|port| port.address == *address);
        let removed: Vec<_> =
            running.iter().filter(|port| !is_planned(port)).map(|port| port.address).collect();
        let missing: Vec<&Port<'_>> = planned.iter().filter(|(address, _)| !is_running(address)).collect();
        if running.iter().any(|port| port.served.listener().is_handed_over()) {
            return unchanged(&removed, &missing);
        }
        let (blocked, free): (Vec<_>, Vec<_>) = missing
            .into_iter()
            .partition(|(address, _)| removed.iter().any(|old| old.port() == address.port()));
        let mut added = ports::open_each(&free, options)?;
        if !blocked.is_empty() {
            added.extend(replace(running, (&removed, &blocked), (server, options))?);
        }
        Ok(Self { added, removed })
    }
}

/// Returns no change, if there is none.
fn unchanged(removed: &[SocketAddr], missing: &[&Port<'_>]) -> Result<PortChange, Exit> {
    if removed.is_empty() && missing.is_empty() {
        return Ok(PortChange { added: Vec::new(), removed: Vec::new() });
    }
    let error = Diagnostic::new("the ports are sockets of systemd, which a reload cannot change");
    Err(Exit::usage(error.help("restart cton and its sockets to change `port` and `listen`")))
}

/// Opens ports whose numbers are in use by running ports, which are closed. If one cannot be opened, the running ones are
/// opened again.
fn replace(
    running: &mut Vec<RunningPort>,
    (removed, blocked): (&[SocketAddr], &[&Port<'_>]),
    (server, options): (&HttpServer, &Options),
) -> Result<Vec<(SocketAddr, Listener)>, Exit> {
    let is_blocking = |port: &RunningPort| {
        removed.contains(&port.address)
            && blocked.iter().any(|(address, _)| address.port() == port.address.port())
    };
    let (blocking, others): (Vec<_>, Vec<_>) = std::mem::take(running).into_iter().partition(is_blocking);
    *running = others;
    let closed: Vec<(SocketAddr, Arc<Site>)> = blocking.into_iter().map(RunningPort::close).collect();
    let opened = ports::open_each(blocked, options);
    if opened.is_err() {
        for (address, site) in closed {
            let served = serve_again(server, address, &site).map_err(|error| not_served(&error))?;
            running.push(RunningPort { address, site, served });
        }
    }
    opened
}

fn serve_again(server: &HttpServer, address: SocketAddr, site: &Arc<Site>) -> io::Result<ServedPort> {
    server.serve(Listener::bind(address).map_err(io::Error::other)?, site)
}
