//! Threads that the process cannot do without.

use std::io;
use std::thread::Builder;

use super::log;
use super::panics::{self, BUG_HINT};

/// The stack size of a thread in bytes. Threads need little, and on a small host many of them share a small address
/// space.
pub(crate) const STACK: usize = 1 << 20;

/// Starts a thread. If its work panics, the process exits with code 70, so that a supervisor restarts it.
///
/// # Errors
/// The system has no more threads.
pub(crate) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let own = name.to_owned();
    Builder::new().name(name.to_owned()).stack_size(STACK).spawn(move || guard(&own, work)).map(drop)
}

/// Runs the work of a thread, and exits the process with code 70 if it panics.
pub(crate) fn guard<T>(thread: &str, work: impl FnOnce() -> T) -> T {
    panics::catch(work).unwrap_or_else(|cause| {
        log::critical("thread died", &[("thread", &thread), ("error", &cause), ("hint", &BUG_HINT)]);
        log::flush();
        std::process::exit(70)
    })
}

/// Renames the current thread, as a debugger shows it. Linux uses the first 15 bytes.
pub(crate) fn rename(name: &str) {
    #[cfg(target_os = "linux")]
    if let Ok(name) = std::ffi::CString::new(name) {
        // A name is a help only.
        let _ = rustix::thread::set_name(&name);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = name;
}
