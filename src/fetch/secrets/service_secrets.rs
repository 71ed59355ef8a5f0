//! The secrets of one service, whose file is read when a poll first needs it.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use super::redactor::Redactor;
use super::secret::Secret;
use super::secret_file::SecretFile;
use super::systemd_credentials::{located, warn_if_open};
use super::used_keys::UsedKeys;
use crate::support::error::{Error, ErrorKind, Result};

/// The value of every secret in a replay.
const PLACEHOLDER: &str = "replayed";

/// The secrets of one service.
#[derive(Debug)]
pub(crate) struct ServiceSecrets {
    path: Option<PathBuf>,
    replay: bool,
    /// The secret file as read in this poll.
    file: OnceCell<SecretFile>,
    /// The keys that this poll has used.
    used: RefCell<BTreeSet<String>>,
    /// The secrets that a test has set.
    set: HashMap<String, Secret>,
    redactor: Redactor,
}

impl ServiceSecrets {
    /// Creates the secrets of a service with that file. In a replay, the file is optional and not read.
    pub(crate) fn new(path: Option<PathBuf>, replay: bool) -> Self {
        let (file, used) = (OnceCell::new(), RefCell::default());
        Self { path, replay, file, used, set: HashMap::new(), redactor: Redactor::default() }
    }

    /// Returns the value of a key, which is redacted in all output from now on.
    ///
    /// # Errors
    /// No file is configured, the file cannot be read or is invalid, or the key is missing or empty.
    pub(crate) fn get(&self, service: &str, key: &str) -> Result<Secret> {
        self.used.borrow_mut().insert(key.to_owned());
        let secret = match (self.set.get(key), self.replay) {
            (Some(set), _) => set.clone(),
            (None, true) => return Ok(Secret::of(PLACEHOLDER)),
            (None, false) => self.file(service)?.get(key)?,
        };
        self.redactor.remember_key(key, secret.expose());
        Ok(secret)
    }

    /// Returns the keys that this poll has used, or `others` if it has used none.
    pub(crate) fn used_keys(&self, others: &[&str]) -> UsedKeys {
        let used = self.used.borrow();
        let mut names: Vec<String> = used.iter().cloned().collect();
        if names.is_empty() {
            names = others.iter().map(|name| (*name).to_owned()).collect();
        }
        UsedKeys::new(names, self.path.as_deref().map(located))
    }

    /// Returns the redactor that knows the secrets of the service.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Begins a poll on this thread. The next [`Self::get`] reads the file again, and each [`Secret`] that the service
    /// creates is redacted too.
    pub(crate) fn begin(&mut self) {
        self.file.take();
        self.used.get_mut().clear();
        self.redactor.enter();
    }

    /// Sets a secret for a test.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.set.insert(key.to_owned(), Secret::of(value));
    }

    fn file(&self, service: &str) -> Result<&SecretFile> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let path = self.path.as_ref().ok_or_else(|| {
            let text =
                format!("service `{service}` needs a secret, and its config has no `secret_file_path`");
            Error::new(ErrorKind::Secret, text).with_help("name the secret file in `secret_file_path`")
        })?;
        let path = located(path);
        let file = SecretFile::read(&path)?;
        warn_if_open(&path);
        Ok(self.file.get_or_init(|| file))
    }
}
