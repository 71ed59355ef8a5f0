//! The files of a state directory, and atomic writes to them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use super::format;
use crate::support::atomic_write;
use crate::support::writable_directory::create_private;

/// Maximum number of unusable files that are kept beside the state file.
const ASIDE: u32 = 9;

/// The paths of the files of one service.
#[derive(Debug)]
pub(super) struct Paths {
    pub(super) dir: PathBuf,
    pub(super) state: PathBuf,
    pub(super) lock: PathBuf,
    /// The file of a write in progress, which a killed process leaves behind.
    unfinished: PathBuf,
}

/// The reason for which a state cannot be read.
#[derive(Debug)]
pub(super) enum NotRead {
    /// The system refuses to read the file, which may be intact.
    Failed(io::Error),
    /// The file is not a valid state.
    Useless(String),
}

impl Paths {
    pub(super) fn new(dir: &Path, service: &str) -> Self {
        let file = |name: String| dir.join(name);
        // The name of a service has no `.`, so no two names have the same files.
        let service = service.replace('/', ".");
        Self {
            dir: dir.to_owned(),
            state: file(format!("{service}.state")),
            lock: file(format!("{service}.lock")),
            unfinished: file(format!(".{service}.state.new")),
        }
    }

    /// Creates the directory, for this user alone, if it does not exist.
    pub(super) fn make_dir(&self) -> io::Result<()> {
        create_private(&self.dir)
    }

    /// Removes the unfinished file of a killed process.
    pub(super) fn clean(&self) -> io::Result<()> {
        atomic_write::remove(&self.unfinished)
    }

    /// Returns true if a state exists or may exist.
    pub(super) fn is_there(&self) -> bool {
        !fs::symlink_metadata(&self.state).is_err_and(|error| is_absent(&error))
    }

    /// Returns the bytes of the state; `None` if the file does not exist.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, NotRead> {
        match fs::metadata(&self.state) {
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(NotRead::Failed(error)),
            Ok(found) if !found.is_file() => return Err(NotRead::Useless("not a regular file".to_owned())),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        let file = File::open(&self.state).map_err(NotRead::Failed)?;
        file.take(format::LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(NotRead::Failed)?;
        if bytes.len() > format::LARGEST {
            return Err(NotRead::Useless(format!("larger than {} bytes", format::LARGEST)));
        }
        Ok(Some(bytes))
    }

    /// Replaces the state file; the old one stays until the new one is on the disk.
    pub(super) fn write(&self, body: &[u8]) -> io::Result<()> {
        atomic_write::replace(&self.state, &self.unfinished, |file| format::write(body, file))
    }

    /// Appends a record to the file and syncs it. The file must have the length `end`, up to which this process wrote it.
    pub(super) fn append(&self, record: &[u8], end: usize) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).open(&self.state)?;
        if file.metadata()?.len() != end as u64 {
            return Err(io::Error::other("changed by another program"));
        }
        let written = file.write_all(record).and_then(|()| file.sync_data());
        if written.is_err() {
            // A part of the record takes space that the new file of the next write needs.
            let _ = file.set_len(end as u64);
        }
        written
    }

    /// Renames the state file, and returns its new path.
    pub(super) fn put_aside(&self) -> io::Result<PathBuf> {
        let free = self.free_name()?;
        fs::rename(&self.state, &free).map(|()| free)
    }

    /// Copies the state file, and returns the path of the copy.
    pub(super) fn copy_aside(&self) -> io::Result<PathBuf> {
        let free = self.free_name()?;
        fs::copy(&self.state, &free).map(|_| free)
    }

    /// Returns a free path for an unusable file.
    fn free_name(&self) -> io::Result<PathBuf> {
        let names = (1..=ASIDE).map(|n| self.state.with_extension(format!("state.corrupt-{n}")));
        // No other process creates such files, because this one has the lock.
        let free = names.into_iter().find(|name| fs::symlink_metadata(name).is_err());
        free.ok_or_else(|| {
            let name = self.state.with_extension("state.corrupt-1");
            io::Error::other(format!(
                "{ASIDE} files were put aside before; remove them, from {} on",
                name.display()
            ))
        })
    }
}

/// Returns true if the error means that the file does not exist; any other error leaves that open.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
