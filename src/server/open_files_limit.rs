//! How many connections this process can afford.

/// Never more, whatever the system allows: each has a thread.
const MOST: usize = 320;
/// Fewer would turn scrapers out that came together.
const LEAST: usize = 8;
/// Descriptors of all that is no connection of a scraper and of no service: the log, signals, the backend.
const OTHERS: usize = 30;
/// Of one service: its port, its API, the lock of its state, and a file that is read or written.
const OF_A_SERVICE: usize = 5;

/// The most connections that may be open at a time, beside what so many services need.
///
/// Raises the soft limit on open files to the hard one, which is what the soft one is for.
pub(super) fn connections(services: usize) -> usize {
    let files = usize::try_from(open_files()).unwrap_or(usize::MAX);
    files.saturating_sub(OTHERS + OF_A_SERVICE * services).clamp(LEAST, MOST)
}

#[cfg(unix)]
fn open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Where it is refused, the soft limit holds.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    limit.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn open_files() -> u64 {
    u64::MAX
}
