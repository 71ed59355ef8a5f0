//! The self-check of the exporter: a supervisor restarts a process that fails it.
//!
//! Each round checks the accept thread of every port, and requests `/-/healthy` from one port in turn.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::connection_limit::ClientAddress;
use super::http_server::Shared;
use super::listener::Listener;
use super::timed_socket::{TimedSocket, left};
use crate::support::locks::locked;
use crate::support::log;
use crate::support::systemd::notify;

/// Interval between two rounds.
const EVERY: Duration = Duration::from_secs(5);
/// Timeout of a health request; a response takes a millisecond.
const PATIENCE: Duration = Duration::from_secs(5);
/// Failures in a row after which a port is dead.
const DEAD: u32 = 3;
/// Time after which a busy accept thread is stalled. A connection takes microseconds, unless there is no room.
const HANDED_ON_WITHIN: Duration = Duration::from_secs(5);
/// Maximum number of bytes that are read of an unhealthy response after its status.
const RESPONSE: u64 = 1024;
const STACK: usize = 128 * 1024;

/// The ports that are checked, and the address that distinguishes a health request from a scrape.
#[derive(Debug, Default)]
pub(super) struct SelfCheck {
    ports: Mutex<Vec<CheckedPort>>,
    /// The local address of the health request in progress.
    looking: Mutex<Option<SocketAddr>>,
}

/// A port that is checked.
#[derive(Debug)]
struct CheckedPort {
    address: SocketAddr,
    looks: Looks,
    accepting: Arc<Accepting>,
    /// Rounds in a row that found the accept thread stalled.
    stalls: u32,
}

/// The progress of an accept thread.
#[derive(Debug)]
pub(super) struct Accepting {
    started: Instant,
    /// Milliseconds from `started` until the thread became busy; 0 while it waits for a connection.
    busy_since: AtomicU64,
    is_dead: AtomicBool,
}

/// The results of the health requests to one port.
#[derive(Debug, Default, PartialEq, Eq)]
struct Looks {
    /// True if one has succeeded, so the machine lets the exporter reach itself.
    seen: bool,
    failures: u32,
}

/// The verdict on a port after a health request.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The health request succeeded.
    Alive,
    /// The first health requests failed, so the exporter may be unable to reach the port.
    Unknown,
    /// The health request failed.
    Failing,
    /// Too many health requests in a row failed on a port that has been reachable.
    Dead,
}

impl SelfCheck {
    /// Adds a port to the self-check, and returns the progress of its accept thread.
    ///
    /// A Unix socket is not checked, because its connections have no address that identifies a health request.
    pub(super) fn add(&self, listener: &Listener) -> Arc<Accepting> {
        let accepting = Arc::new(Accepting::new());
        let (looks, stalls) = (Looks::default(), 0);
        let (accepts, only_v6) = (Arc::clone(&accepting), listener.is_only_v6());
        let port =
            |address| CheckedPort { address: reachable(address, only_v6), looks, accepting: accepts, stalls };
        locked(&self.ports).extend(listener.address().map(port));
        accepting
    }

    /// Removes the port with that accept thread.
    pub(super) fn remove(&self, accepting: &Arc<Accepting>) {
        locked(&self.ports).retain(|port| !Arc::ptr_eq(&port.accepting, accepting));
    }

    /// Checks every accept thread, and requests `/-/healthy` from the next port. Returns true if all is well.
    fn round(&self, turn: &mut usize) -> bool {
        let mut ports = locked(&self.ports);
        let stalled = ports.iter_mut().map(CheckedPort::check).filter(|is_well| !is_well).count();
        let turns = ports.len().max(1);
        let Some(port) = ports.get_mut(*turn % turns) else { return true };
        let is_well = port.look(self);
        // A port that has been reachable and fails now is checked again in the next round.
        if is_well {
            *turn = (*turn + 1) % turns;
        }
        is_well && stalled == 0
    }

    /// Returns the client of a connection.
    pub(super) fn origin(&self, from: Option<SocketAddr>) -> ClientAddress {
        let canonical = from.map(|from| SocketAddr::new(from.ip().to_canonical(), from.port()));
        if canonical.is_some() && canonical == *locked(&self.looking) {
            ClientAddress::Probe
        } else {
            from.into()
        }
    }

    fn look(&self, address: SocketAddr) -> io::Result<()> {
        let until = Instant::now() + PATIENCE;
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        socket.bind(&SocketAddr::new(address.ip(), 0).into())?;
        *locked(&self.looking) = socket.local_addr()?.as_socket();
        let asked = ask(&socket, address, until);
        *locked(&self.looking) = None;
        asked
    }
}

/// Starts the thread of the self-check.
pub(super) fn start(shared: &Arc<Shared>) -> io::Result<()> {
    let shared = Arc::clone(shared);
    let watch = move || {
        let mut turn = 0;
        loop {
            thread::sleep(EVERY);
            if shared.probe.round(&mut turn) {
                notify("WATCHDOG=1");
            }
        }
    };
    thread::Builder::new().name("probe".into()).stack_size(STACK).spawn(watch)?;
    Ok(())
}

/// Exits the process, so that a supervisor restarts it.
fn exit(fields: &[log::LogField<'_>]) -> ! {
    log::critical("self-check failed; exiting so that the supervisor restarts the process", fields);
    log::flush();
    std::process::exit(1);
}

impl Accepting {
    fn new() -> Self {
        let (busy_since, is_dead) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { started: Instant::now(), busy_since, is_dead }
    }

    /// Records that the thread waits for a connection.
    pub(super) fn waits(&self) {
        self.busy_since.store(0, Ordering::SeqCst);
    }

    /// Records that the thread handles a connection or cannot accept one. Only the first call after a wait counts.
    pub(super) fn is_busy(&self) {
        let now = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let _ = self.busy_since.compare_exchange(0, now, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Records that the thread has exited.
    pub(super) fn dies(&self) {
        self.is_dead.store(true, Ordering::SeqCst);
    }

    /// Returns the reason for which no connection is accepted, if there is one.
    fn fault(&self, now: Instant) -> Option<&'static str> {
        let since = self.busy_since.load(Ordering::SeqCst);
        let since = (since > 0).then(|| self.started + Duration::from_millis(since));
        let stalls = |since| now.saturating_duration_since(since) >= HANDED_ON_WITHIN;
        if self.is_dead.load(Ordering::SeqCst) {
            Some("the accept thread died")
        } else {
            since.is_some_and(stalls).then_some("the accept thread accepts no connection")
        }
    }
}

impl CheckedPort {
    /// Returns true if the accept thread of the port is not stalled. Exits after [`DEAD`] stalled rounds in a row.
    fn check(&mut self) -> bool {
        let Some(cause) = self.accepting.fault(Instant::now()) else {
            self.stalls = 0;
            return true;
        };
        self.stalls += 1;
        if self.stalls >= DEAD {
            exit(&[("address", &self.address), ("error", &cause)]);
        }
        false
    }

    /// Requests `/-/healthy`, and returns false if a port that has been reachable fails. Exits if the port is dead.
    fn look(&mut self, probe: &SelfCheck) -> bool {
        let looked = probe.look(self.address);
        let cause = looked.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let fields: [log::LogField<'_>; 2] = [("address", &self.address), ("error", &cause)];
        let hint =
            "allow connections from this host to the address in the firewall; scrapes are served either way";
        let verdict = self.looks.after(looked.is_ok());
        match verdict {
            Verdict::Alive | Verdict::Failing => {}
            Verdict::Unknown => {
                let fields = [fields[0], fields[1], ("hint", &hint)];
                log::warning("self-check impossible", &fields);
            }
            Verdict::Dead => exit(&fields),
        }
        !(self.looks.seen && verdict == Verdict::Failing)
    }
}

impl Looks {
    fn after(&mut self, good: bool) -> Verdict {
        self.failures = if good { 0 } else { self.failures.saturating_add(1) };
        self.seen |= good;
        match (good, self.seen, self.failures) {
            (true, ..) => Verdict::Alive,
            (_, true, DEAD..) => Verdict::Dead,
            (_, false, DEAD) => Verdict::Unknown,
            _ => Verdict::Failing,
        }
    }
}

fn ask(socket: &Socket, address: SocketAddr, until: Instant) -> io::Result<()> {
    socket.connect_timeout(&address.into(), left(until)?)?;
    let until = Cell::new(until);
    let mut stream = TimedSocket::new(socket, &until);
    stream.write_all(b"GET /-/healthy HTTP/1.0\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    if &status == b"HTTP/1.1 200" {
        return Ok(());
    }
    let mut rest = Vec::new();
    // A partial response is enough.
    let _ = stream.take(RESPONSE).read_to_end(&mut rest);
    let rest = String::from_utf8_lossy(&rest);
    let reason = rest.lines().last().unwrap_or_default();
    Err(io::Error::other(format!("{}: {reason}", String::from_utf8_lossy(&status))))
}

/// Returns an address with the loopback IP instead of an unspecified one. For both kinds it is the IPv4 one, because a machine
/// without IPv6 has no ::1.
pub(super) fn reachable(address: SocketAddr, only_v6: bool) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() && only_v6 => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stands_for_all_is_looked_at_by_that_of_this_machine() {
        for (given, looked_at) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "127.0.0.1:1"),
            ("10.0.0.1:1", "10.0.0.1:1"),
            ("[2001:db8::1]:1", "[2001:db8::1]:1"),
        ] {
            assert_eq!(reachable(given.parse().unwrap(), false), looked_at.parse().unwrap());
        }
        assert_eq!(reachable("[::]:1".parse().unwrap(), true), "[::1]:1".parse().unwrap());
    }

    #[test]
    fn three_failures_in_a_row_are_death_but_not_before_a_success() {
        let mut looks = Looks::default();
        let verdicts = |looks: &mut Looks, outcomes: &[bool]| {
            outcomes.iter().map(|good| looks.after(*good)).collect::<Vec<_>>()
        };
        use super::Verdict::{Alive, Dead, Failing, Unknown};
        assert_eq!(verdicts(&mut looks, &[false; 5]), [Failing, Failing, Unknown, Failing, Failing]);
        assert_eq!(verdicts(&mut looks, &[true, false, false, true]), [Alive, Failing, Failing, Alive]);
        assert_eq!(verdicts(&mut looks, &[false; 3]), [Failing, Failing, Dead]);
    }
}
