//! Tests of a poll that takes long.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use super::*;
use crate::support::heartbeat::OWN_PART;

/// A service that reports the start of a poll, and waits for its result.
struct Held {
    entered: Sender<()>,
    ends: Mutex<Receiver<Polled>>,
}

impl Bound for Held {
    fn service(&self) -> &'static str {
        "held"
    }

    fn families(&self) -> Vec<Family> {
        vec![COUNTER, GAUGE]
    }

    fn poll(&self, _: &mut Api, _: &[usize]) -> Polled {
        self.entered.send(()).unwrap();
        self.ends.lock().unwrap().recv().unwrap()
    }
}

/// An unfinished poll of a service with one successful poll before it.
struct UnderWay {
    end: Sender<Polled>,
    polling: JoinHandle<Poller>,
    seen: Seen,
}

impl UnderWay {
    fn start() -> Self {
        let ((entered, is_entered), (end, ends)) = (channel(), channel());
        let bound: &'static Held = Box::leak(Box::new(Held { entered, ends: Mutex::new(ends) }));
        let mut poller = Poller { bound, ..poller([]) };
        end.send(good(7, 1)).unwrap();
        poller.poll();
        is_entered.recv().unwrap();
        let seen = seen(&poller);
        let polling = thread::spawn(move || {
            poller.poll();
            poller
        });
        is_entered.recv().unwrap();
        Self { end, polling, seen }
    }

    fn end(self, how: Polled) -> Poller {
        self.end.send(how).unwrap();
        self.polling.join().unwrap()
    }
}

const UP: &str = "cton_service_up{service=\"scripted\"}";
const STALE: &str = "cton_service_stale{service=\"scripted\"}";

#[test]
fn gauges_grow_stale_while_a_poll_is_under_way() {
    let poll = UnderWay::start();
    let later = in_time(STALE_AFTER - Duration::from_secs(60));
    assert_eq!(poll.seen.shown(later), ["incidents_total 7", "open 1"]);
    assert_eq!(poll.seen.shown(in_time(STALE_AFTER)), ["incidents_total 7"]);
    assert_eq!(poll.seen.own(STALE, in_time(STALE_AFTER)).unwrap(), "1");
    let poller = poll.end(good(8, 3));
    assert_eq!(shown(&poller), ["incidents_total 8", "open 3"]);
    assert_eq!(own(&poller, STALE).unwrap(), "0");
}

#[test]
fn a_service_that_does_not_come_back_is_down_until_it_does() {
    let poll = UnderWay::start();
    assert_eq!(poll.seen.own(UP, in_time(POLL_TIMEOUT)).unwrap(), "1", "it may be about to");
    let later = in_time(POLL_TIMEOUT + Duration::from_secs(6));
    assert_eq!(poll.seen.own(UP, later).unwrap(), "0");
    assert_eq!(poll.seen.shown(later), ["incidents_total 7", "open 1"], "its samples are not old yet");
    assert_eq!(super::status::status_at(&poll.seen.0, later)["state"], "hung");
    let poller = poll.end(good(8, 3));
    assert_eq!(super::status::status(&poller)["state"], "up");
    assert_eq!(own(&poller, UP).unwrap(), "1");
    assert_eq!(shown(&poller), ["incidents_total 8", "open 3"], "what it brings is taken");
}

#[test]
fn between_polls_nothing_hangs() {
    let mut poller = poller([good(7, 1)]);
    poller.poll();
    assert_eq!(seen(&poller).own(UP, in_time(POLL_TIMEOUT * 2)).unwrap(), "1");
}

/// A scrape shows it, although no watchdog has ever run.
#[test]
fn a_loop_that_is_stuck_in_its_own_part_is_down_and_its_gauges_grow_stale() {
    let mut poller = poller([good(7, 1)]);
    poller.poll();
    poller.heartbeat.enter(PollStage::Own, Instant::now());
    assert_eq!(own(&poller, UP).unwrap(), "1");
    assert_eq!(seen(&poller).own(UP, in_time(OWN_PART + Duration::from_secs(1))).unwrap(), "0");
    assert_eq!(shown_in(&poller, STALE_AFTER), ["incidents_total 7"]);
}
