//! The errors of the connection to a proxy, with help.

use std::io;

use super::proxy::Proxy;
use super::route::{Route, is_lookup, is_timeout, network, words};
use super::tls_error::{TlsPeer, tls_cause, tls_error};
use crate::fetch::status_text::status_text;
use crate::support::error::{Error, ErrorKind};

/// The help for a proxy that does not respond as one.
const NO_PROXY_HELP: &str = "check that the proxy is an HTTP proxy, and its port";

/// Converts an error of the connection to the proxy.
pub(super) fn proxy_error(error: ureq::Error, proxy: &Proxy, route: &Route<'_>) -> Error {
    if let Some(error) = tls_cause(&error) {
        return tls_error(error, &peer(proxy));
    }
    match error {
        ureq::Error::ConnectProxyFailed(said) => refused(&said, route.key),
        ureq::Error::HostNotFound | ureq::Error::Timeout(ureq::Timeout::Resolve) => no_address(),
        error if is_timeout(&error) => timed_out(route),
        ureq::Error::Tls(text) => Error::new(ErrorKind::Tls, format!("TLS to the proxy: {text}")),
        ureq::Error::Io(error) => socket_error(&error),
        ureq::Error::Protocol(_) | ureq::Error::Other(_) => {
            network("the response of the proxy is not HTTP/1.1").with_help(NO_PROXY_HELP)
        }
        error => network(format!("the proxy failed: {error}")).with_help(NO_PROXY_HELP),
    }
}

fn peer(proxy: &Proxy) -> TlsPeer<'_> {
    TlsPeer { key: proxy.variable(), host: proxy.host(), has_server_name: false, is_proxy: true }
}

/// Returns the error for a refused CONNECT, whose status ureq reports only in its text.
fn refused(said: &str, key: &str) -> Error {
    let status = said.split('/').next().and_then(|text| text.rsplit(' ').next()?.parse::<u16>().ok());
    let Some(status) = status else {
        return network("no complete response from the proxy").with_help(NO_PROXY_HELP);
    };
    let help = match status {
        407 => "check the user and the password in the URL of the proxy".to_owned(),
        403 => "allow the host of the API on the proxy, or name the host in `no_proxy`".to_owned(),
        500.. => format!("check `{key}`, and that the proxy reaches its host"),
        _ => NO_PROXY_HELP.to_owned(),
    };
    // A retry of another status gets the same response, or locks the account.
    let kind = if status >= 500 { ErrorKind::Network } else { ErrorKind::Status };
    Error::new(kind, format!("{} from the proxy", status_text(status))).with_help(help)
}

fn socket_error(error: &io::Error) -> Error {
    use io::ErrorKind as Kind;
    let failed = network(format!("no response from the proxy: {}", words(error)));
    match error.kind() {
        Kind::ConnectionRefused => network("connection to the proxy refused")
            .with_help("check the port of the proxy, and that it runs"),
        Kind::HostUnreachable | Kind::NetworkUnreachable => {
            failed.with_help("check the network of this machine and its route to the proxy")
        }
        _ if is_lookup(error) => no_address(),
        _ => failed.with_help(NO_PROXY_HELP),
    }
}

fn timed_out(route: &Route<'_>) -> Error {
    if let Some(poll) = route.poll {
        return poll.is_over();
    }
    let seconds = route.timeout.as_secs_f64();
    Error::new(
        ErrorKind::Timeout,
        format!("no response from the proxy within {seconds} s (`request_timeout_sec`)"),
    )
    .with_help(format!("{NO_PROXY_HELP}; if it is one, check that it reaches the host of `{}`", route.key))
}

fn no_address() -> Error {
    network("host name of the proxy not found")
        .with_help("check the host of the proxy, and the DNS servers of this machine")
}
