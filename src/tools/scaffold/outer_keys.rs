//! The keys around a value.

use super::identifiers::words;
use super::metric_name::are_envelopes;

/// The words of the keys around a value, key by key, the outermost first.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct OuterKeys(Vec<Vec<String>>);

impl OuterKeys {
    /// Returns the keys with one more inside them.
    pub(super) fn with(&self, key: &str) -> Self {
        Self([&self.0[..], &[words(key)]].concat())
    }

    /// Returns the keys without the innermost one.
    pub(super) fn outer(&self) -> Self {
        Self(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// Returns the words of all keys.
    pub(super) fn words(&self) -> Vec<String> {
        self.0.concat()
    }

    /// Returns the words of the keys that say something about the content. `queryResultCache` does, with all of its words, and `result`
    /// does not.
    pub(super) fn telling_words(&self) -> Vec<String> {
        self.0.iter().filter(|key| !are_envelopes(key)).flatten().cloned().collect()
    }

    /// Returns the keys without the last word, such as the unit in `memory_mb`.
    pub(super) fn without_last_word(&self) -> Self {
        let mut keys = self.0.clone();
        keys.iter_mut().last().map(Vec::pop);
        Self(keys)
    }
}
