//! A look at the exporter from outside, by itself: what it finds dead, a supervisor starts anew.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::Shared;
use super::connections::Origin;
use super::deadline::{Timed, left};
use super::listener::Listener;
use crate::log;
use crate::notify::notify;

/// Between two looks at all ports.
const EVERY: Duration = Duration::from_secs(5);
/// An answer takes a millisecond.
const PATIENCE: Duration = Duration::from_secs(5);
/// Failures in a row that are one too many.
const DEAD: u32 = 3;
const STACK: usize = 128 * 1024;

/// What is looked at, and how the looks are known from scrapes.
#[derive(Debug, Default)]
pub(super) struct Probe {
    ports: Mutex<Vec<Port>>,
    /// Where the look comes from that is under way.
    looking: Mutex<Option<SocketAddr>>,
}

/// A port that is looked at.
#[derive(Debug)]
struct Port {
    address: SocketAddr,
    looks: Looks,
}

/// What the looks at one port have shown.
#[derive(Debug, Default, PartialEq, Eq)]
struct Looks {
    /// One has succeeded: the machine does not keep the exporter from itself.
    seen: bool,
    failures: u32,
}

/// What follows from a look.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Alive,
    /// It never could be reached, from here at least.
    Unknown,
    Failing,
    Dead,
}

impl Probe {
    /// Looks at this port too, unless it is a Unix socket: nothing tells there which connection is a look.
    pub fn add(&self, listener: &Listener) {
        let port = |address| Port { address: reachable(address), looks: Looks::default() };
        locked(&self.ports).extend(listener.address().map(port));
    }

    /// Who a connection is of.
    pub fn origin(&self, from: Option<SocketAddr>) -> Origin {
        let canonical = from.map(|from| SocketAddr::new(from.ip().to_canonical(), from.port()));
        if canonical.is_some() && canonical == *locked(&self.looking) { Origin::Probe } else { from.into() }
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

/// Starts the thread that looks.
pub(super) fn start(shared: &Arc<Shared>) -> io::Result<()> {
    let shared = Arc::clone(shared);
    let watch = move || {
        loop {
            thread::sleep(EVERY);
            // Each of them is looked at, also after one that fails.
            let mut ports = locked(&shared.probe.ports);
            let looks: Vec<bool> = ports.iter_mut().map(|port| port.look(&shared.probe)).collect();
            drop(ports);
            if looks.into_iter().all(|well| well) {
                notify("WATCHDOG=1");
            }
        }
    };
    thread::Builder::new().name("probe".into()).stack_size(STACK).spawn(watch)?;
    Ok(())
}

impl Port {
    /// Whether there is nothing against it.
    fn look(&mut self, probe: &Probe) -> bool {
        let looked = probe.look(self.address);
        let cause = looked.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let fields: [log::Field<'_>; 2] = [("address", &self.address), ("cause", &cause)];
        let advice = "scrapes are served all the same, if they reach it: does a firewall keep this host from the address?";
        let verdict = self.looks.after(looked.is_ok());
        match verdict {
            Verdict::Alive | Verdict::Failing => {}
            Verdict::Unknown => {
                let fields = [fields[0], fields[1], ("advice", &advice)];
                log::warning("the exporter cannot reach itself: whether it serves is not watched", &fields);
            }
            Verdict::Dead => {
                log::critical("nobody is served any more: ending, to be started anew", &fields);
                log::flush();
                std::process::exit(1);
            }
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
    let mut stream = Timed::new(socket, &until);
    stream.write_all(b"GET /-/healthy HTTP/1.0\r\n\r\n")?;
    let mut status = [0; 12];
    stream.read_exact(&mut status)?;
    if &status == b"HTTP/1.1 200" { Ok(()) } else { Err(io::Error::other("its answer is not 200")) }
}

/// An address of this machine for one that stands for all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_stands_for_all_is_looked_at_by_that_of_this_machine() {
        for (given, looked_at) in [
            ("0.0.0.0:1", "127.0.0.1:1"),
            ("[::]:1", "[::1]:1"),
            ("10.0.0.1:1", "10.0.0.1:1"),
            ("[2001:db8::1]:1", "[2001:db8::1]:1"),
        ] {
            assert_eq!(reachable(given.parse().unwrap()), looked_at.parse().unwrap());
        }
    }

    #[test]
    fn three_failures_in_a_row_are_death_but_not_before_a_success() {
        let mut looks = Looks::default();
        let verdicts = |looks: &mut Looks, outcomes: &[bool]| {
            outcomes.iter().map(|good| looks.after(*good)).collect::<Vec<_>>()
        };
        use Verdict::{Alive, Dead, Failing, Unknown};
        assert_eq!(verdicts(&mut looks, &[false; 5]), [Failing, Failing, Unknown, Failing, Failing]);
        assert_eq!(verdicts(&mut looks, &[true, false, false, true]), [Alive, Failing, Failing, Alive]);
        assert_eq!(verdicts(&mut looks, &[false; 3]), [Failing, Failing, Dead]);
    }
}
