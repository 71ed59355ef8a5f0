//! Fingerprints of requests and responses that remain valid after a restart and contain no credentials.

use std::hash::Hasher as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use super::conditional::Validators;
use super::request_key::RequestKey;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::support::random;

/// The hash key of one service's fingerprints, so that no API can predict or force a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Salt([u8; 16]);

/// Names a credential of a request, from the text with the credential and the fingerprint of its value.
pub type CredentialNamer<'a> = &'a mut dyn FnMut(&str, &RequestKey) -> String;

impl Salt {
    /// Returns a random key that nobody can guess.
    pub fn random() -> Self {
        Self(random::key())
    }

    /// Returns the fingerprint of a request. Credentials count by their names only.
    pub fn request(self, outgoing: &RawRequest, name: CredentialNamer<'_>) -> u128 {
        let mut parts = vec![outgoing.method.to_owned(), outgoing.url.origin()];
        parts.extend(target(outgoing, name));
        let mut headers: Vec<_> = outgoing.headers.iter().collect();
        headers.sort();
        for (header, value) in headers {
            let credential = outgoing.credentials.iter().find(|(place, _)| place == header);
            let value = credential.map_or_else(|| value.clone(), |(_, key)| named(&name(value, key)));
            parts.extend([header.clone(), value]);
        }
        let body = outgoing.body.as_deref().unwrap_or_default();
        self.of(parts.iter().map(String::as_bytes).chain([body]))
    }

    /// Returns the fingerprint of a response: its validators and its body.
    pub fn response(self, validators: &Validators, response: &RawResponse) -> u128 {
        self.of(validators.parts().into_iter().chain([response.body.as_slice()]))
    }

    /// Returns the fingerprint of these parts. Each part follows its length, so that none runs into the next.
    fn of<'a>(self, parts: impl Iterator<Item = &'a [u8]>) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        for part in parts {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
        hasher.finish128().as_u128()
    }
}

/// Returns a placeholder for a credential, which no text of a request equals.
fn named(name: &str) -> String {
    format!("\0{name}")
}

/// Returns the path and each parameter of a request, with placeholders for credentials.
fn target(outgoing: &RawRequest, name: CredentialNamer<'_>) -> Vec<String> {
    let target = outgoing.url.target();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut parts = vec![path.to_owned()];
    for pair in query.split('&') {
        let (parameter, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = percent_decode_str(parameter).decode_utf8_lossy();
        let place = |place: &String| place.strip_prefix("query ").is_some_and(|known| known == decoded);
        let credential = outgoing.credentials.iter().find(|(known, _)| place(known));
        parts.push(match credential {
            Some((_, key)) => format!("{parameter}={}", named(&name(value, key))),
            None => pair.to_owned(),
        });
    }
    parts
}

impl From<Salt> for String {
    fn from(salt: Salt) -> Self {
        BASE64.encode(salt.0)
    }
}

impl TryFrom<String> for Salt {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = BASE64.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a key of fingerprints has 16 bytes, in base64")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::url::Url;

    fn get(url: &str, headers: &[(&str, &str)]) -> RawRequest {
        RawRequest {
            method: "GET",
            url: Url::parse(url).unwrap(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: None,
            idempotent: true,
            unconditional: false,
            uncached: false,
            credentials: Vec::new(),
        }
    }

    fn of(outgoing: &RawRequest) -> u128 {
        Salt([7; 16]).request(outgoing, &mut |_, _| "KEY".to_owned())
    }

    #[test]
    fn a_fingerprint_is_of_all_of_a_request_but_the_values_of_its_credentials() {
        let mut one = get("https://h/x?a=1&my%20key=old", &[("k", "v"), ("x-key", "old")]);
        one.set_credential("x-key".to_owned(), "old");
        one.set_credential("query my key".to_owned(), "old");
        let mut renewed = get("https://h/x?a=1&my%20key=new", &[("x-key", "new"), ("k", "v")]);
        renewed.credentials.clone_from(&one.credentials);
        assert_eq!(of(&one), of(&renewed));
        let mut named = Vec::new();
        Salt([7; 16]).request(&one, &mut |text, _| {
            named.push(text.to_owned());
            "KEY".to_owned()
        });
        assert_eq!(named, ["old", "old"]);
        let plain = get("https://h/x?a=1&my%20key=KEY", &[("k", "v"), ("x-key", "KEY")]);
        assert_ne!(of(&one), of(&plain));
        for other in [
            ("https://h/x?a=2&my%20key=old", "GET", None),
            ("https://h/y?a=1&my%20key=old", "GET", None),
            ("https://i/x?a=1&my%20key=old", "GET", None),
            ("https://h/x?a=1&my%20key=old", "POST", None),
            ("https://h/x?a=1&my%20key=old", "GET", Some(b"1".to_vec())),
        ] {
            let (url, method, body) = other;
            let mut different = one.clone();
            (different.url, different.method, different.body) = (Url::parse(url).unwrap(), method, body);
            assert_ne!(of(&one), of(&different), "{url} {method}");
        }
    }

    #[test]
    fn a_fingerprint_is_the_same_in_every_process_with_its_key() {
        let salt = Salt([7; 16]);
        let again = Salt::try_from(String::from(salt)).unwrap();
        assert_eq!(
            of(&get("https://h/", &[])),
            again.request(&get("https://h/", &[]), &mut |_, _| String::new())
        );
        assert_ne!(Salt::random(), Salt::random());
        assert!(Salt::try_from("AAAA".to_owned()).is_err());
    }
}
