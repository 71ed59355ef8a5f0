//! Secrets: read from a file, handed out, and kept out of everything that is shown.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::config::near;
use crate::error::{Error, ErrorKind, Result};

/// What stands in a secret's place.
pub const MASK: &str = "***";
/// The largest secret file, in bytes: whatever is larger is some other file.
const FILE_LIMIT: u64 = 64 * 1024;
/// The shortest value that is looked for in running text, in bytes: a shorter one would mask half of it.
const SHORTEST: usize = 4;
/// What RFC 3986 section 2.3 leaves as it is.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// What has to be encoded in a query, by <https://url.spec.whatwg.org/#query-percent-encode-set>.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
/// How many values are remembered; the oldest go, or tokens that are fetched anew for each poll would pile up.
const REMEMBERED: usize = 256;

/// A value that is shown to nobody: it has no `Display`, its `Debug` is `***`, and its memory is cleared.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// A secret with this value, such as a token that the API itself gave.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself. What is made of it is not protected any more.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The keys and values of a secret file.
///
/// It has a `KEY="VALUE"` on each line; blank lines and lines that begin with `#` are passed over. A value in single or
/// double quotes goes up to the closing quote, backslashes are nothing special. A value without quotes goes up to a `#`
/// that follows a blank. Blanks around `=`, `export` in front, CRLF and a byte order mark do not matter.
#[derive(Debug)]
pub struct SecretFile {
    path: PathBuf,
    values: BTreeMap<String, Secret>,
}

impl SecretFile {
    /// Reads the file.
    ///
    /// # Errors
    /// It is missing, no regular file, larger than 64 KiB or not UTF-8; a line is no `KEY="VALUE"`, has a control
    /// character in its value, or repeats a key. The message names file and line and shows nothing of the text.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = read_limited(path).map_err(|error| unreadable(path, &error))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            wrong_line(path, line, "UTF-8 text is expected")
        })?;
        Ok(Self { path: path.to_owned(), values: parse(path, text)? })
    }

    /// The value of a key.
    ///
    /// # Errors
    /// There is no such key, or its value is empty. The message names the keys there are.
    pub fn get(&self, key: &str) -> Result<Secret> {
        let path = self.path.display();
        match self.values.get(key) {
            Some(secret) if secret.expose().is_empty() => {
                Err(error(format!("`{key}` in the secret file `{path}` is empty: put its value there")))
            }
            Some(secret) => Ok(secret.clone()),
            None => Err(error(format!("the secret file `{path}` has no `{key}`: {}", self.hint(key)))),
        }
    }

    /// Its keys, sorted.
    pub fn keys(&self) -> Vec<&str> {
        self.values.keys().map(String::as_str).collect()
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn hint(&self, key: &str) -> String {
        let keys = self.keys();
        if keys.is_empty() {
            return format!("it has no keys at all; add a line `{key}=\"…\"`");
        }
        let listed = keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        match near(key, keys) {
            Some(near) => format!("did you mean `{near}`? It has {listed}"),
            None => format!("it has {listed}; add a line `{key}=\"…\"`"),
        }
    }
}

fn read_limited(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // Before it is opened: opening a pipe waits for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    File::open(path)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(io::Error::other("it has more than 64 KiB, which is no secret file"));
    }
    Ok(bytes)
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, Secret>> {
    let mut values = BTreeMap::new();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |what: &str| wrong_line(path, index + 1, what);
        let Some((key, value)) = entry(line).map_err(wrong)? else { continue };
        if values.insert(key.to_owned(), Secret::new(value)).is_some() {
            return Err(wrong(&format!("`{key}` is there a second time: keep one of the two")));
        }
    }
    Ok(values)
}

/// Key and value of a line, or nothing if there is none to be had.
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
        return Err("the value has a control character: write it anew");
    }
    Ok(Some((key, value)))
}

/// What stands after the `=`.
fn value(rest: &str) -> Result<&str, &'static str> {
    let trimmed = rest.trim_start();
    for quote in ['"', '\''] {
        let Some(inner) = trimmed.strip_prefix(quote) else { continue };
        let (value, after) = inner.split_once(quote).ok_or("the closing quote is missing")?;
        let after = after.trim_start();
        return if after.is_empty() || after.starts_with('#') {
            Ok(value)
        } else {
            Err(
                "only a # comment can follow the closing quote: use the other kind of quotes around the value",
            )
        };
    }
    let comment = |(at, _): &(usize, &str)| rest[..*at].ends_with([' ', '\t']);
    let end = rest.match_indices('#').find(comment).map_or(rest.len(), |(at, _)| at);
    Ok(rest[..end].trim())
}

fn unreadable(path: &Path, cause: &io::Error) -> Error {
    let path = path.display();
    if cause.kind() == io::ErrorKind::NotFound {
        return error(format!(
            "the secret file `{path}` is missing: create it with lines like KEY=\"VALUE\""
        ));
    }
    error(format!("the secret file `{path}` cannot be read: {cause}"))
}

fn wrong_line(path: &Path, line: usize, what: &str) -> Error {
    error(format!("{}:{line}: {what}", path.display()))
}

fn error(message: String) -> Error {
    Error::new(ErrorKind::Secret, message)
}

/// Remembers what must not be shown, and masks it. Clones share what they remember.
///
/// In running text values of 4 bytes and more are found, as they are and as they look percent-encoded, in a form and in
/// JSON; where a value stands alone (a header, a parameter), shorter ones too.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Vec<Known>>>);

struct Known {
    value: Zeroizing<String>,
    /// How it looks in running text.
    forms: Vec<Zeroizing<String>>,
}

impl Redactor {
    /// Masks this value from now on.
    pub fn remember(&self, value: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if value.is_empty() || known.iter().any(|known| *known.value == value) {
            return;
        }
        if known.len() == REMEMBERED {
            known.remove(0);
        }
        known.push(Known { value: Zeroizing::new(value.to_owned()), forms: forms(value) });
    }

    /// The text with `***` in place of every remembered value.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| range.start);
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for range in found {
            // Overlapping values are masked as one: what would be left of the second is half a secret.
            if range.start >= end {
                masked.push_str(&text[end..range.start]);
                masked.push_str(MASK);
            }
            end = end.max(range.end);
        }
        masked.push_str(&text[end..]);
        Cow::Owned(masked)
    }

    /// A value that stands alone, masked as a whole if it is a remembered one, however short.
    pub fn redact_value<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|known| *known.value == value) {
            return Cow::Borrowed(MASK);
        }
        drop(known);
        self.redact(value)
    }

    /// Bytes that are not all text, masked where they are.
    pub fn redact_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let chunks = bytes.utf8_chunks();
        chunks.flat_map(|chunk| [self.redact(chunk.valid()).as_bytes(), chunk.invalid()].concat()).collect()
    }

    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let forms = known.iter().flat_map(|known| &known.forms);
        forms
            .flat_map(|form| text.match_indices(form.as_str()).map(|(at, form)| at..at + form.len()))
            .collect()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// The ways a value is written in URLs, forms and JSON.
fn forms(value: &str) -> Vec<Zeroizing<String>> {
    if value.len() < SHORTEST {
        return Vec::new();
    }
    let json = serde_json::Value::from(value).to_string();
    let json = &json[1..json.len() - 1];
    let mut forms = vec![value.to_owned(), json.to_owned(), json.replace('/', "\\/"), ascii(json)];
    for set in [UNRESERVED, QUERY] {
        let encoded = utf8_percent_encode(value, set).to_string();
        forms.extend([encoded.replace("%20", "+"), lower_escapes(&encoded), encoded]);
    }
    forms.sort_unstable();
    forms.dedup();
    forms.into_iter().map(Zeroizing::new).collect()
}

/// JSON as those write it who escape all that is not ASCII.
fn ascii(json: &str) -> String {
    json.encode_utf16().fold(String::new(), |mut text, unit| {
        match char::from_u32(unit.into()).filter(char::is_ascii) {
            Some(char) => text.push(char),
            None => text.push_str(&format!("\\u{unit:04x}")),
        }
        text
    })
}

/// `%2f` for `%2F`: both are allowed (RFC 3986 section 2.1).
fn lower_escapes(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at(part.len().min(2));
        format!("{text}%{}{rest}", digits.to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, String)>> {
        let values = parse(Path::new("./splunk"), text)?;
        Ok(values.into_iter().map(|(key, value)| (key, value.expose().to_owned())).collect())
    }

    fn file(text: &str) -> SecretFile {
        let path = PathBuf::from("./splunk");
        SecretFile { values: parse(&path, text).unwrap(), path }
    }

    fn redactor(values: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        values.iter().for_each(|value| redactor.remember(value));
        redactor
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
            "the secret file `./splunk` has no `API_KEYS`: did you mean `API_KEY`? It has `API_ID`, `API_KEY`, `EMPTY`"
        );
        assert_eq!(
            message("TOKEN"),
            "the secret file `./splunk` has no `TOKEN`: it has `API_ID`, `API_KEY`, `EMPTY`; add a line `TOKEN=\"…\"`"
        );
        assert_eq!(message("EMPTY"), "`EMPTY` in the secret file `./splunk` is empty: put its value there");
        assert_eq!(file.get("API_KEY").unwrap().expose(), "hush");
    }

    #[test]
    fn what_is_no_secret_file_is_refused_with_its_name() {
        let dir = super::super::scratch("secret-file");
        let at = |name: &str, bytes: &[u8]| {
            fs::write(dir.join(name), bytes).unwrap();
            SecretFile::read(&dir.join(name)).map(|file| file.values.len()).map_err(|error| error.to_string())
        };
        assert_eq!(at("good", b"A=1\nB=2\n"), Ok(2));
        assert!(at("bytes", b"A=1\nB=\xff\n").unwrap_err().contains("bytes:2: UTF-8"));
        let comments = |length| [b"#".repeat(length), b"\nA=1".to_vec()].concat();
        assert_eq!(at("full", &comments(64 * 1024 - 4)), Ok(1));
        assert!(at("large", &comments(64 * 1024 - 3)).unwrap_err().contains("more than 64 KiB"));
        let missing = SecretFile::read(&dir.join("nowhere")).unwrap_err().to_string();
        assert!(missing.contains("nowhere` is missing"), "{missing}");
        assert!(SecretFile::read(&dir).unwrap_err().to_string().contains("no regular file"));
    }

    #[test]
    fn debug_shows_no_secret() {
        let file = file("API_KEY=hush");
        assert_eq!(format!("{:?}", file.get("API_KEY").unwrap()), "***");
        assert!(!format!("{file:?} {:?}", redactor(&["hush"])).contains("hush"));
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let secret = "p/ä \"+%#'&=\\";
        let redactor = redactor(&[secret]);
        for form in [
            secret,
            "p%2F%C3%A4%20%22%2B%25%23%27%26%3D%5C",
            "p%2f%c3%a4%20%22%2b%25%23%27%26%3d%5c",
            "p%2F%C3%A4+%22%2B%25%23%27%26%3D%5C",
            "p/ä \\\"+%#'&=\\\\",
            "p\\/ä \\\"+%#'&=\\\\",
            "p/\\u00e4 \\\"+%#'&=\\\\",
        ] {
            assert_eq!(redactor.redact(&format!("<{form}>")), "<***>", "{form}");
        }
        assert_eq!(redactor.redact("nothing here"), "nothing here");
    }

    #[test]
    fn overlapping_secrets_leave_no_rest() {
        let redactor = redactor(&["abcdef", "defghi", "abcdefg"]);
        assert_eq!(redactor.redact("<abcdefghi> <abcdef>abcdef"), "<***> <***>***");
    }

    #[test]
    fn short_secrets_are_masked_where_they_stand_alone() {
        let redactor = redactor(&["", "eu"]);
        assert_eq!(redactor.redact("the queue"), "the queue");
        assert_eq!(redactor.redact_value("eu"), "***");
        assert_eq!(redactor.redact_value(""), "");
    }

    #[test]
    fn secrets_between_bytes_are_masked() {
        let redactor = redactor(&["hush"]);
        assert_eq!(redactor.redact_bytes(b"\xff\xe2\x82hush\xffx\xf0"), b"\xff\xe2\x82***\xffx\xf0");
    }

    #[test]
    fn only_so_many_secrets_are_remembered() {
        let redactor = Redactor::default();
        (0..1000).for_each(|i| redactor.clone().remember(&format!("token-{i}")));
        assert_eq!(redactor.0.read().unwrap().len(), REMEMBERED);
        assert_eq!(redactor.redact("token-999"), "***");
    }
}
