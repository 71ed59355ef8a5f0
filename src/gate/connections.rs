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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::thread;

    use super::*;

    /// A connection, and its other end.
    struct Guest {
        _place: Place,
        other: UnixStream,
    }

    impl Guest {
        /// Whether it has been closed.
        fn is_out(&self) -> bool {
            self.other.set_nonblocking(true).unwrap();
            matches!((&self.other).read(&mut [0]), Ok(0))
        }
    }

    fn from(text: &str) -> Origin {
        Some(SocketAddr::new(text.parse().unwrap(), 1)).into()
    }

    fn enter(connections: &Arc<Connections>, origin: Origin) -> Option<Guest> {
        let (socket, other) = UnixStream::pair().unwrap();
        connections
            .admit(&Arc::new(OwnedFd::from(socket).into()), origin)
            .map(|place| Guest { _place: place, other })
    }

    /// Long enough for who has not asked to be late.
    fn wait() {
        thread::sleep(ASKS_WITHIN * 2);
    }

    fn turned_out(guests: &[Guest]) -> Vec<usize> {
        (0..guests.len()).filter(|index| guests[*index].is_out()).collect()
    }

    #[test]
    fn the_oldest_that_says_nothing_of_the_largest_crowd_goes_first() {
        let connections = Connections::new(10);
        let origins = ["10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.3"];
        let guests: Vec<_> = origins.iter().map(|ip| enter(&connections, from(ip)).unwrap()).collect();
        guests[1]._place.asked();
        wait();
        let rounds = (0..6).map(|_| {
            connections.make_room(Duration::ZERO);
            turned_out(&guests)
        });
        // The one that has asked is given its second, and so are the others of its address after the rest.
        let expected =
            [vec![2], vec![2, 3], vec![2, 3, 4], vec![2, 3, 4, 5], vec![0, 2, 3, 4, 5], vec![0, 2, 3, 4, 5]];
        assert_eq!(rounds.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn who_has_sent_something_that_is_not_read_yet_is_not_late() {
        let connections = Connections::new(1);
        let guest = enter(&connections, from("10.0.0.1")).unwrap();
        (&guest.other).write_all(b"G").unwrap();
        wait();
        connections.make_room(Duration::ZERO);
        assert!(!guest.is_out());
        assert!(enter(&connections, from("10.0.0.2")).is_none(), "there is no room");
    }

    #[test]
    fn a_full_house_lets_in_when_somebody_leaves() {
        let connections = Connections::new(1);
        let guest = enter(&connections, from("10.0.0.1")).unwrap();
        guest._place.asked();
        thread::scope(|scope| {
            let next = scope.spawn(|| enter(&connections, from("10.0.0.1")).is_some());
            wait();
            drop(guest);
            assert!(next.join().unwrap());
        });
    }

    #[test]
    fn a_look_at_itself_has_a_place_of_its_own_and_keeps_it() {
        let connections = Connections::new(1);
        let guest = enter(&connections, from("10.0.0.1")).unwrap();
        guest._place.asked();
        let probe = enter(&connections, Origin::Probe).unwrap();
        assert!(probe._place.is_probe() && !guest._place.is_probe());
        wait();
        connections.make_room(Duration::ZERO);
        assert!(!probe.is_out());
    }

    #[test]
    fn an_answer_that_is_not_taken_for_long_makes_room_too() {
        let connections = Connections::new(1);
        let guest = enter(&connections, from("10.0.0.1")).unwrap();
        guest._place.asked();
        thread::sleep(READS_WITHIN);
        connections.make_room(Duration::ZERO);
        assert!(guest.is_out());
    }

    #[test]
    fn an_address_stands_for_its_network() {
        assert_eq!(from("::ffff:10.0.0.1"), from("10.0.0.1"));
        assert_eq!(from("2001:db8::1"), from("2001:db8::ffff:1:2:3"));
        assert_ne!(from("2001:db8::1"), from("2001:db8:0:1::1"));
        assert_ne!(from("10.0.0.1"), from("10.0.0.2"));
        assert_eq!(Origin::from(None), Origin::Local);
    }

    #[test]
    fn once_it_closes_nobody_comes_in_but_the_look() {
        let connections = Connections::new(2);
        let guest = enter(&connections, from("10.0.0.1")).unwrap();
        guest._place.asked();
        connections.close(Duration::from_millis(1));
        assert!(!guest.is_out(), "its answer is on its way");
        assert!(enter(&connections, from("10.0.0.1")).is_none());
        assert!(enter(&connections, Origin::Probe).is_some());
    }
}
