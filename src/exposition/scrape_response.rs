//! The routes from the head of a request to its response, without sockets.

use std::fmt::Write;
use std::time::{Instant, SystemTime};

use super::body::Body;
use super::service_page::DataState;
use super::site::Site;
use super::{negotiation, targets};
use crate::config::url_parts::UrlParts;
use crate::status::csp;

/// The head of a request, as received.
#[derive(Debug, Clone, Copy)]
pub struct ScrapeRequest<'a> {
    /// The method, such as `GET` or `HEAD`.
    pub method: &'a str,
    /// The request target: a path with or without a query, or a whole URL (RFC 9112, section 3.2).
    pub target: &'a str,
    /// The names and values of the headers, in their order.
    pub headers: &'a [(&'a str, &'a str)],
}

/// The response to a request.
#[derive(Debug)]
pub struct ScrapeResponse {
    /// The status code.
    pub status: u16,
    /// The names and values of the headers except `Content-Length`, which follows from the body.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body of the response. The response to HEAD has the length of the body, but omits the body itself.
    pub body: Body,
}

/// Returns the response to a request from the current snapshots of the site.
pub fn respond(site: &Site, request: &ScrapeRequest<'_>) -> ScrapeResponse {
    respond_at(site, request, Instant::now())
}

/// Returns the response at the time `now`.
pub(crate) fn respond_at(site: &Site, request: &ScrapeRequest<'_>, now: Instant) -> ScrapeResponse {
    let Some(path) = Endpoint::of(request.target) else {
        return ScrapeResponse::text(404, "Not found. The metrics are at /metrics.\n".to_owned());
    };
    if !matches!(request.method, "GET" | "HEAD") {
        let response = ScrapeResponse::text(405, "Method not allowed: use GET or HEAD.\n".to_owned());
        return response.with("Allow", "GET, HEAD");
    }
    match path {
        Endpoint::Page => page(site, now),
        Endpoint::Status => {
            ScrapeResponse::new(200, "application/json", site.status(SystemTime::now(), now).json().into())
        }
        Endpoint::Metrics => metrics(site, request, now),
        Endpoint::Healthy => healthy(site, now),
        Endpoint::Ready => ready(site, now),
        Endpoint::Targets => targets(site, request),
    }
}

enum Endpoint {
    Page,
    Status,
    Metrics,
    Healthy,
    Ready,
    Targets,
}

impl Endpoint {
    fn of(target: &str) -> Option<Self> {
        let path = if target.starts_with('/') { target } else { UrlParts::split(target)?.path };
        match path.split('?').next().unwrap_or_default() {
            "" | "/" => Some(Self::Page),
            "/api/v1/status" => Some(Self::Status),
            "/metrics" => Some(Self::Metrics),
            "/-/healthy" => Some(Self::Healthy),
            "/-/ready" => Some(Self::Ready),
            "/-/targets" => Some(Self::Targets),
            _ => None,
        }
    }
}

impl ScrapeRequest<'_> {
    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

impl ScrapeResponse {
    pub(super) fn new(status: u16, content_type: &'static str, body: Body) -> Self {
        let headers = vec![
            ("Content-Type", content_type),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ];
        Self { status, headers, body }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn text(status: u16, text: String) -> Self {
        Self::new(status, "text/plain; charset=utf-8", text.into())
    }
}

/// Returns the status page.
fn page(site: &Site, now: Instant) -> ScrapeResponse {
    let html = crate::status::page::page(&site.status(SystemTime::now(), now));
    ScrapeResponse::new(200, "text/html; charset=utf-8", html.into())
        .with("Content-Security-Policy", csp::policy())
        .with("Referrer-Policy", "no-referrer")
}

fn metrics(site: &Site, request: &ScrapeRequest<'_>, now: Instant) -> ScrapeResponse {
    let media_type = negotiation::media_type(request.values("Accept"));
    let gzip = negotiation::gzip(request.values("Accept-Encoding"));
    let (body, compressed) = site.metrics(media_type.format(), gzip, now);
    let response =
        ScrapeResponse::new(200, media_type.content_type(), body).with("Vary", "Accept, Accept-Encoding");
    if compressed { response.with("Content-Encoding", "gzip") } else { response }
}

/// Reports if the process is healthy, that is, if its own parts run. The state of an API or of one service is in the
/// metrics.
fn healthy(site: &Site, now: Instant) -> ScrapeResponse {
    match site.process_health().fault(now) {
        None => ScrapeResponse::text(200, "healthy\n".to_owned()),
        Some(fault) => ScrapeResponse::text(503, format!("unhealthy: {fault}\n")),
    }
}

/// Reports if the port is ready, that is, if each of its services has ended a poll, successful or not, or hangs.
///
/// An API that is down must not take the exporter out of service; `cton_service_up` reports that.
fn ready(site: &Site, now: Instant) -> ScrapeResponse {
    let states = site.states(now);
    let ready = states.iter().all(|(_, state)| *state != DataState::Starting);
    let mut text = if ready { "ready\n" } else { "not ready\n" }.to_owned();
    for (service, state) in &states {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}: {}", service.name, state.words());
    }
    ScrapeResponse::text(if ready { 200 } else { 503 }, text)
}

/// Returns every port of the process as a target, by the name in the `Host` header of the request.
fn targets(site: &Site, request: &ScrapeRequest<'_>) -> ScrapeResponse {
    let named = request.values("Host").find_map(targets::host);
    let json = site.targets().json(&named.map_or_else(targets::machine, str::to_owned));
    ScrapeResponse::new(200, "application/json", json.into())
}
