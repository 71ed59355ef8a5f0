//! Fingerprints that distinguish requests and contain no copy of their secrets.

use std::hash::Hasher as _;
use std::sync::OnceLock;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::support::random;

/// The fingerprint of a request: a 128-bit hash. Its key is random in each process, so that no API can cause two requests
/// with equal fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey(u128);

impl RequestKey {
    /// Returns the fingerprint of these parts in this order. Each part follows its length, so that none runs into the next.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = SipHasher24::new_with_key(secret());
        for part in parts {
            hasher.write(&part.len().to_le_bytes());
            hasher.write(part);
        }
        Self(hasher.finish128().as_u128())
    }

    /// Returns the fingerprint as bytes, to be part of another one.
    pub fn bytes(&self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

/// Returns the hash key of this process.
fn secret() -> &'static [u8; 16] {
    static SECRET: OnceLock<[u8; 16]> = OnceLock::new();
    SECRET.get_or_init(random::key)
}

/// Converts a name to a fingerprint in tests.
#[cfg(test)]
impl<T: AsRef<[u8]>> From<T> for RequestKey {
    fn from(name: T) -> Self {
        Self::of([name.as_ref()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_into_one_another() {
        let of = |parts: &[&str]| RequestKey::of(parts.iter().map(|part| part.as_bytes()));
        let lists: [&[&str]; 7] = [&[], &[""], &["", ""], &["ab"], &["a", "b"], &["", "ab"], &["ab", ""]];
        for (i, one) in lists.iter().enumerate() {
            for (j, other) in lists.iter().enumerate() {
                assert_eq!(of(one) == of(other), i == j, "{one:?} {other:?}");
            }
        }
    }

    #[test]
    fn a_key_has_no_room_for_a_secret_and_is_no_hash_that_others_can_make() {
        let secret = "a secret that is longer than what is kept of it";
        let key = RequestKey::from(secret);
        assert_eq!(size_of_val(&key), 16);
        assert_ne!(key.0, SipHasher24::new().hash(secret.as_bytes()).as_u128(), "nor one of another process");
    }
}
