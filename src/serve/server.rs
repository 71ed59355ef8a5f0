//! The way in over TCP: tiny_http reads requests and writes answers, a few threads find them.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use tiny_http::Method;

use super::answer::{Request, answer};
use super::bind::{BindError, listener};
use super::site::Site;
use super::wire::{self, Connection};
use crate::{log, panics};

/// Threads that answer: more than one, that a slow scraper does not keep the others waiting.
const WORKERS: usize = 4;
/// What an answer needs is a few kB.
const STACK: usize = 256 * 1024;

/// A port that is open. Connections are taken, and wait until it is [started](Self::start).
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Opens a port: `0.0.0.0` stands for every IPv4 address of the machine, `[::]` for every address of both
    /// kinds, port 0 for any that is free.
    ///
    /// # Errors
    /// The address is taken, forbidden, or not one of this machine.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let (listener, address) = listener(address)?;
        Ok(Self { listener, address })
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

fn work(http: &tiny_http::Server, site: &Site) {
    loop {
        match http.recv() {
            Ok(request) => {
                if let Err(said) = panics::catch(|| respond(request, site)) {
                    log::error("request not answered: a defect of cton", &[("cause", &said)]);
                }
            }
            Err(cause) => {
                // tiny_http has given up accepting. An exporter that nobody can scrape is better started
                // anew.
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
    let head_only = *request.method() == Method::Head;
    let connection = connection(&request);
    let from = request.remote_addr().copied();
    if let Err(cause) = wire::write(&answer, head_only, connection, &mut request.into_writer()) {
        let from = from.map_or_else(|| "unknown".to_owned(), |from| from.to_string());
        log::debug("an answer was not taken", &[("from", &from), ("cause", &cause)]);
    }
}

/// What tiny_http will do with the connection, by its own rules.
fn connection(request: &tiny_http::Request) -> Connection {
    let wish = request.headers().iter().find(|header| header.field.equiv("Connection"));
    let wish = wish.map(|header| header.value.as_str().to_ascii_lowercase()).unwrap_or_default();
    let old = *request.http_version() <= (1, 0);
    if wish.contains("close") || wish.contains("upgrade") || (old && !wish.contains("keep-alive")) {
        Connection::Closed
    } else if old {
        Connection::KeptAlive
    } else {
        Connection::Open
    }
}
