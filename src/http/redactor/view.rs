//! Text as its reader would decode it, with the place that each byte comes from.

use super::escapes;
use super::packed;

/// The parts in which a long text is searched, in bytes, and how far a part reaches into the next one.
const PART: usize = 64 * 1024;
const OVERLAP: usize = 4 * 1024;
/// The maximum number of layers of escapes in a text: JSON in JSON in a URL has three.
const LAYERS: usize = 4;
/// The maximum number of nested encodings such as base64.
const DEPTH: usize = 3;

/// A decoded text.
#[derive(Debug, Default)]
pub struct View {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// The first source byte of each, and the one after the last.
    pub spans: Vec<(usize, usize)>,
}

impl View {
    /// The text itself, which begins at that place of its source.
    pub fn plain(text: &[u8], from: usize) -> Self {
        Self { bytes: text.to_vec(), spans: (from..from + text.len()).map(|at| (at, at + 1)).collect() }
    }

    /// An empty one with room for that many bytes.
    pub fn with_room(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), spans: Vec::with_capacity(bytes) }
    }

    /// Adds a byte.
    pub fn push(&mut self, byte: u8, span: (usize, usize)) {
        self.bytes.push(byte);
        self.spans.push(span);
    }
}

/// Shows every reading of a text to `visit`: as it is, unescaped, and unpacked from base64 and hex, also nested. The work
/// grows with the length of the text, and not with its content.
pub fn each(text: &[u8], visit: &mut dyn FnMut(&View)) {
    let mut from = 0;
    loop {
        let end = text.len().min(from + PART);
        readings(View::plain(&text[from..end], from), DEPTH, visit);
        if end == text.len() {
            return;
        }
        from = end - OVERLAP;
    }
}

fn readings(view: View, depth: usize, visit: &mut dyn FnMut(&View)) {
    let printed = escapes::quoted_printable(&view);
    unescaped(view, depth, visit);
    if let Some(printed) = printed {
        unescaped(printed, depth, visit);
    }
}

fn unescaped(mut view: View, depth: usize, visit: &mut dyn FnMut(&View)) {
    visit(&view);
    unpacked(&view, depth, visit);
    for layer in 1..=LAYERS {
        let Some(next) = escapes::unescaped(&view) else { return };
        view = next;
        visit(&view);
        if layer == 1 || layer == LAYERS || !escapes::has_any(&view) {
            unpacked(&view, depth, visit);
        }
    }
}

fn unpacked(view: &View, depth: usize, visit: &mut dyn FnMut(&View)) {
    if depth == 0 {
        return;
    }
    packed::each(view, &mut |inner| readings(inner, depth - 1, visit));
}
