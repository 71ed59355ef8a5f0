//! Tests of the selection of connections to close.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread;

use super::*;

const HOUR: Duration = Duration::from_secs(3600);

/// A connection and its client end.
struct Guest {
    _place: ConnectionSlot,
    other: UnixStream,
}

impl Guest {
    /// Returns true if the server has closed the connection.
    fn is_out(&self) -> bool {
        self.other.set_nonblocking(true).unwrap();
        matches!((&self.other).read(&mut [0]), Ok(0))
    }
}

fn from(text: &str) -> ClientAddress {
    Some(SocketAddr::new(text.parse().unwrap(), 1)).into()
}

fn enter(connections: &Arc<ConnectionLimit>, origin: ClientAddress) -> Option<Guest> {
    let (socket, other) = UnixStream::pair().unwrap();
    connections
        .admit(&Arc::new(OwnedFd::from(socket).into()), origin)
        .map(|place| Guest { _place: place, other })
}

/// Makes only the connections without a request late, for any duration of the test.
fn pass_the_time_to_ask(connections: &ConnectionLimit) {
    for one in &mut connections.open().all {
        if one.stage == ConnectionStage::Asking {
            one.since = one.since.checked_sub(ASKS_WITHIN).unwrap();
        } else {
            one.since += HOUR;
        }
    }
}

/// Keeps every connection from being late, for any duration of the test.
fn stop_the_time(connections: &ConnectionLimit) {
    connections.open().all.iter_mut().for_each(|one| one.since += HOUR);
}

fn turned_out(guests: &[Guest]) -> Vec<usize> {
    (0..guests.len()).filter(|index| guests[*index].is_out()).collect()
}

#[test]
fn the_oldest_that_says_nothing_of_the_largest_crowd_goes_first() {
    let connections = ConnectionLimit::new(10);
    let origins = ["10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.3"];
    let guests: Vec<_> = origins.iter().map(|ip| enter(&connections, from(ip)).unwrap()).collect();
    guests[1]._place.is_now(ConnectionStage::Responding);
    pass_the_time_to_ask(&connections);
    let rounds = (0..6).map(|_| {
        connections.make_room(Duration::ZERO);
        turned_out(&guests)
    });
    // Each closed connection makes its crowd smaller; the one with a request has a second.
    let expected =
        [vec![2], vec![2, 3], vec![2, 3, 4], vec![0, 2, 3, 4], vec![0, 2, 3, 4, 5], vec![0, 2, 3, 4, 5]];
    assert_eq!(rounds.collect::<Vec<_>>(), expected);
}

#[test]
fn nobody_goes_for_a_place_that_one_who_is_leaving_has_left() {
    let connections = ConnectionLimit::new(2);
    let guests: Vec<_> = ["10.0.0.1", "10.0.0.2"].map(|ip| enter(&connections, from(ip)).unwrap()).into();
    pass_the_time_to_ask(&connections);
    connections.make_room(Duration::ZERO);
    assert_eq!(turned_out(&guests), [0]);
    let third = enter(&connections, from("10.0.0.3")).unwrap();
    assert_eq!((turned_out(&guests), third.is_out()), (vec![0], false));
}

#[test]
fn who_has_sent_something_that_is_not_read_yet_is_not_late() {
    let connections = ConnectionLimit::new(1);
    let guest = enter(&connections, from("10.0.0.1")).unwrap();
    (&guest.other).write_all(b"G").unwrap();
    pass_the_time_to_ask(&connections);
    connections.make_room(Duration::ZERO);
    assert!(!guest.is_out());
    assert!(enter(&connections, from("10.0.0.2")).is_none(), "there is no room");
}

#[test]
fn a_full_house_lets_in_when_somebody_leaves() {
    let connections = ConnectionLimit::with_patience(1, HOUR);
    let guest = enter(&connections, from("10.0.0.1")).unwrap();
    // The byte that waits to be read keeps the connection from being late.
    (&guest.other).write_all(b"G").unwrap();
    thread::scope(|scope| {
        let next = scope.spawn(|| enter(&connections, from("10.0.0.1")).is_some());
        thread::sleep(PATIENCE / 4);
        drop(guest);
        assert!(next.join().unwrap());
    });
}

#[test]
fn a_look_at_itself_has_a_place_of_its_own_and_keeps_it() {
    let connections = ConnectionLimit::new(1);
    let guest = enter(&connections, from("10.0.0.1")).unwrap();
    guest._place.is_now(ConnectionStage::Responding);
    let probe = enter(&connections, ClientAddress::Probe).unwrap();
    assert!(probe._place.is_probe() && !guest._place.is_probe());
    pass_the_time_to_ask(&connections);
    connections.make_room(Duration::ZERO);
    assert!(!probe.is_out());
}

#[test]
fn an_address_that_has_more_makes_room_at_once_and_never_for_itself() {
    // Zero patience proves that admission does not wait.
    for patience in [Duration::ZERO, PATIENCE] {
        let connections = ConnectionLimit::with_patience(3, patience);
        let crowd: Vec<_> = (0..3).map(|_| enter(&connections, from("10.0.0.1")).unwrap()).collect();
        for stage in [ConnectionStage::Responding, ConnectionStage::Leaving] {
            crowd.iter().for_each(|guest| guest._place.is_now(stage));
            stop_the_time(&connections);
            assert!(enter(&connections, from("10.0.0.1")).is_none(), "none of its own is late");
        }
        let other = enter(&connections, from("10.0.0.2")).unwrap();
        assert_eq!(turned_out(&crowd), [0]);
        other._place.is_now(ConnectionStage::Responding);
        stop_the_time(&connections);
        let second = enter(&connections, from("10.0.0.2"));
        assert!(second.is_none(), "it would have as many as the crowd has then");
        pass_the_time_to_ask(&connections);
        assert!(enter(&connections, from("10.0.0.1")).is_none() && !other.is_out(), "it has fewer");
    }
}

#[test]
fn who_has_the_response_and_stays_makes_room_soon() {
    let connections = ConnectionLimit::new(1);
    let guest = enter(&connections, from("10.0.0.1")).unwrap();
    guest._place.is_now(ConnectionStage::Leaving);
    thread::sleep(LEAVES_WITHIN);
    assert!(enter(&connections, from("10.0.0.1")).is_some() && guest.is_out());
}

#[test]
fn no_more_than_so_many_that_were_closed_are_waited_for() {
    let connections = ConnectionLimit::new(ENDING + 1);
    let crowd: Vec<_> = (0..=ENDING).map(|_| enter(&connections, from("10.0.0.1")).unwrap()).collect();
    let entered: Vec<_> = (0..=ENDING).map(|i| enter(&connections, from(&format!("10.1.0.{i}")))).collect();
    assert_eq!(entered.iter().flatten().count(), ENDING);
    drop(crowd);
    assert!(enter(&connections, from("10.1.0.99")).is_some());
}

#[test]
fn a_response_that_is_not_taken_for_long_makes_room_too() {
    let connections = ConnectionLimit::new(1);
    let guest = enter(&connections, from("10.0.0.1")).unwrap();
    guest._place.is_now(ConnectionStage::Responding);
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
    assert_eq!(ClientAddress::from(None), ClientAddress::Local);
}

#[test]
fn once_it_closes_nobody_comes_in_but_the_look() {
    let connections = ConnectionLimit::new(2);
    let guest = enter(&connections, from("10.0.0.1")).unwrap();
    guest._place.is_now(ConnectionStage::Responding);
    connections.close(Duration::from_millis(1));
    assert!(!guest.is_out(), "its answer is on its way");
    assert!(enter(&connections, from("10.0.0.1")).is_none());
    assert!(enter(&connections, ClientAddress::Probe).is_some());
}
