//! Directories that must be writable.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// Checks that files can be created in a directory, or in its nearest existing ancestor. The check creates and removes
/// a file, because permissions prove nothing for root or on a read-only file system.
///
/// # Errors
/// The file system returns an error, or the path or its ancestor is a file.
pub(crate) fn check_writable(dir: &Path) -> io::Result<()> {
    let existing = dir.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("."));
    if !existing.is_dir() {
        return Err(io::Error::other(format!("`{}` is not a directory", existing.display())));
    }
    let file = existing.join(format!(".cton-{}-{:?}", std::process::id(), std::thread::current().id()));
    OpenOptions::new().write(true).create_new(true).open(&file)?;
    fs::remove_file(&file)
}
