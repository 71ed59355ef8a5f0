//! The connections of one agent, which are kept for the next requests.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::ServerName;

use super::kept_connection::KeptConnector;
use super::proxy::Proxy;
use super::proxy_connector::connector;
use super::resolver::FastestAddress;
use super::socket_connector::SocketConnector;
use super::tls::ClientTls;
use super::tls_connector::TlsConnector;
use crate::support::locks::locked;

/// The longest time for which an unused connection is kept, as in Go's net/http. Polls are often 60 seconds apart, and
/// most servers and load balancers close an idle connection after 60 to 75 seconds.
pub(in crate::fetch) const IDLE_LIMIT: Duration = Duration::from_secs(90);
/// The longest time for which a connection is kept for a request that must not be sent twice.
const FRESH: Duration = Duration::from_secs(1);
/// The most connections of one agent that are kept unused.
const IDLE_CONNECTIONS: usize = 8;
/// The maximum size of a response head in bytes; real APIs send a tenth of it.
pub(super) const HEAD_LIMIT: usize = 32 * 1024;
/// The size of an input buffer in bytes: it holds a response head. Each connection in use has one. The 128 KiB of ureq
/// would need too much memory when 50 polls run at a time.
const INPUT_BUFFER: usize = 2 * HEAD_LIMIT;
/// The size of an output buffer in bytes: it holds the longest header of a request.
const OUTPUT_BUFFER: usize = 32 * 1024;

/// The connections of one agent. Connections of an earlier edition of the TLS files are not used.
#[derive(Debug)]
pub(super) struct ConnectionPool {
    /// The config key of the URL.
    key: &'static str,
    tls: Arc<ClientTls>,
    proxy: Option<Proxy>,
    /// The resolver, which remembers the fastest address of the host.
    pub(super) resolver: FastestAddress,
    /// The ureq agent with the connections.
    current: Mutex<PooledAgent>,
    /// True if the server has closed connections or sent data at the wrong time, so that none is kept.
    is_distrusted: AtomicBool,
}

/// A ureq agent and the edition of the TLS files that it uses.
#[derive(Debug, Clone)]
pub(super) struct PooledAgent {
    pub(super) agent: ureq::Agent,
    edition: u64,
}

impl ConnectionPool {
    /// Creates an empty pool for the URL of a config key.
    pub(super) fn new(key: &'static str, tls: &Arc<ClientTls>, proxy: Option<Proxy>) -> Self {
        let resolver = FastestAddress::default();
        let current = Mutex::new(pooled_agent(key, tls, proxy.as_ref(), &resolver));
        let is_distrusted = AtomicBool::new(false);
        Self { key, tls: Arc::clone(tls), proxy, resolver, current, is_distrusted }
    }

    /// Returns the proxy on the way to the API, if there is one.
    pub(super) fn proxy(&self) -> Option<&Proxy> {
        self.proxy.as_ref()
    }

    /// Returns the name that the certificate must have instead of the host, if the config sets one.
    pub(super) fn server_name(&self) -> Option<&ServerName<'static>> {
        server_name(self.key, &self.tls)
    }

    /// Returns the agent with the connections of the current TLS files.
    pub(super) fn current(&self) -> PooledAgent {
        let mut current = locked(&self.current);
        if current.edition != self.tls.current().0 {
            *current = self.empty();
        }
        current.clone()
    }

    /// Returns an agent without connections, which is not in use elsewhere.
    pub(super) fn empty(&self) -> PooledAgent {
        pooled_agent(self.key, &self.tls, self.proxy.as_ref(), &self.resolver)
    }

    /// Uses the connections of this agent from now on, and closes the others when they are unused.
    pub(super) fn replace(&self, with: PooledAgent) {
        *locked(&self.current) = with;
    }

    /// Closes the unused connections if the next request comes so late that none of them would be used.
    pub(super) fn rest_for(&self, wait: Duration) {
        if wait >= IDLE_LIMIT {
            self.replace(self.empty());
        }
    }

    /// Returns the longest time for which a connection may have been unused to be used for a request.
    pub(super) fn longest_idle(&self, is_idempotent: bool) -> Duration {
        match (self.is_distrusted.load(Ordering::Relaxed), is_idempotent) {
            (true, _) => Duration::ZERO,
            (false, true) => IDLE_LIMIT,
            (false, false) => FRESH,
        }
    }

    /// Sends each further request over its own connection, because the server does not keep its connections in order.
    pub(super) fn distrust(&self) {
        self.is_distrusted.store(true, Ordering::Relaxed);
    }
}

/// Returns the name that the certificate must have instead of the host. The token endpoint is another server.
fn server_name<'a>(key: &str, tls: &'a ClientTls) -> Option<&'a ServerName<'static>> {
    tls.server_name().filter(|_| key == "api_url")
}

fn pooled_agent(key: &str, tls: &ClientTls, proxy: Option<&Proxy>, resolver: &FastestAddress) -> PooledAgent {
    let (edition, configs) = tls.current();
    let has_proxy = proxy.is_some();
    let socket = SocketConnector { current: (!has_proxy).then(|| resolver.current()) };
    let tls = TlsConnector { configs, server_name: server_name(key, tls).cloned(), has_proxy };
    let connector = connector(socket, tls, KeptConnector { has_proxy });
    // Tokens are requested too seldom for kept connections.
    let idle = if key == "api_url" { IDLE_CONNECTIONS } else { 0 };
    let agent = ureq::Agent::with_parts(config(proxy, idle), connector, resolver.clone());
    PooledAgent { agent, edition }
}

fn config(proxy: Option<&Proxy>, idle: usize) -> ureq::config::Config {
    ureq::Agent::config_builder()
        // Otherwise ureq reads the environment itself.
        .proxy(proxy.map(Proxy::client))
        // Redirects would send the secret headers of a service to another host.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // `RawRequest` contains valid methods only.
        .allow_non_standard_methods(true)
        .http_status_as_error(false)
        .max_idle_connections(idle)
        .max_idle_connections_per_host(idle)
        .max_idle_age(IDLE_LIMIT)
        .max_response_header_size(HEAD_LIMIT)
        .input_buffer_size(INPUT_BUFFER)
        .output_buffer_size(OUTPUT_BUFFER)
        .user_agent(concat!("collectington/", env!("CARGO_PKG_VERSION")))
        .accept("application/json, */*;q=0.5")
        .build()
}
