//! The progress of a poll: one line on a terminal, cleared before other output.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::Duration;

use super::locks::locked;
use super::log;
use super::size::Size;

/// The progress line, unset if no terminal shows it.
static LINE: OnceLock<Mutex<ProgressLine>> = OnceLock::new();

thread_local! {
    /// The service that this thread polls.
    static SERVICE: RefCell<String> = const { RefCell::new(String::new()) };
}

#[derive(Default)]
struct ProgressLine {
    stands: bool,
}

/// Shows progress from now on, if standard error is a terminal that can clear a line.
pub(crate) fn init() {
    let can = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
    if can && io::stderr().is_terminal() {
        LINE.get_or_init(Mutex::default);
    }
}

/// Shows that the poll of a service begins.
pub(crate) fn begin(service: &str) {
    if let Some(mut line) = line() {
        SERVICE.with_borrow_mut(|polled| service.clone_into(polled));
        line.say("waiting for the API");
    }
}

/// Shows the requests and the received bytes of the poll.
pub(crate) fn asked(calls: u64, response_bytes: u64) {
    if let Some(mut line) = line() {
        line.say(&format!("requests: {calls}, received: {}", Size(response_bytes)));
    }
}

/// Sleeps before a retry or until the rate limit allows a request. Shows a wait of a second or more.
pub(crate) fn wait(time: Duration) {
    if let Some(mut line) = line().filter(|_| time >= Duration::from_secs(1)) {
        line.say(&format!("waiting for {:.0} s before the next request", time.as_secs_f64()));
    }
    thread::sleep(time);
}

/// Clears the line before other output.
pub(crate) fn clear() {
    if let Some(mut line) = line().filter(|line| line.stands) {
        line.write("");
        line.stands = false;
    }
}

fn line() -> Option<MutexGuard<'static, ProgressLine>> {
    LINE.get().map(locked)
}

impl ProgressLine {
    fn say(&mut self, words: &str) {
        self.write(&SERVICE.with_borrow(|service| format!("{service}: {words} ...")));
        self.stands = true;
    }

    /// Replaces the text of the line (ECMA-48: EL).
    fn write(&self, text: &str) {
        log::print(&format!("\r\x1b[2K{text}"));
    }
}
