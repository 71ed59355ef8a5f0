//! The authentication of one request, which depends on its method, its URL and a challenge or the time.

use std::fmt;

use zeroize::Zeroizing;

use super::aws_signature::AwsCredentials;
use super::digest_session::DigestUser;
use crate::fetch::cache::request_key::RequestKey;

/// The credentials with which a request is signed when it is sent. They never become a header themselves.
#[derive(Clone, PartialEq)]
pub enum RequestAuth {
    /// Digest authentication (RFC 7616).
    Digest(DigestUser),
    /// AWS Signature Version 4.
    Aws(AwsCredentials),
}

impl RequestAuth {
    /// Returns a fingerprint of the credentials.
    pub(crate) fn key(&self) -> RequestKey {
        RequestKey::of(match self {
            Self::Digest(user) => {
                [b"digest".as_slice(), user.name.as_bytes(), user.password.as_bytes(), b"", b""]
            }
            Self::Aws(aws) => [
                b"aws".as_slice(),
                aws.region.as_bytes(),
                aws.service.as_bytes(),
                aws.access_key.as_bytes(),
                aws.secret_key.as_bytes(),
            ],
        })
    }
}

/// Shows no credentials.
impl fmt::Debug for RequestAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digest(_) => "Digest(***)",
            Self::Aws(_) => "Aws(***)",
        })
    }
}

/// Returns bytes as hexadecimal digits in lower case.
pub(super) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 0xf)]);
    Zeroizing::new(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect())
}
