//! What holds for any bytes: one law for each reader of what a stranger, or a wrong hand, may have written.
//!
//! A law takes bytes and panics where it does not hold. `tests/fuzz/run.sh` has libFuzzer look for such bytes; the tests of
//! this module try again what it found worth keeping, and all that ever broke a law.

#[path = "../tests/support/config_laws.rs"]
mod config_laws;
mod exposition;
#[path = "../tests/support/page.rs"]
mod page;
mod state;

use std::fs;
use std::path::PathBuf;

use crate::gate::{self, Partial};
use crate::health::Health;
use crate::http::{Answer, Exchange, Quota, Redactor, Secret, SecretFile, Url};
use crate::serve::{self, Site};

/// Any bytes, and what must hold for them.
type Law = fn(&[u8]);

/// Every law, by its name.
const LAWS: [(&str, Law); 9] = [
    ("answer", answer),
    ("config", config),
    ("exposition", exposition::law),
    ("link", link),
    ("recording", recording),
    ("request", request),
    ("secret_file", secret_file),
    ("state", state::law),
    ("web_config", web_config),
];

/// Holds bytes to the law of that name; `false` if there is none.
pub fn hold(law: &str, bytes: &[u8]) -> bool {
    let found = LAWS.iter().find(|(name, _)| *name == law);
    found.map(|(_, law)| law(bytes)).is_some()
}

/// What is generated from a config is the generator's own Rust, and every mistake has its place.
fn config(bytes: &[u8]) {
    let folder = folder("config");
    config_laws::prepare(&folder);
    assert_eq!(config_laws::tried(&folder, bytes).err(), None);
}

/// A secret file gives values without control characters, which are then masked wherever they are shown; what is wrong
/// with it is said without showing any of it.
fn secret_file(bytes: &[u8]) {
    let file = file("secret_file", bytes);
    match SecretFile::read(&file) {
        Ok(secrets) => {
            let values: Vec<_> = secrets.keys().into_iter().filter_map(|key| secrets.get(key).ok()).collect();
            assert!(values.iter().all(|value| !value.expose().contains(char::is_control)));
            let redactor = Redactor::default();
            // The oldest of many are forgotten.
            let last = &values[values.len().saturating_sub(200)..];
            last.iter().for_each(|value| redactor.remember(value.expose()));
            let secrets = last.iter().map(Secret::expose);
            for secret in secrets.filter(|secret| secret.len() >= 4 && !secret.contains('*')) {
                let shown = redactor
                    .redact(&format!("{secret}x{secret}, https://x/?k={secret}&{secret}"))
                    .into_owned();
                assert!(!shown.contains(secret), "{secret:?} is in {shown:?}");
            }
        }
        Err(error) => {
            let (said, text) = (error.to_string(), String::from_utf8_lossy(bytes));
            let values = text.lines().filter_map(|line| line.split_once('=')).map(|(_, value)| value.trim());
            // What has a digit is no part of the words.
            let shown = values
                .filter(|value| value.len() >= 8)
                .filter(|value| value.contains(|c: char| c.is_ascii_digit()));
            shown.for_each(|value| assert!(!said.contains(value), "{value:?} is in {said:?}"));
        }
    }
}

/// A request is read the same however it comes; what is handed on is one plain request, and has one answer.
fn request(bytes: &[u8]) {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let whole = Partial::default().take(bytes);
    let mut partial = Partial::default();
    let in_parts =
        bytes.chunks(usize::from(*cut).max(1)).find_map(|part| partial.take(part).transpose()).transpose();
    assert_eq!(whole, in_parts);
    let Ok(Some(head)) = whole else { return };
    let is_plain = |text: &str| text.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte));
    assert!(!head.method.contains([' ', '\t']) && !head.target.contains([' ', '\t']));
    assert!(
        [&head.method, &head.target]
            .into_iter()
            .chain(head.headers.iter().map(|(_, value)| value))
            .chain(&head.host)
            .all(|text| is_plain(text))
    );
    let named = head.host.as_deref().map(|host| ("Host", host));
    let headers: Vec<_> =
        head.headers.iter().map(|(name, value)| (*name, value.as_str())).chain(named).collect();
    let asked = serve::Request { method: &head.method, target: &head.target, headers: &headers };
    let Ok(health) = Health::new() else { return };
    let answer = serve::answer(&Site::new(Vec::new(), health), &asked);
    assert!(matches!(answer.status, 200 | 404 | 405 | 503), "{}", answer.status);
    assert!(answer.headers.iter().all(|(name, value)| is_plain(name) && is_plain(value)));
}

/// A recording that can be read is the same when it has been written and read again.
fn recording(bytes: &[u8]) {
    if let Ok(exchange) = Exchange::parse("x.http", bytes) {
        let again = Exchange::parse("x.http", &exchange.to_bytes());
        assert_eq!(
            again.as_ref().ok(),
            Some(&exchange),
            "{:?}",
            String::from_utf8_lossy(&exchange.to_bytes())
        );
    }
}

/// Whatever an API says of limits and waits is a time that can be waited for, and its words are harmless in a log.
fn answer(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let headers = text.lines().filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let answer = Answer { status: 429, headers, body: bytes.to_vec() };
    if let Some(quota) = Quota::of(&answer) {
        assert!(quota.reset.unwrap_or_default().as_secs() <= 7 * 24 * 3600);
    }
    let _ = answer.retry_after();
    assert!(!answer.beginning(&Redactor::default()).contains(char::is_control));
}

/// A link that an API gives leads to its own origin or nowhere, and means the same when it is read again.
fn link(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (base, reference) =
        text.split_once('\n').unwrap_or(("https://api.example.org/v2/list?page=1", &text));
    let Ok(base) = Url::parse(base) else { return };
    let Ok(url) = base.resolve(reference) else { return };
    assert_eq!(url.origin(), base.origin());
    assert!(
        url.target().starts_with('/') && !url.target().contains(|c: char| c.is_ascii_control() || c == ' '),
        "{url}"
    );
    let again = Url::parse(&url.to_string());
    assert_eq!(again.ok().map(|again| again.to_string()), Some(url.to_string()));
}

/// A web config can be used, or its mistakes are said.
fn web_config(bytes: &[u8]) {
    let file = file("web_config", bytes);
    match gate::look(&file) {
        Ok(words) => assert!(!words.is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A file that holds the bytes.
fn file(law: &str, bytes: &[u8]) -> PathBuf {
    let file = folder(law).join("file");
    assert!(fs::write(&file, bytes).is_ok(), "{} cannot be written", file.display());
    file
}

/// A folder of the law's own.
fn folder(law: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cton-law-{law}-{}", std::process::id()));
    assert!(fs::create_dir_all(&folder).is_ok(), "{} cannot be made", folder.display());
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ever_worth_keeping_holds_its_law() {
        for (law, _) in LAWS {
            let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(law);
            let mut count = 0;
            for entry in fs::read_dir(&corpus).unwrap() {
                let path = entry.unwrap().path();
                println!("{law} {}", path.display());
                assert!(hold(law, &fs::read(path).unwrap()));
                count += 1;
            }
            assert!(count > 0, "{law} has no corpus");
            let _ = fs::remove_dir_all(folder(law));
        }
    }

    #[test]
    fn there_is_a_folder_for_each_law_and_no_other() {
        let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        let mut names: Vec<_> = fs::read_dir(corpus)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, LAWS.map(|(name, _)| name));
        assert!(!hold("none", b""));
    }
}
