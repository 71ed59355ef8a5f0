//! A socket with a deadline instead of a timeout for each read.
//!
//! A timeout for each read would let a client that sends one byte a second stay for hours.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use socket2::Socket;

/// A socket that reads and writes until a deadline, which can be moved.
#[derive(Debug)]
pub(super) struct TimedSocket<'a> {
    socket: &'a Socket,
    until: &'a Cell<Instant>,
}

impl<'a> TimedSocket<'a> {
    pub(super) fn new(socket: &'a Socket, until: &'a Cell<Instant>) -> Self {
        Self { socket, until }
    }
}

/// Returns the time left until a deadline.
///
/// # Errors
/// The deadline has passed.
pub(super) fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

impl Read for TimedSocket<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(Some(left(self.until.get())?))?;
        self.socket.read(into)
    }
}

impl Write for TimedSocket<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(Some(left(self.until.get())?))?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
