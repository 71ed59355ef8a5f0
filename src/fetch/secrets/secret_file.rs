//! The file that `secret_file_path` names.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::secret::Secret;
use super::secret_lines::{parse, wrong_line};
use crate::config::credential_shapes::credential;
use crate::config::credential_shapes::random::is_opaque;
use crate::config::suggest::near;
use crate::support::error::{Error, ErrorKind, Result, read_help};

/// The maximum size of a secret file in bytes. A larger file is no secret file.
const FILE_LIMIT: u64 = 64 * 1024;

/// The keys and values of a secret file.
///
/// Each line is a `KEY="VALUE"`; blank lines and lines that begin with `#` are skipped. A value in single or double quotes
/// ends at the closing quote, and a backslash escapes nothing. A value without quotes ends at a `#` that follows a blank.
/// Blanks around `=`, a leading `export`, CRLF and a byte order mark are ignored. A value in PEM has several lines, or the
/// escape `\n` instead of line breaks.
#[derive(Debug)]
pub(crate) struct SecretFile {
    path: PathBuf,
    values: BTreeMap<String, Secret>,
}

impl SecretFile {
    /// Reads and parses a secret file.
    ///
    /// # Errors
    /// The file is missing, unreadable, not a regular file, larger than 64 KiB, or not UTF-8. A line is no `KEY="VALUE"`, has a
    /// control character in its value, or repeats a key. The message contains the path and the line number, but no value.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let bytes = read_limited(path).map_err(|error| unreadable(path, &error))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            wrong_line(path, line, "not UTF-8 text")
        })?;
        Ok(Self { path: path.to_owned(), values: parse(path, text)? })
    }

    /// Returns the value of a key.
    ///
    /// # Errors
    /// The key is missing, or its value is empty. For a missing key, the message lists the existing keys.
    pub(crate) fn get(&self, key: &str) -> Result<Secret> {
        let path = self.path.display();
        match self.values.get(key) {
            Some(secret) if secret.expose().is_empty() => {
                Err(secret_error(format!("{key} in {path} is empty")).with_help("enter its value"))
            }
            Some(secret) => Ok(secret.clone()),
            None => {
                let add = format!("add a line {key}=\"VALUE\"");
                Err(missing_key(&self.path, key, &self.shown_keys(), add))
            }
        }
    }

    /// Returns the keys and their values.
    pub(super) fn values(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the keys in sorted order.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// Returns true if the file has a key, even without a value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// Returns the keys that can be shown, and a description of the others, each of which may be a value without its key.
    pub(super) fn shown_keys(&self) -> Vec<&str> {
        let (mut shown, others): (Vec<&str>, Vec<&str>) =
            self.keys().into_iter().partition(|key| is_shown(key));
        if !others.is_empty() {
            shown.push("a key that may be a value");
        }
        shown
    }
}

/// Returns the error of a missing key, which names the existing keys. `add` is the help if none of them is similar.
pub(super) fn missing_key(place: &Path, key: &str, keys: &[&str], add: String) -> Error {
    let listed = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
    let error = secret_error(format!("{} has no {key}", place.display())).with_detail("keys", listed);
    error.with_help(match near(key, keys.iter().copied()) {
        Some(near) => format!("a similar name exists: {near}"),
        None => add,
    })
}

/// Reads a file of at most 64 KiB.
///
/// # Errors
/// The file cannot be read, is not a regular file, or is larger.
pub(super) fn read_limited(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // This precedes the open, because opening a pipe waits for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    File::open(path)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(io::Error::other("larger than 64 KiB, the limit of a secret file"));
    }
    Ok(bytes)
}

/// Returns true if a key can be shown. A line with a value alone, such as base64 that ends in `=`, has it for a key.
pub(super) fn is_shown(key: &str) -> bool {
    key.len() <= 64 && credential(key).is_none() && !is_opaque(key)
}

fn unreadable(path: &Path, cause: &io::Error) -> Error {
    let path = path.display();
    if cause.kind() == io::ErrorKind::NotFound {
        return secret_error(format!("the secret file {path} does not exist"))
            .with_help("create it with lines such as KEY=\"VALUE\"");
    }
    let unread = secret_error(format!("the secret file {path} cannot be read: {cause}"));
    read_help(cause).into_iter().fold(unread, Error::with_help)
}

/// Returns an error about a secret.
pub(super) fn secret_error(message: String) -> Error {
    Error::new(ErrorKind::Secret, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    fn file(text: &str) -> SecretFile {
        let path = PathBuf::from("./splunk");
        SecretFile { values: parse(&path, text).unwrap(), path }
    }

    #[test]
    fn a_missing_key_names_file_and_keys_and_no_value() {
        let file = file("API_KEY=hush\nAPI_ID=hush\nEMPTY=\"\"");
        assert_eq!(file.keys(), ["API_ID", "API_KEY", "EMPTY"]);
        let message = |key| file.get(key).unwrap_err().to_string();
        assert_eq!(
            message("API_KEYS"),
            "./splunk has no API_KEYS; keys: API_ID, API_KEY, EMPTY; help: a similar name exists: API_KEY"
        );
        assert_eq!(
            message("TOKEN"),
            "./splunk has no TOKEN; keys: API_ID, API_KEY, EMPTY; help: add a line TOKEN=\"VALUE\""
        );
        assert_eq!(message("EMPTY"), "EMPTY in ./splunk is empty; help: enter its value");
        assert_eq!(file.get("API_KEY").unwrap().expose(), "hush");
    }

    #[test]
    fn what_is_no_secret_file_is_refused_with_its_name() {
        let dir = empty_dir("secret-file");
        let at = |name: &str, bytes: &[u8]| {
            fs::write(dir.join(name), bytes).unwrap();
            SecretFile::read(&dir.join(name)).map(|file| file.values.len()).map_err(|error| error.to_string())
        };
        assert_eq!(at("good", b"A=1\nB=2\n"), Ok(2));
        assert!(at("bytes", b"A=1\nB=\xff\n").unwrap_err().contains("bytes:2: not UTF-8"));
        let comments = |length| [b"#".repeat(length), b"\nA=1".to_vec()].concat();
        assert_eq!(at("full", &comments(64 * 1024 - 4)), Ok(1));
        assert!(at("large", &comments(64 * 1024 - 3)).unwrap_err().contains("larger than 64 KiB"));
        let missing = SecretFile::read(&dir.join("nowhere")).unwrap_err().to_string();
        assert!(missing.contains("nowhere does not exist"), "{missing}");
        assert!(SecretFile::read(&dir).unwrap_err().to_string().contains("not a regular file"));
    }

    #[test]
    fn a_value_without_its_key_is_not_shown() {
        for line in [
            "aGVsbG9Xb3JsZFNlY3JldDQy==",
            "Sup3rS3cretZ=",
            "Sup3rS3cretZ=API_KEY",
            "ghp_aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5=",
        ] {
            let file = file(&format!("{line}\nTOKEN=x\n"));
            let error = file.get("API_KEY").unwrap_err().to_string();
            let shown = file.shown_keys().join(" ") + &error;
            let value = line.split('=').next().unwrap();
            assert!(!shown.contains(value) && shown.contains("TOKEN"), "{shown}");
            let twice = parse(Path::new("x"), &format!("{line}\n{line}\n")).unwrap_err().to_string();
            assert!(!twice.contains(value), "{twice}");
        }
    }

    #[test]
    fn debug_shows_keys_and_no_value() {
        let shown = format!("{:?}", file("API_KEY=hush"));
        assert!(shown.contains("API_KEY") && !shown.contains("hush"), "{shown}");
    }
}
