//! The text of whole families in one format, divided for a join with other texts.

use std::ops::Range;
use std::sync::Arc;

use super::piece::Piece;

/// The minimum size in bytes of lines that stay their own piece when texts are joined.
///
/// Such a piece is compressed with the poll that changed it; shorter ones are copied.
const LARGE: usize = 4096;

/// The text of whole families as pieces that share its bytes.
///
/// A text that is joined has a separate piece for the lines of each large metadata block; the rest of the text is
/// between them. A text that is served as it is has one piece.
#[derive(Debug, Clone)]
pub(super) struct DividedText(Box<[Arc<Piece>]>);

/// A metadata block: the comments above lines, and these lines.
pub(super) struct MetadataBlock<'a> {
    pub(super) head: &'a [u8],
    pub(super) lines: &'a [u8],
}

impl DividedText {
    /// Returns the undivided text that replaces `last`.
    pub(super) fn whole(last: &Self, plain: Vec<u8>) -> Self {
        let last = last.0.first().map(Arc::clone).unwrap_or_default();
        Self([Piece::after(&last, plain)].into())
    }

    /// Returns the divided text that replaces `last`, or `last` itself if nothing has changed.
    pub(super) fn divided(last: &Self, plain: Vec<u8>) -> Self {
        if last.0.first().is_some_and(|piece| piece.is_of(&plain)) {
            return last.clone();
        }
        let (ends, plain) = (ends(&plain), Arc::new(plain));
        let starts = [0].into_iter().chain(ends.iter().copied());
        let ranges = starts.zip(ends.iter().copied()).map(|(start, end)| start..end);
        Self(ranges.enumerate().map(|(at, range)| Piece::part(last.0.get(at), &plain, range)).collect())
    }

    /// Returns the text without those ranges, which are in order. Pieces that have none of them stay.
    pub(super) fn without(&self, cuts: &[Range<usize>]) -> Self {
        let cut = |piece: &Arc<Piece>| match piece.is_cut(cuts) {
            true => Arc::new(piece.without(cuts)),
            false => Arc::clone(piece),
        };
        Self(self.0.iter().map(cut).collect())
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &Arc<Piece>> + Clone {
        self.0.iter()
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }
}

/// An empty text.
impl Default for DividedText {
    fn default() -> Self {
        Self([Arc::default()].into())
    }
}

impl<'a> MetadataBlock<'a> {
    /// Splits a text into its blocks. The first has no head if the text begins with lines.
    pub(super) fn split(mut text: &'a [u8]) -> impl Iterator<Item = Self> {
        std::iter::from_fn(move || {
            let (head, rest) = text.split_at(comments(text));
            let (lines, rest) = rest.split_at(samples(rest));
            text = rest;
            (!head.is_empty() || !lines.is_empty()).then_some(Self { head, lines })
        })
    }

    /// Returns the name of the family, which follows the first word of the head: `# HELP name ...`.
    pub(super) fn name(&self) -> &'a [u8] {
        self.head.split(u8::is_ascii_whitespace).nth(2).unwrap_or_default()
    }
}

/// Returns true if the lines of a piece are those of one large block, whose head is in the piece before.
pub(super) fn is_large(piece: &Piece) -> bool {
    piece.len() >= LARGE && piece.parts().next().is_some_and(|part| !part.starts_with(b"#"))
}

/// Returns the ends of the pieces of a text.
fn ends(text: &[u8]) -> Vec<usize> {
    let (mut ends, mut at) = (Vec::new(), 0);
    for block in MetadataBlock::split(text) {
        let start = at + block.head.len();
        at = start + block.lines.len();
        if block.lines.len() >= LARGE {
            ends.extend([start, at]);
        }
    }
    if ends.last() != Some(&at) {
        ends.push(at);
    }
    ends
}

/// Returns the length of the comments that a text begins with.
fn comments(text: &[u8]) -> usize {
    let lines = text.split_inclusive(|byte| *byte == b'\n').take_while(|line| line.starts_with(b"#"));
    lines.map(<[u8]>::len).sum()
}

/// Returns the length of the samples that a text begins with.
fn samples(text: &[u8]) -> usize {
    match text.first() {
        Some(b'#') => 0,
        _ => text.windows(2).position(|pair| pair == b"\n#").map_or(text.len(), |end| end + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn family(name: &str, value: usize, lines: usize) -> String {
        let line = format!("{name}{{a=\"# HELP\"}} {value}\n");
        format!("# HELP {name} h\n# TYPE {name} gauge\n{}", line.repeat(lines))
    }

    fn text(values: [usize; 4]) -> Vec<u8> {
        let lines = [1, LARGE, LARGE, 1];
        let families = ["a", "b", "c", "d"].into_iter().zip(values).zip(lines);
        families.map(|((name, value), lines)| family(name, value, lines)).collect::<String>().into_bytes()
    }

    fn plain(text: &DividedText) -> Vec<u8> {
        text.pieces().flat_map(|piece| piece.parts().collect::<Vec<_>>()).collect::<Vec<_>>().concat()
    }

    #[test]
    fn large_blocks_are_pieces_and_all_pieces_are_the_text() {
        let bytes = text([1, 2, 3, 4]);
        let divided = DividedText::divided(&DividedText::default(), bytes.clone());
        let large: Vec<bool> = divided.pieces().map(|piece| is_large(piece)).collect();
        assert_eq!(large, [false, true, false, true, false]);
        assert_eq!((plain(&divided), divided.len()), (bytes.clone(), bytes.len()));
        assert_eq!(DividedText::whole(&divided, bytes).pieces().count(), 1);
        assert_eq!(plain(&DividedText::divided(&divided, Vec::new())), b"");
    }

    #[test]
    fn cuts_leave_the_other_pieces_and_unchanged_text_leaves_all() {
        let bytes = text([1, 2, 3, 4]);
        let divided = DividedText::divided(&DividedText::default(), bytes.clone());
        let same = DividedText::divided(&divided, bytes.clone());
        assert!(same.pieces().zip(divided.pieces()).all(|(a, b)| Arc::ptr_eq(a, b)));
        let end = bytes.len();
        let one = |range: Range<usize>| std::iter::once(range).collect::<Vec<_>>();
        for cuts in [one(0..10), vec![0..10, 60..LARGE * 3, end - 20..end - 10], one(0..end)] {
            let cut = divided.without(&cuts);
            let mut expected = bytes.clone();
            cuts.iter().rev().for_each(|cut| drop(expected.drain(cut.clone())));
            assert_eq!(plain(&cut), expected);
        }
        let cut = divided.without(&one(10..20));
        let kept: Vec<bool> = cut.pieces().zip(divided.pieces()).map(|(a, b)| Arc::ptr_eq(a, b)).collect();
        assert_eq!(kept, [false, true, true, true, true]);
    }

    #[test]
    fn a_block_has_its_comments_and_lines() {
        let text = b"x 1\n# HELP a h\n# TYPE a gauge\na 1\na{b=\"\\n# \"} 2\n# HELP c h\n";
        let blocks: Vec<_> = MetadataBlock::split(text).collect();
        let names: Vec<_> = blocks.iter().map(MetadataBlock::name).collect();
        assert_eq!(names, [&b""[..], b"a", b"c"]);
        let lines: Vec<_> = blocks.iter().map(|block| block.lines).collect();
        assert_eq!(lines, [&b"x 1\n"[..], b"a 1\na{b=\"\\n# \"} 2\n", b""]);
        assert_eq!(
            blocks.iter().map(|block| [block.head, block.lines].concat()).collect::<Vec<_>>().concat(),
            text
        );
    }
}
