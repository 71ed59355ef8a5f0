//! How many connections there are, and who has to go when there are too many.
//!
//! Turning the newest away would let whoever holds connections open keep the scraper out. So the newest is let
//! in, and another is closed for it, at once: one that is late, or any of an address that has more than the newest
//! one's. So an address can only crowd out itself, and nobody waits for the crowd of another.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, Shutdown, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use socket2::Socket;

/// What the other end may take to close before another can have the place: it has its answer.
const LEAVES_WITHIN: Duration = Duration::from_millis(50);
/// What a connection may take to ask: a scraper asks at once.
const ASKS_WITHIN: Duration = Duration::from_millis(3);
/// What an answer may take.
const READS_WITHIN: Duration = Duration::from_secs(1);
/// How long a new connection may wait for a place. Those behind it wait too, up to 1,024 of them, and the exporter's own
/// look at itself with them, which gives up after 5 seconds.
const PATIENCE: Duration = Duration::from_millis(4);
/// How many that were closed may be there still, until their threads have seen it.
const ENDING: usize = 32;

/// The connections of all ports.
#[derive(Debug)]
pub(super) struct ConnectionLimit {
    most: usize,
    /// The longest wait for a place.
    patience: Duration,
    open: Mutex<OpenConnections>,
    /// One has ended.
    ended: Condvar,
}

#[derive(Debug, Default)]
struct OpenConnections {
    all: Vec<TrackedConnection>,
    next: u64,
    closing: bool,
}

#[derive(Debug)]
struct TrackedConnection {
    number: u64,
    from: ClientAddress,
    stage: ConnectionStage,
    since: Instant,
    socket: Arc<Socket>,
    turned_out: bool,
}

/// Who may have how many: an address, or the network of one (an IPv6 host has 2^64 addresses of its own).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ClientAddress {
    /// Of a network.
    Address(IpAddr),
    /// Of this machine, over a Unix socket.
    Local,
    /// The exporter's own look at itself: has a place of its own, and is never turned out.
    Probe,
}

/// How far a connection is, with those first that are missed least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConnectionStage {
    /// It has its answer.
    Leaving,
    Asking,
    Responding,
}

/// The place of one connection, until it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    connections: Arc<ConnectionLimit>,
    number: u64,
    from: ClientAddress,
}

impl ConnectionLimit {
    pub fn new(most: usize) -> Arc<Self> {
        Self::with_patience(most, PATIENCE)
    }

    fn with_patience(most: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self { most, patience, open: Mutex::default(), ended: Condvar::new() })
    }

    /// A place for a connection, if need be that of another; `None` if nobody has to go for it, or all is ending.
    pub fn admit(self: &Arc<Self>, socket: &Arc<Socket>, from: ClientAddress) -> Option<ConnectionSlot> {
        let until = Instant::now() + self.patience;
        let mut open = self.open();
        while from != ClientAddress::Probe && !open.has_room(self.most, from) {
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            // Waiting is of use only where somebody will be late by then.
            let crowds = open.crowds();
            let soon = open.next_late(|one| crowds.get(&one.from) >= crowds.get(&from))?;
            open = self.wait(open, left.min(soon.max(ASKS_WITHIN / 4)));
        }
        if open.closing && from != ClientAddress::Probe {
            return None;
        }
        open.next += 1;
        let (number, since, socket) = (open.next, Instant::now(), Arc::clone(socket));
        open.all.push(TrackedConnection {
            number,
            from,
            stage: ConnectionStage::Asking,
            since,
            socket,
            turned_out: false,
        });
        Some(ConnectionSlot { connections: Arc::clone(self), number, from })
    }

    /// Closes a connection that is stuck, for its descriptor or thread, and waits until one has ended or for so long.
    pub fn make_room(&self, at_most: Duration) {
        let mut open = self.open();
        let goes = open.turn_one_out(|one, now, _| one.is_late(now));
        let soon = if goes { None } else { open.next_late(|_| true) };
        drop(self.wait(open, soon.map_or(at_most, |soon| soon.min(at_most))));
    }

    /// Admits no more, closes those that have not asked yet, and waits for the answers of the others.
    pub fn close(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let mut open = self.open();
        open.closing = true;
        open.all
            .iter_mut()
            .filter(|one| one.stage == ConnectionStage::Asking)
            .for_each(TrackedConnection::turn_out);
        while !open.all.is_empty() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return };
            open = self.wait(open, left);
        }
    }

    fn wait<'a>(
        &self,
        open: MutexGuard<'a, OpenConnections>,
        at_most: Duration,
    ) -> MutexGuard<'a, OpenConnections> {
        self.ended.wait_timeout(open, at_most).unwrap_or_else(PoisonError::into_inner).0
    }

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenConnections {
    /// Whether one more can come in: there is a place, or another has just lost its own for it.
    fn has_room(&mut self, most: usize, from: ClientAddress) -> bool {
        let ending = self.all.iter().filter(|one| one.turned_out).count();
        if ending >= ENDING {
            return false;
        }
        // With the new one, which is late for nothing yet.
        let of_it = self.crowds().get(&from).copied().unwrap_or_default() + 1;
        self.all.len() - ending < most
            || self.turn_one_out(|one, now, crowd| {
                crowd > of_it || crowd + usize::from(one.from == from) >= of_it && one.is_late(now)
            })
    }

    /// Closes one of those that may go: of the largest crowd, late ones first.
    fn turn_one_out(&mut self, may_go: impl Fn(&TrackedConnection, Instant, usize) -> bool) -> bool {
        let (now, crowds) = (Instant::now(), self.crowds());
        let crowd = |one: &TrackedConnection| crowds.get(&one.from).copied().unwrap_or_default();
        let mut going: Vec<_> =
            self.all.iter().filter(|one| one.stays() && may_go(one, now, crowd(one))).collect();
        going.sort_by_cached_key(|one| (Reverse(crowd(one)), !one.is_late(now), one.stage, one.since));
        let number = going.into_iter().find(|one| !one.has_unread()).map(|one| one.number);
        self.all.iter_mut().filter(|one| Some(one.number) == number).for_each(TrackedConnection::turn_out);
        number.is_some()
    }

    /// When the next of those is late that may have to go; `None` if none is soon.
    fn next_late(&self, may_go: impl Fn(&TrackedConnection) -> bool) -> Option<Duration> {
        let now = Instant::now();
        let others = self.all.iter().filter(|one| one.stays() && may_go(one));
        let soonest = others.map(|one| (one.since + one.may_take()).saturating_duration_since(now)).min();
        soonest.filter(|soonest| *soonest < PATIENCE)
    }

    /// How many each address has, without those that were closed.
    fn crowds(&self) -> HashMap<ClientAddress, usize> {
        let mut crowds = HashMap::new();
        for one in self.all.iter().filter(|one| !one.turned_out) {
            *crowds.entry(one.from).or_default() += 1;
        }
        crowds
    }
}

impl TrackedConnection {
    /// Whether it is one that has not been closed, and can be.
    fn stays(&self) -> bool {
        !self.turned_out && self.from != ClientAddress::Probe
    }

    fn is_late(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= self.may_take()
    }

    fn may_take(&self) -> Duration {
        match self.stage {
            ConnectionStage::Leaving => LEAVES_WITHIN,
            ConnectionStage::Asking => ASKS_WITHIN,
            ConnectionStage::Responding => READS_WITHIN,
        }
    }

    /// Whether it is late because its own thread is: on a busy machine bytes wait to be read.
    fn has_unread(&self) -> bool {
        use rustix::net::{RecvFlags, recv};
        let peeked = recv(&self.socket, &mut [0], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        self.stage == ConnectionStage::Asking && peeked.is_ok_and(|(count, _)| count > 0)
    }

    /// Its thread is woken by the end of the connection, and gives the place up.
    fn turn_out(&mut self) {
        self.turned_out = true;
        // It may be gone already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl ConnectionSlot {
    /// Whether it is the exporter's own look at itself.
    pub fn is_probe(&self) -> bool {
        self.from == ClientAddress::Probe
    }

    /// It has come so far: from now on it is given the time of that.
    pub fn is_now(&self, stage: ConnectionStage) {
        let mut open = self.connections.open();
        if let Some(one) = open.all.iter_mut().find(|one| one.number == self.number) {
            (one.stage, one.since) = (stage, Instant::now());
        }
    }

    /// Who has it.
    pub fn origin(&self) -> ClientAddress {
        self.from
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.connections.open().all.retain(|one| one.number != self.number);
        self.connections.ended.notify_all();
    }
}

impl From<Option<SocketAddr>> for ClientAddress {
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

#[cfg(test)]
mod tests;
