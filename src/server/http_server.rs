//! Serves any number of ports, with one limit for all of them.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::allowed_hosts::AllowedHosts;
use super::backend::Backend;
use super::connection_limit::ConnectionLimit;
use super::listener::Listener;
use super::self_check::{self, SelfCheck};
use super::web_config::WebConfig;
use super::{accept, open_files_limit};
use crate::exposition::site::Site;
use crate::support::error::{Error, Result, exhausted};

/// Serves any number of ports, with one limit for all of them.
pub struct HttpServer {
    shared: Arc<Shared>,
}

/// What a web config asks for, in words.
///
/// # Errors
/// It cannot be used.
pub fn look(web_config: &Path) -> Result<String> {
    Ok(WebConfig::new(Some(web_config))?.rules().words())
}

/// Whether a web config has the ports speak TLS.
///
/// # Errors
/// It cannot be used.
pub fn speaks_tls(web_config: Option<&Path>) -> Result<bool> {
    Ok(WebConfig::new(web_config)?.rules().tls.is_some())
}

/// What the threads of all ports have in common.
pub(super) struct Shared {
    pub(super) connections: Arc<ConnectionLimit>,
    pub(super) backend: Backend,
    pub(super) probe: SelfCheck,
    pub(super) web: Arc<WebConfig>,
    pub(super) hosts: AllowedHosts,
}

impl HttpServer {
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
        let web = Arc::new(WebConfig::new(web_config)?);
        let started = web.watch().and_then(|()| Backend::start(&web));
        let backend = started
            .map_err(|error| Error::from(format!("scrapes cannot be served: {}", exhausted(&error))))?;
        let connections = ConnectionLimit::new(open_files_limit::connections(services));
        let shared = Shared {
            connections,
            backend,
            probe: SelfCheck::default(),
            web,
            hosts: AllowedHosts::new(allowed),
        };
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
        self_check::start(&self.shared)
    }

    /// Takes no more requests, and waits for the answers that are on their way, but no longer than this.
    pub fn close(&self, patience: Duration) {
        self.shared.connections.close(patience);
    }
}
