//! The private key that signs a JSON web token.

use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivateSec1KeyDer};
use zeroize::Zeroizing;

use crate::config::Problem;
use crate::support::pem;

/// The beginning of a PKCS#8 key on the curve P-256 (RFC 5208, RFC 5480): version 0, `id-ecPublicKey`, `prime256v1`.
const P256: [u8; 24] = [
    0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
];

/// A private key, whose type determines the algorithm (RFC 7518 section 3.1).
pub(super) enum SigningKey {
    /// RSA, for RS256.
    Rsa(Box<RsaKeyPair>),
    /// The curve P-256, for ES256.
    P256(Box<EcdsaKeyPair>),
}

impl SigningKey {
    /// Reads a key from PEM: PKCS#8, PKCS#1 or SEC1.
    ///
    /// # Errors
    /// The text is not PEM, contains no private key, or the key is neither RSA of 2048 to 8192 bits nor on the curve P-256.
    pub(super) fn from_pem(text: &str) -> Result<Self, Problem> {
        let key = pem::private_key(text.as_bytes())?;
        let found = match &key {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok().map(Self::rsa),
            PrivateKeyDer::Sec1(der) => p256(&wrapped(der)),
            PrivateKeyDer::Pkcs8(der) => {
                let der = der.secret_pkcs8_der();
                RsaKeyPair::from_pkcs8(der).ok().map(Self::rsa).or_else(|| p256(der))
            }
            _ => None,
        };
        // The errors of ring are words without spaces that name no cause an operator can see.
        found.ok_or_else(|| {
            Problem::new("is neither an RSA key of 2048 to 8192 bits nor a key on the curve P-256")
                .help("create a key of one of these types, and register its public key at the API")
        })
    }

    fn rsa(pair: RsaKeyPair) -> Self {
        Self::Rsa(Box::new(pair))
    }

    /// Returns the name of the algorithm.
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
        }
    }

    /// Returns the signature of a message; `None` if the system has no random numbers.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).ok().map(|()| signature)
            }
            Self::P256(pair) => pair.sign(&random, message).ok().map(|signature| signature.as_ref().to_vec()),
        }
    }
}

fn p256(pkcs8: &[u8]) -> Option<SigningKey> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &SystemRandom::new());
    pair.ok().map(|pair| SigningKey::P256(Box::new(pair)))
}

/// Returns a SEC1 key (RFC 5915) as PKCS#8, which is the only form that ring reads.
fn wrapped(key: &PrivateSec1KeyDer<'_>) -> Zeroizing<Vec<u8>> {
    let octets = der(0x04, key.secret_sec1_der());
    let content = Zeroizing::new([&P256, octets.as_slice()].concat());
    der(0x30, &content)
}

/// Returns a value in DER (X.690 section 8.1) with a length of less than 64 KiB.
fn der(tag: u8, content: &[u8]) -> Zeroizing<Vec<u8>> {
    let [.., high, low] = content.len().to_be_bytes();
    let length = match content.len() {
        0..=0x7f => vec![low],
        0x80..=0xff => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    Zeroizing::new([&[tag], length.as_slice(), content].concat())
}
