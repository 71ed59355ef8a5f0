//! Files that are to be written: all of them or none, and none over another.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::support::exit::Exit;

/// What is to be written.
#[derive(Default)]
pub struct FileTransaction {
    files: Vec<(PathBuf, Vec<u8>)>,
    edit: Option<(PathBuf, String)>,
}

impl FileTransaction {
    /// A new file.
    pub fn file(&mut self, path: PathBuf, bytes: impl Into<Vec<u8>>) {
        self.files.push((path, bytes.into()));
    }

    /// The new text of a file that is there.
    pub fn edit(&mut self, path: PathBuf, text: String) {
        self.edit = Some((path, text));
    }

    /// The new files.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// Writes everything.
    ///
    /// # Errors
    /// A new file is there already, or something cannot be written; then nothing is left behind.
    pub fn write(self) -> Result<(), Exit> {
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

/// The files and folders that were made, which go again unless all could be.
struct CreatedFiles(Vec<PathBuf>);

impl CreatedFiles {
    fn file(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
        self.0.push(path.to_owned());
        file.write_all(bytes)
    }

    fn folder(&mut self, path: &Path) -> io::Result<()> {
        if path.as_os_str().is_empty() || path.is_dir() {
            return Ok(());
        }
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        fs::create_dir(path)?;
        self.0.push(path.to_owned());
        Ok(())
    }
}

impl Drop for CreatedFiles {
    fn drop(&mut self) {
        for path in self.0.iter().rev() {
            // A folder that somebody has put something into since is left to them.
            let _ = if path.is_dir() { fs::remove_dir(path) } else { fs::remove_file(path) };
        }
    }
}

/// Whoever reads the file meanwhile sees the old text or the new one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let mut beside = path.clone().into_os_string();
    // Not one that an earlier call may have left behind.
    beside.push(format!(".{}.new", std::process::id()));
    let mut made = CreatedFiles(Vec::new());
    made.file(beside.as_ref(), text.as_bytes())?;
    let about = fs::metadata(&path)?;
    fs::set_permissions(&beside, about.permissions())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        // With sudo it stays the file of whose it is; who may not do that has it as their own already.
        let _ = chown(&beside, Some(about.uid()), Some(about.gid()));
    }
    fs::rename(&beside, &path)?;
    made.0.clear();
    Ok(())
}

fn taken(path: &Path) -> Exit {
    let path = path.display();
    Exit::Usage(format!(
        "{path} is there already, and nothing is overwritten: take another name, or move it away"
    ))
}

fn failed(path: &Path, error: &io::Error) -> Exit {
    Exit::Failed(format!("{} cannot be written: {error}; nothing was changed", path.display()))
}
