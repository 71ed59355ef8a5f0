//! The limit on open connections, and the selection of those to close.
//!
//! Rejecting the newest connection would let a client that holds connections open keep the scraper out. So the newest is
//! admitted, and another is closed for it at once. The other is late, or is of an address that has more connections than
//! that of the newest. An address can only crowd out itself, and no client waits for the crowd of another.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, Shutdown, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use socket2::Socket;

use crate::support::locks::{locked, waited};

/// Time after which a connection is late to close once its response is complete.
const LEAVES_WITHIN: Duration = Duration::from_millis(50);
/// Time after which a connection without a request is late; a scraper sends its request at once.
const ASKS_WITHIN: Duration = Duration::from_millis(3);
/// Time after which a connection is late to receive its response.
const READS_WITHIN: Duration = Duration::from_secs(1);
/// Longest wait of a new connection for a slot. Up to 1,024 connections behind it wait too, and so does the self-check,
/// which fails after 5 seconds.
const PATIENCE: Duration = Duration::from_millis(4);
/// Maximum number of closed connections whose threads have not exited yet.
const ENDING: usize = 32;

/// The connections of all ports.
#[derive(Debug)]
pub(super) struct ConnectionLimit {
    most: AtomicUsize,
    /// The longest wait for a slot.
    patience: Duration,
    open: Mutex<OpenConnections>,
    /// Notified when a connection is removed.
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

/// The client that a connection counts for: an address, or a network, because an IPv6 host has 2^64 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ClientAddress {
    /// An IPv4 address, or the /64 network of an IPv6 address.
    Address(IpAddr),
    /// A client on this machine, over a Unix socket.
    Local,
    /// The self-check, which needs no free slot and is never closed to make room.
    Probe,
}

/// The progress of a connection; among equals, a lower stage is closed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ConnectionStage {
    /// The response is complete, and the client has not closed the connection.
    Leaving,
    /// The request is being read.
    Asking,
    /// The request is complete, and the response is being prepared or written.
    Responding,
}

/// The slot of one connection, which is released on drop.
#[derive(Debug)]
pub(super) struct ConnectionSlot {
    connections: Arc<ConnectionLimit>,
    number: u64,
    from: ClientAddress,
}

impl ConnectionLimit {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Self::with_patience(most, PATIENCE)
    }

    fn with_patience(most: usize, patience: Duration) -> Arc<Self> {
        let most = AtomicUsize::new(most);
        Arc::new(Self { most, patience, open: Mutex::default(), ended: Condvar::new() })
    }

    /// Changes the limit. Open connections stay.
    pub(super) fn set_most(&self, most: usize) {
        self.most.store(most, Ordering::Relaxed);
    }

    /// Returns a slot for a connection, and closes another connection for it if no slot is free.
    ///
    /// Returns `None` if no other connection may be closed for it, or if the server is closing.
    pub(super) fn admit(
        self: &Arc<Self>,
        socket: &Arc<Socket>,
        from: ClientAddress,
    ) -> Option<ConnectionSlot> {
        let until = Instant::now() + self.patience;
        let mut open = self.open();
        while from != ClientAddress::Probe && !open.has_room(self.most.load(Ordering::Relaxed), from) {
            let left = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            // A wait is useful only if another connection becomes late in that time.
            let crowds = open.crowds();
            let soon = open.next_late(|one| crowds.get(&one.from) >= crowds.get(&from))?;
            open = waited(&self.ended, open, left.min(soon.max(ASKS_WITHIN / 4)));
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

    /// Closes a late connection to free its descriptor and thread, and waits up to `at_most` until one is removed.
    pub(super) fn make_room(&self, at_most: Duration) {
        let mut open = self.open();
        let goes = open.turn_one_out(|one, now, _| one.is_late(now));
        let soon = if goes { None } else { open.next_late(|_| true) };
        drop(waited(&self.ended, open, soon.map_or(at_most, |soon| soon.min(at_most))));
    }

    /// Admits no more clients, closes connections without a request, and waits up to `patience` for the other responses.
    pub(super) fn close(&self, patience: Duration) {
        let until = Instant::now() + patience;
        let mut open = self.open();
        open.closing = true;
        open.all
            .iter_mut()
            .filter(|one| one.stage == ConnectionStage::Asking)
            .for_each(TrackedConnection::turn_out);
        while !open.all.is_empty() {
            let Some(left) = until.checked_duration_since(Instant::now()) else { return };
            open = waited(&self.ended, open, left);
        }
    }

    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        locked(&self.open)
    }
}

impl OpenConnections {
    /// Returns true if a slot is free, or if another connection was closed for the new one.
    fn has_room(&mut self, most: usize, from: ClientAddress) -> bool {
        let ending = self.all.iter().filter(|one| one.turned_out).count();
        if ending >= ENDING {
            return false;
        }
        // The count includes the new connection, which is not late yet.
        let of_it = self.crowds().get(&from).copied().unwrap_or_default() + 1;
        self.all.len() - ending < most
            || self.turn_one_out(|one, now, crowd| {
                crowd > of_it || crowd + usize::from(one.from == from) >= of_it && one.is_late(now)
            })
    }

    /// Closes one of the connections that `may_go` selects, and returns true if there is one.
    ///
    /// Connections of the largest crowd come first, and late ones among them.
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

    /// Returns the time until the next connection that `may_go` selects is late; `None` if that is not within [`PATIENCE`].
    fn next_late(&self, may_go: impl Fn(&TrackedConnection) -> bool) -> Option<Duration> {
        let now = Instant::now();
        let others = self.all.iter().filter(|one| one.stays() && may_go(one));
        let soonest = others.map(|one| (one.since + one.may_take()).saturating_duration_since(now)).min();
        soonest.filter(|soonest| *soonest < PATIENCE)
    }

    /// Returns the number of connections of each client, without closed ones.
    fn crowds(&self) -> HashMap<ClientAddress, usize> {
        let mut crowds = HashMap::new();
        for one in self.all.iter().filter(|one| !one.turned_out) {
            *crowds.entry(one.from).or_default() += 1;
        }
        crowds
    }
}

impl TrackedConnection {
    /// Returns true if the connection can be closed to make room and is not closed yet.
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

    /// Returns true if bytes of the request wait to be read: on a busy machine the thread is late, not the client.
    fn has_unread(&self) -> bool {
        use rustix::net::{RecvFlags, recv};
        let peeked = recv(&self.socket, &mut [0], RecvFlags::PEEK | RecvFlags::DONTWAIT);
        self.stage == ConnectionStage::Asking && peeked.is_ok_and(|(count, _)| count > 0)
    }

    /// Shuts the socket down, which wakes the thread of the connection to release the slot.
    fn turn_out(&mut self) {
        self.turned_out = true;
        // The client may have closed it already.
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl ConnectionSlot {
    /// Returns true if the connection is that of the self-check.
    pub(super) fn is_probe(&self) -> bool {
        self.from == ClientAddress::Probe
    }

    /// Sets the stage of the connection, and restarts the time after which it is late.
    pub(super) fn is_now(&self, stage: ConnectionStage) {
        let mut open = self.connections.open();
        if let Some(one) = open.all.iter_mut().find(|one| one.number == self.number) {
            (one.stage, one.since) = (stage, Instant::now());
        }
    }

    /// Returns the client of the connection.
    pub(super) fn origin(&self) -> ClientAddress {
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
