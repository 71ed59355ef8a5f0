//! Fingerprints of requests and responses that remain valid after a restart and contain no credentials.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::conditional::Validators;
use super::request_key::RequestKey;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::url::split_target;
use crate::support::hash_key::HashKey;

/// The hash key of one service's fingerprints, so that no API can predict or force a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Salt(HashKey);

/// Names a credential of a request, from the text with the credential and the fingerprint of its value.
pub(crate) type CredentialNamer<'a> = &'a mut dyn FnMut(&str, &RequestKey) -> String;

impl Salt {
    /// Returns a random key that nobody can guess.
    pub(crate) fn random() -> Self {
        Self(HashKey::random())
    }

    /// Returns the fingerprint of a request. Credentials count by their names only.
    pub(crate) fn request(self, raw_request: &RawRequest, name: CredentialNamer<'_>) -> u128 {
        let mut parts = vec![raw_request.method.to_string(), raw_request.url.origin()];
        parts.extend(target(raw_request, name));
        let mut headers: Vec<_> = raw_request.headers.iter().collect();
        headers.sort();
        for (header, value) in headers {
            let credential = raw_request.credentials.iter().find(|(place, _)| place == header);
            let value = credential.map_or_else(|| value.clone(), |(_, key)| named(&name(value, key)));
            parts.extend([header.clone(), value]);
        }
        let body = raw_request.body_parts().map(|(text, key)| match key {
            Some(key) => Cow::Owned(named(&name(&String::from_utf8_lossy(text), key)).into_bytes()),
            None => Cow::Borrowed(text),
        });
        let body: Vec<Cow<'_, [u8]>> = body.collect();
        let body = body.iter().map(AsRef::as_ref);
        self.0.hash_parts(parts.iter().map(String::as_bytes).chain(body))
    }

    /// Returns the fingerprint of a response: its validators and its body.
    pub(crate) fn response(self, validators: &Validators, response: &RawResponse) -> u128 {
        self.0.hash_parts(validators.parts().into_iter().chain([response.body.as_slice()]))
    }
}

/// Returns a placeholder for a credential, which no text of a request equals.
fn named(name: &str) -> String {
    format!("\0{name}")
}

/// Returns the path and each parameter of a request, with placeholders for credentials.
fn target(raw_request: &RawRequest, name: CredentialNamer<'_>) -> Vec<String> {
    let target = raw_request.url.target();
    let (path, query) = split_target(&target);
    let segment = |segment: &str| match raw_request.path_credential(segment) {
        Some(key) => named(&name(segment, key)),
        None => segment.to_owned(),
    };
    let mut parts = vec![path.split('/').map(segment).collect::<Vec<_>>().join("/")];
    for pair in query.split('&') {
        let (parameter, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = percent_decode_str(parameter).decode_utf8_lossy();
        let place = |place: &String| place.strip_prefix("query ").is_some_and(|known| known == decoded);
        let credential = raw_request.credentials.iter().find(|(known, _)| place(known));
        parts.push(match credential {
            Some((_, key)) => format!("{parameter}={}", named(&name(value, key))),
            None => pair.to_owned(),
        });
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::http_method::HttpMethod;
    use crate::fetch::url::Url;

    fn get(url: &str, headers: &[(&str, &str)]) -> RawRequest {
        let mut request = RawRequest::new(HttpMethod::GET, Url::parse(url).unwrap());
        request.headers =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        request
    }

    fn salt() -> Salt {
        serde_json::from_str("\"BwcHBwcHBwcHBwcHBwcHBw==\"").unwrap()
    }

    fn of(raw_request: &RawRequest) -> u128 {
        salt().request(raw_request, &mut |_, _| "KEY".to_owned())
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
        salt().request(&one, &mut |text, _| {
            named.push(text.to_owned());
            "KEY".to_owned()
        });
        assert_eq!(named, ["old", "old"]);
        let plain = get("https://h/x?a=1&my%20key=KEY", &[("k", "v"), ("x-key", "KEY")]);
        assert_ne!(of(&one), of(&plain));
        for other in [
            ("https://h/x?a=2&my%20key=old", HttpMethod::GET, None),
            ("https://h/y?a=1&my%20key=old", HttpMethod::GET, None),
            ("https://i/x?a=1&my%20key=old", HttpMethod::GET, None),
            ("https://h/x?a=1&my%20key=old", HttpMethod::POST, None),
            ("https://h/x?a=1&my%20key=old", HttpMethod::GET, Some(b"1".to_vec())),
        ] {
            let (url, method, body) = other;
            let mut different = one.clone();
            (different.url, different.method, different.body) = (Url::parse(url).unwrap(), method, body);
            assert_ne!(of(&one), of(&different), "{different:?}");
        }
    }

    /// Returns a request with a credential in a segment of the path and in the body.
    fn with_credential(value: &str) -> RawRequest {
        let mut request = get(&format!("https://h/hooks/{value}/x"), &[]);
        request.set_credential("path 0".to_owned(), value);
        let body = format!("a=1&pin={value}&b=2");
        request.body_secrets = vec![(8..8 + value.len(), RequestKey::of([value.as_bytes()]))];
        request.body = Some(body.into_bytes());
        request
    }

    #[test]
    fn credentials_in_the_path_and_the_body_count_by_their_names() {
        let one = with_credential("old");
        assert_eq!(of(&one), of(&with_credential("newer")));
        let mut others = [with_credential("old"), with_credential("old"), with_credential("old")];
        others[0].body = Some(b"a=2&pin=old&b=2".to_vec());
        others[1].body = Some(b"a=1&pin=old&b=3".to_vec());
        others[2].url = Url::parse("https://h/hooks/other/x").unwrap();
        for other in others {
            assert_ne!(of(&one), of(&other), "{other:?}");
        }
        let mut plain = with_credential("KEY");
        (plain.body_secrets, plain.credentials) = (Vec::new(), Vec::new());
        assert_ne!(of(&one), of(&plain));
    }

    #[test]
    fn a_fingerprint_is_the_same_in_every_process_with_its_key() {
        let again = serde_json::from_str(&serde_json::to_string(&salt()).unwrap()).unwrap();
        let (one, other) = (get("https://h/", &[]), get("https://h/", &[]));
        assert_eq!(of(&one), Salt::request(again, &other, &mut |_, _| String::new()));
        assert_ne!(Salt::random(), Salt::random());
    }
}
