//! Error messages for failed exchanges, which name the likely cause.

use std::time::Duration;

use super::proxy::Proxy;
use crate::fetch::limits::deadline::PollDeadline;
use crate::support::error::{Error, ErrorKind};

/// The route of a request, as its error messages describe it.
#[derive(Debug)]
pub(super) struct Route<'a> {
    /// The config key of the URL.
    pub key: &'static str,
    /// The proxy on the route, if there is one.
    pub proxy: Option<&'a Proxy>,
    /// The timeout of the request (`request_timeout_sec`).
    pub timeout: Duration,
    /// The deadline of the poll, if it leaves less time than the timeout.
    pub poll: Option<PollDeadline>,
}

impl Route<'_> {
    /// Converts an error of ureq to one with advice. `broken` describes the failure if the error itself does not.
    pub(super) fn explained(&self, error: ureq::Error, broken: &str) -> Error {
        let Some(proxy) = self.proxy.map(Proxy::shown) else { return self.direct(error, broken) };
        match error {
            ureq::Error::ConnectProxyFailed(said) => self.refused(&proxy, &said),
            // The lookup and the connection are those of the proxy.
            ureq::Error::HostNotFound => no_address(&proxy),
            ureq::Error::Io(error) if is_lookup(&error) => no_address(&proxy),
            ureq::Error::Timeout(ureq::Timeout::Resolve) => no_address(&proxy),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => Error::new(
                ErrorKind::Network,
                format!("nothing listens at the proxy {proxy}: is its port right, and the proxy up?"),
            ),
            error => {
                self.direct(error, broken).map_message(|text| format!("{text} (through the proxy {proxy})"))
            }
        }
    }

    fn direct(&self, error: ureq::Error, broken: &str) -> Error {
        match error {
            // Without a name server musl's resolver waits longer than a poll.
            ureq::Error::Timeout(ureq::Timeout::Resolve) => Error::new(
                ErrorKind::Timeout,
                format!("no address in time: no name server answered{}", self.look_up_advice()),
            ),
            ureq::Error::Timeout(_) => self.timed_out(),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => self.timed_out(),
            ureq::Error::HostNotFound => {
                Error::new(ErrorKind::Network, format!("no address{}", self.look_up_advice()))
            }
            ureq::Error::BodyExceedsLimit(limit) => self.too_large(limit),
            ureq::Error::Io(error) => match tls_cause(&error) {
                Some(cause) => untrusted(&cause),
                None => Error::new(
                    ErrorKind::Network,
                    format!("{broken}: {}{}", words(&error), self.network_advice(&error)),
                ),
            },
            ureq::Error::Rustls(error) => untrusted(&error.to_string()),
            ureq::Error::Tls(error) => untrusted(error),
            ureq::Error::Decompress(_, error) => Error::new(
                ErrorKind::Body,
                format!(
                    "the body cannot be decompressed: {error}: is `{}` right, and what answers there the API?",
                    self.key
                ),
            ),
            ureq::Error::LargeResponseHeader(_, limit) => Error::new(
                ErrorKind::Body,
                format!(
                    "the headers of the answer are larger than {limit} bytes: is `{}` right, and what answers there the API?",
                    self.key
                ),
            ),
            ureq::Error::Protocol(error) => Error::new(
                ErrorKind::Network,
                format!("{broken}: what came is not HTTP as it should be: {error}; is `{}` right?", self.key),
            ),
            error => Error::new(ErrorKind::Network, format!("{broken}: {error}")),
        }
    }

    fn too_large(&self, limit: u64) -> Error {
        let advice = match self.key {
            "api_url" => "ask for less, or raise `response_limit_bytes`".to_owned(),
            key => format!("is `{key}` right?"),
        };
        Error::new(ErrorKind::Body, format!("the answer is larger than {limit} bytes: {advice}"))
    }

    /// Returns the error for a refused CONNECT, whose status ureq reports only in its text.
    fn refused(&self, proxy: &str, said: &str) -> Error {
        let status = said.split('/').next().and_then(|text| text.rsplit(' ').next()?.parse::<u16>().ok());
        let advice = match status {
            Some(407) => "answered 407: user and password of its URL are missing or wrong",
            Some(403) => {
                "answered 403: it does not let requests to the host of the API through; have it allowed, or name the host in `no_proxy`"
            }
            Some(status @ 500..) => {
                let text = format!(
                    "answered {status}: it does not reach the host; is `{}` right, and the API up?",
                    self.key
                );
                return Error::new(ErrorKind::Network, format!("the proxy {proxy} {text}"));
            }
            Some(status) => {
                return Error::new(
                    ErrorKind::Status,
                    format!(
                        "the proxy {proxy} answered {status} to CONNECT, expected 200: is it an HTTP proxy, and its port right?"
                    ),
                );
            }
            None => {
                return Error::new(
                    ErrorKind::Network,
                    format!("the proxy {proxy} failed: {said}: is it an HTTP proxy, and its port right?"),
                );
            }
        };
        // A retry gets the same response, or locks the account.
        Error::new(ErrorKind::Status, format!("the proxy {proxy} {advice}"))
    }

    fn network_advice(&self, error: &std::io::Error) -> String {
        match error.kind() {
            std::io::ErrorKind::ConnectionRefused => {
                format!(": nothing listens there; is `{}` right, and the API up?", self.key)
            }
            std::io::ErrorKind::HostUnreachable | std::io::ErrorKind::NetworkUnreachable => {
                ": is the network of this host up, and is there a way to the API?".to_owned()
            }
            std::io::ErrorKind::ConnectionReset
            | std::io::ErrorKind::ConnectionAborted
            | std::io::ErrorKind::BrokenPipe
            | std::io::ErrorKind::UnexpectedEof => {
                ": the API, or something on the way to it, closed the connection; is it overloaded?"
                    .to_owned()
            }
            _ if is_lookup(error) => self.look_up_advice(),
            _ => String::new(),
        }
    }

    fn look_up_advice(&self) -> String {
        format!(": is the host of `{}` right, and DNS up?", self.key)
    }

    fn timed_out(&self) -> Error {
        if let Some(poll) = self.poll {
            return poll.is_over();
        }
        let seconds = self.timeout.as_secs_f64();
        let text = format!(
            "no whole answer within {seconds} s (`request_timeout_sec`): is the API up, is it slower than that, or does a \
             firewall drop what is sent?"
        );
        Error::new(ErrorKind::Timeout, text)
    }
}

/// Returns the text of a socket error, with one text for every reset. A read or a write may report the same reset, and a
/// cause that alternates would be logged each time.
fn words(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset => "connection reset".to_owned(),
        _ => error.to_string(),
    }
}

fn no_address(proxy: &str) -> Error {
    Error::new(ErrorKind::Network, format!("no address of the proxy {proxy}: is its host right, and DNS up?"))
}

fn untrusted(cause: &str) -> Error {
    let advice = TLS_ADVICE.iter().find(|(causes, _)| causes.iter().any(|words| cause.contains(words)));
    let advice = advice.map(|(_, advice)| format!(": {advice}")).unwrap_or_default();
    Error::new(ErrorKind::Tls, format!("TLS: {cause}{advice}"))
}

/// The advice for causes with these words, which are those of rustls and of the alerts of RFC 8446 section 6.
const TLS_ADVICE: [(&[&str], &str); 7] = [
    (&["UnknownIssuer"], "if a private authority signed it, name its file in `ca_file_path`"),
    (&["NotValidYet", "not valid yet"], "is the clock of this host right?"),
    (&["expired"], "has it been renewed, and is the clock of this host right?"),
    (&["InvalidContentType"], "what answers there speaks no TLS; is the port one for https://?"),
    (&["not valid for"], "is the host of the URL right, or does another server answer for it?"),
    (
        &["fatal alert: CertificateRequired"],
        "the API wants a client certificate, name it in `client_cert_path` and `client_key_path`",
    ),
    (
        &[
            "fatal alert: CertificateExpired",
            "fatal alert: BadCertificate",
            "fatal alert: UnknownCA",
            "fatal alert: CertificateRevoked",
            "fatal alert: CertificateUnknown",
        ],
        "the API does not accept the certificate of `client_cert_path`; has it been renewed?",
    ),
];

/// Returns true for a failed name lookup. std has no error kind for it, so the text decides.
fn is_lookup(error: &std::io::Error) -> bool {
    error.to_string().contains("lookup")
}

/// Returns the text of the TLS error that rustls wraps in a socket error, or `None` for another error.
fn tls_cause(error: &std::io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_one_cause_however_the_socket_reports_it() {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
        let way = Route { key: "api_url", proxy: None, timeout: Duration::from_secs(1), poll: None };
        let error = |kind: std::io::ErrorKind| way.explained(ureq::Error::Io(kind.into()), "no answer");
        assert_eq!(error(BrokenPipe), error(ConnectionReset));
        assert_eq!(error(ConnectionAborted), error(ConnectionReset));
        assert!(error(ConnectionReset).to_string().starts_with("no answer: connection reset: the API"));
    }
}
