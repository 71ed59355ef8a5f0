//! The routes from the head of a request to its response, without sockets.

use std::time::{Instant, SystemTime};

use super::body::Body;
use super::site::Site;
use super::{negotiation, readiness, targets};
use crate::config::url_parts::UrlParts;
use crate::status::csp;
use crate::status::port_status::PortStatus;
use crate::status::status_scope::StatusScope;

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
        Endpoint::Page => status(site, request, now, page),
        Endpoint::Status => status(site, request, now, |status| {
            ScrapeResponse::new(200, "application/json", status.json().into())
        }),
        Endpoint::Metrics => metrics(site, request, now),
        Endpoint::Healthy => healthy(site, now),
        Endpoint::Ready => readiness::response(site, now),
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
        match path(target)? {
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

/// Returns the path of a request target; `None` if it is no path and no URL.
pub(crate) fn path(target: &str) -> Option<&str> {
    let path = if target.starts_with('/') { target } else { UrlParts::split(target)?.path };
    path.split('?').next()
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

/// Returns the status that the query selects, as `render` shows it.
fn status(
    site: &Site,
    request: &ScrapeRequest<'_>,
    now: Instant,
    render: impl FnOnce(&PortStatus) -> ScrapeResponse,
) -> ScrapeResponse {
    let query = request.target.split_once('?').map_or("", |(_, query)| query);
    let scope = StatusScope::of_query(query);
    let status = site.status_of(&scope, SystemTime::now(), now);
    match scope {
        StatusScope::Selected(_) if status.services.is_empty() => {
            ScrapeResponse::text(404, "Not found: no such service or target on this port.\n".to_owned())
        }
        _ => render(&status),
    }
}

/// Returns the status page.
fn page(status: &PortStatus) -> ScrapeResponse {
    let html = crate::status::page::page(status);
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
    match site.process_facts.health.fault(now) {
        None => ScrapeResponse::text(200, "healthy\n".to_owned()),
        Some(fault) => ScrapeResponse::text(503, format!("unhealthy: {fault}\n")),
    }
}

/// Returns every port of the process as a target, by the name in the `Host` header of the request.
fn targets(site: &Site, request: &ScrapeRequest<'_>) -> ScrapeResponse {
    let named = request.values("Host").find_map(targets::host);
    let json = site.process_facts.targets().json(&named.map_or_else(targets::machine, str::to_owned));
    ScrapeResponse::new(200, "application/json", json.into())
}
