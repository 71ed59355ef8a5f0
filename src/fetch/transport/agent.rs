//! One exchange over the network: limits on everything, no redirects, no panics.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{AsSendBody, Body, RequestExt as _, http};
use zeroize::Zeroizing;

use super::error_advice::Route;
use super::proxy::Proxy;
use super::resolver::FastestAddress;
use super::tls::ClientTls;
use crate::config::ServiceConfig;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::url::{Url, fits};
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::log;

/// The whole head of an answer; what real APIs send is a tenth of it.
const HEAD_LIMIT: usize = 32 * 1024;
/// Each connection has one of each, over TLS two; ureq's own are 128 KiB, which 50 polls at a time see in their memory. A
/// head is read into the first, the longest header of a request is written from the second.
const INPUT_BUFFER: usize = 2 * HEAD_LIMIT;
const OUTPUT_BUFFER: usize = 32 * 1024;
/// A name that is not found in this time will not be found.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The way of one service to one origin.
#[derive(Debug)]
pub struct Agent {
    /// What in the config says where it leads.
    key: &'static str,
    tls: Arc<ClientTls>,
    proxy: Option<Proxy>,
    timeout: Duration,
    body_limit: u64,
    /// Looks the host up, and knows which of its addresses works.
    resolver: FastestAddress,
    /// Made of that edition of the TLS files.
    made: Mutex<(u64, ureq::Agent)>,
}

impl Agent {
    /// The way to that URL, which stands in the config under `key`, with the limits of the service's config and the proxy of the environment.
    ///
    /// # Errors
    /// The environment names a proxy that is none.
    pub fn new(service: &ServiceConfig, key: &'static str, url: &Url, tls: &Arc<ClientTls>) -> Result<Self> {
        let (proxy, timeout) = (Proxy::of_environment(url)?, service.request_timeout);
        let (edition, config) = tls.current();
        let resolver = FastestAddress::default();
        let made = Mutex::new((edition, made(config, proxy.as_ref(), &resolver)));
        if let Some(proxy) = &proxy {
            let fields: [log::LogField<'_>; 3] =
                [("service", &service.name), ("to", &url.origin()), ("proxy", &proxy.shown())];
            log::info("requests go through a proxy", &fields);
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

    /// Identifies the way: the TLS files as they are now, and the proxy.
    pub fn identity(&self) -> RequestKey {
        let (tls, proxy) =
            (self.tls.identity().bytes(), self.proxy.as_ref().map(|proxy| proxy.identity().bytes()));
        RequestKey::of([tls.as_slice()].into_iter().chain(proxy.iter().map(<[u8; 16]>::as_slice)))
    }

    /// With bodies of at most so many bytes, and of no more than the config allows.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = self.body_limit.min(bytes);
        self
    }

    /// Has the password of the proxy masked.
    pub fn remember_secrets(&self, redactor: &Redactor) {
        let secrets = self.proxy.as_ref().map(Proxy::secrets).unwrap_or_default();
        secrets.iter().for_each(|secret| redactor.remember(secret));
    }

    /// Sends it once and reads all of the answer, in what is left of the poll.
    ///
    /// # Errors
    /// There was no whole answer within the limits; the words do not say what was asked.
    pub fn exchange(&self, outgoing: &RawRequest, time: PollDeadline) -> Result<RawResponse> {
        let left = time.left()?;
        let (timeout, poll) = (left.min(self.timeout), Some(time).filter(|_| left < self.timeout));
        let way = Route { key: self.key, proxy: self.proxy.as_ref(), timeout: self.timeout, poll };
        let started = Instant::now();
        let response = self.send(outgoing, timeout)?;
        // A dead address takes at least half of the time before the next one is tried.
        if response.is_err() || started.elapsed() > timeout / 3 {
            self.resolver.forget();
        }
        self.read(response.map_err(|error| way.explained(error, "no answer"))?, &way)
    }

    fn send(
        &self,
        outgoing: &RawRequest,
        timeout: Duration,
    ) -> Result<Result<http::Response<Body>, ureq::Error>> {
        let url = Zeroizing::new(outgoing.url.to_string());
        fits("the URL", &url)?;
        let mut request = http::Request::builder().method(outgoing.method).uri(url.as_str());
        for (name, value) in &outgoing.headers {
            fits(&format!("the header {name:?}"), value)?;
            request = request.header(name, value);
        }
        let agent = self.current();
        let response = match &outgoing.body {
            Some(body) => request.body(body.as_slice()).map(|request| run(request, &agent, timeout)),
            None => request.body(()).map(|request| run(request, &agent, timeout)),
        };
        response.map_err(|error| Error::new(ErrorKind::Config, error.to_string()))
    }

    fn read(&self, response: http::Response<Body>, way: &Route<'_>) -> Result<RawResponse> {
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let body = body.into_with_config().limit(self.body_limit).read_to_vec();
        let body = body.map_err(|error| way.explained(error, "the body was cut short"))?;
        Ok(RawResponse { status: head.status.as_u16(), headers, body })
    }

    /// One that knows the certificates as they are now.
    fn current(&self) -> ureq::Agent {
        let mut agent = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let (edition, config) = self.tls.current();
        if agent.0 != edition {
            *agent = (edition, made(config, self.proxy.as_ref(), &self.resolver));
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

fn made(tls: TlsConfig, proxy: Option<&Proxy>, resolver: &FastestAddress) -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .tls_config(tls)
        // Never what ureq itself finds in the environment.
        .proxy(proxy.map(Proxy::client))
        // They would take a service's key headers to another host.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        // Polls are far apart: a connection that is kept is most often one that is found closed.
        .max_idle_connections(0)
        .max_response_header_size(HEAD_LIMIT)
        .input_buffer_size(INPUT_BUFFER)
        .output_buffer_size(OUTPUT_BUFFER)
        .user_agent(concat!("collectington/", env!("CARGO_PKG_VERSION")))
        .accept("application/json, */*;q=0.5")
        .build();
    ureq::Agent::with_parts(config, DefaultConnector::default(), resolver.clone())
}
