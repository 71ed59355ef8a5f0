//! Finds credentials by the name of their field or by their shape, in JSON (also truncated), forms, headers, URLs,
//! command lines and markup.

mod addresses;
mod json;
mod lines;
mod markup;
mod names;
mod text;
mod values;

use std::ops::Range;

use names::Names;
use text::TextOrigin;

use super::escapes;
use super::view::{DecodedText, SourceRange};
use crate::config::credential_shapes::contexts::webhooks;
use crate::config::credential_shapes::tokens::tokens;
use crate::fetch::secrets::secret::MASK;

/// The maximum number of nested texts, such as JSON in a string of JSON.
const DEPTH: usize = 3;

/// A value that is recognized as a credential by its name or shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// The range of the value in the source, without quotation marks.
    pub range: Range<usize>,
    /// The name of the field; empty if the value is known by its shape.
    pub name: Vec<u8>,
}

/// Returns the credentials in the body of a request or response.
pub(super) fn in_body(body: &[u8]) -> Vec<Named> {
    let mut search = CredentialSearch::default();
    search.body(&DecodedText::plain(body, 0), DEPTH);
    search.found
}

/// Returns the credentials in a message, in which a word before a colon is seldom the name of a field.
pub(super) fn in_message(message: &str) -> Vec<Named> {
    let mut search = CredentialSearch::default();
    search.text_with_json(&DecodedText::plain(message.as_bytes(), 0), TextOrigin::Message, DEPTH);
    search.found
}

/// A search with the credentials found so far.
#[derive(Default)]
struct CredentialSearch {
    found: Vec<Named>,
    names: Names,
}

impl CredentialSearch {
    fn body(&mut self, view: &DecodedText<SourceRange>, depth: usize) {
        let bytes = view.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&view.bytes);
        let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'));
        if is_json && json::walk(self, view, 0, depth) {
            return;
        }
        match is_json {
            true => self.text(view, TextOrigin::Body),
            false => self.text_with_json(view, TextOrigin::Body, depth),
        }
        lines::table(self, view);
    }

    /// Searches plain text, and the JSON in it.
    fn text_with_json(&mut self, view: &DecodedText<SourceRange>, kind: TextOrigin, depth: usize) {
        let begins = |pair: &[u8]| matches!(pair, [b'{' | b'[', b'"'] | b"[{");
        if let Some(start) = view.bytes.windows(2).position(begins) {
            json::walk(self, view, start, depth);
        }
        self.text(view, kind);
    }

    /// Searches plain text, as it is and unescaped.
    fn text(&mut self, view: &DecodedText<SourceRange>, kind: TextOrigin) {
        text::find(self, view, kind);
        self.shapes(view, 0..view.bytes.len());
        let mut next = escapes::unescaped(view);
        for _ in 0..DEPTH {
            let Some(view) = next else { return };
            text::find(self, &view, kind);
            self.shapes(&view, 0..view.bytes.len());
            next = escapes::unescaped(&view);
        }
    }

    /// Adds the credentials of a known shape in a part of a text.
    fn shapes(&mut self, view: &DecodedText<SourceRange>, range: Range<usize>) {
        let bytes = &view.bytes[range.clone()];
        let inside = |part: Range<usize>| range.start + part.start..range.start + part.end;
        tokens(bytes).for_each(|token| self.push(view, inside(token), b""));
        webhooks(bytes).for_each(|path| self.push(view, inside(path), b""));
        private_keys(bytes).for_each(|key| self.push(view, inside(key), b""));
    }

    /// Adds a value, unless it has no letter or digit or is redacted already.
    fn push(&mut self, view: &DecodedText<SourceRange>, content: Range<usize>, name: &[u8]) {
        let value = &view.bytes[content.clone()];
        let says = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
        if value.iter().any(says) && !value.starts_with(MASK.as_bytes()) {
            let range = view.places[content.start].range().start..view.places[content.end - 1].range().end;
            self.found.push(Named { range, name: name.to_vec() });
        }
    }
}

/// Returns the ranges of private keys in PEM, also of a truncated one.
fn private_keys(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    const BEGIN: &[u8] = b"-----BEGIN ";
    const END: &[u8] = b"-----END ";
    let position = |from: usize, part: &[u8]| {
        let begins = |at: &usize| text[*at] == part[0] && text[*at..].starts_with(part);
        (from..text.len()).find(begins)
    };
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(start) = position(at, BEGIN) {
            let title = &text[start..text.len().min(start + 60)];
            at = start + BEGIN.len();
            if title.windows(11).any(|words| words == b"PRIVATE KEY") {
                at = position(at, END).unwrap_or(text.len());
                return Some(start..at);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests;
