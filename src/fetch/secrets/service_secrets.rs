//! The secrets of one service, which are read when a poll first needs them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use super::pem_value::secret_part;
use super::redactor::Redactor;
use super::secret::Secret;
use super::secret_sources::{SecretReader, SecretSources};
use super::used_keys::UsedKeys;
use crate::fetch::cache::request_key::RequestKey;
use crate::support::error::Result;

/// The value of every secret in a replay.
pub(crate) const PLACEHOLDER: &str = "replayed";

/// The secrets of one service.
#[derive(Debug)]
pub(crate) struct ServiceSecrets {
    replay: bool,
    /// The secrets as read in this poll.
    reader: SecretReader,
    /// The keys that this poll has used.
    used: RefCell<BTreeSet<String>>,
    /// The secrets that a test has set.
    set: HashMap<String, Secret>,
    redactor: Redactor,
}

impl ServiceSecrets {
    /// Creates the secrets of a service with these sources. In a replay, the sources are optional and not read.
    pub(crate) fn new(service: &str, sources: SecretSources, replay: bool) -> Self {
        let reader = SecretReader::new(service, sources);
        Self { replay, reader, used: RefCell::default(), set: HashMap::new(), redactor: Redactor::default() }
    }

    /// Returns the value of a key, which is redacted in all output from now on.
    ///
    /// # Errors
    /// No source is configured, the source cannot be read or is invalid, or the key is missing or empty.
    pub(crate) fn get(&self, key: &str) -> Result<Secret> {
        self.used.borrow_mut().insert(key.to_owned());
        self.value(key)
    }

    fn value(&self, key: &str) -> Result<Secret> {
        let secret = match (self.set.get(key), self.replay) {
            (Some(set), _) => set.clone(),
            (None, true) => return Ok(Secret::of(PLACEHOLDER)),
            (None, false) => self.reader.get(key)?,
        };
        self.redactor.remember_key(key, &secret_part(secret.expose()));
        Ok(secret)
    }

    /// Adds the values of the secret file and of `declared` keys to the redactor, before the first request can return one of them. The
    /// error of an unreadable value is that of its use.
    pub(crate) fn remember(&self, declared: &[&str]) {
        if self.replay {
            return;
        }
        for (key, secret) in self.reader.file_values() {
            self.redactor.remember_key(key, &secret_part(secret.expose()));
        }
        declared.iter().for_each(|key| drop(self.value(key)));
    }

    /// Returns the keys that this poll has used.
    pub(crate) fn keys_in_use(&self) -> Vec<String> {
        self.used.borrow().iter().cloned().collect()
    }

    /// Returns a fingerprint of the current values of these keys; `None` if one of them cannot be read.
    pub(crate) fn fingerprint(&self, keys: &[String]) -> Option<RequestKey> {
        let values = keys.iter().map(|key| self.value(key).ok()).collect::<Option<Vec<_>>>()?;
        Some(RequestKey::of(values.iter().map(|value| value.expose().as_bytes())))
    }

    /// Uses the redactor of other secrets of the same service.
    pub(crate) fn share(&mut self, redactor: Redactor) {
        self.redactor = redactor;
    }

    /// Returns the keys that this poll has used, or `others` if it has used none.
    pub(crate) fn used_keys(&self, others: &[&str]) -> UsedKeys {
        let used = self.used.borrow();
        let mut names: Vec<String> = used.iter().cloned().collect();
        if names.is_empty() {
            names = others.iter().map(|name| (*name).to_owned()).collect();
        }
        let keys: Vec<&str> = names.iter().map(String::as_str).collect();
        let place = self.reader.sources().place(&keys);
        UsedKeys::new(names, place)
    }

    /// Returns the redactor that knows the secrets of the service.
    pub(crate) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Begins a poll on this thread. The next [`Self::get`] reads the secrets again, and each [`Secret`] that the service
    /// creates is redacted too.
    pub(crate) fn begin(&mut self) {
        self.reader.begin();
        self.used.get_mut().clear();
        self.redactor.enter();
    }

    /// Sets a secret for a test.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.set.insert(key.to_owned(), Secret::of(value));
    }
}
