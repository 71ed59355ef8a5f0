//! The number of connections that the process can afford.

/// Highest connection limit for any system, because each connection has a thread.
const MOST: usize = 320;
/// Lowest connection limit, which leaves room for scrapers that connect at the same time.
const LEAST: usize = 8;
/// Descriptors that belong to neither a scraper nor a service: the log, signals, the backend.
const OTHERS: usize = 30;
/// Descriptors of one service: its port, its API, the lock of its state, and a file that is read or written.
const OF_A_SERVICE: usize = 5;

/// Returns the connection limit of a process with this number of services.
///
/// Raises the soft limit on open files to the hard limit first.
pub(super) fn connections(services: usize) -> usize {
    let files = usize::try_from(open_files()).unwrap_or(usize::MAX);
    files.saturating_sub(OTHERS + OF_A_SERVICE * services).clamp(LEAST, MOST)
}

#[cfg(unix)]
fn open_files() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // If the system refuses that, the soft limit applies.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    limit.unwrap_or(u64::MAX)
}

#[cfg(not(unix))]
fn open_files() -> u64 {
    u64::MAX
}
