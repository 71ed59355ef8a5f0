//! The secrets of one service: its file, read when a poll first asks, and what was handed out.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::PathBuf;

use super::redactor::Redactor;
use super::secret::Secret;
use super::secret_file::SecretFile;
use super::systemd_credentials::{located, warn_if_open};
use crate::support::error::{Error, ErrorKind, Result};

/// What a replay hands out in place of every secret.
const PLACEHOLDER: &str = "replayed";

/// The secrets of one service.
#[derive(Debug)]
pub struct ServiceSecrets {
    path: Option<PathBuf>,
    replay: bool,
    /// Of this poll.
    file: OnceCell<SecretFile>,
    /// Set by a test.
    set: HashMap<String, Secret>,
    redactor: Redactor,
}

impl ServiceSecrets {
    /// Of that file; in a replay there need not be one, and it is not read.
    pub fn new(path: Option<PathBuf>, replay: bool) -> Self {
        Self { path, replay, file: OnceCell::new(), set: HashMap::new(), redactor: Redactor::default() }
    }

    /// The value of a key; from now on it is redacted wherever it could be shown.
    ///
    /// # Errors
    /// No file is configured, or it or the key is missing.
    pub fn get(&self, service: &str, key: &str) -> Result<Secret> {
        let secret = match (self.set.get(key), self.replay) {
            (Some(set), _) => set.clone(),
            (None, true) => return Ok(Secret::of(PLACEHOLDER)),
            (None, false) => self.file(service)?.get(key)?,
        };
        self.redactor.remember_key(key, secret.expose());
        Ok(secret)
    }

    /// What replaces the secrets that were handed out.
    pub fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Begins a poll on this thread: the next [`Self::get`] reads the file again, and what the service makes a [`Secret`]
    /// is redacted too.
    pub fn begin(&mut self) {
        self.file.take();
        self.redactor.enter();
    }

    /// Sets a secret for a test.
    pub fn set(&mut self, key: &str, value: &str) {
        self.set.insert(key.to_owned(), Secret::of(value));
    }

    fn file(&self, service: &str) -> Result<&SecretFile> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let path = self.path.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::Secret,
                format!("service `{service}` asks for a secret, but its config has no `secret_file_path`"),
            )
        })?;
        let path = located(path);
        let file = SecretFile::read(&path)?;
        warn_if_open(&path);
        Ok(self.file.get_or_init(|| file))
    }
}
