//! Properties that hold for any bytes, for the fuzzer and for tests.
//!
//! | file | content |
//! |---|---|
//! | `exposition` | what goes into an exposition comes out of it |
//! | `state` | a state file of any bytes is set aside or read |
//!
//! A property takes bytes and panics if it does not hold. `tests/fuzz/run.sh` lets libFuzzer search for such bytes. The
//! tests of this module check the inputs that it found worth keeping, and all inputs that ever broke a property.

#[path = "../../tests/support/config_properties.rs"]
mod config_properties;
mod exposition;
#[path = "../../tests/support/exposition_parser.rs"]
pub(crate) mod exposition_parser;
mod state;

use std::fs;
use std::path::PathBuf;

use crate::exposition::scrape_response;
use crate::exposition::site::Site;
use crate::fetch::cassette::http_file::Exchange;
use crate::fetch::limits::rate_headers::Quota;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::secret_file::SecretFile;
use crate::fetch::url::Url;
use crate::self_metrics::health::Health;
use crate::server::http_server;
use crate::server::request_head::PartialHead;

/// A function that panics if its property does not hold for the bytes.
type Property = fn(&[u8]);

/// The properties, by name.
const PROPERTIES: [(&str, Property); 9] = [
    ("answer", response),
    ("config", config),
    ("exposition", exposition::property),
    ("link", link),
    ("recording", recording),
    ("request", request),
    ("secret_file", secret_file),
    ("state", state::property),
    ("web_config", web_config),
];

/// Checks the bytes against the named property. Returns `false` if no such property exists.
pub fn hold(property: &str, bytes: &[u8]) -> bool {
    let found = PROPERTIES.iter().find(|(name, _)| *name == property);
    found.map(|(_, property)| property(bytes)).is_some()
}

/// Checks that the code generated from a config contains no Rust of the config, and that every error has a location.
fn config(bytes: &[u8]) {
    let folder = folder("config");
    config_properties::prepare(&folder);
    assert_eq!(config_properties::tried(&folder, bytes).err(), None);
}

/// Checks that secrets have no control characters, except for the line breaks of PEM, and are redacted in any text, and that the error of an invalid secret
/// file contains none of its values.
fn secret_file(bytes: &[u8]) {
    let file = file("secret_file", bytes);
    match SecretFile::read(&file) {
        Ok(secrets) => {
            let values: Vec<_> = secrets.keys().into_iter().filter_map(|key| secrets.get(key).ok()).collect();
            let is_allowed =
                |value: &str| !value.contains(char::is_control) || value.starts_with("-----BEGIN ");
            assert!(values.iter().all(|value| is_allowed(value.expose())));
            let redactor = Redactor::default();
            // The redactor forgets the oldest of many secrets.
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
            // The words of the error contain no digits.
            let shown = values
                .filter(|value| value.len() >= 8)
                .filter(|value| value.contains(|c: char| c.is_ascii_digit()));
            shown.for_each(|value| assert!(!said.contains(value), "{value:?} is in {said:?}"));
        }
    }
}

/// Checks that a request is parsed the same in whatever parts it arrives. A parsed request is plain text and has one
/// response.
fn request(bytes: &[u8]) {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let whole = PartialHead::default().take(bytes);
    let mut partial = PartialHead::default();
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
    let asked =
        scrape_response::ScrapeRequest { method: &head.method, target: &head.target, headers: &headers };
    let Ok(health) = Health::new() else { return };
    let response = scrape_response::respond(&Site::new(Vec::new(), health), &asked);
    assert!(matches!(response.status, 200 | 404 | 405 | 503), "{}", response.status);
    assert!(response.headers.iter().all(|(name, value)| is_plain(name) && is_plain(value)));
}

/// Checks that a valid recording is unchanged after it is written and read again.
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

/// Checks that the limits and waits in any response are bounded, and that its text is harmless in a log.
fn response(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let headers = text.lines().filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let response = RawResponse { status: 429, headers, body: bytes.to_vec() };
    if let Some(quota) = Quota::of(&response) {
        assert!(quota.reset.unwrap_or_default().as_secs() <= 7 * 24 * 3600);
    }
    let _ = response.retry_after();
    assert!(!response.beginning(&Redactor::default()).contains(char::is_control));
}

/// Checks that a link leads to its own origin or nowhere, and that the resolved URL is unchanged when parsed again.
fn link(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (base, reference) =
        text.split_once('\n').unwrap_or(("https://api.example.org/v2/list?page=1", &text));
    let Ok(base) = Url::parse(base) else { return };
    let Ok(url) = base.resolve(reference, base.authority()) else { return };
    assert_eq!(url.origin(), base.origin());
    assert!(
        url.target().starts_with('/') && !url.target().contains(|c: char| c.is_ascii_control() || c == ' '),
        "{url}"
    );
    let again = Url::parse(&url.to_string());
    assert_eq!(again.ok().map(|again| again.to_string()), Some(url.to_string()));
}

/// Checks that a web config is valid, or that its error is reported.
fn web_config(bytes: &[u8]) {
    let file = file("web_config", bytes);
    match http_server::look(&file) {
        Ok(words) => assert!(!words.is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Writes the bytes to a file, and returns its path.
fn file(property: &str, bytes: &[u8]) -> PathBuf {
    let file = folder(property).join("file");
    assert!(fs::write(&file, bytes).is_ok(), "{} cannot be written", file.display());
    file
}

/// Creates the directory of a property.
fn folder(property: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cton-property-{property}-{}", std::process::id()));
    assert!(fs::create_dir_all(&folder).is_ok(), "{} cannot be made", folder.display());
    folder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_ever_worth_keeping_holds_its_property() {
        for (property, _) in PROPERTIES {
            let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(property);
            let mut count = 0;
            for entry in fs::read_dir(&corpus).unwrap() {
                let path = entry.unwrap().path();
                println!("{property} {}", path.display());
                assert!(hold(property, &fs::read(path).unwrap()));
                count += 1;
            }
            assert!(count > 0, "{property} has no corpus");
            let _ = fs::remove_dir_all(folder(property));
        }
    }

    #[test]
    fn there_is_a_folder_for_each_property_and_no_other() {
        let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
        let mut names: Vec<_> = fs::read_dir(corpus)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, PROPERTIES.map(|(name, _)| name));
        assert!(!hold("none", b""));
    }
}
