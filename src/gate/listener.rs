//! Opening a port.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use listenfd::ListenFd;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

/// A port that is open. Connections are taken, and wait until a [`Gate`](super::Gate) serves it.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// `None` of a Unix socket.
    address: Option<SocketAddr>,
}

/// Why a port could not be opened; says the address, what is wrong and what to do.
#[derive(Debug)]
pub struct BindError {
    address: SocketAddr,
    cause: io::Error,
}

/// Connections that wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 1024;

impl Listener {
    /// Opens a port: `0.0.0.0` stands for every IPv4 address of the machine, `[::]` for every address of both
    /// kinds, port 0 for any that is free.
    ///
    /// # Errors
    /// The address is taken, forbidden, or not one of this machine.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let failed = |cause| BindError { address, cause };
        let socket = listen(address).map_err(failed)?;
        let opened = socket.local_addr().map_err(failed)?.as_socket();
        Ok(Self { socket, address: opened })
    }

    /// The sockets that systemd has opened and hands over, TCP or Unix, in their order (sd_listen_fds(3)).
    ///
    /// # Errors
    /// One of them is no listening socket.
    pub fn handed_over() -> io::Result<Vec<Self>> {
        let mut handed = ListenFd::from_env();
        let sockets = (0..handed.len()).map(|index| {
            let socket = match handed.take_tcp_listener(index) {
                Ok(Some(listener)) => Socket::from(listener),
                _ => OwnedFd::from(handed.take_unix_listener(index)?.ok_or(io::ErrorKind::NotFound)?).into(),
            };
            // systemd's own are such that nobody waits.
            socket.set_nonblocking(false)?;
            let address = socket.local_addr()?.as_socket();
            if address.is_some() {
                socket.set_tcp_nodelay(true)?;
            }
            Ok(Self { socket, address })
        });
        sockets.collect()
    }

    /// The address with the port that was opened; `None` of a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    pub(super) fn accept(&self) -> io::Result<(Socket, SockAddr)> {
        self.socket.accept()
    }
}

fn listen(address: SocketAddr) -> io::Result<Socket> {
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
    Ok(socket)
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address {
            Some(address) => address.fmt(f),
            None => {
                let path =
                    self.socket.local_addr().ok().and_then(|address| Some(address.as_pathname()?.to_owned()));
                write!(f, "unix:{}", path.unwrap_or_default().display())
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpStream};

    use super::*;

    #[test]
    fn accepted_connections_do_not_hold_small_writes_back() {
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let _client = TcpStream::connect(listener.address().unwrap()).unwrap();
        assert!(listener.accept().unwrap().0.tcp_nodelay().unwrap());
    }

    #[test]
    fn a_port_that_was_just_closed_can_be_opened_again() {
        let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
        let address = listener.address().unwrap();
        let client = TcpStream::connect(address).unwrap();
        // The side that closes first is the one whose port is remembered.
        drop(listener.accept().unwrap());
        drop((client, listener));
        Listener::bind(address).unwrap();
    }
}
