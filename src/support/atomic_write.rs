//! Replaces a file as a whole: after a crash, the file has its old or its new content.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

/// Replaces the file `path`, which only this user can read; the old one stays until the new one is on the disk.
///
/// `body` writes the content to `unfinished`, a file in the same directory. A killed process leaves that file behind, and the
/// next write removes it. Only one process may write to `path`.
///
/// # Errors
/// The file system returns an error. The old file stays, unless only the sync of the directory failed.
pub(crate) fn replace(
    path: &Path,
    unfinished: &Path,
    body: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    remove(unfinished)?;
    let written = write(unfinished, body).and_then(|()| fs::rename(unfinished, path));
    if written.is_err() {
        // On a full disk the unfinished file takes the space of the next write.
        let _ = remove(unfinished);
    }
    written.and_then(|()| sync_directory_of(path))
}

/// Removes the unfinished file of a killed process.
///
/// # Errors
/// The file exists and cannot be removed.
pub(crate) fn remove(unfinished: &Path) -> io::Result<()> {
    match fs::remove_file(unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn write(unfinished: &Path, body: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = BufWriter::new(options.write(true).create_new(true).open(unfinished)?);
    body(&mut file)?;
    file.flush()?;
    file.get_ref().sync_all()
}

/// Syncs the directory, because a new name is on the disk only after that.
fn sync_directory_of(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(dir)?.sync_all() } else { Ok(()) }
}
