//! A lock that reserves a file for one process.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Takes the lock, for as long as the returned file is open; `None` if another process has it.
///
/// The lock has its own permanent file, because each write replaces the file that it reserves.
pub(crate) fn take(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    system::take(path, options)
}

#[cfg(unix)]
mod system {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;

    use super::{File, OpenOptions, Path, io};

    pub(super) fn take(path: &Path, mut options: OpenOptions) -> io::Result<Option<File>> {
        let file = options.mode(0o600).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(file)),
            Err(Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(windows)]
mod system {
    use std::os::windows::fs::OpenOptionsExt;

    use super::{File, OpenOptions, Path, io};

    /// The system error for a file that another process has open without sharing it.
    const SHARING_VIOLATION: i32 = 32;

    pub(super) fn take(path: &Path, mut options: OpenOptions) -> io::Result<Option<File>> {
        match options.share_mode(0).open(path) {
            Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => Ok(None),
            file => file.map(Some),
        }
    }
}
