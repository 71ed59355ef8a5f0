//! A transaction that writes all of its files or none, and overwrites no other file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;

/// The files to create, and the file to edit.
#[derive(Default)]
pub(super) struct FileTransaction {
    files: Vec<(PathBuf, Vec<u8>)>,
    edit: Option<(PathBuf, String)>,
}

impl FileTransaction {
    /// Adds a new file.
    pub(super) fn file(&mut self, path: PathBuf, bytes: impl Into<Vec<u8>>) {
        self.files.push((path, bytes.into()));
    }

    /// Sets the new text of an existing file.
    pub(super) fn edit(&mut self, path: PathBuf, text: String) {
        self.edit = Some((path, text));
    }

    /// Returns the paths of the new files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// Writes all files.
    ///
    /// # Errors
    /// A new file already exists, or a file cannot be written. In both cases, nothing is left behind.
    pub(super) fn write(self) -> Result<(), Exit> {
        if let Some(path) = self.paths().find(|path| path.symlink_metadata().is_ok()) {
            return Err(taken(path));
        }
        let mut made = CreatedFiles(Vec::new());
        for (path, bytes) in &self.files {
            made.file(path, bytes).map_err(|error| failed(path, &error))?;
        }
        if let Some((path, text)) = &self.edit {
            replace(path, text).map_err(|error| failed(path, &error))?;
        }
        made.0.clear();
        Ok(())
    }
}

/// The created files and directories. They are removed on drop, unless the list was cleared.
struct CreatedFiles(Vec<PathBuf>);

impl CreatedFiles {
    fn file(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.directory(path.parent().unwrap_or(Path::new("")))?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        self.0.push(path.to_owned());
        file.write_all(bytes)
    }

    fn directory(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        self.directory(path.parent().unwrap_or(Path::new("")))?;
        fs::create_dir(path)?;
        self.0.push(path.to_owned());
        Ok(())
    }
}

impl Drop for CreatedFiles {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            // A directory to which someone has added files since is not removed.
            let _ = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
        }
    }
}

/// Replaces the text of a file. A concurrent reader sees the old text or the new text.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mut beside = path.clone().into_os_string();
    // The name differs from that of a file that an earlier process left behind.
    beside.push(format!(".{}.new", std::process::id()));
    let mut made = CreatedFiles(Vec::new());
    made.file(beside.as_ref(), text.as_bytes())?;
    let about = fs::metadata(&path)?;
    fs::set_permissions(&beside, about.permissions())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        // With sudo, the file keeps its owner. A user without permission to change the owner already owns the file.
        let _ = chown(&beside, Some(about.uid()), Some(about.gid()));
    }
    fs::rename(&beside, &path)?;
    made.0.clear();
    Ok(())
}

fn taken(path: &Path) -> Exit {
    let exists = Diagnostic::new(format!("{}: already exists", path.display()));
    Exit::usage(exists.help("choose another name, or move the existing file"))
}

fn failed(path: &Path, error: &io::Error) -> Exit {
    Exit::failed(format!("{}: cannot be written: {error}; nothing was changed", path.display()))
}
