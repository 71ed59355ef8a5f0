//! Fingerprints as text, for state files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Encodes fingerprints in base64.
pub(crate) fn to_text(fingerprints: impl IntoIterator<Item = u128>) -> String {
    STANDARD.encode(fingerprints.into_iter().flat_map(u128::to_le_bytes).collect::<Vec<u8>>())
}

/// Decodes the fingerprints that [`to_text`] encoded. Returns `None` for any other text.
pub(crate) fn of_text(text: &str) -> Option<Vec<u128>> {
    let bytes = STANDARD.decode(text).ok()?;
    let fingerprints = bytes.chunks_exact(size_of::<u128>());
    if !fingerprints.remainder().is_empty() {
        return None;
    }
    fingerprints.map(|bytes| bytes.try_into().ok().map(u128::from_le_bytes)).collect()
}
