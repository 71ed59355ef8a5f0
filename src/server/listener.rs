//! The listening socket of a port.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use listenfd::ListenFd;
use socket2::{Domain, Protocol, SockAddr, Socket, Type};

use super::self_check;
use crate::support::error::is_out_of_files;

/// An open port, whose connections wait until an [`HttpServer`](super::HttpServer) serves it.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// The address with the opened port; `None` for a Unix socket.
    address: Option<SocketAddr>,
    /// True if systemd has opened the socket.
    is_handed_over: bool,
}

/// The error of a port that cannot be opened.
#[derive(Debug)]
pub struct BindError {
    address: SocketAddr,
    cause: io::Error,
}

/// Maximum number of connections that wait to be accepted; the system may allow fewer.
const BACKLOG: i32 = 1024;

/// Timeout of the connection that wakes a thread.
const WAKE: Duration = Duration::from_secs(1);

impl Listener {
    /// Opens a port. `0.0.0.0` stands for every IPv4 address of the machine, `[::]` for every address of both
    /// kinds, and port 0 for any free port. Without IPv6 in the kernel, `[::]` stands for every IPv4 address.
    ///
    /// # Errors
    /// The address is in use, not permitted, or not one of this machine.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let failed = |cause| BindError { address, cause };
        let socket = listen(address).or_else(|cause| match ipv4_instead(address, &cause) {
            Some(address) => listen(address),
            None => Err(cause),
        });
        let socket = socket.map_err(failed)?;
        let opened = socket.local_addr().map_err(failed)?.as_socket();
        Ok(Self { socket, address: opened, is_handed_over: false })
    }

    /// Returns the sockets that systemd has opened and passes on, TCP or Unix, in their order (sd_listen_fds(3)).
    ///
    /// # Errors
    /// One of them is not a listening socket.
    pub fn handed_over() -> io::Result<Vec<Self>> {
        let mut handed = ListenFd::from_env();
        let sockets = (0..handed.len()).map(|index| {
            let socket = match handed.take_tcp_listener(index) {
                Ok(Some(listener)) => Socket::from(listener),
                _ => OwnedFd::from(handed.take_unix_listener(index)?.ok_or(io::ErrorKind::NotFound)?).into(),
            };
            // systemd may pass non-blocking sockets on, but the accept thread has to wait.
            socket.set_nonblocking(false)?;
            let address = socket.local_addr()?.as_socket();
            if address.is_some() {
                socket.set_tcp_nodelay(true)?;
            }
            Ok(Self { socket, address, is_handed_over: true })
        });
        sockets.collect()
    }

    /// Returns the address with the opened port; `None` for a Unix socket.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Returns true if systemd has opened the socket.
    pub(crate) fn is_handed_over(&self) -> bool {
        self.is_handed_over
    }

    /// Returns true if the port is open for IPv6 only.
    pub(super) fn is_only_v6(&self) -> bool {
        self.address.is_some_and(|address| address.is_ipv6()) && self.socket.only_v6().unwrap_or(false)
    }

    /// Lets the thread that accepts return with an error. The socket accepts no further connections.
    pub(super) fn wake(&self) {
        // Without a shutdown of listening sockets, as on some systems, a connection wakes the thread.
        if let (Err(_), Some(address)) = (self.socket.shutdown(Shutdown::Both), self.address) {
            let _ = TcpStream::connect_timeout(&self_check::reachable(address, self.is_only_v6()), WAKE);
        }
    }

    pub(super) fn accept(&self) -> io::Result<(Socket, SockAddr)> {
        self.socket.accept()
    }
}

/// Returns the address to open instead of `[::]` if the kernel or a sandbox has no IPv6.
fn ipv4_instead(address: SocketAddr, cause: &io::Error) -> Option<SocketAddr> {
    let is_unsupported = cause.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
        || matches!(cause.kind(), io::ErrorKind::Unsupported | io::ErrorKind::AddrNotAvailable);
    let is_any = address.ip() == IpAddr::from(Ipv6Addr::UNSPECIFIED);
    (is_any && is_unsupported).then(|| (Ipv4Addr::UNSPECIFIED, address.port()).into())
}

fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Without it a restart fails until the connections of the last run have timed out.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    // Accepted connections inherit it. A response is more than one write: without it the second waits for the
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

impl BindError {
    /// Returns the kind of the cause.
    pub(crate) fn kind(&self) -> io::ErrorKind {
        self.cause.kind()
    }

    /// Returns true if the process or the system has too many open files.
    pub(crate) fn is_out_of_files(&self) -> bool {
        is_out_of_files(&self.cause)
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, cause } = self;
        write!(f, "cannot listen on {address}: ")?;
        match cause.kind() {
            io::ErrorKind::AddrInUse => f.write_str("another process uses this port"),
            io::ErrorKind::PermissionDenied => f.write_str("no permission to open this port"),
            io::ErrorKind::AddrNotAvailable => f.write_str("this machine has no such address"),
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
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn one_port_serves_ipv4_and_ipv6() {
        let listener = Listener::bind((Ipv6Addr::UNSPECIFIED, 0).into()).unwrap();
        let port = listener.address().unwrap().port();
        let mut hosts: Vec<IpAddr> = vec![Ipv4Addr::LOCALHOST.into()];
        if std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok() {
            hosts.push(Ipv6Addr::LOCALHOST.into());
        }
        for host in hosts {
            let _client = TcpStream::connect((host, port)).unwrap();
            let (_, from) = listener.accept().unwrap();
            assert_eq!(from.as_socket().unwrap().ip().to_canonical(), host);
        }
    }

    #[test]
    fn without_ipv6_every_ipv4_address_is_served() {
        let any: SocketAddr = (Ipv6Addr::UNSPECIFIED, 7).into();
        let unsupported = io::Error::from_raw_os_error(rustix::io::Errno::AFNOSUPPORT.raw_os_error());
        assert_eq!(ipv4_instead(any, &unsupported), Some((Ipv4Addr::UNSPECIFIED, 7).into()));
        assert_eq!(ipv4_instead(any, &io::ErrorKind::AddrInUse.into()), None);
        assert_eq!(ipv4_instead((Ipv6Addr::LOCALHOST, 7).into(), &unsupported), None);
    }

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
        // The side that closes first keeps its port in TIME_WAIT.
        drop(listener.accept().unwrap());
        drop((client, listener));
        Listener::bind(address).unwrap();
    }
}
