//! One client connection: a request and its response, each within a deadline, and an orderly close.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::net::{RecvFlags, recv};
use rustls::StreamOwned;
use socket2::Socket;

use super::connection_limit::{ConnectionSlot, ConnectionStage};
use super::http_server::Shared;
use super::lifecycle;
use super::request_head::{PartialHead, Refusal, RequestHead};
use super::response_head;
use super::timed_socket::{TimedSocket, left};
use super::web_config::Rules;
use super::web_config::basic_auth::Admission;
use super::web_config::server_tls::ServerTls;
use crate::exposition::scrape_response::ScrapeResponse;
use crate::exposition::site::Site;
use crate::support::log;

/// Longest time from the connection to the end of the request head.
const ASK: Duration = Duration::from_secs(5);
/// Longest time from the request head to the last byte of the response, twice the default scrape timeout of Prometheus.
const RESPONSE: Duration = Duration::from_secs(20);
/// Longest wait for the client to close the connection after the response.
const LINGER: Duration = Duration::from_secs(1);
/// Maximum number of bytes that are discarded during that wait.
const LINGER_BYTES: u64 = 256 * 1024;

/// A connection that holds a slot of the connection limit.
pub(super) struct Connection<'c> {
    pub socket: &'c Socket,
    pub shared: &'c Shared,
    pub site: &'c Arc<Site>,
    pub place: &'c ConnectionSlot,
}

impl Connection<'_> {
    /// Responds to the one request of the connection, and shuts it down.
    pub(super) fn serve(&self) {
        let rules = if self.place.is_probe() { Arc::default() } else { self.shared.web.rules() };
        let until = Cell::new(Instant::now() + ASK);
        let mut stream = TimedSocket::new(self.socket, &until);
        let ended = match &rules.tls {
            Some(tls) if self.speaks_tls(until.get()) => self.encrypted(tls, stream, &rules, &until),
            Some(_) => refuse(&mut stream, &rules, HTTPS_ONLY),
            None => self.converse(&mut stream, &rules, &until),
        };
        match ended {
            Ok(()) => self.linger(&until),
            Err(cause) => log::debug("response not sent", &[("error", &cause)]),
        }
    }

    /// Returns true if the first byte is that of a handshake (RFC 8446, section 5.1), or if there is none.
    fn speaks_tls(&self, until: Instant) -> bool {
        let mut first = [0];
        let waits = left(until).and_then(|left| self.socket.set_read_timeout(Some(left)));
        let peeked = waits.is_ok()
            && recv(self.socket, &mut first, RecvFlags::PEEK).is_ok_and(|(count, _)| count == 1);
        !peeked || first == [0x16]
    }

    fn encrypted(
        &self,
        tls: &ServerTls,
        stream: TimedSocket<'_>,
        rules: &Rules,
        until: &Cell<Instant>,
    ) -> io::Result<()> {
        let connection = tls.connection().map_err(io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        while stream.conn.is_handshaking() {
            if let Err(cause) = stream.conn.complete_io(&mut stream.sock) {
                // The alert reports the reason to the client.
                let _ = stream.conn.write_tls(&mut stream.sock);
                return Err(cause);
            }
        }
        let conversed = if tls.lets_in(&stream.conn) {
            self.converse(&mut stream, rules, until)
        } else {
            refuse(&mut stream, rules, NOT_THIS_CLIENT)
        };
        stream.conn.send_close_notify();
        conversed.and_then(|()| stream.flush())
    }

    /// Reads one request and writes its response.
    fn converse(
        &self,
        stream: &mut (impl Read + Write),
        rules: &Rules,
        until: &Cell<Instant>,
    ) -> io::Result<()> {
        let asked = read_head(stream)?;
        self.place.is_now(ConnectionStage::Responding);
        until.set(Instant::now() + RESPONSE);
        match asked {
            Asked::Nothing => Ok(()),
            Asked::Wrong(refusal) => refuse(stream, rules, refusal),
            Asked::Head(head) => match self.admit(&head, rules).or_else(|| self.reload(&head)) {
                Some(response) => write(stream, &response, rules, head.method != "HEAD"),
                None => self.respond(&head, stream, rules, until.get()),
            },
        }
    }

    /// Returns the response to a rejected request; `None` if the request is admitted.
    fn admit(&self, head: &RequestHead, rules: &Rules) -> Option<ScrapeResponse> {
        if !self.shared.hosts.allow(head) {
            return Some(refused(NOT_THIS_HOST));
        }
        if rules.pace.as_ref().is_some_and(|pace| !pace.allows()) {
            return Some(refused(TOO_OFTEN));
        }
        match rules.users.admit(head.authorization.as_deref(), self.place.origin()) {
            Admission::Granted => None,
            Admission::Refused => Some(refused(WHO).with("WWW-Authenticate", "Basic")),
            Admission::Busy => Some(refused(TOO_MANY_GUESSES).with("Retry-After", "1")),
        }
    }

    /// Returns the response to a request that reloads the config; `None` for another request.
    ///
    /// The thread of the connection waits for the reload, and no thread that responds to scrapes does.
    fn reload(&self, head: &RequestHead) -> Option<ScrapeResponse> {
        lifecycle::respond(self.shared.lifecycle.get(), head)
    }

    fn respond(
        &self,
        head: &RequestHead,
        stream: &mut impl Write,
        rules: &Rules,
        until: Instant,
    ) -> io::Result<()> {
        let with_body = head.method != "HEAD";
        let Ok(ready) = self.shared.backend.respond(head, self.site, until) else {
            return write(stream, &refused(NO_RESPONSE), rules, with_body);
        };
        stream.write_all(&ready.head)?;
        if with_body {
            ready.body.pieces().try_for_each(|piece| stream.write_all(piece))?;
        }
        stream.flush()
    }

    /// Waits until the client has received the response. Closing a connection with unread data resets it, and
    /// the response is lost.
    fn linger(&self, until: &Cell<Instant>) {
        self.place.is_now(ConnectionStage::Leaving);
        until.set(Instant::now() + LINGER);
        if self.socket.shutdown(Shutdown::Write).is_ok() {
            let _ = io::copy(&mut TimedSocket::new(self.socket, until).take(LINGER_BYTES), &mut io::sink());
        }
    }
}

const HTTPS_ONLY: Refusal = Refusal { status: 400, reason: "This port requires HTTPS: use https://." };
const NOT_THIS_CLIENT: Refusal = Refusal { status: 403, reason: "The client certificate is not allowed." };
const NOT_THIS_HOST: Refusal = Refusal {
    status: 421,
    reason: "This host is not allowed: use an IP address, or start cton with --allowed-host for this name.",
};
const TOO_OFTEN: Refusal = Refusal { status: 429, reason: "The rate limit of the web config is reached." };
const WHO: Refusal = Refusal { status: 401, reason: "A user name and a password are required." };
const TOO_MANY_GUESSES: Refusal =
    Refusal { status: 429, reason: "Too many passwords are being checked: retry later." };
const TOO_SLOW: Refusal = Refusal { status: 408, reason: "The request was not complete within 5 seconds." };
const NO_RESPONSE: Refusal = Refusal { status: 500, reason: "Internal error: see the log of cton." };

/// The result of waiting for a request.
enum Asked {
    Head(RequestHead),
    Wrong(Refusal),
    /// The client closed the connection, or sent nothing in time.
    Nothing,
}

fn read_head(stream: &mut impl Read) -> io::Result<Asked> {
    let mut partial = PartialHead::default();
    let mut buffer = [0; 2048];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Ok(Asked::Nothing),
            Ok(count) => match partial.take(&buffer[..count]) {
                Ok(None) => {}
                Ok(Some(head)) => return Ok(Asked::Head(head)),
                Err(refusal) => return Ok(Asked::Wrong(refusal)),
            },
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) if timed_out(&cause) && partial.is_empty() => return Ok(Asked::Nothing),
            Err(cause) if timed_out(&cause) => return Ok(Asked::Wrong(TOO_SLOW)),
            Err(cause) => return Err(cause),
        }
    }
}

fn timed_out(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

/// Returns the response of the server to a rejected request.
pub(super) fn refused(refusal: Refusal) -> ScrapeResponse {
    ScrapeResponse::text(refusal.status, format!("{}\n", refusal.reason))
}

fn refuse(stream: &mut impl Write, rules: &Rules, refusal: Refusal) -> io::Result<()> {
    write(stream, &refused(refusal), rules, true)
}

fn write(
    stream: &mut impl Write,
    response: &ScrapeResponse,
    rules: &Rules,
    with_body: bool,
) -> io::Result<()> {
    let mut bytes = response_head::head(response, rules.headers());
    if with_body {
        response.body.pieces().for_each(|piece| bytes.extend_from_slice(piece));
    }
    stream.write_all(&bytes)?;
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client that sends these bytes and then fails with this error.
    struct Client(&'static [u8], io::ErrorKind);

    impl Read for Client {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() { Err(self.1.into()) } else { self.0.read(into) }
        }
    }

    /// A stream whose first read is interrupted by a signal.
    struct Interrupted(Option<io::ErrorKind>, &'static [u8]);

    impl Read for Interrupted {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0.take().map_or_else(|| self.1.read(into), |kind| Err(kind.into()))
        }
    }

    #[test]
    fn a_signal_breaks_no_request_off() {
        let request = b"GET / HTTP/1.0\r\n\r\n";
        let asked = read_head(&mut Interrupted(Some(io::ErrorKind::Interrupted), request));
        assert!(matches!(asked, Ok(Asked::Head(head)) if head.target == "/"));
    }

    #[test]
    fn who_is_late_is_told_so_if_there_was_a_word_of_a_request() {
        let read = |said, fails| read_head(&mut Client(said, fails));
        assert!(matches!(read(b"", io::ErrorKind::TimedOut), Ok(Asked::Nothing)));
        assert!(matches!(
            read(b"GET /", io::ErrorKind::WouldBlock),
            Ok(Asked::Wrong(Refusal { status: 408, .. }))
        ));
        for said in [&b""[..], b"GET /"] {
            assert!(
                matches!(read(said, io::ErrorKind::ConnectionReset), Err(error) if error.kind() == io::ErrorKind::ConnectionReset)
            );
        }
    }
}
