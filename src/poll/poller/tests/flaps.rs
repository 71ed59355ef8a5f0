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

/// A service whose watchdog checks it at a time when a stage of the poll takes too long.
struct Watched {
    watchdog: OnceLock<Watchdog>,
    /// True for the code of the service, false for the exporter's own part.
    hangs: bool,
}

impl Watched {
    fn look_in(&self, later: Duration) {
        self.watchdog.get().into_iter().for_each(|watchdog| watchdog.look(in_time(later)));
    }
}

impl Bound for Watched {
    /// Returns the name. The exporter's own part calls it for each log line.
    fn service(&self) -> &'static str {
        if !self.hangs {
            self.look_in(OWN_PART + Duration::from_secs(1));
        }
        "scripted"
    }

    fn families(&self) -> Vec<Family> {
        vec![COUNTER, GAUGE]
    }

    fn poll(&self, _: &mut Api, _: &[usize]) -> Polled {
        if self.hangs {
            (0..3).for_each(|_| self.look_in(POLL_TIMEOUT + Duration::from_secs(10)));
        }
        good(7, 1)
    }
}

#[test]
fn a_poll_loop_that_hangs_again_and_again_has_three_lines_and_one_that_reports_the_flapping() {
    for (hangs, start, end) in
        [(true, "service hung", "service resumed"), (false, "poll loop stuck", "poll loop resumed")]
    {
        let bound: &'static Watched = Box::leak(Box::new(Watched { watchdog: OnceLock::new(), hangs }));
        let mut poller = Poller { bound, ..poller([]) };
        let watchdog = Watchdog::new([&poller]);
        bound.watchdog.get_or_init(|| watchdog);
        let lines = captured(|| (0..POLLS).for_each(|_| _ = poller.poll()));
        assert_eq!(counts(&lines, start), (3, 1), "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.contains(end)).count(), 3, "{lines:#?}");
    }
}
