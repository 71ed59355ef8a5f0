//! Sends one request over the network, with limits on sizes and times and without redirects.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use ureq::{AsSendBody, Body, RequestExt as _, http};
use zeroize::Zeroizing;

use super::proxy::Proxy;
use super::proxy_connector::connector;
use super::resolver::FastestAddress;
use super::route::{ExchangePart, Route};
use super::tls::ClientTls;
use super::tls_connector::TlsConnector;
use crate::config::ServiceConfig;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::http_method::HttpMethod;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::url::{Url, fits};
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;
use crate::support::log;

/// The maximum size of a response head in bytes; real APIs send a tenth of it.
const HEAD_LIMIT: usize = 32 * 1024;
/// The size of an input buffer in bytes: it holds a response head. Each connection has one, or two over TLS. The 128 KiB
/// of ureq would need too much memory when 50 polls run at a time.
const INPUT_BUFFER: usize = 2 * HEAD_LIMIT;
/// The size of an output buffer in bytes: it holds the longest header of a request.
const OUTPUT_BUFFER: usize = 32 * 1024;
/// The timeout of a name lookup; a slower one is likely to fail anyway.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The HTTP client of one service for one origin.
#[derive(Debug)]
pub(crate) struct Agent {
    /// The config key of the URL.
    key: &'static str,
    tls: Arc<ClientTls>,
    proxy: Option<Proxy>,
    timeout: Duration,
    body_limit: u64,
    /// The resolver, which remembers the fastest address of the host.
    resolver: FastestAddress,
    /// The edition of the TLS files and the ureq agent that uses them.
    made: Mutex<(u64, ureq::Agent)>,
}

impl Agent {
    /// Creates the HTTP client for a URL, which the config sets under `key`. The limits are those of the service's
    /// config, and the environment names the proxy.
    ///
    /// # Errors
    /// Returns an error if the environment names an invalid proxy.
    pub(crate) fn new(
        service: &ServiceConfig,
        key: &'static str,
        url: &Url,
        tls: &Arc<ClientTls>,
    ) -> Result<Self> {
        let (proxy, timeout) = (Proxy::of_environment(url)?, service.request_timeout);
        let resolver = FastestAddress::default();
        let (edition, connector) = tls_connector(tls, key, proxy.is_some());
        let made = Mutex::new((edition, made(connector, proxy.as_ref(), &resolver)));
        if let Some(proxy) = &proxy {
            let fields: [log::LogField<'_>; 3] =
                [("service", &service.name), ("to", &url.origin()), ("proxy", &proxy.shown())];
            log::info("proxy used", &fields);
        }
        Ok(Self {
            key,
            tls: Arc::clone(tls),
            proxy,
            timeout,
            body_limit: service.response_limit,
            resolver,
            made,
        })
    }

    /// Returns a fingerprint of the current TLS files and settings, the server name and the proxy.
    pub(crate) fn identity(&self) -> RequestKey {
        let name = server_name(&self.tls, self.key).map(|name| name.to_str().into_owned());
        let name = RequestKey::of(name.iter().map(String::as_bytes));
        let (tls, proxy) = (self.tls.identity(), self.proxy.as_ref().map(Proxy::identity));
        let parts = [tls, name].into_iter().chain(proxy).map(|part| part.bytes());
        RequestKey::of(parts.collect::<Vec<_>>().iter().map(<[u8; 16]>::as_slice))
    }

    /// Limits response bodies to `bytes`, or to the limit of the config if that is lower.
    #[must_use]
    pub(crate) fn with_body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = self.body_limit.min(bytes);
        self
    }

    /// Adds the secrets of the proxy's URL to the redactor.
    pub(crate) fn remember_secrets(&self, redactor: &Redactor) {
        let secrets = self.proxy.as_ref().map(Proxy::secrets).unwrap_or_default();
        secrets.iter().for_each(|secret| redactor.remember(secret));
    }

    /// Sends a request once and reads the whole response, within the time left for the poll.
    ///
    /// # Errors
    /// Returns an error if no complete response arrives within the limits. The text does not show the request.
    pub(crate) fn exchange(&self, raw_request: &RawRequest, time: PollDeadline) -> Result<RawResponse> {
        let left = time.left()?;
        let (timeout, poll) = (left.min(self.timeout), Some(time).filter(|_| left < self.timeout));
        let (key, host, proxy) = (self.key, raw_request.url.host(), self.proxy.as_ref());
        let has_server_name = server_name(&self.tls, key).is_some();
        let way = Route { key, host, has_server_name, proxy, timeout: self.timeout, poll };
        let started = Instant::now();
        let response = self.send(raw_request, timeout)?;
        // A dead address takes at least half of the time before the next one is tried.
        if response.is_err() || started.elapsed() > timeout / 3 {
            self.resolver.forget();
        }
        let response = response.map_err(|error| way.explained(error, ExchangePart::Head))?;
        self.read(response, raw_request.method == HttpMethod::HEAD, &way)
    }

    fn send(
        &self,
        raw_request: &RawRequest,
        timeout: Duration,
    ) -> Result<Result<http::Response<Body>, ureq::Error>> {
        let url = Zeroizing::new(raw_request.url.to_string());
        fits("the URL", &url)?;
        let mut request = http::Request::builder().method(raw_request.method.as_str()).uri(url.as_str());
        for (name, value) in &raw_request.headers {
            fits(&format!("the header {name:?}"), value)?;
            request = request.header(name, value);
        }
        if raw_request.method == HttpMethod::HEAD {
            // Otherwise the length in the response would be that of a compressed body, if there is a length at all.
            request = request.header("accept-encoding", "identity");
        }
        let agent = self.current();
        let response = match &raw_request.body {
            Some(body) => request.body(body.as_slice()).map(|request| run(request, &agent, timeout)),
            None if raw_request.method.expects_body() => {
                request.body(&[] as &[u8]).map(|request| run(request, &agent, timeout))
            }
            None => request.body(()).map(|request| run(request, &agent, timeout)),
        };
        response.map_err(|error| Error::new(ErrorKind::Config, format!("invalid request: {error}")))
    }

    fn read(&self, response: http::Response<Body>, is_head: bool, way: &Route<'_>) -> Result<RawResponse> {
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let status = head.status.as_u16();
        // Such a response may have the header `content-encoding` (RFC 9110 sections 9.3.2 and 15.4.5), and its missing body
        // cannot be decompressed.
        let body = match is_head || matches!(status, 204 | 304) {
            true => Vec::new(),
            false => self.read_body(body).map_err(|error| way.explained(error, ExchangePart::Body))?,
        };
        Ok(RawResponse { status, headers, body })
    }

    fn read_body(&self, body: Body) -> Result<Vec<u8>, ureq::Error> {
        body.into_with_config().limit(self.body_limit).read_to_vec()
    }

    /// Returns a ureq agent that uses the current TLS files.
    fn current(&self) -> ureq::Agent {
        let mut agent = locked(&self.made);
        let (edition, connector) = tls_connector(&self.tls, self.key, self.proxy.is_some());
        if agent.0 != edition {
            *agent = (edition, made(connector, self.proxy.as_ref(), &self.resolver));
        }
        agent.1.clone()
    }
}

fn run<S: AsSendBody>(
    request: http::Request<S>,
    agent: &ureq::Agent,
    timeout: Duration,
) -> Result<http::Response<Body>, ureq::Error> {
    let request = request.with_agent(agent).configure().timeout_global(Some(timeout));
    request.timeout_resolve(Some(timeout.min(RESOLVE_TIMEOUT))).build().run()
}

/// Returns the edition of the TLS files, and the connector that uses them for the URL of a config key.
fn tls_connector(tls: &ClientTls, key: &str, has_proxy: bool) -> (u64, TlsConnector) {
    let (edition, configs) = tls.current();
    (edition, TlsConnector { configs, server_name: server_name(tls, key).cloned(), has_proxy })
}

/// Returns the name that the certificate must have instead of the host. The token endpoint is another server.
fn server_name<'a>(tls: &'a ClientTls, key: &str) -> Option<&'a ServerName<'static>> {
    tls.server_name().filter(|_| key == "api_url")
}

fn made(tls: TlsConnector, proxy: Option<&Proxy>, resolver: &FastestAddress) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        // Otherwise ureq reads the environment itself.
        .proxy(proxy.map(Proxy::client))
        // Redirects would send the secret headers of a service to another host.
        .max_redirects(0)
        .max_redirects_will_error(false)
        // `RawRequest` contains valid methods only.
        .allow_non_standard_methods(true)
        .http_status_as_error(false)
        // Polls are far apart, and most servers close an idle connection before the next one.
        .max_idle_connections(0)
        .max_response_header_size(HEAD_LIMIT)
        .input_buffer_size(INPUT_BUFFER)
        .output_buffer_size(OUTPUT_BUFFER)
        .user_agent(concat!("collectington/", env!("CARGO_PKG_VERSION")))
        .accept("application/json, */*;q=0.5")
        .build();
    ureq::Agent::with_parts(config, connector(tls), resolver.clone())
}
