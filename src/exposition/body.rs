//! Response bodies of bytes that many responses share.

use std::ops::Range;
use std::sync::Arc;

/// A body as a list of ranges of shared bytes, which is cheap to build and written without a copy.
#[derive(Debug, Clone, Default)]
pub struct Body(Vec<(Arc<Vec<u8>>, Range<usize>)>);

impl Body {
    /// Returns the bytes piece by piece.
    pub fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter_map(|(bytes, range)| bytes.get(range.clone()))
    }

    /// Returns the number of bytes.
    pub fn len(&self) -> usize {
        self.pieces().map(<[u8]>::len).sum()
    }

    /// Returns true if the body has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, bytes: &Arc<Vec<u8>>, range: Range<usize>) {
        self.0.push((Arc::clone(bytes), range));
    }

    pub(super) fn push_all(&mut self, bytes: Arc<Vec<u8>>) {
        let all = 0..bytes.len();
        self.0.push((bytes, all));
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        let mut body = Self::default();
        body.push_all(text.into_bytes().into());
        body
    }
}
