//! Fingerprints that distinguish requests and contain no copy of their secrets.

use crate::support::hash_key::HashKey;

/// The fingerprint of a request: a 128-bit hash. Its key is random in each process, so that no API can cause two requests
/// with equal fingerprints.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestKey(u128);

impl RequestKey {
    /// Returns the fingerprint of these parts in this order. Each part follows its length, so that none runs into the next.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self(HashKey::of_process().hash_parts(parts))
    }

    /// Returns the fingerprint as bytes, to be part of another one.
    pub fn bytes(&self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

/// Converts a name to a fingerprint in tests.
#[cfg(test)]
impl<T: AsRef<[u8]>> From<T> for RequestKey {
    fn from(name: T) -> Self {
        Self::of([name.as_ref()])
    }
}
