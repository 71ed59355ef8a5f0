//! A directory of secrets, as Kubernetes, Docker and Vault mount them: one file per key.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::pem_value::bare;
use super::secret::Secret;
use super::secret_file::{is_shown, missing_key, read_limited, secret_error};
use super::secret_lines::is_key;
use super::systemd_credentials::warn_if_open_within;
use crate::support::error::{Error, Result, read_help};

/// The maximum number of file names that an error or `--check` reads.
const LISTED: usize = 1000;
/// The symbolic link by which Kubernetes replaces all files of a volume at once.
const DATA: &str = "..data";

/// A directory that `secret_file_path` names, with one file per key. Each file contains the value alone.
#[derive(Debug)]
pub(super) struct SecretDirectory {
    path: PathBuf,
    /// The directory of this edition of a Kubernetes volume, or the same path. All keys of a poll are of one edition.
    edition: PathBuf,
    /// The keys that were read.
    read: RefCell<BTreeMap<String, Secret>>,
}

impl SecretDirectory {
    /// Creates the view of a directory. No file is read.
    pub(super) fn new(path: &Path) -> Self {
        let edition = fs::canonicalize(path.join(DATA)).unwrap_or_else(|_| path.to_owned());
        Self { path: path.to_owned(), edition, read: RefCell::default() }
    }

    /// Returns the value of a key, and reads only its file.
    ///
    /// # Errors
    /// The key is no valid name, or its file is missing, unreadable, not a regular file, empty, binary or larger than 64 KiB.
    pub(super) fn get(&self, key: &str) -> Result<Secret> {
        if let Some(known) = self.read.borrow().get(key) {
            return Ok(known.clone());
        }
        let secret = self.read(key)?;
        self.read.borrow_mut().insert(key.to_owned(), secret.clone());
        Ok(secret)
    }

    /// Returns true if a file for the key exists.
    pub(super) fn has(&self, key: &str) -> bool {
        is_file_name(key) && self.path.join(key).exists()
    }

    /// Returns the keys in sorted order, and a description of file names that may be values.
    pub(super) fn shown_keys(&self) -> Vec<String> {
        let (mut shown, others): (Vec<_>, Vec<_>) = self.names().into_iter().partition(|name| is_shown(name));
        shown.sort_unstable();
        shown.extend((!others.is_empty()).then(|| "a file name that may be a value".to_owned()));
        shown
    }

    /// Logs a warning for each file that the group or others can read. Returns true if there are any.
    pub(super) fn warn_if_open(&self) -> bool {
        let names = self.names().into_iter();
        names.filter(|name| warn_if_open_within(&self.path, &self.path.join(name))).count() > 0
    }

    fn read(&self, key: &str) -> Result<Secret> {
        if !is_file_name(key) {
            let problem = format!("the key {key:?} is no file name in {}", self.path.display());
            return Err(secret_error(problem)
                .with_help("use letters, digits, `_`, `-` and `.`, and no `.` at the beginning"));
        }
        let file = self.path.join(key);
        // A removed edition was replaced meanwhile.
        let bytes = match read_limited(&self.edition.join(key)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => read_limited(&file),
            bytes => bytes,
        };
        let bytes = bytes.map_err(|error| self.unreadable(key, &error))?;
        warn_if_open_within(&self.path, &file);
        let wrong = |what| secret_error(format!("the secret file {} {what}", file.display()));
        let value = bare(&bytes)
            .map_err(|what| wrong(what).with_help("write the value of the key into it, as text"))?;
        Ok(Secret::of(value.as_str()))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten().take(LISTED);
        let files = entries.filter(|entry| entry.path().is_file());
        files
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| is_file_name(name))
            .collect()
    }

    fn unreadable(&self, key: &str, cause: &io::Error) -> Error {
        let file = self.path.join(key);
        if cause.kind() == io::ErrorKind::NotFound {
            let keys = self.shown_keys();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            let add = format!("create the file {} with the value alone", file.display());
            return missing_key(&self.path, key, &keys, add);
        }
        let unread = secret_error(format!("the secret file {} cannot be read: {cause}", file.display()));
        read_help(cause).into_iter().fold(unread, Error::with_help)
    }
}

/// Returns the value of a file that contains a secret alone; `None` if the file does not exist.
///
/// # Errors
/// The file cannot be read, is not a regular file, or is empty, binary or larger than 64 KiB.
pub(crate) fn bare_file(path: &Path) -> Result<Option<Secret>> {
    let wrong = |what: &str| secret_error(format!("the secret file {} {what}", path.display()));
    let bytes = match read_limited(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(|error| wrong(&format!("cannot be read: {error}")))?,
    };
    let value = bare(&bytes).map_err(|what| wrong(what).with_help("write the value into it, as text"))?;
    Ok(Some(Secret::of(value.as_str())))
}

/// Returns true if a key can be the name of its file, which is in the directory itself and not hidden.
fn is_file_name(key: &str) -> bool {
    is_key(key) && !key.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    #[test]
    fn each_key_is_a_file_with_its_bare_value() {
        let dir = empty_dir("secret-directory");
        fs::write(dir.join("API_KEY"), "hush\n").unwrap();
        fs::write(dir.join("pem"), "-----BEGIN K-----\\nAA\\n-----END K-----").unwrap();
        let directory = SecretDirectory::new(&dir);
        assert_eq!(directory.get("API_KEY").unwrap().expose(), "hush");
        assert_eq!(directory.get("pem").unwrap().expose(), "-----BEGIN K-----\nAA\n-----END K-----");
        fs::write(dir.join("API_KEY"), "next").unwrap();
        assert_eq!(directory.get("API_KEY").unwrap().expose(), "hush", "one poll uses one value");
        assert_eq!(SecretDirectory::new(&dir).get("API_KEY").unwrap().expose(), "next");
    }

    #[test]
    fn a_file_without_a_usable_value_is_named_with_its_key() {
        let dir = empty_dir("secret-directory-wrong");
        let large = "h".repeat(64 * 1024 + 1);
        let files = [
            ("EMPTY", b"\n".as_slice()),
            ("BINARY", b"hush\x00"),
            ("LATIN", b"hush\xff"),
            ("LARGE", large.as_bytes()),
        ];
        for (key, bytes) in files {
            fs::write(dir.join(key), bytes).unwrap();
        }
        fs::create_dir(dir.join("FOLDER")).unwrap();
        let directory = SecretDirectory::new(&dir);
        for (key, problem) in [
            ("EMPTY", "is empty"),
            ("BINARY", "has a control character"),
            ("LATIN", "is not UTF-8 text"),
            ("LARGE", "larger than 64 KiB"),
            ("FOLDER", "not a regular file"),
        ] {
            let error = directory.get(key).unwrap_err().to_string();
            assert!(
                error.contains(&dir.join(key).display().to_string()) && error.contains(problem),
                "{error}"
            );
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn no_key_leads_out_of_the_directory_or_to_a_hidden_file() {
        let outside = empty_dir("secret-directory-outside");
        let dir = outside.join("inside");
        fs::create_dir_all(dir.join("..data")).unwrap();
        fs::write(outside.join("API_KEY"), "hush").unwrap();
        fs::write(dir.join("..data/API_KEY"), "hush").unwrap();
        fs::write(dir.join(".hidden"), "hush").unwrap();
        let absolute = outside.join("API_KEY").display().to_string();
        for key in ["../API_KEY", "..", ".", "", "..data/API_KEY", ".hidden", "a\0b", "a b", &absolute] {
            let directory = SecretDirectory::new(&dir);
            let error = directory.get(key).unwrap_err().to_string();
            assert!(error.contains("is no file name in") && !directory.has(key), "{key}: {error}");
        }
    }

    #[test]
    fn a_missing_key_lists_similar_file_names_and_no_values() {
        let dir = empty_dir("secret-directory-missing");
        for name in ["API_KEY", "API_ID", ".dockerenv", "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5"] {
            fs::write(dir.join(name), "hush").unwrap();
        }
        let message = |key| SecretDirectory::new(&dir).get(key).unwrap_err().to_string();
        let path = dir.display();
        let keys = "keys: API_ID, API_KEY, a file name that may be a value";
        let expected = format!("{path} has no API_KEYS; {keys}; help: a similar name exists: API_KEY");
        assert_eq!(message("API_KEYS"), expected);
        let add = format!("help: create the file {path}/TOKEN with the value alone");
        assert_eq!(message("TOKEN"), format!("{path} has no TOKEN; {keys}; {add}"));
    }

    #[cfg(unix)]
    #[test]
    fn all_keys_of_a_poll_are_of_one_edition_of_a_kubernetes_volume() {
        use std::os::unix::fs::symlink;
        let dir = empty_dir("secret-directory-volume");
        for (edition, value) in [("..1", "old"), ("..2", "new")] {
            fs::create_dir(dir.join(edition)).unwrap();
            ["ID", "KEY"].iter().for_each(|key| fs::write(dir.join(edition).join(key), value).unwrap());
        }
        symlink("..1", dir.join("..data")).unwrap();
        ["ID", "KEY"].iter().for_each(|key| symlink(format!("..data/{key}"), dir.join(key)).unwrap());
        let directory = SecretDirectory::new(&dir);
        let value = |key| directory.get(key).unwrap().expose().to_owned();
        assert_eq!(value("ID"), "old");
        symlink("..2", dir.join("..next")).unwrap();
        fs::rename(dir.join("..next"), dir.join("..data")).unwrap();
        assert_eq!(value("KEY"), "old");
        assert_eq!(SecretDirectory::new(&dir).get("KEY").unwrap().expose(), "new");
        let late = SecretDirectory::new(&dir);
        fs::rename(dir.join("..1"), dir.join("..data.old")).unwrap();
        fs::remove_dir_all(dir.join("..2")).unwrap();
        symlink("..data.old", dir.join("..next")).unwrap();
        fs::rename(dir.join("..next"), dir.join("..data")).unwrap();
        assert_eq!(late.get("KEY").unwrap().expose(), "old", "a removed edition was replaced");
    }
}
