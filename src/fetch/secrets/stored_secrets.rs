//! The secrets that `secret_file_path` names.

use std::path::Path;

use super::secret::Secret;
use super::secret_directory::SecretDirectory;
use super::secret_file::SecretFile;
use super::systemd_credentials::warn_if_open;
use crate::support::error::Result;

/// The secrets that `secret_file_path` names.
#[derive(Debug)]
pub(super) enum StoredSecrets {
    /// A file with a line per key.
    File(SecretFile),
    /// A directory with a file per key.
    Directory(SecretDirectory),
}

impl StoredSecrets {
    /// Opens a file or a directory. A file is read at once.
    ///
    /// # Errors
    /// The file cannot be read or is invalid.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Ok(Self::Directory(SecretDirectory::new(path)));
        }
        let file = SecretFile::read(path)?;
        warn_if_open(path);
        Ok(Self::File(file))
    }

    /// Returns the keys and values of a file. Those of a directory are not read.
    pub(super) fn values(&self) -> Vec<(&str, &Secret)> {
        match self {
            Self::File(file) => file.values().collect(),
            Self::Directory(_) => Vec::new(),
        }
    }

    /// Returns the value of a key.
    ///
    /// # Errors
    /// The key is missing, or its value is empty or cannot be read.
    pub(super) fn get(&self, key: &str) -> Result<Secret> {
        match self {
            Self::File(file) => file.get(key),
            Self::Directory(directory) => directory.get(key),
        }
    }

    /// Returns true if there is a value or an empty one for the key.
    pub(super) fn has(&self, key: &str) -> bool {
        match self {
            Self::File(file) => file.has(key),
            Self::Directory(directory) => directory.has(key),
        }
    }

    /// Returns the keys that can be shown.
    pub(super) fn shown_keys(&self) -> Vec<String> {
        match self {
            Self::File(file) => file.shown_keys().into_iter().map(str::to_owned).collect(),
            Self::Directory(directory) => directory.shown_keys(),
        }
    }

    /// Returns the word for the source in messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Directory(_) => "directory",
        }
    }

    /// Returns the help for a source without keys.
    pub(super) fn how_to_add(&self) -> &'static str {
        match self {
            Self::File(_) => "add lines such as KEY=\"VALUE\"",
            Self::Directory(_) => "create a file for each key, with the value alone",
        }
    }
}
