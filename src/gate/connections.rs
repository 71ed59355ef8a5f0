//! How many connections there are, and who has to go when there are too many.
//!
//! Turning the newest away would let whoever holds connections open keep the scraper out. So the newest is let
//! in, and one that is stuck is closed for it: of the address that has the most, first one that has not asked
//! yet, then one that does not take its answer; of these the oldest. An address can only crowd out itself.

use std::net::Shutdown;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use socket2::Socket;

/// What a connection may take to ask before another can have its place: a scraper asks at once.
const ASKS_WITHIN: Duration = Duration::from_millis(3);
/// What an answer may take before another connection can have its place.
const READS_WITHIN: Duration = Duration::from_secs(1);
/// How long a new connection waits for a place.
const PATIENCE: Duration = Duration::from_millis(100);

/// The connections of all ports.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    open: Mutex<Open>,
    /// One has ended.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct Open {
    all: Vec<Connection>,
    next: u64,
    closing: bool,
}

#[derive(Debug)]
struct Connection {
    number: u64,
    from: Origin,
    stage: Stage,
    since: Instant,
    socket: Arc<Socket>,
    turned_out: bool,
}

/// Who may have how many: an address, or the network of one (an IPv6 host has 2^64 addresses of its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// Of a network.
    Address(IpAddr),
    /// Of this machine, over a Unix socket.
    Local,
    /// The exporter's own look at itself: has a place of its own, and is never turned out.
    Probe,
}

/// How far a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Asking,
    Answered,
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    connections: Arc<Connections>,
    number: u64,
    from: Origin,
}

impl Connections {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default(), ended: Condvar::new() })
    }

    /// A place for a connection, if need be that of another; `None` if nobody goes in time, or all is ending.
    pub fn admit(self: &Arc<Self>, socket: &Arc<Socket>, from: Origin) -> Option<Place> {
        let until = Instant::now() + PATIENCE;
        let mut open = self.open();
        while open.all.len() >= self.most && from != Origin::Probe {
            let now = Instant::now();
            let left = until.checked_duration_since(now).filter(|left| !left.is_zero())?;
            open.turn_one_out(now);
            open = self.wait(open, left.min(ASKS_WITHIN / 2));
        }
        if open.closing && from != Origin::Probe {
            return None;
        }
        open.next += 1;
        let (number, since, socket) = (open.next, Instant::now(), Arc::clone(socket));
        open.all.push(Connection { number, from, stage: Stage::Asking, since, socket, turned_out: false });
        Some(Place { connections: Arc::clone(self), number, from })
    }

    /// Closes a connection that is stuck, for its descriptor or thread, and waits until one has ended or for so long.
    pub fn make_room(&self, at_most: Duration) {
        let mut open = self.open();
        open.turn_one_out(Instant::now());
        drop(self.wait(open, at_most));
    }

    /// Admits no more, closes those that have not asked yet, and waits for the answers of the others.
    pub fn close(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let mut open = self.open();
        open.closing = true;
        open.all.iter_mut().filter(|one| one.stage == Stage::Asking).for_each(Connection::turn_out);
        while !open.all.is_empty() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return };
            open = self.wait(open, left);
        }
    }

    fn wait<'a>(&self, open: MutexGuard<'a, Open>, at_most: Duration) -> MutexGuard<'a, Open> {
        self.ended.wait_timeout(open, at_most).unwrap_or_else(PoisonError::into_inner).0
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn turn_one_out(&mut self, now: Instant) {
        let mut late: Vec<&Connection> = self.all.iter().filter(|one| one.is_late(now)).collect();
        late.sort_by_cached_key(|one| (usize::MAX - self.of(one.from), one.stage, one.since));
        let number = late.into_iter().find(|one| !one.has_unread()).map(|one| one.number);
        self.all.iter_mut().filter(|one| Some(one.number) == number).for_each(Connection::turn_out);
    }

    fn of(&self, origin: Origin) -> usize {
        self.all.iter().filter(|one| one.from == origin).count()
    }
}

impl Connection {
    fn is_late(&self, now: Instant) -> bool {
        let may_take = match self.stage {
            Stage::Asking => ASKS_WITHIN,
            Stage::Answered => READS_WITHIN,
        };
        !self.turned_out
            && self.from != Origin::Probe
            && now.saturating_duration_since(self.since) >= may_take
    }

    /// Whether it is late because its own thread is: on a busy machine bytes wait to be read.
    fn has_unread(&self) -> bool {
        use rustix::net::{RecvFlags, recv};
        let peeked = recv(&self.socket, &mut [0], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        self.stage == Stage::Asking && peeked.is_ok_and(|count| count > 0)
    }

    /// Its thread is woken by the end of the connection, and gives the place up.
    fn turn_out(&mut self) {
        self.turned_out = true;
        // It may be gone already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl Place {
    /// Whether it is the exporter's own look at itself.
    pub fn is_probe(&self) -> bool {
        self.from == Origin::Probe
    }

    /// It has asked: from now on it is given time to take the answer.
    pub fn asked(&self) {
        let mut open = self.connections.open();
        if let Some(one) = open.all.iter_mut().find(|one| one.number == self.number) {
            (one.stage, one.since) = (Stage::Answered, Instant::now());
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.open().all.retain(|one| one.number != self.number);
        self.connections.ended.notify_all();
    }
}

impl From<Option<SocketAddr>> for Origin {
    fn from(address: Option<SocketAddr>) -> Self {
        match address.map(|address| address.ip().to_canonical()) {
            None => Self::Local,
            Some(IpAddr::V6(address)) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                Self::Address(Ipv6Addr::from(network).into())
            }
            Some(address) => Self::Address(address),
        }
    }
}
