//! The route of a request, and the errors of exchanges over it.

use std::io;
use std::time::Duration;

use super::http2_detector::Http2Received;
use super::proxy::Proxy;
use super::proxy_connector::ProxyFailure;
use super::proxy_error::proxy_error;
use super::tls_error::{TlsPeer, tls_cause, tls_error};
use crate::fetch::limits::deadline::PollDeadline;
use crate::support::error::{Error, ErrorKind};

/// The help for a response that is invalid or was cut short.
const INVALID_HELP: &str =
    "check the proxies and load balancers before the API; if it persists, contact the provider of the API";

/// The route of a request, as its errors describe it.
#[derive(Debug)]
pub(super) struct Route<'a> {
    /// The config key of the URL.
    pub key: &'static str,
    /// The host of the URL.
    pub host: &'a str,
    /// True if the certificate must have the name of `tls_server_name`, instead of the host.
    pub has_server_name: bool,
    /// The proxy on the route, if there is one.
    pub proxy: Option<&'a Proxy>,
    /// The timeout of the request (`request_timeout_sec`).
    pub timeout: Duration,
    /// The deadline of the poll, if it leaves less time than the timeout.
    pub poll: Option<PollDeadline>,
}

/// The part of an exchange in which an error occurred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExchangePart {
    /// The connection, the request and the head of the response.
    Head,
    /// The body of the response.
    Body,
}

impl ExchangePart {
    fn broken(self) -> &'static str {
        match self {
            Self::Head => "no response",
            Self::Body => "the body was cut short",
        }
    }
}

impl Route<'_> {
    /// Converts an error of ureq to one with help.
    pub(super) fn explained(&self, error: ureq::Error, part: ExchangePart) -> Error {
        let Some(proxy) = self.proxy else { return self.direct(error, part) };
        let error = match error {
            ureq::Error::Other(other) => match other.downcast::<ProxyFailure>() {
                Ok(failure) => proxy_error(failure.0, proxy, self),
                Err(other) => self.direct(ureq::Error::Other(other), part),
            },
            // The API behind the proxy failed.
            error => self.direct(error, part),
        };
        error.with_detail("proxy", proxy.shown())
    }

    fn direct(&self, error: ureq::Error, part: ExchangePart) -> Error {
        let not_the_api = || format!("check `{}`: its server may not be the API", self.key);
        if let Some(error) = tls_cause(&error) {
            return tls_error(error, &self.peer());
        }
        match error {
            // Without a name server musl's resolver waits longer than a poll.
            ureq::Error::Timeout(ureq::Timeout::Resolve) => {
                let error = Error::new(ErrorKind::Timeout, "no response from a name server");
                error.with_help(self.lookup_help())
            }
            error if is_timeout(&error) => self.timed_out(),
            ureq::Error::HostNotFound => network("host name not found").with_help(self.lookup_help()),
            ureq::Error::BodyExceedsLimit(limit) => self.too_large(limit),
            ureq::Error::Io(error) => self.socket_error(&error, part),
            ureq::Error::Tls(text) => Error::new(ErrorKind::Tls, format!("TLS: {text}")),
            ureq::Error::LargeResponseHeader(_, limit) => {
                body(format!("the response headers are larger than {limit} bytes")).with_help(not_the_api())
            }
            ureq::Error::Protocol(error) => self.protocol_error(&error.to_string()),
            ureq::Error::Other(error) if error.is::<Http2Received>() => {
                network("no response: not HTTP/1.1 but HTTP/2")
                    .with_help(format!("enable HTTP/1.1 on the server of `{}`", self.key))
            }
            error => network(format!("{}: {error}", part.broken())).with_help(INVALID_HELP),
        }
    }

    /// Returns the error for a body that cannot be decompressed.
    pub(super) fn undecodable(&self, error: &io::Error) -> Error {
        let help = format!("check `{}`: its server may not be the API", self.key);
        body(format!("the body cannot be decompressed: {error}")).with_help(help)
    }

    /// Returns the error for an invalid response. Only a response in another protocol has no version of HTTP.
    fn protocol_error(&self, error: &str) -> Error {
        let error =
            error.trim_start_matches("http parse fail: ").trim_start_matches("http parse resulted in ");
        if error == "invalid HTTP version" {
            return network("no response: not HTTP/1.1")
                .with_help(format!("check the scheme and the port in `{}`", self.key));
        }
        network(format!("invalid HTTP response: {error}")).with_help(INVALID_HELP)
    }

    fn peer(&self) -> TlsPeer<'_> {
        TlsPeer { key: self.key, host: self.host, has_server_name: self.has_server_name, is_proxy: false }
    }

    fn too_large(&self, limit: u64) -> Error {
        let help = match self.key {
            "api_url" => "request less, or raise `response_limit_bytes`".to_owned(),
            key => format!("check `{key}`"),
        };
        body(format!("the response is larger than {limit} bytes")).with_help(help)
    }

    fn socket_error(&self, error: &io::Error, part: ExchangePart) -> Error {
        use io::ErrorKind as Kind;
        let way = if self.proxy.is_some() && part == ExchangePart::Head { " through the proxy" } else { "" };
        let failed = network(format!("{}{way}: {}", part.broken(), words(error)));
        match error.kind() {
            Kind::ConnectionRefused => network("connection refused")
                .with_help(format!("check the host and the port in `{}`, and that the API is up", self.key)),
            Kind::HostUnreachable | Kind::NetworkUnreachable => {
                failed.with_help("check the network of this machine and its route to the API")
            }
            Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
                failed.with_help(self.http_help(part))
            }
            _ if is_lookup(error) => network("host name not found").with_help(self.lookup_help()),
            _ => failed,
        }
    }

    fn lookup_help(&self) -> String {
        format!("check the host in `{}`, and the DNS servers of this machine", self.key)
    }

    /// Returns the help for a connection that was closed, or on which another protocol was received.
    fn http_help(&self, part: ExchangePart) -> String {
        if part == ExchangePart::Body {
            return INVALID_HELP.to_owned();
        }
        let closes = if self.proxy.is_some() { "neither the proxy nor a firewall" } else { "no firewall" };
        format!(
            "check that the server of `{}` is up and supports HTTP/1.1 (HTTP/2 alone is not supported), and that {closes} \
             closes the connection",
            self.key
        )
    }

    fn timed_out(&self) -> Error {
        if let Some(poll) = self.poll {
            return poll.is_over();
        }
        let seconds = self.timeout.as_secs_f64();
        Error::new(ErrorKind::Timeout, format!("no complete response within {seconds} s (`request_timeout_sec`)"))
            .with_help("check that the API is up and no firewall drops the requests; if it is slow, raise `request_timeout_sec`")
    }
}

/// Returns an error of the network, after which a request is retried.
pub(super) fn network(problem: impl Into<String>) -> Error {
    Error::new(ErrorKind::Network, problem)
}

fn body(problem: String) -> Error {
    Error::new(ErrorKind::Body, problem)
}

/// Returns the text of a socket error, with one text for every closed connection. A read or a write may report the same
/// reset, and a cause that alternates would be logged each time.
pub(super) fn words(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::BrokenPipe | Kind::ConnectionAborted | Kind::ConnectionReset => "connection reset".to_owned(),
        Kind::UnexpectedEof => "connection closed".to_owned(),
        Kind::HostUnreachable => "host unreachable".to_owned(),
        Kind::NetworkUnreachable => "network unreachable".to_owned(),
        _ => error.to_string(),
    }
}

/// Returns true if a limit on the time of the request has passed.
pub(super) fn is_timeout(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Timeout(_) => true,
        ureq::Error::Io(error) => error.kind() == io::ErrorKind::TimedOut,
        _ => false,
    }
}

/// Returns true for a failed name lookup. std has no error kind for it, so the text decides.
pub(super) fn is_lookup(error: &io::Error) -> bool {
    error.to_string().contains("lookup")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_one_cause_however_the_socket_reports_it() {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        let route = Route {
            key: "api_url",
            host: "h",
            has_server_name: false,
            proxy: None,
            timeout: Duration::from_secs(1),
            poll: None,
        };
        let error = |kind: io::ErrorKind| route.explained(ureq::Error::Io(kind.into()), ExchangePart::Head);
        assert_eq!(error(BrokenPipe), error(ConnectionReset));
        assert_eq!(error(ConnectionAborted), error(ConnectionReset));
        assert!(error(ConnectionReset).to_string().starts_with("no response: connection reset; help: "));
    }
}
