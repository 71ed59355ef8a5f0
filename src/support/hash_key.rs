//! The key of 128-bit hashes (SipHash-2-4), which nobody without it can predict or force.

use std::hash::Hasher as _;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

/// A key of hashes. State files contain it as text, so that their hashes stay the same after a restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct HashKey([u8; 16]);

impl HashKey {
    /// Returns a random key.
    ///
    /// # Panics
    /// The operating system has no random numbers.
    #[expect(
        clippy::panic,
        reason = "std's maps panic in this case too, and a key that can be guessed is none"
    )]
    pub(crate) fn random() -> Self {
        let mut key = [0; 16];
        if let Err(error) = getrandom::getrandom(&mut key) {
            panic!("the operating system has no random numbers: {error}");
        }
        Self(key)
    }

    /// Returns the random key of this process.
    pub(crate) fn of_process() -> Self {
        static KEY: OnceLock<HashKey> = OnceLock::new();
        *KEY.get_or_init(Self::random)
    }

    /// Returns the hash of these bytes.
    pub(crate) fn hash(self, bytes: &[u8]) -> u128 {
        SipHasher24::new_with_key(&self.0).hash(bytes).as_u128()
    }

    /// Returns the hash of these parts in this order. Each part follows its length, so that none runs into the next.
    pub(crate) fn hash_parts<'a>(self, parts: impl IntoIterator<Item = &'a [u8]>) -> u128 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        for part in parts {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
        hasher.finish128().as_u128()
    }
}

impl From<HashKey> for String {
    fn from(key: HashKey) -> Self {
        STANDARD.encode(key.0)
    }
}

impl TryFrom<String> for HashKey {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("a hash key has 16 bytes, in base64")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_comes_twice() {
        let keys: std::collections::HashSet<_> = (0..1000).map(|_| HashKey::random().0).collect();
        assert_eq!(keys.len(), 1000);
    }

    #[test]
    fn a_key_comes_back_from_its_text_and_other_text_is_refused() {
        let key = HashKey::random();
        assert_eq!(HashKey::try_from(String::from(key)), Ok(key));
        for text in ["AAAA", "no base64", "AAAAAAAAAAAAAAAAAAAAAA"] {
            assert!(HashKey::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_hash_is_a_siphash_in_every_build() {
        // The first 128-bit test vector of the reference implementation.
        let key = HashKey(std::array::from_fn(|n| n as u8));
        let expected = 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293_u128;
        assert_eq!(key.hash(b""), expected.swap_bytes());
        assert_eq!(key.hash_parts([]), key.hash(b""));
        assert_eq!(key.hash_parts([b"a".as_slice()]), key.hash(b"\x01\0\0\0\0\0\0\0a"));
    }

    #[test]
    fn parts_do_not_run_into_one_another() {
        let of = |parts: &[&str]| HashKey::of_process().hash_parts(parts.iter().map(|part| part.as_bytes()));
        let lists: [&[&str]; 7] = [&[], &[""], &["", ""], &["ab"], &["a", "b"], &["", "ab"], &["ab", ""]];
        for (i, one) in lists.iter().enumerate() {
            for (j, other) in lists.iter().enumerate() {
                assert_eq!(of(one) == of(other), i == j, "{one:?} {other:?}");
            }
        }
    }
}
