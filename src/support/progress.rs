//! How far a poll is, for a person who waits for it: one line on a terminal, which goes when there is something to read.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use super::log;
use super::size::Size;

/// Unset where nobody is shown anything.
static LINE: OnceLock<Mutex<ProgressLine>> = OnceLock::new();

#[derive(Default)]
struct ProgressLine {
    /// Whose poll is under way.
    service: String,
    stands: bool,
}

/// Shows progress from now on, where standard error is a terminal that can take a line back.
pub fn init() {
    let can = std::env::var_os("TERM").is_some_and(|term| term != "dumb");
    if can && io::stderr().is_terminal() {
        LINE.get_or_init(Mutex::default);
    }
}

/// The poll of a service begins.
pub fn begin(service: &str) {
    if let Some(mut line) = line() {
        service.clone_into(&mut line.service);
        line.say("asking the API");
    }
}

/// The poll has asked so much.
pub fn asked(calls: u64, response_bytes: u64) {
    if let Some(mut line) = line() {
        line.say(&format!("requests: {calls}, received: {}", Size(response_bytes)));
    }
}

/// The poll waits before it asks again, or for a call that is not there yet.
pub fn wait(time: Duration) {
    if let Some(mut line) = line().filter(|_| time >= Duration::from_secs(1)) {
        line.say(&format!("waiting for {:.0} s before the next request", time.as_secs_f64()));
    }
    thread::sleep(time);
}

/// Something else is to be written.
pub fn clear() {
    if let Some(mut line) = line().filter(|line| line.stands) {
        line.write("");
        line.stands = false;
    }
}

fn line() -> Option<MutexGuard<'static, ProgressLine>> {
    Some(LINE.get()?.lock().unwrap_or_else(PoisonError::into_inner))
}

impl ProgressLine {
    fn say(&mut self, words: &str) {
        self.write(&format!("{}: {words} ...", self.service));
        self.stands = true;
    }

    /// In place of what stands there (ECMA-48: EL).
    fn write(&self, text: &str) {
        log::print(&format!("\r\x1b[2K{text}"));
    }
}
