//! A resolver that remembers the fastest address of a host.

use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::support::locks::locked;

/// The delay before the next address is tried in parallel (RFC 8305 section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// The timeout of a race, after which the addresses are tried in sequence.
const LONGEST: Duration = Duration::from_secs(3);
const STACK: usize = 64 * 1024;

/// A resolver that puts the address first that was the fastest to connect to.
///
/// The first request, and the first one after [`Self::forget`], races the addresses. The fastest one is remembered until
/// the next race. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct FastestAddress {
    lookup: Arc<DefaultResolver>,
    fastest: Arc<Mutex<Option<SocketAddr>>>,
    current: CurrentAddresses,
}

/// The addresses of a host as of the last lookup. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct CurrentAddresses(Arc<Mutex<Vec<SocketAddr>>>);

impl CurrentAddresses {
    /// Returns true if the host has this address.
    pub(super) fn contains(&self, address: SocketAddr) -> bool {
        locked(&self.0).contains(&address)
    }

    /// Records the addresses that a lookup has found.
    pub(super) fn set(&self, found: &[SocketAddr]) {
        *locked(&self.0) = found.to_vec();
    }
}

impl FastestAddress {
    /// Forgets the fastest address, which may be dead, so that the next request races the addresses again.
    pub(super) fn forget(&self) {
        self.fastest().take();
    }

    /// Returns the addresses of the last lookup.
    pub(super) fn current(&self) -> CurrentAddresses {
        self.current.clone()
    }

    /// Returns the addresses, the fastest one first.
    fn ordered(&self, addresses: &[SocketAddr]) -> Vec<SocketAddr> {
        let known = self.fastest().filter(|known| addresses.contains(known));
        let first = known.or_else(|| fastest(alternating(addresses)));
        *self.fastest() = first;
        let others = addresses.iter().copied().filter(|address| Some(*address) != first);
        first.into_iter().chain(others).collect()
    }

    fn fastest(&self) -> MutexGuard<'_, Option<SocketAddr>> {
        locked(&self.fastest)
    }
}

impl Resolver for FastestAddress {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.lookup.resolve(uri, config, timeout)?;
        self.current.set(&found);
        if found.len() < 2 {
            return Ok(found);
        }
        let mut ordered = self.empty();
        self.ordered(&found).into_iter().for_each(|address| ordered.push(address));
        Ok(ordered)
    }
}

/// Returns the addresses with IPv4 and IPv6 in turn (RFC 8305 section 4).
fn alternating(addresses: &[SocketAddr]) -> Vec<SocketAddr> {
    let is_first = |address: &&SocketAddr| address.is_ipv6() == addresses[0].is_ipv6();
    let (first, second): (Vec<_>, Vec<_>) = addresses.iter().partition(is_first);
    let longest = first.len().max(second.len());
    (0..longest).flat_map(|n| [first.get(n), second.get(n)]).flatten().copied().collect()
}

/// Returns the first address that accepts a connection, or `None` if none does in time. Each address has a head start
/// over the next.
fn fastest(addresses: Vec<SocketAddr>) -> Option<SocketAddr> {
    let until = Instant::now() + LONGEST;
    let (sender, connected) = mpsc::channel();
    let mut waiting = addresses.into_iter();
    let mut running = 0;
    loop {
        let next = waiting.next();
        if let Some(address) = next {
            running += usize::from(start(address, sender.clone()));
        }
        if running == 0 && waiting.len() == 0 {
            return None;
        }
        let left = until.checked_duration_since(Instant::now())?;
        let wait = if next.is_some() { left.min(ATTEMPT_DELAY) } else { left };
        match connected.recv_timeout(wait) {
            Ok(Some(address)) => return Some(address),
            // A failed address does not delay the next one.
            Ok(None) => running -= 1,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
    }
}

/// Connects in a thread and reports the address, or `None` after a failure. Returns true if the thread has started.
///
/// The connection is closed at once.
fn start(address: SocketAddr, report: mpsc::Sender<Option<SocketAddr>>) -> bool {
    let connect = move || {
        let connected = TcpStream::connect_timeout(&address, LONGEST).is_ok();
        // The race may be over, so that nobody receives the report.
        let _ = report.send(connected.then_some(address));
    };
    thread::Builder::new().name("connect".into()).stack_size(STACK).spawn(connect).is_ok()
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use socket2::{Domain, Socket, Type};

    use super::*;

    /// A listener whose queue is full, so that further connections hang.
    struct BlackHole(Socket, Vec<TcpStream>);

    impl BlackHole {
        fn new() -> Self {
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
            socket.listen(0).unwrap();
            let mut hole = Self(socket, Vec::new());
            while let Ok(stream) = TcpStream::connect_timeout(&hole.address(), Duration::from_millis(200)) {
                hole.1.push(stream);
            }
            hole
        }

        fn address(&self) -> SocketAddr {
            self.0.local_addr().unwrap().as_socket().unwrap()
        }
    }

    fn listener() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        (listener, address)
    }

    fn accepted(listener: &TcpListener) -> usize {
        std::iter::from_fn(|| listener.accept().ok()).count()
    }

    #[test]
    fn a_dead_first_address_is_passed_over_and_the_one_that_works_is_remembered() {
        let (hole, (live, address)) = (BlackHole::new(), listener());
        let resolver = FastestAddress::default();
        for _ in 0..3 {
            assert_eq!(resolver.ordered(&[hole.address(), address]), [address, hole.address()]);
        }
        assert_eq!(accepted(&live), 1, "the addresses are raced once");
        resolver.forget();
        resolver.ordered(&[hole.address(), address]);
        assert_eq!(accepted(&live), 1);
    }

    #[test]
    fn a_refused_address_does_not_delay_the_next_and_with_none_the_order_stays() {
        let (listener, address) = listener();
        let refused = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        assert_eq!(FastestAddress::default().ordered(&[refused, address]), [address, refused]);
        drop(listener);
        let dead = SocketAddr::from(([127, 0, 0, 2], 1));
        assert_eq!(FastestAddress::default().ordered(&[refused, dead]), [refused, dead]);
    }

    #[test]
    fn an_address_that_the_host_no_longer_has_is_forgotten() {
        let ((_one, first), (_two, second)) = (listener(), listener());
        let resolver = FastestAddress::default();
        assert_eq!(resolver.ordered(&[first]), [first]);
        assert_eq!(resolver.ordered(&[second, first]), [first, second], "it is remembered");
        let hole = BlackHole::new();
        assert_eq!(resolver.ordered(&[hole.address(), second]), [second, hole.address()]);
    }

    #[test]
    fn families_take_turns() {
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let [a, b, c, d] = ["[::1]:1", "[::2]:1", "[::3]:1", "127.0.0.1:1"].map(address);
        assert_eq!(alternating(&[a, b, c, d]), [a, d, b, c]);
        assert_eq!(alternating(&[d, a, b]), [d, a, b]);
    }
}
