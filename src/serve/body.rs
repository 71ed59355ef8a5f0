//! Bytes that many answers share.

use std::io::{self, Read};
use std::sync::Arc;

/// A body as a row of shared bytes: cheap to make, read once from front to back.
#[derive(Debug, Clone, Default)]
pub struct Body {
    pieces: Vec<Arc<Vec<u8>>>,
    /// Pieces before this one are read.
    piece: usize,
    /// Bytes of that piece that are read.
    offset: usize,
}

impl Body {
    /// How many bytes are left to read.
    pub fn len(&self) -> usize {
        self.slices().map(<[u8]>::len).sum()
    }

    /// Whether nothing is left to read.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is left to read, piece by piece; for writers that need no copy.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        let rest = self.pieces.get(self.piece..).unwrap_or_default();
        rest.iter().enumerate().map(|(i, piece)| if i == 0 { &piece[self.offset..] } else { &piece[..] })
    }

    pub(super) fn push(&mut self, piece: Arc<Vec<u8>>) {
        self.pieces.push(piece);
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(piece) = self.pieces.get(self.piece) {
            let mut rest = &piece[self.offset..];
            let read = rest.read(buffer)?;
            self.offset += read;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            (self.piece, self.offset) = (self.piece + 1, 0);
        }
        Ok(0)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self { pieces: vec![Arc::new(text.into_bytes())], ..Self::default() }
    }
}
