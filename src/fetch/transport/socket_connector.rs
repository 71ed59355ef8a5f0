//! The connector for TCP, and its connections.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
};

use super::kept_connection::NothingSent;
use super::resolver::CurrentAddresses;

/// The size of each buffer below TLS, which holds a TLS record. The buffers of HTTP are above TLS.
const TLS_BUFFER: usize = 17 * 1024;
/// The shortest time for one address of several.
const SHORTEST: Duration = Duration::from_millis(10);

/// A connector that tries the addresses of a host in their order, unless there is a connection through a proxy.
#[derive(Debug)]
pub(super) struct SocketConnector {
    /// The addresses of the host as of the last lookup, or `None` for a proxy.
    pub(super) current: Option<CurrentAddresses>,
}

/// A TCP connection.
#[derive(Debug)]
pub(super) struct SocketTransport {
    stream: TcpStream,
    peer: SocketAddr,
    current: Option<CurrentAddresses>,
    buffers: LazyBuffers,
    sizes: (usize, usize),
    /// True if bytes were sent since the last received one.
    has_sent: bool,
}

impl<In: Transport> Connector<In> for SocketConnector {
    type Out = Either<In, SocketTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let (stream, peer) = connected(&details.addrs, details.timeout)?;
        stream.set_nodelay(true)?;
        let sizes = match details.needs_tls() {
            true => (TLS_BUFFER, TLS_BUFFER),
            false => (details.config.input_buffer_size(), details.config.output_buffer_size()),
        };
        let (buffers, current) = (LazyBuffers::new(sizes.0, sizes.1), self.current.clone());
        Ok(Some(Either::B(SocketTransport { stream, peer, current, buffers, sizes, has_sent: false })))
    }
}

/// Connects to the first address that accepts. Each address but the last has half of the time that is left.
fn connected(addresses: &[SocketAddr], timeout: NextTimeout) -> Result<(TcpStream, SocketAddr), ureq::Error> {
    let until = Instant::now().checked_add(*timeout.after);
    let mut failed = ureq::Error::HostNotFound;
    for (at, address) in addresses.iter().enumerate() {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(ureq::Error::Timeout(timeout.reason));
        }
        let left = left.map(|left| if at + 1 < addresses.len() { (left / 2).max(SHORTEST) } else { left });
        let connected = match left {
            Some(left) => TcpStream::connect_timeout(address, left),
            None => TcpStream::connect(address),
        };
        match connected {
            Ok(stream) => return Ok((stream, *address)),
            Err(error) => failed = timed(error, timeout),
        }
    }
    Err(failed)
}

impl SocketTransport {
    /// Returns true if nothing was received and the peer has not closed the connection.
    fn is_silent(&mut self) -> bool {
        let is_set = self.stream.set_nonblocking(true).is_ok();
        let read = self.stream.read(&mut [0]);
        let is_silent = read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        is_set && is_silent && self.stream.set_nonblocking(false).is_ok()
    }

    /// Returns true if the last lookup of the host has found the address of the connection.
    fn is_current(&self) -> bool {
        self.current.as_ref().is_none_or(|current| current.contains(self.peer))
    }

    fn write_all(&mut self, amount: usize) -> io::Result<()> {
        let mut rest = &self.buffers.output()[..amount];
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => {
                    rest = &rest[written..];
                    self.has_sent = true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Transport for SocketTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let timeout = timeout.for_write();
        self.stream.set_write_timeout(time_left(timeout)?)?;
        self.write_all(amount).map_err(|error| match timed(error, timeout) {
            ureq::Error::Io(error) if !self.has_sent => ureq::Error::Other(Box::new(NothingSent(error))),
            error => error,
        })
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let timeout = timeout.for_read();
        let until = time_left(timeout)?.and_then(|left| Instant::now().checked_add(left));
        loop {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(ureq::Error::Timeout(timeout.reason));
            }
            self.stream.set_read_timeout(left)?;
            confirm_at_once(&self.stream);
            match self.stream.read(self.buffers.input_append_buf()) {
                Ok(amount) => {
                    self.buffers.input_appended(amount);
                    self.has_sent &= amount == 0;
                    return Ok(amount > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(timed(error, timeout)),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        let is_open = self.is_current() && self.is_silent();
        if is_open && self.buffers.input().is_empty() {
            // An idle connection needs no buffers.
            self.buffers = LazyBuffers::new(self.sizes.0, self.sizes.1);
        }
        is_open
    }
}

/// Makes the kernel confirm the next received packet at once. It delays this by 40 ms after a request.
///
/// A server that writes the head and the body of a response separately, such as `http.server` of Python, sends the body only after
/// the head was confirmed (Nagle's algorithm, RFC 9293 section 3.7.4).
#[cfg(target_os = "linux")]
fn confirm_at_once(stream: &TcpStream) {
    // Without the option, the response is only later.
    let _ = rustix::net::sockopt::set_tcp_quickack(stream, true);
}

/// Does nothing, because other systems have no such option.
#[cfg(not(target_os = "linux"))]
fn confirm_at_once(_: &TcpStream) {}

/// Returns the time left, or `None` without a limit.
fn time_left(timeout: NextTimeout) -> Result<Option<Duration>, ureq::Error> {
    if timeout.after.is_zero() {
        return Err(ureq::Error::Timeout(timeout.reason));
    }
    Ok(Some(*timeout.after).filter(|_| !timeout.after.is_not_happening()))
}

/// Converts the error of a socket, whose timeout has two kinds.
fn timed(error: io::Error, timeout: NextTimeout) -> ureq::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ureq::Error::Timeout(timeout.reason),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    const MINUTE: NextTimeout = NextTimeout {
        after: ureq::unversioned::transport::time::Duration::from_secs(60),
        reason: ureq::Timeout::Connect,
        per_read: None,
        per_write: None,
    };

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn the_first_address_that_accepts_is_used_and_the_last_error_is_reported() {
        let (_listener, live) = listener();
        let refused = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        assert_eq!(connected(&[refused, live, refused], MINUTE).unwrap().1, live);
        let error = connected(&[refused, refused], MINUTE).unwrap_err();
        assert!(matches!(&error, ureq::Error::Io(error) if error.kind() == io::ErrorKind::ConnectionRefused));
        assert!(matches!(connected(&[], MINUTE), Err(ureq::Error::HostNotFound)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_received_packet_is_confirmed_at_once() {
        use rustix::net::sockopt::{set_tcp_quickack, tcp_quickack};
        let (listener, live) = listener();
        let (stream, peer) = connected(&[live], MINUTE).unwrap();
        let mut server = listener.accept().unwrap().0;
        let buffers = LazyBuffers::new(9, 9);
        let mut socket =
            SocketTransport { stream, peer, current: None, buffers, sizes: (9, 9), has_sent: false };
        for part in [b"head", b"body"] {
            set_tcp_quickack(&socket.stream, false).unwrap();
            server.write_all(part).unwrap();
            assert!(socket.await_input(MINUTE).unwrap());
            assert!(tcp_quickack(&socket.stream).unwrap());
        }
    }

    #[test]
    fn a_connection_is_not_open_once_its_host_has_other_addresses() {
        let (listener, live) = listener();
        let current = CurrentAddresses::default();
        let (stream, peer) = connected(&[live], MINUTE).unwrap();
        let _accepted = listener.accept().unwrap();
        let buffers = LazyBuffers::new(1, 1);
        let known = Some(current.clone());
        let mut socket =
            SocketTransport { stream, peer, current: known, buffers, sizes: (1, 1), has_sent: false };
        let other = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        for (addresses, is_open) in [(vec![other, live], true), (vec![other], false), (vec![live], true)] {
            current.set(&addresses);
            assert_eq!(socket.is_open(), is_open, "{addresses:?}");
        }
    }
}
