//! One exchange over the network: limits on everything, no redirects, no environment, no panics.

use std::path::Path;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Body, RequestExt as _, http};

use super::answer::Answer;
use super::outgoing::Outgoing;
use crate::config::ServiceConfig;
use crate::error::{Error, ErrorKind, Result};

/// The whole head of an answer; what real APIs send is a tenth of it.
const HEAD_LIMIT: usize = 32 * 1024;
/// A name that is not found in this time will not be found.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(5);

/// The way to the API of one service.
#[derive(Debug)]
pub struct Agent {
    agent: ureq::Agent,
    timeout: Duration,
    body_limit: u64,
}

impl Agent {
    /// With the limits of the service's config.
    ///
    /// # Errors
    /// `ca_file_path` cannot be read, or holds no certificate.
    pub fn new(service: &ServiceConfig) -> Result<Self> {
        let mut tls = TlsConfig::builder();
        if let Some(file) = &service.ca_file {
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates(file)?));
        }
        let timeout = service.request_timeout;
        let config = ureq::Agent::config_builder()
            .tls_config(tls.build())
            // The environment is not the config: a proxy there would see every key.
            .proxy(None)
            .timeout_global(Some(timeout))
            .timeout_resolve(Some(timeout.min(RESOLVE_TIMEOUT)))
            // They would take a service's key headers to another host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // Polls are far apart: a connection that is kept is most often one that is found closed.
            .max_idle_connections(0)
            .max_response_header_size(HEAD_LIMIT)
            .user_agent(concat!("collectington/", env!("CARGO_PKG_VERSION")))
            .accept("application/json, */*;q=0.5")
            .build();
        Ok(Self { agent: config.new_agent(), timeout, body_limit: service.response_limit })
    }

    /// Sends it once and reads all of the answer.
    ///
    /// # Errors
    /// There was no whole answer within the limits; the words do not say what was asked.
    pub fn exchange(&self, outgoing: &Outgoing) -> Result<Answer> {
        let mut request = http::Request::builder().method(outgoing.method).uri(outgoing.url.to_string());
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        let response = match &outgoing.body {
            Some(body) => request.body(body.as_slice()).map(|request| request.with_agent(&self.agent).run()),
            None => request.body(()).map(|request| request.with_agent(&self.agent).run()),
        };
        let response = response.map_err(|error| Error::new(ErrorKind::Config, error.to_string()))?;
        self.read(response.map_err(|error| self.explained(error, "no answer"))?)
    }

    fn read(&self, response: http::Response<Body>) -> Result<Answer> {
        let (head, body) = response.into_parts();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers =
            head.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
        let body = body.into_with_config().limit(self.body_limit).read_to_vec();
        let body = body.map_err(|error| self.explained(error, "the body was cut short"))?;
        Ok(Answer { status: head.status.as_u16(), headers, body })
    }

    /// In words that lead to the cause; `broken` is what happened where the error does not say.
    fn explained(&self, error: ureq::Error, broken: &str) -> Error {
        let seconds = self.timeout.as_secs_f64();
        match error {
            ureq::Error::Timeout(_) => timed_out(seconds),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => timed_out(seconds),
            ureq::Error::HostNotFound => {
                Error::new(ErrorKind::Network, format!("no address{LOOK_UP_ADVICE}"))
            }
            ureq::Error::BodyExceedsLimit(limit) => Error::new(
                ErrorKind::Body,
                format!(
                    "the answer is larger than {limit} bytes: ask for less, or raise `response_limit_bytes`"
                ),
            ),
            ureq::Error::Io(error) => match tls_cause(&error) {
                Some(cause) => untrusted(&cause),
                None => {
                    Error::new(ErrorKind::Network, format!("{broken}: {error}{}", network_advice(&error)))
                }
            },
            ureq::Error::Rustls(error) => untrusted(&error.to_string()),
            ureq::Error::Tls(error) => untrusted(error),
            ureq::Error::Decompress(_, error) => {
                Error::new(ErrorKind::Body, format!("the body cannot be decompressed: {error}"))
            }
            ureq::Error::LargeResponseHeader(_, limit) => Error::new(
                ErrorKind::Body,
                format!("the headers of the answer are larger than {limit} bytes"),
            ),
            error => Error::new(ErrorKind::Network, format!("{broken}: {error}")),
        }
    }
}

/// The certificates of a PEM file.
///
/// # Errors
/// It cannot be read, or holds none.
pub fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>> {
    let shown = file.display();
    let wrong = |what: String| Error::new(ErrorKind::Config, format!("`ca_file_path` {shown}: {what}"));
    let pem = std::fs::read(file).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    let items: Result<Vec<_>, _> = parse_pem(&pem).collect();
    let items = items.map_err(|error| wrong(format!("is not PEM: {error}")))?;
    let certificates: Vec<_> = items
        .into_iter()
        .filter_map(|item| match item {
            PemItem::Certificate(certificate) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(wrong(
            "holds no certificate; blocks of `-----BEGIN CERTIFICATE-----` are expected".to_owned(),
        ));
    }
    Ok(certificates)
}

fn timed_out(seconds: f64) -> Error {
    Error::new(ErrorKind::Timeout, format!("no whole answer within {seconds} s (`request_timeout_sec`)"))
}

fn untrusted(cause: &str) -> Error {
    let advice = if cause.contains("UnknownIssuer") {
        ": if a private authority signed it, name its file in `ca_file_path`"
    } else if cause.contains("NotValidYet") || cause.contains("not valid yet") {
        ": is the clock of this host right?"
    } else {
        ""
    };
    Error::new(ErrorKind::Tls, format!("TLS: {cause}{advice}"))
}

const LOOK_UP_ADVICE: &str = ": is the host of `api_url` right, and DNS up?";

fn network_advice(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => {
            ": nothing listens there; is `api_url` right, and the API up?"
        }
        // std has no kind for it, and passes on what the system's resolver said.
        _ if error.to_string().contains("lookup") => LOOK_UP_ADVICE,
        _ => "",
    }
}

/// rustls hands its errors on inside those of the socket.
fn tls_cause(error: &std::io::Error) -> Option<String> {
    error.get_ref()?.downcast_ref::<rustls::Error>().map(ToString::to_string)
}
