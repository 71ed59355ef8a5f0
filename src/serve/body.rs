//! Bytes that many answers share.

use std::sync::Arc;

/// A body as a row of shared bytes: cheap to make, and written without a copy.
#[derive(Debug, Clone, Default)]
pub struct Body(Vec<Arc<Vec<u8>>>);

impl Body {
    /// The bytes, piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|piece| &piece[..])
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.pieces().map(<[u8]>::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, piece: Arc<Vec<u8>>) {
        self.0.push(piece);
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(vec![Arc::new(text.into_bytes())])
    }
}
