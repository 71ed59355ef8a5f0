//! The I/O of a state file, which blocks for as long as the disk does.

use std::io;
use std::path::Path;

use super::disk::{NotRead, Paths};
use super::last_written::fingerprint;
use crate::support::file_lock::FileLock;
use crate::support::log::{self, LogField};

/// A write that is due. It owns all its data.
#[derive(Debug)]
#[must_use = "the state is written by running it"]
pub(crate) struct StateWrite {
    pub(super) disk: Disk,
    pub(super) what: io::Result<WriteContent>,
}

/// The bytes of a write.
#[derive(Debug)]
pub(super) enum WriteContent {
    /// The body of a new file.
    Snapshot(Vec<u8>),
    /// A record to append, and the length of the file before it.
    Record(Vec<u8>, usize),
}

/// The outcome of a write, for [`StateFile::end`](super::state_file::StateFile::end).
#[derive(Debug)]
#[must_use = "the next write needs it"]
pub(crate) struct WriteResult {
    pub(super) disk: Disk,
    pub(super) outcome: Result<(), String>,
}

impl StateWrite {
    /// Returns the number of bytes that are written.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        match &self.what {
            Ok(WriteContent::Snapshot(bytes) | WriteContent::Record(bytes, _)) => bytes.len(),
            Err(_) => 0,
        }
    }

    /// Writes the state and syncs it. This blocks for as long as the disk does.
    pub(crate) fn run(self) -> WriteResult {
        let Self { mut disk, what } = self;
        let outcome = what.map_err(|error| disk.failed(&error)).and_then(|what| disk.write(&what));
        WriteResult { disk, outcome }
    }
}

/// The file of one service, and the lock that reserves it for this process.
#[derive(Debug)]
pub(super) struct Disk {
    service: String,
    paths: Paths,
    /// The lock, held until the process exits; `None` while the directory cannot be used.
    lock: Option<FileLock>,
    /// True if this process may overwrite the file, because it has read or written it.
    is_ours: bool,
    /// The message about a file that could not be read and is not overwritten.
    unread: Option<String>,
    /// The fingerprint of the file that was read, until the first write.
    read: Option<u128>,
}

/// The reason for which the lock is not held.
enum WriteProblem {
    InUse(String),
    Failed(String),
}

impl Disk {
    /// Takes the lock of the service's file. Also returns the problem if the directory cannot be used for now.
    ///
    /// # Errors
    /// Another process has the lock.
    pub(super) fn open(dir: &Path, service: &str) -> Result<(Self, Option<String>), String> {
        let (service, paths) = (service.to_owned(), Paths::new(dir, service));
        let mut disk = Self { service, paths, lock: None, is_ours: true, unread: None, read: None };
        match disk.prepare() {
            Ok(()) => Ok((disk, None)),
            Err(WriteProblem::InUse(text)) => Err(text),
            Err(WriteProblem::Failed(text)) => Ok((disk, Some(text))),
        }
    }

    /// Returns the path of the state file.
    pub(super) fn state(&self) -> &Path {
        &self.paths.state
    }

    /// Returns true if there is a file that could not be read and so is not overwritten.
    pub(super) fn is_unread(&self) -> bool {
        self.unread.is_some()
    }

    /// Returns the bytes of the state; `None` if the file does not exist.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, NotRead> {
        self.paths.read()
    }

    /// Remembers the fingerprint of the file that was read.
    pub(super) fn knows(&mut self, bytes: &[u8]) {
        self.read = Some(fingerprint(bytes));
    }

    pub(super) fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    fn write(&mut self, what: &WriteContent) -> Result<(), String> {
        if self.lock.is_none() {
            self.prepare().map_err(|(WriteProblem::InUse(text) | WriteProblem::Failed(text))| text)?;
            // A file that appeared since the start was not read, so it must not be overwritten.
            self.is_ours = false;
        }
        if !self.is_ours {
            self.clear_the_way()?;
        }
        self.read = None;
        let written = match what {
            WriteContent::Snapshot(body) => self.paths.write(body),
            WriteContent::Record(record, end) => self.paths.append(record, *end),
        };
        written.map_err(|error| {
            if !self.paths.dir.exists() {
                // Another process may use the directory once it exists again.
                self.lock = None;
            }
            self.failed(&error)
        })
    }

    fn failed(&self, error: &io::Error) -> String {
        format!("cannot write {}: {error}", self.state().display())
    }

    /// Creates the directory, takes the lock in it, and removes an unfinished file.
    fn prepare(&mut self) -> Result<(), WriteProblem> {
        let Paths { dir, lock, .. } = &self.paths;
        let failed =
            |what: &Path, error| WriteProblem::Failed(format!("cannot use {}: {error}", what.display()));
        self.paths.make_dir().map_err(|error| failed(dir, error))?;
        let Some(taken) = FileLock::take(lock).map_err(|error| failed(lock, error))? else {
            let (service, dir) = (&self.service, dir.display());
            let text = format!("another process uses the state of service `{service}` in {dir}");
            return Err(WriteProblem::InUse(text));
        };
        self.paths.clean().map_err(|error| failed(dir, error))?;
        self.lock = Some(taken);
        Ok(())
    }
}

/// The handling of files that this process did not read or write.
impl Disk {
    /// Renames an invalid file and logs that; if that fails, the file is not overwritten.
    pub(super) fn put_aside(&mut self, why: &str) {
        self.is_ours = false;
        let file = self.paths.state.display();
        let hint = "restore a valid copy, or let the service start without its state";
        let to = match self.paths.put_aside() {
            Ok(to) => {
                self.is_ours = true;
                to.display().to_string()
            }
            Err(error) => format!("nowhere: {error}"),
        };
        self.log(
            log::warning,
            "state file put aside",
            &[("file", &file), ("error", &why), ("to", &to), ("hint", &hint)],
        );
    }

    /// Copies a file that is partly damaged; returns the path of the copy, or the error as text.
    pub(super) fn copy_aside(&self) -> String {
        let copied = self.paths.copy_aside();
        copied.map_or_else(|error| format!("none: {error}"), |copy| copy.display().to_string())
    }

    /// Keeps a file that cannot be read, because it may be intact. Returns the message to log; `None` without a lock, whose
    /// absence is logged already.
    ///
    /// The state in memory can never be added to the file. So nothing is written until it is removed or a restart reads it.
    pub(super) fn leave(&mut self, error: &io::Error) -> Option<String> {
        self.is_ours = false;
        let file = self.paths.state.display();
        let text = format!("cannot read {file}: {error}; the file is not overwritten");
        self.unread = Some(text.clone());
        self.lock.is_some().then_some(text)
    }

    /// Renames a file that appeared after the start, or that could not be renamed before, so that it is not overwritten.
    fn clear_the_way(&mut self) -> Result<(), String> {
        if self.paths.is_there() {
            if let Some(text) = &self.unread {
                return Err(text.clone());
            }
            self.put_aside_unknown()?;
        }
        self.unread = None;
        self.is_ours = true;
        Ok(())
    }

    fn put_aside_unknown(&self) -> Result<(), String> {
        let state = self.paths.state.display();
        if self.is_known().map_err(|error| format!("cannot read {state}: {error}"))? {
            return Ok(());
        }
        let aside = self.paths.put_aside();
        let to = aside.map_err(|error| format!("{state} was not read, and cannot be put aside: {error}"))?;
        let why = "the file appeared after the start, or could not be put aside before";
        let fields: [LogField<'_>; 3] = [("file", &state), ("error", &why), ("to", &to.display())];
        self.log(log::warning, "state file put aside", &fields);
        Ok(())
    }

    /// Returns true if the file is the one that was read before it was locked.
    fn is_known(&self) -> io::Result<bool> {
        match self.paths.read() {
            Err(NotRead::Failed(error)) => Err(error),
            Err(NotRead::Useless(_)) | Ok(None) => Ok(false),
            Ok(Some(bytes)) => Ok(self.read == Some(fingerprint(bytes))),
        }
    }

    fn log(&self, level: fn(&str, &[LogField<'_>]), message: &str, fields: &[LogField<'_>]) {
        let mut all: Vec<LogField<'_>> = vec![("service", &self.service)];
        all.extend_from_slice(fields);
        level(message, &all);
    }
}
