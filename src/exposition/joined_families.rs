//! The join of texts by family: each family once, with the lines of all texts.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use super::divided_text::{self, DividedText, MetadataBlock};
use super::piece::Piece;
use crate::author::configured_family::ConfiguredFamily;

/// The order of the families of joined texts.
#[derive(Debug, Default)]
pub(super) struct FamilyOrder(BTreeMap<Vec<u8>, usize>);

/// The texts under construction. Metadata blocks are joined by name and not by family, because `_created` has its own
/// block in the text format.
struct JoinedFamilies<'a> {
    order: &'a FamilyOrder,
    blocks: BTreeMap<(usize, &'a [u8]), JoinedBlock<'a>>,
}

/// A metadata block with the lines of all texts.
#[derive(Default)]
struct JoinedBlock<'a> {
    head: &'a [u8],
    lines: Vec<BlockLines<'a>>,
}

enum BlockLines<'a> {
    Copied(&'a [u8]),
    Shared(&'a Arc<Piece>),
}

impl FamilyOrder {
    /// Returns the order of these families. Families that are not among them come first, by name.
    pub(super) fn of(families: &[Arc<ConfiguredFamily>]) -> Self {
        let bases = families.iter().map(|family| family.kind.base(family.name));
        let names = |base: &str| ["", "_total", "_info", "_created"].map(|suffix| format!("{base}{suffix}"));
        let names = bases.flat_map(names).zip(1..).map(|(name, at)| (name.into_bytes(), at));
        let mut order = BTreeMap::new();
        for (name, at) in names {
            order.entry(name).or_insert(at);
        }
        Self(order)
    }

    fn place(&self, name: &[u8]) -> usize {
        self.0.get(name).copied().unwrap_or_default()
    }
}

/// Joins the expositions of the targets of one service, which have these families.
pub(crate) fn joined_text(texts: Vec<Vec<u8>>, families: &[Arc<ConfiguredFamily>]) -> Vec<u8> {
    let whole = |text| DividedText::whole(&DividedText::default(), text);
    let texts: Vec<DividedText> = texts.into_iter().map(whole).collect();
    let pieces = joined(texts.iter(), &FamilyOrder::of(families));
    pieces.iter().flat_map(|piece| piece.parts()).flatten().copied().collect()
}

/// Joins texts by family. The lines of each family are in the order of the texts.
///
/// Large blocks of lines are shared with the texts, and the others are copied once.
pub(super) fn joined<'a>(
    texts: impl Iterator<Item = &'a DividedText>,
    order: &FamilyOrder,
) -> Vec<Arc<Piece>> {
    let mut families = JoinedFamilies { order, blocks: BTreeMap::new() };
    texts.for_each(|text| families.add(text));
    families.pieces()
}

impl<'a> JoinedFamilies<'a> {
    fn add(&mut self, text: &'a DividedText) {
        let mut key = Default::default();
        for piece in text.pieces() {
            if divided_text::is_large(piece) {
                self.blocks.entry(key).or_default().lines.push(BlockLines::Shared(piece));
                continue;
            }
            for block in piece.parts().flat_map(MetadataBlock::split) {
                if !block.head.is_empty() {
                    key = (self.order.place(block.name()), block.name());
                }
                self.blocks.entry(key).or_default().add(&block);
            }
        }
    }

    fn pieces(self) -> Vec<Arc<Piece>> {
        let (mut pieces, mut short) = (Vec::new(), Vec::with_capacity(self.copied()));
        let copied = |mut bytes: Vec<u8>| {
            bytes.shrink_to_fit();
            Arc::new(Piece::new(bytes))
        };
        for block in self.blocks.into_values().filter(|block| !block.lines.is_empty()) {
            short.extend_from_slice(block.head);
            for lines in block.lines {
                match lines {
                    BlockLines::Copied(lines) => short.extend_from_slice(lines),
                    BlockLines::Shared(piece) => {
                        pieces.push(copied(mem::take(&mut short)));
                        pieces.push(Arc::clone(piece));
                    }
                }
            }
        }
        pieces.push(copied(short));
        pieces
    }

    /// Returns the number of bytes outside the shared pieces.
    fn copied(&self) -> usize {
        let length = |lines: &BlockLines<'_>| match lines {
            BlockLines::Copied(lines) => lines.len(),
            BlockLines::Shared(_) => 0,
        };
        let blocks = self.blocks.values();
        blocks.map(|block| block.head.len() + block.lines.iter().map(length).sum::<usize>()).sum()
    }
}

impl<'a> JoinedBlock<'a> {
    /// Adds the lines of a text. All heads of a family are equal, because they depend only on the config.
    fn add(&mut self, block: &MetadataBlock<'a>) {
        if self.head.is_empty() {
            self.head = block.head;
        }
        if !block.lines.is_empty() {
            self.lines.push(BlockLines::Copied(block.lines));
        }
    }
}
