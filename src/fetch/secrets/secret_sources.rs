//! The sources of the secrets of a service: a file, a directory, and environment variables.

use std::cell::OnceCell;
use std::path::PathBuf;

use super::secret::Secret;
use super::secret_directory::SecretDirectory;
use super::secret_environment::variable;
use super::secret_file::secret_error;
use super::short_secret::warn_if_short;
use super::stored_secrets::StoredSecrets;
use super::systemd_credentials::{located, warn_if_open};
use crate::config::ServiceConfig;
use crate::support::error::{Error, Result};

/// The sources of the secrets of one service, as its config names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SecretSources {
    /// The value of `secret_file_path`: a file or a directory.
    path: Option<PathBuf>,
    /// The value of `secret_environment`: the variables that may be read.
    environment: Vec<String>,
}

/// The secrets of a service, of which the file is read once and the others when they are used.
#[derive(Debug)]
pub(crate) struct SecretReader {
    service: String,
    sources: SecretSources,
    /// The file or directory, once it has been opened.
    stored: OnceCell<StoredSecrets>,
}

impl SecretSources {
    /// Returns the sources that the config of a service names.
    pub(crate) fn of(service: &ServiceConfig) -> Self {
        Self { path: service.secret_file.clone(), environment: service.secret_environment.clone() }
    }

    /// Returns the file or directory that is read: `secret_file_path`, or the systemd credential of its name.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        self.path.as_deref().map(located)
    }

    /// Returns true if the config names no source.
    pub(crate) fn is_empty(&self) -> bool {
        self.path.is_none() && self.environment.is_empty()
    }

    /// Logs a warning for each secret file that the group or others can read. Returns true if there are any.
    pub(crate) fn warn_if_open(&self) -> bool {
        match self.path() {
            Some(path) if path.is_dir() => SecretDirectory::new(&path).warn_if_open(),
            Some(path) => warn_if_open(&path),
            None => false,
        }
    }

    /// Returns the place of some keys for a message, such as `./splunk`; `None` without a source.
    pub(crate) fn place(&self, keys: &[&str]) -> Option<String> {
        let is_variable = |key: &&str| self.lists(key);
        let (all, some) = (keys.iter().all(is_variable), keys.iter().any(is_variable));
        let path = self.path().map(|path| path.display().to_string());
        match path {
            Some(path) if some => Some(format!("{path} or the environment")),
            None if !keys.is_empty() && all => Some("the environment".to_owned()),
            path => path,
        }
    }

    fn lists(&self, key: &str) -> bool {
        self.environment.iter().any(|name| name == key)
    }

    /// Returns the file of a key in a directory of secrets, if it is a regular file and no link, so that it can be replaced.
    pub(crate) fn own_file(&self, key: &str) -> Option<PathBuf> {
        let file = self.path().filter(|path| path.is_dir())?.join(key);
        std::fs::symlink_metadata(&file).is_ok_and(|about| about.is_file()).then_some(file)
    }

    /// Returns the sources as bytes, to be part of a fingerprint.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let path = self.path.iter().map(|path| path.as_os_str().as_encoded_bytes());
        path.chain(self.environment.iter().map(String::as_bytes)).collect::<Vec<_>>().join(&0)
    }
}

impl SecretReader {
    /// Creates a reader of the secrets of a service. Nothing is read yet.
    pub(crate) fn new(service: &str, sources: SecretSources) -> Self {
        Self { service: service.to_owned(), sources, stored: OnceCell::new() }
    }

    /// Begins a poll: the next secret is read again.
    pub(crate) fn begin(&mut self) {
        self.stored.take();
    }

    /// Returns the sources.
    pub(crate) fn sources(&self) -> &SecretSources {
        &self.sources
    }

    /// Returns the value of a key. It is read from the environment if `secret_environment` lists the key and the variable is
    /// set, and otherwise from `secret_file_path`.
    ///
    /// # Errors
    /// No source is configured, the source cannot be read or is invalid, or the key is missing or empty. The key has a
    /// variable, and also a value in `secret_file_path`.
    pub(crate) fn get(&self, key: &str) -> Result<Secret> {
        let secret = self.read(key)?;
        warn_if_short(&self.service, key, &secret);
        Ok(secret)
    }

    fn read(&self, key: &str) -> Result<Secret> {
        let Some(secret) = self.variable(key)? else {
            let stored = self.stored(key)?.get(key);
            let is_listed = self.sources.lists(key);
            return stored.map_err(|error| match is_listed {
                true => error.with_help(format!("or set the environment variable {key}")),
                false => error,
            });
        };
        if self.sources.path.is_some() && self.stored(key).is_ok_and(|stored| stored.has(key)) {
            let path = self.sources.path().unwrap_or_default();
            let problem = format!("{key} is in {} and in the environment", path.display());
            return Err(secret_error(problem).with_help("remove it from one of them"));
        }
        Ok(secret)
    }

    /// Returns the keys and values of the secret file. There are none if it cannot be read, and those of a directory are not read.
    pub(super) fn file_values(&self) -> impl Iterator<Item = (&str, &Secret)> {
        let stored = self.sources.path.as_ref().and_then(|_| self.stored("").ok());
        stored.into_iter().flat_map(StoredSecrets::values)
    }

    /// Returns the value of a key, or `None` if no source has it.
    ///
    /// # Errors
    /// A source cannot be read or is invalid, or the value is empty.
    pub(crate) fn find(&self, key: &str) -> Result<Option<Secret>> {
        let is_missing =
            self.variable(key)?.is_none() && (self.sources.path.is_none() || !self.stored(key)?.has(key));
        if is_missing { Ok(None) } else { self.get(key).map(Some) }
    }

    /// Returns a line for each source with the keys that it has, for `--check`.
    ///
    /// # Errors
    /// A source cannot be read, is invalid or has no keys, or a key of `secret_environment` has no value.
    pub(crate) fn described(&self) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        if let Some(path) = self.sources.path() {
            let keys = self.stored("")?.shown_keys();
            if keys.is_empty() {
                let problem =
                    format!("the secret {} {} has no keys", self.stored("")?.kind(), path.display());
                return Err(secret_error(problem).with_help(self.stored("")?.how_to_add()));
            }
            lines.push(format!("{}: secrets {}", path.display(), keys.join(", ")));
        }
        let mut set = Vec::new();
        for name in &self.sources.environment {
            self.get(name)?;
            set.extend(self.variable(name)?.map(|_| name.as_str()));
        }
        lines.extend((!set.is_empty()).then(|| format!("environment: secrets {}", set.join(", "))));
        Ok(lines)
    }

    fn variable(&self, key: &str) -> Result<Option<Secret>> {
        match self.sources.lists(key) {
            true => variable(key, std::env::var_os(key)),
            false => Ok(None),
        }
    }

    fn stored(&self, key: &str) -> Result<&StoredSecrets> {
        if let Some(stored) = self.stored.get() {
            return Ok(stored);
        }
        let path = self.sources.path().ok_or_else(|| self.without_source(key))?;
        let stored = StoredSecrets::open(&path)?;
        Ok(self.stored.get_or_init(|| stored))
    }

    fn without_source(&self, key: &str) -> Error {
        if self.sources.lists(key) {
            let problem = format!("the environment variable {key} is not set");
            return secret_error(problem).with_help("set it, or name the secret file in `secret_file_path`");
        }
        let service = &self.service;
        let problem = format!("service `{service}` needs a secret, and its config has no `secret_file_path`");
        let error = secret_error(problem).with_help("name the secret file in `secret_file_path`");
        match self.sources.environment.is_empty() {
            true => error,
            false => error.with_help(format!("or add {key} to `secret_environment`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    fn reader(path: Option<PathBuf>, environment: &[&str]) -> SecretReader {
        let environment = environment.iter().map(|name| (*name).to_owned()).collect();
        SecretReader::new("shop", SecretSources { path, environment })
    }

    fn message<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_variable_is_read_only_if_the_config_lists_it() {
        // Cargo sets this variable for tests.
        let name = "CARGO_PKG_NAME";
        assert_eq!(reader(None, &[name]).get(name).unwrap().expose(), "collectington");
        assert!(message(reader(None, &[]).get(name)).contains("no `secret_file_path`"));
        let help = message(reader(None, &["OTHER"]).get(name));
        assert!(help.contains("or add CARGO_PKG_NAME to `secret_environment`"), "{help}");
        let unset = message(reader(None, &["CTON_UNSET"]).get("CTON_UNSET"));
        assert!(unset.starts_with("the environment variable CTON_UNSET is not set; help: set it"), "{unset}");
    }

    #[test]
    fn a_key_comes_from_exactly_one_source() {
        let file = empty_dir("secret-sources").join("keys");
        std::fs::write(&file, "CARGO_PKG_NAME=hush\nCTON_UNSET=filed\n").unwrap();
        let both = reader(Some(file.clone()), &["CARGO_PKG_NAME", "CTON_UNSET"]);
        let said = message(both.get("CARGO_PKG_NAME"));
        let problem = format!("CARGO_PKG_NAME is in {} and in the environment", file.display());
        assert!(said.starts_with(&problem) && !said.contains("hush"), "{said}");
        assert!(message(both.described()).starts_with(&problem));
        assert_eq!(both.get("CTON_UNSET").unwrap().expose(), "filed", "an unset variable is no source");
        let gone = reader(Some(file.with_extension("gone")), &["CARGO_PKG_NAME"]);
        assert_eq!(gone.get("CARGO_PKG_NAME").unwrap().expose(), "collectington");
        assert!(message(gone.get("OTHER")).contains("does not exist"));
    }

    #[test]
    fn the_place_of_keys_names_their_possible_sources() {
        let place = |path: Option<&str>, keys: &[&str]| {
            SecretSources { path: path.map(PathBuf::from), environment: vec!["A".to_owned()] }.place(keys)
        };
        assert_eq!(place(Some("./keys"), &["B"]).as_deref(), Some("./keys"));
        assert_eq!(place(Some("./keys"), &["A", "B"]).as_deref(), Some("./keys or the environment"));
        assert_eq!(place(None, &["A"]).as_deref(), Some("the environment"));
        assert_eq!(place(None, &["B"]), None);
    }
}
