//! Sends one request over the network, with limits on sizes and times and without redirects.

use std::io::Read;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ureq::{AsSendBody, Body, RequestExt as _, http};
use zeroize::Zeroizing;

use super::connection_pool::ConnectionPool;
use super::gzip_body::{GzipBody, is_gzip, is_invalid};
use super::kept_connection::StaleConnection;
use super::proxy::Proxy;
use super::route::{ExchangePart, Route};
use super::tls::ClientTls;
use crate::config::ServiceConfig;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::http_method::HttpMethod;
use crate::fetch::limits::byte_budget::ByteBudget;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::url::{Url, fits};
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::log;

/// The timeout of a name lookup; a slower one is likely to fail anyway.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The size of a part of a body in bytes.
const PART: usize = 16 * 1024;

/// The HTTP client of one service for one origin.
#[derive(Debug)]
pub(crate) struct Agent {
    /// The config key of the URL.
    key: &'static str,
    tls: Arc<ClientTls>,
    timeout: Duration,
    body_limit: u64,
    pool: ConnectionPool,
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
        if let Some(proxy) = &proxy {
            let fields: [log::LogField<'_>; 3] =
                [("service", &service.name), ("to", &url.origin()), ("proxy", &proxy.shown())];
            log::info("proxy used", &fields);
        }
        let pool = ConnectionPool::new(key, tls, proxy);
        Ok(Self { key, tls: Arc::clone(tls), timeout, body_limit: service.response_limit, pool })
    }

    /// Returns a fingerprint of the current TLS files and settings, the server name and the proxy.
    pub(crate) fn identity(&self) -> RequestKey {
        let name = self.pool.server_name().map(|name| name.to_str().into_owned());
        let name = RequestKey::of(name.iter().map(String::as_bytes));
        let (tls, proxy) = (self.tls.identity(), self.pool.proxy().map(Proxy::identity));
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
        let secrets = self.pool.proxy().map(Proxy::secrets).unwrap_or_default();
        secrets.iter().for_each(|secret| redactor.remember(secret));
    }

    /// Closes the unused connections if the next request comes so late that none of them would be used.
    pub(crate) fn rest_for(&self, wait: Duration) {
        self.pool.rest_for(wait);
    }

    /// Sends a request once and reads the whole response, within the time left for the poll.
    ///
    /// A connection of an earlier request may be used. If the server has closed it, the request is sent once again over a
    /// new connection, unless the server may have received a request that is not idempotent.
    ///
    /// # Errors
    /// Returns an error if no complete response arrives within the limits. The text does not show the request.
    pub(crate) fn exchange(&self, raw_request: &RawRequest, time: PollDeadline) -> Result<RawResponse> {
        self.exchange_within(raw_request, time, None)
    }

    /// Does the same, with a body within the bytes that parallel requests share.
    ///
    /// # Errors
    /// Returns the errors of [`exchange`](Self::exchange), or an error if the bytes are used up.
    pub(crate) fn exchange_within(
        &self,
        raw_request: &RawRequest,
        time: PollDeadline,
        budget: Option<&ByteBudget>,
    ) -> Result<RawResponse> {
        let left = time.left()?;
        let (timeout, poll) = (left.min(self.timeout), Some(time).filter(|_| left < self.timeout));
        let (key, host, proxy) = (self.key, raw_request.url.host(), self.pool.proxy());
        let has_server_name = self.pool.server_name().is_some();
        let way = Route { key, host, has_server_name, proxy, timeout: self.timeout, poll };
        let started = Instant::now();
        let response = self.send(raw_request, started + timeout)?;
        // A dead address takes at least half of the time before the next one is tried.
        if response.is_err() || started.elapsed() > timeout / 3 {
            self.pool.resolver.forget();
        }
        let response = response.map_err(|error| way.explained(error, ExchangePart::Head))?;
        self.read(response, raw_request.method == HttpMethod::HEAD, &way, budget)
    }

    /// Returns the maximum size of a body in bytes.
    pub(crate) fn body_limit(&self) -> u64 {
        self.body_limit
    }

    /// Sends a request over a kept or a new connection, and again over a new one if the kept one was closed.
    fn send(
        &self,
        raw_request: &RawRequest,
        until: Instant,
    ) -> Result<Result<http::Response<Body>, ureq::Error>> {
        let idle = self.pool.longest_idle(raw_request.idempotent);
        let response = send_over(&self.pool.current().agent, raw_request, until, idle)?;
        let Err(error) = response else { return Ok(response) };
        if StaleConnection::allows_retry(&error, raw_request.idempotent) {
            let empty = self.pool.empty();
            let response = send_over(&empty.agent, raw_request, until, Duration::ZERO)?;
            self.pool.replace(empty);
            return Ok(response.map_err(StaleConnection::unmarked));
        }
        if StaleConnection::of(&error).is_some() || matches!(error, ureq::Error::Protocol(_)) {
            self.pool.distrust();
        }
        Ok(Err(StaleConnection::unmarked(error)))
    }

    fn read(
        &self,
        response: http::Response<Body>,
        is_head: bool,
        way: &Route<'_>,
        budget: Option<&ByteBudget>,
    ) -> Result<RawResponse> {
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let status = head.status.as_u16();
        // Such a response may have the header `content-encoding` (RFC 9110 sections 9.3.2 and 15.4.5), and its missing body
        // cannot be decompressed.
        let has_body = !is_head && !matches!(status, 204 | 304);
        let mut headers: Vec<(String, String)> =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let is_gzip = has_body && is_gzip(&head.headers);
        if is_gzip {
            headers.retain(|(name, _)| !["content-encoding", "content-length"].contains(&name.as_str()));
        }
        let body = if has_body { self.read_body(body, is_gzip, way, budget)? } else { Vec::new() };
        Ok(RawResponse { status, headers, body })
    }

    /// Reads a body in parts. Each of them takes its bytes from the budget of parallel requests, if there is one.
    fn read_body(
        &self,
        body: Body,
        is_gzip: bool,
        way: &Route<'_>,
        budget: Option<&ByteBudget>,
    ) -> Result<Vec<u8>> {
        let reader = body.into_with_config().limit(self.body_limit).reader();
        let mut reader: Box<dyn Read> =
            if is_gzip { Box::new(GzipBody::new(reader)) } else { Box::new(reader) };
        let (mut bytes, mut part) = (Vec::new(), vec![0; PART]);
        loop {
            let amount = reader.read(&mut part).map_err(|error| match is_gzip && is_invalid(&error) {
                true => way.undecodable(&error),
                false => way.explained(error.into(), ExchangePart::Body),
            })?;
            if amount == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(&part[..amount]);
            if bytes.len() as u64 > self.body_limit {
                return Err(way.explained(ureq::Error::BodyExceedsLimit(self.body_limit), ExchangePart::Body));
            }
            budget.map_or(Ok(()), |budget| budget.take(amount))?;
        }
    }
}

/// Sends a request over a connection that was unused for less than `idle`, or a new one.
fn send_over(
    agent: &ureq::Agent,
    raw_request: &RawRequest,
    until: Instant,
    idle: Duration,
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
    } else if !raw_request.has_header("accept-encoding") {
        request = request.header("accept-encoding", "gzip");
    }
    let response = match &raw_request.body {
        Some(body) => request.body(body.as_slice()).map(|request| run(request, agent, until, idle)),
        None if raw_request.method.expects_body() => {
            request.body(&[] as &[u8]).map(|request| run(request, agent, until, idle))
        }
        None => request.body(()).map(|request| run(request, agent, until, idle)),
    };
    response.map_err(|error| Error::new(ErrorKind::Config, format!("invalid request: {error}")))
}

fn run<S: AsSendBody>(
    request: http::Request<S>,
    agent: &ureq::Agent,
    until: Instant,
    idle: Duration,
) -> Result<http::Response<Body>, ureq::Error> {
    let timeout = until.saturating_duration_since(Instant::now());
    let request = request.with_agent(agent).configure().timeout_global(Some(timeout)).max_idle_age(idle);
    request.timeout_resolve(Some(timeout.min(RESOLVE_TIMEOUT))).build().run()
}
