//! One connection: a request under a deadline, an answer under another, and the end.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::Socket;

use super::Shared;
use super::connections::Place;
use super::deadline::Timed;
use super::head::{Head, Partial, Refusal};
use super::wire;
use crate::log;
use crate::serve::{Answer, Site};

/// From the connection to the end of the request's head.
const ASK: Duration = Duration::from_secs(5);
/// From there to the last byte of the answer; twice the time-out of a scrape as Prometheus has it.
const ANSWER: Duration = Duration::from_secs(20);
/// From there to the end of the connection by the scraper.
const LINGER: Duration = Duration::from_secs(1);
/// What may still come in meanwhile.
const LINGER_BYTES: u64 = 256 * 1024;

/// Answers what is asked on a connection, and ends it.
pub(super) fn serve(socket: &Socket, shared: &Shared, site: &Arc<Site>, place: &Place) {
    let until = Cell::new(Instant::now() + ASK);
    let mut stream = Timed::new(socket, &until);
    let ended = match read_head(&mut stream) {
        Ok(Asked::Head(head)) => {
            place.asked();
            until.set(Instant::now() + ANSWER);
            answer(&head, &mut stream, shared, site, until.get())
        }
        Ok(Asked::Wrong(refusal)) => {
            place.asked();
            until.set(Instant::now() + LINGER);
            write(&mut stream, &refused(refusal))
        }
        Ok(Asked::Nothing) => return,
        Err(cause) => Err(cause),
    };
    match ended {
        Ok(()) => {
            until.set(Instant::now() + LINGER);
            linger(socket, &mut stream);
        }
        Err(cause) => log::debug("an answer was not taken", &[("cause", &cause)]),
    }
}

/// What came of waiting for a request.
enum Asked {
    Head(Head),
    Wrong(Refusal),
    /// The other end has left, or never said a word.
    Nothing,
}

fn read_head(stream: &mut impl Read) -> io::Result<Asked> {
    let mut partial = Partial::default();
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
            Err(cause) if timed_out(&cause) => {
                let reason = "The request did not come in time: 5 seconds.";
                return Ok(Asked::Wrong(Refusal { status: 408, reason }));
            }
            Err(cause) => return Err(cause),
        }
    }
}

fn timed_out(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

fn answer(
    head: &Head,
    stream: &mut impl Write,
    shared: &Shared,
    site: &Arc<Site>,
    until: Instant,
) -> io::Result<()> {
    let Ok(ready) = shared.backend.answer(head, site, until) else {
        let reason = "The request could not be answered; the log of cton says why.";
        return write(stream, &refused(Refusal { status: 500, reason }));
    };
    stream.write_all(&ready.head)?;
    if head.method != "HEAD" {
        ready.body.pieces().try_for_each(|piece| stream.write_all(piece))?;
    }
    stream.flush()
}

/// An answer of the gate's own.
pub(super) fn refused(refusal: Refusal) -> Answer {
    Answer::text(refusal.status, format!("{}\n", refusal.reason))
}

fn write(stream: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let mut bytes = wire::head(answer);
    answer.body.pieces().for_each(|piece| bytes.extend_from_slice(piece));
    stream.write_all(&bytes)?;
    stream.flush()
}

/// Waits until the other end has taken the answer: a connection that is closed with something unread on it is
/// reset, and the answer with it.
fn linger(socket: &Socket, stream: &mut impl Read) {
    if socket.shutdown(Shutdown::Write).is_ok() {
        let _ = io::copy(&mut stream.take(LINGER_BYTES), &mut io::sink());
    }
}
