//! Parses the file that `secret_file_path` names.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::secret::Secret;
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
/// Blanks around `=`, a leading `export`, CRLF and a byte order mark are ignored.
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
                Err(error(format!("{key} in {path} is empty")).with_help("enter its value"))
            }
            Some(secret) => Ok(secret.clone()),
            None => Err(self.missing(key)),
        }
    }

    /// Returns the keys in sorted order.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// Returns the keys that can be shown, and a description of the others, each of which may be a value without its key.
    pub(crate) fn shown_keys(&self) -> Vec<&str> {
        let (mut shown, others): (Vec<&str>, Vec<&str>) =
            self.keys().into_iter().partition(|key| is_shown(key));
        if !others.is_empty() {
            shown.push("a key that may be a value");
        }
        shown
    }

    /// Returns the path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn missing(&self, key: &str) -> Error {
        let keys = self.shown_keys();
        let listed = if keys.is_empty() { "none".to_owned() } else { keys.join(", ") };
        let error = error(format!("{} has no {key}", self.path.display())).with_detail("keys", listed);
        match near(key, keys) {
            Some(near) => error.with_help(format!("a similar name exists: {near}")),
            None => error.with_help(format!("add a line {key}=\"VALUE\"")),
        }
    }
}

fn read_limited(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
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

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, Secret>> {
    let mut values = BTreeMap::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |what: &str| wrong_line(path, index + 1, what);
        let Some((key, value)) = entry(line).map_err(wrong)? else { continue };
        if values.insert(key.to_owned(), Secret::of(value)).is_some() {
            let key = if is_shown(key) { format!("`{key}`") } else { "a key".to_owned() };
            return Err(wrong(&format!("{key} is repeated")));
        }
    }
    Ok(values)
}

/// Returns the key and value of a line; `None` if the line is blank or a comment.
fn entry(line: &str) -> Result<Option<(&str, &str)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (key, rest) = line.split_once('=').ok_or("expected KEY=\"VALUE\", found no `=`")?;
    let key = key.trim();
    let key = key.strip_prefix("export ").map_or(key, str::trim_start);
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c)) {
        return Err("expected KEY=\"VALUE\" with a key of letters, digits, `_`, `-` and `.`");
    }
    let value = value(rest)?;
    if value.contains(char::is_control) {
        return Err("the value has a control character");
    }
    Ok(Some((key, value)))
}

/// Returns the value after the `=`.
fn value(rest: &str) -> Result<&str, &'static str> {
    let trimmed = rest.trim_start();
    for quote in ['"', '\''] {
        let Some(inner) = trimmed.strip_prefix(quote) else { continue };
        let (value, after) = inner.split_once(quote).ok_or("the closing quote is missing")?;
        let after = after.trim_start();
        return if after.is_empty() || after.starts_with('#') {
            Ok(value)
        } else {
            Err("text follows the closing quote, where only a # comment can stand")
        };
    }
    let comment = |(at, _): &(usize, &str)| rest[..*at].ends_with([' ', '\t']);
    let end = rest.match_indices('#').find(comment).map_or(rest.len(), |(at, _)| at);
    Ok(rest[..end].trim())
}

/// Returns true if a key can be shown. A line with a value alone, such as base64 that ends in `=`, has it for a key.
fn is_shown(key: &str) -> bool {
    key.len() <= 64 && credential(key).is_none() && !is_opaque(key)
}

fn unreadable(path: &Path, cause: &io::Error) -> Error {
    let path = path.display();
    if cause.kind() == io::ErrorKind::NotFound {
        return error(format!("the secret file {path} does not exist"))
            .with_help("create it with lines such as KEY=\"VALUE\"");
    }
    let unread = error(format!("the secret file {path} cannot be read: {cause}"));
    read_help(cause).into_iter().fold(unread, Error::with_help)
}

fn wrong_line(path: &Path, line: usize, what: &str) -> Error {
    error(format!("{}:{line}: {what}", path.display()))
}

fn error(message: String) -> Error {
    Error::new(ErrorKind::Secret, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    fn parsed(text: &str) -> Result<Vec<(String, String)>> {
        let values = parse(Path::new("./splunk"), text)?;
        Ok(values.into_iter().map(|(key, value)| (key, value.expose().to_owned())).collect())
    }

    fn file(text: &str) -> SecretFile {
        let path = PathBuf::from("./splunk");
        SecretFile { values: parse(&path, text).unwrap(), path }
    }

    #[test]
    fn the_lenient_format_is_read() {
        for (text, value) in [
            ("A=\"v\"", "v"),
            ("A=v", "v"),
            ("A='v'", "v"),
            ("\u{feff}A=\"v\"\r\n", "v"),
            ("  A \t = \"v\"  # the key", "v"),
            ("# A=x\n\n   \nA=v", "v"),
            ("export A=v", "v"),
            ("A=\"a=b==\"", "a=b=="),
            ("A=a=b==", "a=b=="),
            ("A=\"a #b\"", "a #b"),
            ("A=a#b", "a#b"),
            ("A=#b", "#b"),
            ("A=a #b", "a"),
            ("A= #b", ""),
            ("A=a b", "a b"),
            ("A=\" v \"", " v "),
            ("A=\"it's\"", "it's"),
            ("A='say \"v\"'", "say \"v\""),
            ("A=\"a\\n\"", "a\\n"),
            ("A=é", "é"),
            ("A=", ""),
        ] {
            assert_eq!(parsed(text).unwrap(), [("A".into(), value.into())], "{text:?}");
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_not_shown() {
        for text in [
            "hush",
            "=hush",
            "hu sh=hush",
            "A=\"hush",
            "A=\"hush\"hush",
            "A=hu\u{7}sh",
            "A=\"hush\thush\"",
            "A=hush\nA=hush",
        ] {
            let error = parsed(&format!("# a comment\r\n{text}\n")).unwrap_err();
            let line = text.lines().count() + 1;
            assert_eq!(error.kind(), ErrorKind::Secret);
            assert!(error.to_string().starts_with(&format!("./splunk:{line}: ")), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
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
