//! A temporary directory that only this user can read.

use std::fs::{self, DirBuilder};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A new directory, which is removed when this value is dropped.
pub(super) struct PrivateDirectory(PathBuf);

impl PrivateDirectory {
    /// Creates the directory.
    ///
    /// # Errors
    /// The file system returns an error, or the directory exists.
    pub(super) fn create() -> io::Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let path = std::env::temp_dir().join(format!("cton-new-{}-{now}", std::process::id()));
        #[allow(unused_mut, reason = "only Unix has a mode")]
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(Self(path))
    }

    /// Returns the path of the directory.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Returns the names and contents of its files, by name.
    ///
    /// # Errors
    /// The file system returns an error.
    pub(super) fn files(&self) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            files.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
        }
        files.sort();
        Ok(files)
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        // The system cleans its temporary directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}
