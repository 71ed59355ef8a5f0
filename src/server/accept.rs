//! The thread of a port: accepts connections and gives each a thread, whatever happens.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::thread;
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
use crate::support::{log, panics};

/// What the thread of a connection needs, twice over.
const STACK: usize = 128 * 1024;
/// Without descriptors or memory, trying again at once would take a core.
const PAUSE: Duration = Duration::from_millis(20);
/// Between two lines of the log that say so; where the last descriptor comes and goes there could be thousands.
const TELLS_EVERY: Duration = Duration::from_secs(60);
/// How often a thread is asked for.
const TRIES: usize = 10;

/// Starts the thread of a port.
pub(super) fn start(listener: Listener, shared: &Arc<Shared>, site: &Arc<Site>) -> io::Result<()> {
    let name = format!("accept-{listener}");
    let accepting = shared.probe.add(&listener);
    let port = OpenPort { listener, accepting, shared: Arc::clone(shared), site: Arc::clone(site) };
    thread::Builder::new().name(name).stack_size(STACK).spawn(move || port.run())?;
    Ok(())
}

/// An open port and what it shows.
struct OpenPort {
    listener: Listener,
    accepting: Arc<Accepting>,
    shared: Arc<Shared>,
    site: Arc<Site>,
}

impl OpenPort {
    fn run(&self) {
        let cause = panics::catch(|| self.accept()).err().unwrap_or_default();
        log::critical(
            "a thread that accepts connections died: a defect of cton, please report it",
            &[("address", &self.listener), ("cause", &cause)],
        );
        self.accepting.dies();
    }

    fn accept(&self) -> ! {
        let mut told = None;
        loop {
            let accepted = self.listener.accept();
            self.accepting.is_busy();
            match accepted {
                Ok((socket, from)) => {
                    self.let_in(socket, &from);
                    self.accepting.waits();
                }
                // Gone before it was its turn.
                Err(cause) if is_passing(&cause) => self.accepting.waits(),
                Err(cause) => {
                    if told.is_none_or(|told: Instant| told.elapsed() >= TELLS_EVERY) {
                        let advice = "are descriptors or memory used up? `LimitNOFILE=` and `ulimit -n` set how many there are";
                        log::warning(
                            "a connection could not be accepted: trying on",
                            &[("address", &self.listener), ("cause", &cause), ("advice", &advice)],
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
            // No thread is to be had: somebody else's will be, soon.
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
                log::error("connection ended: a defect of cton, please report it", &[("cause", &said)]);
            }
        };
        // Not thread::spawn, which panics where the system has no more.
        thread::Builder::new().name("connection".into()).stack_size(STACK).spawn(work)?;
        Ok(())
    }
}

fn is_passing(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted)
}

/// Says that there is no place, without waiting for anything; over TLS it could not be said in time.
fn turn_away(socket: &Socket) {
    let reason = "There are too many connections: try again.";
    let response = connection::refused(Refusal { status: 503, reason }).with("Retry-After", "1");
    let mut bytes = response_head::head(&response, &[]);
    response.body.pieces().for_each(|piece| bytes.extend_from_slice(piece));
    if socket.set_nonblocking(true).is_ok() {
        let mut stream = socket;
        let _ = stream.write(&bytes);
        // With its request unread the connection would be reset, and the answer lost.
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
