//! The challenge of a server for digest authentication (RFC 7616 section 3.3).

use ring::digest::{SHA256, SHA512_256, digest};
use zeroize::Zeroizing;

use super::request_auth::hex;
use crate::fetch::raw_response::RawResponse;
use crate::support::quoted_string::{split, unquoted};

/// A hash function of digest authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DigestHash {
    Md5,
    Sha256,
    Sha512_256,
}

/// The challenge of a server, without the parameters that the client does not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DigestChallenge {
    pub realm: String,
    pub nonce: String,
    pub opaque: Option<String>,
    /// The name of the algorithm as the server wrote it, if it did.
    pub algorithm: Option<String>,
    pub hash: DigestHash,
    /// True if the algorithm ends in `-sess`.
    pub is_session: bool,
    /// True if the server supports `qop=auth`; false for a server that knows only RFC 2069.
    pub has_qop: bool,
    /// True if the server wants the hash of the user name.
    pub has_user_hash: bool,
    /// True if the server rejected only the nonce, and not the password.
    pub is_stale: bool,
}

impl DigestHash {
    /// Returns the hash of a text as hexadecimal digits.
    pub(super) fn of(self, text: &str) -> Zeroizing<String> {
        match self {
            Self::Md5 => hex(&md5::compute(text).0),
            Self::Sha256 => hex(digest(&SHA256, text.as_bytes()).as_ref()),
            Self::Sha512_256 => hex(digest(&SHA512_256, text.as_bytes()).as_ref()),
        }
    }
}

impl DigestChallenge {
    /// Returns the first supported challenge of a response, because the server lists them in the order of its preference.
    pub(super) fn of(response: &RawResponse) -> Option<Self> {
        let fields = response.headers.iter().filter(|(name, _)| name == "www-authenticate");
        fields.flat_map(|(_, value)| challenges(value)).find_map(|parameters| Self::read(&parameters))
    }

    fn read(parameters: &[(&str, &str)]) -> Option<Self> {
        let find = |name: &str| parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let text = |name: &str| find(name).map(|(_, value)| unescaped(value));
        let is_true =
            |name: &str| find(name).is_some_and(|(_, value)| unquoted(value).eq_ignore_ascii_case("true"));
        let algorithm = text("algorithm");
        let name = algorithm.as_deref().unwrap_or("MD5").to_ascii_uppercase();
        let is_session = name.ends_with("-SESS");
        let hash = match name.trim_end_matches("-SESS") {
            "MD5" => DigestHash::Md5,
            "SHA-256" => DigestHash::Sha256,
            "SHA-512-256" => DigestHash::Sha512_256,
            _ => return None,
        };
        let qop = text("qop");
        let has_qop =
            qop.as_ref().is_some_and(|qop| qop.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")));
        // The client does not support `auth-int` alone, which hashes the body.
        if qop.is_some() && !has_qop {
            return None;
        }
        Some(Self {
            realm: text("realm")?,
            nonce: text("nonce")?,
            opaque: text("opaque"),
            algorithm,
            hash,
            is_session,
            has_qop,
            has_user_hash: is_true("userhash"),
            is_stale: is_true("stale"),
        })
    }
}

/// Returns the nonce for the next request, which a server may send with a response (RFC 7616 section 3.5).
pub(super) fn next_nonce(response: &RawResponse) -> Option<String> {
    let field = response.header("authentication-info")?;
    let mut parameters = split(field, ',').filter_map(|part| part.split_once('='));
    parameters
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("nextnonce"))
        .map(|(_, value)| unescaped(value))
}

/// Returns the text of a token or a quoted string, without escapes.
fn unescaped(value: &str) -> String {
    let mut text = String::new();
    let mut characters = unquoted(value).chars();
    while let Some(c) = characters.next() {
        text.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    text
}

/// Returns the parameters of each digest challenge in a field, which may contain several challenges.
fn challenges(field: &str) -> Vec<Vec<(&str, &str)>> {
    let mut found: Vec<Vec<(&str, &str)>> = Vec::new();
    let mut is_digest = false;
    for part in split(field, ',') {
        let name = part.split('=').next().unwrap_or_default().trim_end();
        let parameter = match name.split_once(char::is_whitespace) {
            // A scheme, and its first parameter.
            Some((scheme, _)) => {
                is_digest = scheme.eq_ignore_ascii_case("digest");
                found.extend(is_digest.then(Vec::new));
                part[scheme.len()..].trim_start()
            }
            None if !part.contains('=') => {
                is_digest = false;
                continue;
            }
            None => part,
        };
        if let (true, Some(last), Some((name, value))) =
            (is_digest, found.last_mut(), parameter.split_once('='))
        {
            last.push((name.trim(), value.trim()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(fields: &[&str]) -> Option<DigestChallenge> {
        let headers =
            fields.iter().map(|field| ("www-authenticate".to_owned(), (*field).to_owned())).collect();
        DigestChallenge::of(&RawResponse { status: 401, headers, body: Vec::new() })
    }

    #[test]
    fn the_first_supported_challenge_is_used() {
        let found = challenge(&[
            "Basic realm=\"a, Digest realm=x\"",
            "Negotiate, Digest realm=\"a \\\"b\\\", c\" , nonce = n , algorithm=SHA-999, qop=auth, DIGEST nonce=\"m=\", realm=r, algorithm=sha-256-sess, qop=\"auth-int, auth\", userhash=TRUE, stale=true, opaque=\"o\"",
            "Digest realm=\"last\", nonce=\"last\"",
        ])
        .unwrap();
        assert_eq!(
            (found.realm.as_str(), found.nonce.as_str(), found.opaque.as_deref()),
            ("r", "m=", Some("o"))
        );
        assert_eq!((found.hash, found.is_session, found.has_qop), (DigestHash::Sha256, true, true));
        assert!(found.has_user_hash && found.is_stale);
        let plain = challenge(&["Digest realm=\"a \\\"b\\\", c\", nonce=\"\""]).unwrap();
        assert_eq!((plain.realm.as_str(), plain.hash, plain.has_qop), ("a \"b\", c", DigestHash::Md5, false));
        for none in [
            "Basic realm=\"x\"",
            "Digest",
            "Digest realm=\"x\"",
            "Digest nonce=\"x\"",
            "",
            ",,=",
            "Digest realm=x, nonce=y, qop=\"auth-int\"",
        ] {
            assert_eq!(challenge(&[none]), None, "{none}");
        }
    }

    #[test]
    fn the_next_nonce_is_a_parameter_of_authentication_info() {
        let field = |value: &str| {
            let headers = vec![("authentication-info".to_owned(), value.to_owned())];
            next_nonce(&RawResponse { status: 200, headers, body: Vec::new() })
        };
        assert_eq!(field("rspauth=\"x\", nextnonce=\"n,1\"").as_deref(), Some("n,1"));
        assert_eq!(field("qop=auth"), None);
    }
}
