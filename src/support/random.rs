//! Random keys that nobody outside can guess.

use std::hash::{BuildHasher, RandomState};

/// Returns a key for hashes, for which no API can craft collisions.
pub fn key() -> [u8; 16] {
    // std protects its maps with these keys, which derive from the random numbers of the system.
    let [low, high] = [(), ()].map(|()| u128::from(RandomState::new().hash_one(0)));
    (high << 64 | low).to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_comes_twice() {
        let keys: std::collections::HashSet<_> = (0..1000).map(|_| key()).collect();
        assert_eq!(keys.len(), 1000);
    }
}
