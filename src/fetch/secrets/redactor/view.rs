//! Decoded text with the place of each byte in its source.

use std::ops::{Range, RangeInclusive};

use super::{escapes, fold, packed};

/// The minimum distance in bytes between the starts of the parts in which a long text is searched.
const STEP: usize = 60 * 1024;
/// The number of bytes by which a part overlaps the next one. The maximum bounds the memory of a search; it is enough for
/// each spelling of a secret of 1,820 bytes.
const OVERLAP: RangeInclusive<usize> = 4 * 1024..=64 * 1024;
/// The length of the longest spelling of one byte, which is an escape such as `\u0026`, of which each character is escaped.
const SPELLING: usize = 36;
/// The maximum number of layers of escapes in a text: JSON in JSON in a URL has three.
const LAYERS: usize = 4;
/// The maximum number of nested encodings such as base64.
const DEPTH: usize = 3;

/// The place of a decoded byte in its source; `()` if it is not needed, which costs nothing.
pub(super) trait Place: Copy {
    /// Returns the place of the byte at that position.
    fn at(position: usize) -> Self;
    /// Returns the place from the beginning of this one to the end of another.
    fn to(self, end: Self) -> Self;
}

impl Place for () {
    fn at(_: usize) -> Self {}
    fn to(self, (): Self) -> Self {}
}

/// A range of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SourceRange {
    start: u32,
    end: u32,
}

impl SourceRange {
    /// Returns the range of bytes.
    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Place for SourceRange {
    fn at(position: usize) -> Self {
        // No body is as long as 4 GiB.
        let start = u32::try_from(position).unwrap_or(u32::MAX - 1);
        Self { start, end: start + 1 }
    }

    fn to(self, end: Self) -> Self {
        Self { start: self.start, end: end.end }
    }
}

/// A decoded text with the place of each byte.
#[derive(Debug, Clone)]
pub(super) struct DecodedText<P> {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// The place of each byte.
    pub places: Vec<P>,
}

impl<P: Place> DecodedText<P> {
    /// Returns a text that is not decoded, and begins at `from` in its source.
    pub(super) fn plain(text: &[u8], from: usize) -> Self {
        Self { bytes: text.to_vec(), places: (from..from + text.len()).map(P::at).collect() }
    }

    /// Returns an empty text with room for that many bytes.
    pub(super) fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), places: Vec::with_capacity(bytes) }
    }

    /// Adds a byte.
    pub(super) fn push(&mut self, byte: u8, place: P) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    /// Adds a part of another text.
    pub(super) fn extend(&mut self, other: &Self, range: Range<usize>) {
        self.bytes.extend_from_slice(&other.bytes[range.clone()]);
        self.places.extend_from_slice(&other.places[range]);
    }

    /// Returns a part of the text.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        Self { bytes: self.bytes[range.clone()].to_vec(), places: self.places[range].to_vec() }
    }

    /// Removes all bytes.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.clear();
    }
}

/// Returns the parts in which a long text is searched for secrets of at most `longest` bytes.
///
/// Each part overlaps the next one by the length of a spelling of the longest secret, so that it is whole in one of them.
pub(super) fn parts(length: usize, longest: usize) -> impl Iterator<Item = Range<usize>> {
    let overlap = (longest * SPELLING).clamp(*OVERLAP.start(), *OVERLAP.end());
    // A part is at most twice as long as its step, so no byte is searched more than twice.
    let step = STEP.max(overlap);
    let parts = (0..).map(move |nth| nth * step..length.min((nth + 1) * step + overlap));
    parts.take_while(move |part| part.start == 0 || part.start + overlap < length)
}

/// A walk over all decodings of a text: as it is, unescaped, folded, and unpacked from base64 and hex, also nested. The
/// work grows with the length of the text, not with its content.
pub(super) struct Readings<'a, P> {
    /// The minimum length in bytes of an unpacked text that is visited.
    pub least: usize,
    /// The function that gets each decoding, and returns true to stop.
    pub visit: &'a mut dyn FnMut(&DecodedText<P>) -> bool,
}

impl<P: Place> Readings<'_, P> {
    /// Calls `visit` with all decodings of a text. When `visit` returns true, this stops and returns true.
    pub(super) fn of(&mut self, text: &DecodedText<P>) -> bool {
        self.read(text, DEPTH)
    }

    fn read(&mut self, view: &DecodedText<P>, depth: usize) -> bool {
        self.unescape(view, depth)
            || fold::folded(view).is_some_and(|folded| self.unescape(&folded, depth))
            || fold::without_tags(view).is_some_and(|folded| self.unescape(&folded, depth))
            || escapes::quoted_printable(view).is_some_and(|printed| self.unescape(&printed, depth))
    }

    fn unescape(&mut self, view: &DecodedText<P>, depth: usize) -> bool {
        if (self.visit)(view) || self.unpack(view, depth) {
            return true;
        }
        let mut next = escapes::unescaped(view);
        for layer in 1..=LAYERS {
            let Some(view) = next else { return false };
            let is_last = layer == LAYERS || !escapes::has_any(&view);
            let unpacks = layer == 1 || is_last;
            if (self.visit)(&view) || unpacks && self.unpack(&view, depth) || self.fold(&view, depth) {
                return true;
            }
            next = escapes::unescaped(&view).filter(|_| !is_last);
        }
        false
    }

    fn fold(&mut self, view: &DecodedText<P>, depth: usize) -> bool {
        let forms = [fold::folded, fold::without_tags, escapes::quoted_printable];
        forms
            .iter()
            .any(|form| form(view).is_some_and(|folded| (self.visit)(&folded) || self.unpack(&folded, depth)))
    }

    fn unpack(&mut self, view: &DecodedText<P>, depth: usize) -> bool {
        depth > 0
            && packed::each(view, self.least, &mut |inner| {
                let mut from = 0;
                while let Some(text) = next_text(&inner.bytes, from, self.least) {
                    from = text.end;
                    if self.read(&inner.part(text), depth - 1) {
                        return true;
                    }
                }
                false
            })
    }
}

/// Returns the next part of decoded bytes, from `from` on, that is UTF-8 of at least `least` bytes. A wrong guess decodes
/// to hardly any.
fn next_text(bytes: &[u8], from: usize, least: usize) -> Option<Range<usize>> {
    let (mut start, mut more) = (from, 0);
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        more = match (*byte, more) {
            (0x80..=0xbf, 1..) => more - 1,
            (byte, 0) if leads(byte) != INVALID => leads(byte),
            (byte, _) => {
                if at - start >= least {
                    return Some(start..at);
                }
                let is_valid = leads(byte) != INVALID;
                start = if is_valid { at } else { at + 1 };
                if is_valid { leads(byte) } else { 0 }
            }
        };
    }
    (bytes.len() >= start + least).then_some(start..bytes.len())
}

/// The mark of a byte that does not begin a character.
const INVALID: u8 = u8::MAX;

/// Returns the number of bytes that follow the first one of a character, or [`INVALID`].
#[inline]
fn leads(byte: u8) -> u8 {
    match byte {
        0..=127 => 0,
        0xc2..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf4 => 3,
        _ => INVALID,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_text_overlap_and_are_all_of_it() {
        for (longest, overlap) in [(0, 4096), (113, 4096), (512, 18_432), (1_820, 65_520), (65_536, 65_536)] {
            let part = STEP.max(overlap) + overlap;
            for length in [0, 1, part - 1, part, part + 1, 2 * part - overlap, 2 * part, 1_600_000] {
                let parts: Vec<_> = parts(length, longest).collect();
                assert_eq!((parts[0].start, parts[parts.len() - 1].end), (0, length), "{length}");
                for pair in parts.windows(2) {
                    assert_eq!(pair[1].start + overlap, pair[0].end, "{length}");
                }
            }
        }
    }

    #[test]
    fn texts_are_told_from_other_bytes() {
        let found = |bytes: &[u8]| {
            let (mut texts, mut from) = (Vec::new(), 0);
            while let Some(text) = next_text(bytes, from, 4) {
                from = text.end;
                texts.push(bytes[text].to_vec());
            }
            texts
        };
        assert_eq!(found(b"abc\xffdefg\xc3hijk\xfel"), [&b"defg\xc3"[..], b"hijk"]);
        assert_eq!(found("é\0\n!\u{200b}".as_bytes()), ["é\0\n!\u{200b}".as_bytes()]);
        assert!(found(b"\xff\x01ab\xbf").is_empty());
    }
}
