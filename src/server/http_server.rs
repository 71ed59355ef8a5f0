//! The HTTP server, which serves any number of ports with one connection limit.

use std::io;
use std::path::Path;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::accept::ServedPort;
use super::allowed_hosts::AllowedHosts;
use super::backend::Backend;
use super::connection_limit::ConnectionLimit;
use super::lifecycle::{Lifecycle, ReloadRequest};
use super::listener::Listener;
use super::self_check::{self, SelfCheck};
use super::web_config::WebConfig;
use super::{accept, open_files_limit};
use crate::config::Mistakes;
use crate::exposition::site::Site;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::start_help;
use crate::support::exit::Exit;

/// An HTTP server for any number of ports, with one connection limit.
pub struct HttpServer {
    shared: Arc<Shared>,
}

/// The reason why a server cannot start.
#[derive(Debug)]
pub enum StartError {
    /// The web config is invalid.
    WebConfig(Mistakes),
    /// No thread or descriptor is free.
    Resources(io::Error),
}

impl From<StartError> for Exit {
    fn from(error: StartError) -> Self {
        match error {
            StartError::WebConfig(mistakes) => mistakes.into(),
            StartError::Resources(error) => Self::failed(
                Diagnostic::new(format!("cannot serve scrapes: {error}")).help(start_help(&error)),
            ),
        }
    }
}

/// Returns a human-readable summary of a web config.
///
/// # Errors
/// The web config or a file that it names is invalid or cannot be read.
pub(crate) fn look(web_config: &Path) -> Result<String, Mistakes> {
    Ok(WebConfig::new(Some(web_config))?.rules().words())
}

/// Returns true if a web config enables TLS; false without a web config.
///
/// # Errors
/// The web config or a file that it names is invalid or cannot be read.
pub(crate) fn speaks_tls(web_config: Option<&Path>) -> Result<bool, Mistakes> {
    Ok(WebConfig::new(web_config)?.rules().tls.is_some())
}

/// The state that the threads of all ports share.
pub(super) struct Shared {
    pub(super) connections: Arc<ConnectionLimit>,
    pub(super) backend: Backend,
    pub(super) probe: SelfCheck,
    pub(super) web: Arc<WebConfig>,
    pub(super) hosts: AllowedHosts,
    /// The reload of the config by a request, if it is enabled.
    pub(super) lifecycle: OnceLock<Lifecycle>,
}

impl HttpServer {
    /// Creates a server without ports for this number of services. Without a web config any client is admitted.
    ///
    /// # Errors
    /// The web config is invalid, or tiny_http cannot be started without a free thread or descriptor.
    pub fn new(web_config: Option<&Path>, services: usize) -> Result<Self, StartError> {
        Self::for_hosts(web_config, services, &[])
    }

    /// Creates a server that responds only to requests for the `allowed` hosts, IP addresses and `localhost`.
    ///
    /// An empty list allows any host.
    ///
    /// # Errors
    /// The errors are those of [`new`](Self::new).
    pub fn for_hosts(
        web_config: Option<&Path>,
        services: usize,
        allowed: &[String],
    ) -> Result<Self, StartError> {
        let web = Arc::new(WebConfig::new(web_config).map_err(StartError::WebConfig)?);
        let started = web.watch().and_then(|()| Backend::start(&web));
        let backend = started.map_err(StartError::Resources)?;
        let connections = ConnectionLimit::new(open_files_limit::connections(services));
        let shared = Shared {
            connections,
            backend,
            probe: SelfCheck::default(),
            web,
            hosts: AllowedHosts::new(allowed),
            lifecycle: OnceLock::new(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Returns `https` if the web config enables TLS, otherwise `http`.
    pub fn scheme(&self) -> &'static str {
        if self.shared.web.rules().tls.is_some() { "https" } else { "http" }
    }

    /// Starts a thread that serves `site` on a port until the port is closed or the process exits.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn serve(&self, listener: Listener, site: &Arc<Site>) -> io::Result<ServedPort> {
        accept::start(listener, &self.shared, site)
    }

    /// Sends the requests for `/-/reload` to the thread that reloads the config.
    pub(crate) fn enable_reload(&self, requests: SyncSender<ReloadRequest>) {
        // It is called once.
        let _ = self.shared.lifecycle.set(Lifecycle::new(requests));
    }

    /// Adapts the connection limit to this number of services.
    pub(crate) fn set_services(&self, services: usize) {
        self.shared.connections.set_most(open_files_limit::connections(services));
    }

    /// Starts the self-check of all ports, which exits the process if one is dead.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn watch(&self) -> io::Result<()> {
        self_check::start(&self.shared)
    }

    /// Accepts no more requests, and waits up to `patience` for the responses in progress.
    pub fn close(&self, patience: Duration) {
        self.shared.connections.close(patience);
    }
}
