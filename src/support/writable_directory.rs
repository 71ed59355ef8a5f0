//! Directories that must be writable.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a directory for this user alone, with its ancestors, unless it exists.
///
/// # Errors
/// The file system returns an error, or the path is a file.
pub(crate) fn create_private(dir: &Path) -> io::Result<()> {
    if dir.exists() && !dir.is_dir() {
        return Err(not_a_directory(dir));
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

fn not_a_directory(path: &Path) -> io::Error {
    io::Error::other(format!("`{}` is not a directory", path.display()))
}

/// Checks that files can be created in a directory, or in its nearest existing ancestor. The check creates and removes
/// a file, because permissions prove nothing for root or on a read-only file system.
///
/// # Errors
/// The file system returns an error, or the path or its ancestor is a file.
pub(crate) fn check_writable(dir: &Path) -> io::Result<()> {
    let existing = dir.ancestors().find(|dir| dir.exists()).unwrap_or(Path::new("."));
    if !existing.is_dir() {
        return Err(not_a_directory(existing));
    }
    let file = existing.join(format!(".cton-{}-{:?}", std::process::id(), std::thread::current().id()));
    OpenOptions::new().write(true).create_new(true).open(&file)?;
    fs::remove_file(&file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    #[test]
    fn a_file_is_not_used_as_a_directory() {
        let dir = empty_dir("private");
        let file = dir.join("file");
        fs::write(&file, "").unwrap();
        let expected = format!("`{}` is not a directory", file.display());
        for found in [create_private(&file), check_writable(&file), check_writable(&file.join("below"))] {
            assert_eq!(found.unwrap_err().to_string(), expected);
        }
        assert!([dir.join("a/b"), dir].iter().all(|dir| create_private(dir).is_ok()));
    }
}
