//! The way in over TCP: tiny_http reads requests and writes answers, a few threads find them.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use socket2::{Domain, Protocol, Socket, Type};
use tiny_http::{Header, Response, StatusCode};

use super::answer::{Answer, Request, answer};
use super::site::Site;
use crate::log;

/// Threads that answer: more than one, that a slow scraper does not keep the others waiting.
const WORKERS: usize = 4;
/// What an answer needs is a few kB.
const STACK: usize = 256 * 1024;
/// Connections that wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 1024;

/// A port that is open. Connections are taken, and wait until it is [started](Self::start).
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

/// Why a port could not be opened; says the address, what is wrong and what to do.
#[derive(Debug)]
pub struct BindError {
    address: SocketAddr,
    cause: io::Error,
}

impl Server {
    /// Opens a port: `0.0.0.0` stands for every IPv4 address of the machine, `[::]` for every address of both kinds,
    /// port 0 for any that is free.
    ///
    /// # Errors
    /// The address is taken, forbidden, or not one of this machine.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let bound = listener(address).and_then(|listener| {
            let address = listener.local_addr()?;
            Ok(Self { listener, address })
        });
        bound.map_err(|cause| BindError { address, cause })
    }

    /// The address with the port that was opened.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers with what `site` shows, until the process ends.
    ///
    /// # Errors
    /// A thread could not be started.
    pub fn start(self, site: &Arc<Site>) -> io::Result<()> {
        let http = Arc::new(tiny_http::Server::from_listener(self.listener, None).map_err(io::Error::other)?);
        for number in 0..WORKERS {
            let (http, site) = (Arc::clone(&http), Arc::clone(site));
            let name = format!("http-{}-{number}", self.address.port());
            thread::Builder::new().name(name).stack_size(STACK).spawn(move || work(&http, &site))?;
        }
        Ok(())
    }
}

fn listener(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Without it a restart has to wait until the connections of the last run are forgotten.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    // Accepted connections inherit it. An answer is more than one write: without it the second waits for the
    // scraper's delayed acknowledgement of the first, 40 ms on Linux.
    socket.set_tcp_nodelay(true)?;
    if address.ip() == IpAddr::from([0_u16; 8]) {
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

fn work(http: &tiny_http::Server, site: &Site) {
    loop {
        match http.recv() {
            Ok(request) => {
                if catch_unwind(AssertUnwindSafe(|| respond(request, site))).is_err() {
                    log::error("a request was not answered: the answering panicked", &[]);
                }
            }
            Err(cause) => {
                // tiny_http has given up accepting. An exporter that nobody can scrape is better started anew.
                log::critical("connections can no longer be accepted", &[("cause", &cause)]);
                std::process::exit(1);
            }
        }
    }
}

fn respond(request: tiny_http::Request, site: &Site) {
    let headers: Vec<(&str, &str)> = request
        .headers()
        .iter()
        .map(|header| (header.field.as_str().as_str(), header.value.as_str()))
        .collect();
    let head = Request { method: request.method().as_str(), target: request.url(), headers: &headers };
    let answer = answer(site, &head);
    let from = request.remote_addr().copied();
    if let Err(cause) = request.respond(response(answer)) {
        let from = from.map_or_else(|| "unknown".to_owned(), |from| from.to_string());
        log::debug("an answer was not taken", &[("from", &from), ("cause", &cause)]);
    }
}

fn response(answer: Answer) -> Response<super::Body> {
    let header = |(name, value): &(&str, &str)| Header::from_bytes(*name, *value).ok();
    let headers = answer.headers.iter().filter_map(header).collect();
    let length = answer.body.len();
    // Above the threshold tiny_http would leave out the length, which is known, and send chunks.
    Response::new(StatusCode(answer.status), headers, answer.body, Some(length), None)
        .with_chunked_threshold(usize::MAX)
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, cause } = self;
        write!(f, "cannot listen on {address}: ")?;
        match cause.kind() {
            io::ErrorKind::AddrInUse => f.write_str(
                "another process has this port: stop it, or give the service another `port` in config.json",
            ),
            io::ErrorKind::PermissionDenied => f.write_str(
                "not permitted: ports below 1024 are for root or CAP_NET_BIND_SERVICE; \
                 give the service a `port` from 1024 up in config.json",
            ),
            io::ErrorKind::AddrNotAvailable => f.write_str(
                "this machine has no such address: set `listen` to one of its own, or to 0.0.0.0 for all of them",
            ),
            _ => write!(f, "{cause}"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}
