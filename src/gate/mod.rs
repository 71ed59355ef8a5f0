//! The way in: what reaches tiny_http, and how long anything may take.
//!
//! tiny_http reads requests and has them answered, but it trusts whoever connects: it has no time-outs, no
//! limits, and stops accepting for good at the first error. So it never sees a connection from outside. A
//! [`Gate`] does:
//!
//! ```text
//! scraper ── listener ── connections ── connection ── backend: tiny_http
//!            accepts,    how many, of   reads one     gets one normalised request
//!            always      whom           strict head   over a private socket
//! ```
//!
//! - [`Listener`] is an open port. Its thread accepts until the process ends, whatever fails.
//! - `connections` holds how many there may be, and whom to turn out when there are too many.
//! - `connection` takes one request under a deadline, and writes one answer under another.
//! - `head` reads what is asked, more strictly than HTTP has to.
//! - `backend` hands it on to tiny_http, and takes the head of the answer and the shared bytes of its body.
//! - `web` is who may come in, and how: TLS, passwords, and what else the web config has.
//! - `probe` asks the exporter itself now and then, and ends a process that serves nobody any more.

mod accept;
mod backend;
mod connection;
mod connections;
mod deadline;
mod head;
mod hosts;
mod limits;
mod listener;
mod probe;
mod web;
mod wire;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use backend::Backend;
use connections::Connections;
#[cfg(any(test, fuzzing))]
pub(crate) use head::Partial;
use hosts::Hosts;
pub use listener::{BindError, Listener};
use probe::Probe;
use web::Web;

use crate::error::{Error, Result, exhausted};
use crate::serve::Site;

/// Serves any number of ports, with one limit for all of them.
pub struct Gate {
    shared: Arc<Shared>,
}

/// What a web config asks for, in words.
///
/// # Errors
/// It cannot be used.
pub fn look(web_config: &Path) -> Result<String> {
    Ok(Web::new(Some(web_config))?.rules().words())
}

/// Whether a web config has the ports speak TLS.
///
/// # Errors
/// It cannot be used.
pub fn speaks_tls(web_config: Option<&Path>) -> Result<bool> {
    Ok(Web::new(web_config)?.rules().tls.is_some())
}

/// What the threads of all ports have in common.
struct Shared {
    connections: Arc<Connections>,
    backend: Backend,
    probe: Probe,
    web: Arc<Web>,
    hosts: Hosts,
}

impl Gate {
    /// A gate without a port, for so many services, that lets in whom a web config says; without one, anyone.
    ///
    /// # Errors
    /// The web config is wrong; or tiny_http could not be started: no thread, no descriptors.
    pub fn new(web_config: Option<&Path>, services: usize) -> Result<Self> {
        Self::for_hosts(web_config, services, &[])
    }

    /// The same, which answers requests for these hosts only, IP addresses and `localhost`; for any host if there are none.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn for_hosts(web_config: Option<&Path>, services: usize, allowed: &[String]) -> Result<Self> {
        let web = Arc::new(Web::new(web_config)?);
        let started = web.watch().and_then(|()| Backend::start(&web));
        let backend = started
            .map_err(|error| Error::from(format!("scrapes cannot be served: {}", exhausted(&error))))?;
        let connections = Connections::new(limits::connections(services));
        let shared =
            Shared { connections, backend, probe: Probe::default(), web, hosts: Hosts::new(allowed) };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// `https` with a web config that says so, else `http`.
    pub fn scheme(&self) -> &'static str {
        if self.shared.web.rules().tls.is_some() { "https" } else { "http" }
    }

    /// Answers what comes in on a port with what `site` shows, until the process ends.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn serve(&self, listener: Listener, site: &Arc<Site>) -> io::Result<()> {
        accept::start(listener, &self.shared, site)
    }

    /// Asks every port from time to time, and ends the process when one is dead.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn watch(&self) -> io::Result<()> {
        probe::start(&self.shared)
    }

    /// Takes no more requests, and waits for the answers that are on their way, but no longer than this.
    pub fn close(&self, patience: Duration) {
        self.shared.connections.close(patience);
    }
}
