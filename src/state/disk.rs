//! The files of a state folder, and how they are written so that none is ever half there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::format;

/// So many files that could not be read are kept beside the good one.
const ASIDE: u32 = 9;

/// Where the files of one service are.
#[derive(Debug)]
pub(super) struct Paths {
    pub(super) dir: PathBuf,
    pub(super) state: PathBuf,
    pub(super) lock: PathBuf,
    /// What is being written; left behind by a process that was killed meanwhile.
    unfinished: PathBuf,
}

/// Why there are no bytes of a state.
#[derive(Debug)]
pub(super) enum NotRead {
    /// The system does not let it be read for now: what lies there may be as good as ever.
    Failed(io::Error),
    /// What lies there is no state, whoever reads it.
    Useless(String),
}

impl Paths {
    pub(super) fn new(dir: &Path, service: &str) -> Self {
        let file = |name: String| dir.join(name);
        Self {
            dir: dir.to_owned(),
            state: file(format!("{service}.state")),
            lock: file(format!("{service}.lock")),
            unfinished: file(format!(".{service}.state.new")),
        }
    }

    /// Makes the folder, for this user alone, if there is none.
    pub(super) fn make_dir(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.dir)
    }

    /// Removes what a process that was killed left half written.
    pub(super) fn clean(&self) -> io::Result<()> {
        match fs::remove_file(&self.unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Whether there is a state, or may be one.
    pub(super) fn is_there(&self) -> bool {
        !fs::symlink_metadata(&self.state).is_err_and(|error| is_absent(&error))
    }

    /// The bytes of the state; `None` if there are none.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, NotRead> {
        match fs::metadata(&self.state) {
            Err(error) if is_absent(&error) => return Ok(None),
            Err(error) => return Err(NotRead::Failed(error)),
            Ok(found) if !found.is_file() => return Err(NotRead::Useless("it is no file".to_owned())),
            Ok(_) => {}
        }
        let mut bytes = Vec::new();
        let file = File::open(&self.state).map_err(NotRead::Failed)?;
        file.take(format::LARGEST as u64 + 1).read_to_end(&mut bytes).map_err(NotRead::Failed)?;
        if bytes.len() > format::LARGEST {
            return Err(NotRead::Useless(format!("it has more than {} bytes", format::LARGEST)));
        }
        Ok(Some(bytes))
    }

    /// Puts a new state in the place of the old one, which stays until the new one is on the disk.
    pub(super) fn write(&self, body: &[u8]) -> io::Result<()> {
        self.clean()?;
        let written = self.write_unfinished(body).and_then(|()| fs::rename(&self.unfinished, &self.state));
        if written.is_err() {
            // On a full disk it is in the way of the next.
            let _ = self.clean();
        }
        written.and_then(|()| self.sync_dir())
    }

    /// Appends a record to the file, which this process wrote, up to that length, and syncs it.
    pub(super) fn append(&self, record: &[u8], end: usize) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).open(&self.state)?;
        if file.metadata()?.len() != end as u64 {
            return Err(io::Error::other("it was changed by another program"));
        }
        let written = file.write_all(record).and_then(|()| file.sync_data());
        if written.is_err() {
            // The next write makes a new file, if the disk has room for it.
            let _ = file.set_len(end as u64);
        }
        written
    }

    /// Moves the state out of the way; returns where to.
    pub(super) fn put_aside(&self) -> io::Result<PathBuf> {
        let free = self.free_name()?;
        fs::rename(&self.state, &free).map(|()| free)
    }

    /// Copies the state; returns where to.
    pub(super) fn copy_aside(&self) -> io::Result<PathBuf> {
        let free = self.free_name()?;
        fs::copy(&self.state, &free).map(|_| free)
    }

    /// A name for a file that could not be read.
    fn free_name(&self) -> io::Result<PathBuf> {
        let names = (1..=ASIDE).map(|n| self.state.with_extension(format!("state.corrupt-{n}")));
        // Nobody else makes any: this process has the lock.
        let free = names.into_iter().find(|name| fs::symlink_metadata(name).is_err());
        free.ok_or_else(|| {
            let name = self.state.with_extension("state.corrupt-1");
            io::Error::other(format!(
                "{ASIDE} files were put aside before, from `{}` on: look at them, and remove them",
                name.display()
            ))
        })
    }

    fn write_unfinished(&self, body: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = io::BufWriter::new(options.write(true).create_new(true).open(&self.unfinished)?);
        format::write(body, &mut file)?;
        file.flush()?;
        file.get_ref().sync_all()
    }

    /// A new name is on the disk only when its folder is.
    fn sync_dir(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(&self.dir)?.sync_all() } else { Ok(()) }
    }
}

/// Whether there is nothing of that name, rather than something that cannot be looked at.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
