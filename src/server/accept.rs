//! The accept thread of a port, which starts a thread for each connection and continues after errors.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{SockAddr, Socket};

use super::connection::{self, Connection};
use super::connection_limit::ConnectionSlot;
use super::http_server::Shared;
use super::listener::Listener;
use super::request_head::Refusal;
use super::response_head;
use super::self_check::Accepting;
use crate::exposition::site::Site;
use crate::support::error::FILES_HELP;
use crate::support::panics::BUG_HINT;
use crate::support::{log, panics};

/// Stack size of a thread in bytes, twice the size that a connection needs.
const STACK: usize = 128 * 1024;
/// Longest pause after a failed accept. Without descriptors or memory, an immediate retry would occupy a core.
const PAUSE: Duration = Duration::from_millis(20);
/// Shortest interval between two warnings about failed accepts, of which there can be thousands.
const TELLS_EVERY: Duration = Duration::from_secs(60);
/// Maximum number of attempts to start the thread of a connection.
const TRIES: usize = 10;

/// Starts the accept thread of a port.
pub(super) fn start(listener: Listener, shared: &Arc<Shared>, site: &Arc<Site>) -> io::Result<ServedPort> {
    let name = format!("accept-{listener}");
    let accepting = shared.probe.add(&listener);
    let (listener, is_closed) = (Arc::new(listener), Arc::<AtomicBool>::default());
    let port = OpenPort {
        listener: Arc::clone(&listener),
        is_closed: Arc::clone(&is_closed),
        accepting: Arc::clone(&accepting),
        shared: Arc::clone(shared),
        site: Arc::clone(site),
    };
    let thread = thread::Builder::new().name(name).stack_size(STACK).spawn(move || port.run());
    let thread = thread.inspect_err(|_| shared.probe.remove(&accepting))?;
    Ok(ServedPort { listener, is_closed, accepting, shared: Arc::clone(shared), thread })
}

/// A port that is served until it is closed.
pub struct ServedPort {
    listener: Arc<Listener>,
    is_closed: Arc<AtomicBool>,
    accepting: Arc<Accepting>,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

impl ServedPort {
    /// Returns the listening socket of the port.
    pub(crate) fn listener(&self) -> &Listener {
        &self.listener
    }

    /// Closes the port. Connections that were accepted receive their responses.
    pub(crate) fn close(self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.listener.wake();
        // The thread dies only of a panic, which it has logged.
        let _ = self.thread.join();
        self.shared.probe.remove(&self.accepting);
    }
}

/// An open port and the site that it serves.
struct OpenPort {
    listener: Arc<Listener>,
    is_closed: Arc<AtomicBool>,
    accepting: Arc<Accepting>,
    shared: Arc<Shared>,
    site: Arc<Site>,
}

impl OpenPort {
    fn run(&self) {
        let Err(cause) = panics::catch(|| self.accept()) else { return };
        log::critical(
            "accept thread died",
            &[("address", &self.listener), ("error", &cause), ("hint", &BUG_HINT)],
        );
        self.accepting.dies();
    }

    /// Accepts connections until the port is closed.
    fn accept(&self) {
        let mut told = None;
        loop {
            let accepted = self.listener.accept();
            if self.is_closed.load(Ordering::SeqCst) {
                return;
            }
            self.accepting.is_busy();
            match accepted {
                Ok((socket, from)) => {
                    self.let_in(socket, &from);
                    self.accepting.waits();
                }
                // The next accept can succeed at once.
                Err(cause) if is_passing(&cause) => self.accepting.waits(),
                Err(cause) => {
                    if told.is_none_or(|told: Instant| told.elapsed() >= TELLS_EVERY) {
                        log::warning(
                            "connection not accepted",
                            &[("address", &self.listener), ("error", &cause), ("hint", &FILES_HELP)],
                        );
                        told = Some(Instant::now());
                    }
                    self.shared.connections.make_room(PAUSE);
                }
            }
        }
    }

    fn let_in(&self, socket: Socket, from: &SockAddr) {
        let origin = self.shared.probe.origin(from.as_socket());
        let socket = Arc::new(socket);
        for _ in 0..TRIES {
            let Some(place) = self.shared.connections.admit(&socket, origin) else { break };
            if self.start(&socket, place).is_ok() {
                return;
            }
            // The system has no thread left, but another connection may soon release one.
            self.shared.connections.make_room(PAUSE / 4);
        }
        if self.shared.web.rules().tls.is_none() {
            turn_away(&socket);
        }
    }

    fn start(&self, socket: &Arc<Socket>, place: ConnectionSlot) -> io::Result<()> {
        let (socket, shared, site) = (Arc::clone(socket), Arc::clone(&self.shared), Arc::clone(&self.site));
        let work = move || {
            let connection = Connection { socket: &socket, shared: &shared, site: &site, place: &place };
            let served = panics::catch(|| connection.serve());
            if let Err(said) = served {
                log::error("connection failed", &[("error", &said), ("hint", &BUG_HINT)]);
            }
        };
        // `thread::spawn` panics if the system has no more threads.
        thread::Builder::new().name("connection".into()).stack_size(STACK).spawn(work)?;
        Ok(())
    }
}

fn is_passing(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted)
}

/// Responds with 503 without waiting, so not over TLS, whose handshake takes too long.
fn turn_away(socket: &Socket) {
    let reason = "Too many connections: retry later.";
    let response = connection::refused(Refusal { status: 503, reason }).with("Retry-After", "1");
    let mut bytes = response_head::head(&response, &[]);
    response.body.pieces().for_each(|piece| bytes.extend_from_slice(piece));
    if socket.set_nonblocking(true).is_ok() {
        let mut stream = socket;
        let _ = stream.write(&bytes);
        // Closing a socket with unread data resets the connection, and the response is lost.
        let _ = stream.read(&mut [0; 2048]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_over_by_itself_is_passed_over() {
        let is = |kind: io::ErrorKind| is_passing(&kind.into());
        assert!(is(io::ErrorKind::Interrupted) && is(io::ErrorKind::ConnectionAborted));
        assert!(!is(io::ErrorKind::OutOfMemory) && !is_passing(&io::Error::from_raw_os_error(24)));
    }
}
