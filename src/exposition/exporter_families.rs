//! The families `cton_*` of an exposition, joined from the lines of each service.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::piece::Piece;
use crate::self_metrics::family_part::FamilyPart;

/// The minimum size in bytes of lines that stay their own piece.
///
/// Such a piece is compressed with the poll that changed it; shorter ones are joined.
const LARGE: usize = 4096;

/// The lines of one service or of the process, by family.
#[derive(Debug, Clone, Default)]
pub(super) struct ExporterFamilies(BTreeMap<String, Lines>);

#[derive(Debug, Clone)]
struct Lines {
    head: Arc<Vec<u8>>,
    piece: Arc<Piece>,
}

impl ExporterFamilies {
    /// Builds the families that replace `last`, and keeps the pieces that have not changed.
    pub(super) fn after(last: &Self, parts: Vec<FamilyPart>) -> Self {
        let lines = |FamilyPart { family, head, lines }| {
            let last = last.0.get(&family).map(|last| Arc::clone(&last.piece)).unwrap_or_default();
            (family, Lines { head: Arc::new(head), piece: Piece::after(&last, lines) })
        };
        Self(parts.into_iter().map(lines).collect())
    }
}

/// Joins all families by name, each once, with the lines of all services.
pub(super) fn joined<'a>(owns: impl Iterator<Item = &'a ExporterFamilies>) -> Vec<Arc<Piece>> {
    let mut families: BTreeMap<&str, Vec<&Lines>> = BTreeMap::new();
    for (name, lines) in owns.flat_map(|own| &own.0) {
        families.entry(name).or_default().push(lines);
    }
    let (mut pieces, mut short) = (Vec::new(), Vec::new());
    for lines in families.into_values() {
        lines.first().into_iter().for_each(|first| short.extend_from_slice(&first.head));
        for Lines { piece, .. } in lines {
            if piece.len() < LARGE {
                piece.parts().for_each(|part| short.extend_from_slice(part));
            } else {
                pieces.push(Arc::new(Piece::new(std::mem::take(&mut short))));
                pieces.push(Arc::clone(piece));
            }
        }
    }
    pieces.push(Arc::new(Piece::new(short)));
    pieces
}
