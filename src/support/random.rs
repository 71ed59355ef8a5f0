//! Randomness that nobody outside can guess.

use std::hash::{BuildHasher, RandomState};

/// A key for hashes that no API can aim at.
pub fn key() -> [u8; 16] {
    // What std's maps are made safe with; each has keys of its own from the system's random numbers.
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
