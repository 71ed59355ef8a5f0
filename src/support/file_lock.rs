//! A lock that reserves a file for one process.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// A lock that this process has until the value is dropped.
#[derive(Debug)]
pub(crate) struct FileLock(File);

impl FileLock {
    /// Takes the lock; `None` if another process has it.
    ///
    /// The lock has its own permanent file, because each write replaces the file that it reserves.
    pub(crate) fn take(path: &Path) -> io::Result<Option<Self>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Ok(system::take(path, options)?.map(Self))
    }
}

/// Releases the lock. Closing the file would not be enough: a child that was forked meanwhile has the file open until it runs its
/// program.
impl Drop for FileLock {
    fn drop(&mut self) {
        system::release(&self.0);
    }
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

    pub(super) fn release(file: &File) {
        let _ = flock(file, FlockOperation::Unlock);
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

    /// Does nothing, because closing the file releases it.
    pub(super) fn release(_: &File) {}
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    #[test]
    fn a_dropped_lock_is_free_even_if_a_child_inherited_its_file() {
        let path = empty_dir("file-lock").join("lock");
        let lock = FileLock::take(&path).unwrap().unwrap();
        assert!(FileLock::take(&path).unwrap().is_none());
        let inherited = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(FileLock::take(&path).unwrap().is_some());
        drop(inherited);
    }
}
