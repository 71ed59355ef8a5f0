//! The log lines of states that start and end again and again.

use std::sync::OnceLock;

use super::*;
use crate::author::reading::Once;
use crate::poll::watchdog::Watchdog;
use crate::support::heartbeat::OWN_PART;
use crate::support::log::captured::captured;

const POLLS: usize = 50;

/// Returns the log lines of a service that repeats these polls.
fn log_of(polls: &[fn() -> Polled]) -> Vec<String> {
    let script: Vec<Polled> = polls.iter().cycle().take(POLLS * polls.len()).map(|polled| polled()).collect();
    let count = script.len();
    let mut poller = poller(script);
    captured(|| (0..count).for_each(|_| _ = poller.poll()))
}

/// Returns the number of lines with a message, and of those that report the flapping of its state.
fn counts(lines: &[String], message: &str) -> (usize, usize) {
    let count = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    (
        count(&format!(" msg=\"{message}\" ")),
        count(&format!(" msg=\"flapping started\" service=scripted event=\"{message}\" ")),
    )
}

fn rejected() -> Polled {
    let mut reading = Reading::default();
    reading.counter(Increase(vec![Once(String::new(), 1)]));
    Ok(Some(vec![Ok(reading), Ok(Reading::default())]))
}

fn unread() -> Polled {
    let Ok(Some(mut readings)) = good(7, 1) else { panic!() };
    readings[1] = Err("not understood".into());
    Ok(Some(readings))
}

fn watchdog(poller: &Poller) -> Watchdog {
    let (watchdog, parts) = (Watchdog::default(), (Arc::clone(&poller.heartbeat), poller.publisher.clone()));
    watchdog.watch(&poller.name, parts, poller.schedule.period());
    watchdog
}

#[test]
fn a_state_that_flaps_has_three_lines_and_one_that_reports_the_flapping() {
    for (message, end, polls) in [
        ("poll failed", "poll recovered", [failed, || good(7, 1)]),
        ("metric not read", "metric recovered", [unread, || good(7, 1)]),
        ("items rejected", "items accepted", [rejected, || good(7, 1)]),
    ] {
        let lines = log_of(&polls);
        assert_eq!(counts(&lines, message), (3, 1), "{lines:#?}");
        assert!(counts(&lines, end).0 <= 3, "{lines:#?}");
    }
}

/// Covers three resets in a row and none for ten polls, which is logged each time.
#[test]
fn frequent_resets_that_come_and_go_are_states_that_flap() {
    let high: fn() -> Polled = || good(9, 1);
    let low: fn() -> Polled = || good(5, 1);
    let polls: Vec<_> = [high, low].into_iter().cycle().take(6).chain([low; 10]).collect();
    let lines = log_of(&polls);
    assert_eq!(counts(&lines, "counter reset"), (1, 0), "{lines:#?}");
    assert_eq!(counts(&lines, "counter resets frequent"), (3, 1), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains(" times=4 ") && line.contains(" metric=incidents")));
}

/// A service whose watchdog checks it at a time when its code takes too long.
#[derive(Default)]
struct Watched(OnceLock<Watchdog>);

impl Bound for Watched {
    fn service(&self) -> &'static str {
        "scripted"
    }

    fn families(&self) -> Vec<Family> {
        vec![COUNTER, GAUGE]
    }

    fn poll(&self, _: &mut Api, _: &[usize]) -> Polled {
        let late = in_time(POLL_TIMEOUT + Duration::from_secs(10));
        (0..3).for_each(|_| self.0.get().into_iter().for_each(|watchdog| watchdog.look(late)));
        good(7, 1)
    }
}

#[test]
fn a_service_that_hangs_again_and_again_has_three_lines_and_one_that_reports_the_flapping() {
    let bound: &'static Watched = Box::leak(Box::default());
    let mut poller = Poller { bound, ..poller([]) };
    let watchdog = watchdog(&poller);
    bound.0.get_or_init(|| watchdog);
    let lines = captured(|| (0..POLLS).for_each(|_| _ = poller.poll()));
    assert_eq!(counts(&lines, "service hung"), (3, 1), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.contains("service resumed")).count(), 3, "{lines:#?}");
}

#[test]
fn a_poll_loop_that_is_stuck_again_and_again_has_three_lines_and_one_that_reports_the_flapping() {
    let poller = poller([]);
    let watchdog = watchdog(&poller);
    let own_part = || {
        poller.heartbeat.enter(PollStage::Polling, Instant::now());
        poller.heartbeat.enter(PollStage::Own, Instant::now());
        watchdog.look(in_time(OWN_PART + Duration::from_secs(1)));
        poller.rest();
    };
    let lines = captured(|| (0..POLLS).for_each(|_| own_part()));
    assert_eq!(counts(&lines, "poll loop stuck"), (3, 1), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.contains("poll loop resumed")).count(), 3, "{lines:#?}");
}
