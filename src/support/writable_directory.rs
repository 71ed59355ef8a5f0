//! Directories that files are to be written to.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

/// Checks that files can be made in a directory, or, if it does not exist, that it can be made. A file is made and removed to
/// find out: permissions do not tell, neither of root nor of a file system that takes no files.
///
/// # Errors
/// Those of the file system; a file is where a directory is to be.
pub fn check_writable(dir: &Path) -> io::Result<()> {
    let existing = dir.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("."));
    if !existing.is_dir() {
        return Err(io::Error::other(format!("`{}` is no folder", existing.display())));
    }
    let file = existing.join(format!(".cton-{}-{:?}", std::process::id(), std::thread::current().id()));
    OpenOptions::new().write(true).create_new(true).open(&file)?;
    fs::remove_file(&file)
}
