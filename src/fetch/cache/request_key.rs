//! What tells one request from another, without a copy of what is secret in it.

use std::hash::Hasher as _;
use std::sync::OnceLock;

use siphasher::sip128::{Hasher128 as _, SipHasher24};

use crate::support::random;

/// The fingerprint of a request: a hash of 128 bits, with a key of the process that nobody can guess, so that no API can
/// lead to two requests of the same one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey(u128);

impl RequestKey {
    /// Of these parts, in this order; each is led by its length, so that none runs into the next.
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

/// What the hashes of this process are keyed with.
fn secret() -> &'static [u8; 16] {
    static SECRET: OnceLock<[u8; 16]> = OnceLock::new();
    SECRET.get_or_init(random::key)
}

/// Of a name, for a test.
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
