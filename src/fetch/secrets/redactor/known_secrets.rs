//! The remembered secrets of a service, with the patterns that find them.

use std::ops::Range;

use super::known::Known;
use super::patterns::{Compared, Patterns};
use super::view::{self, DecodedText, Place, Readings, SourceRange};

/// The maximum number of remembered values. The least recently used ones are removed, because tokens that are requested
/// for each poll would pile up.
pub(super) const REMEMBERED: usize = 256;

/// The maximum size of all remembered values, enough for 256 tokens of 2 KiB. Their patterns take ten times as much.
pub(super) const REMEMBERED_BYTES: usize = 512 * 1024;

#[derive(Default)]
pub(super) struct KnownSecrets {
    pub(super) known: Vec<Known>,
    pub(super) patterns: Patterns,
    /// The minimum length of a text that may contain a value.
    pub(super) least: Option<usize>,
    /// The length in bytes of the longest value.
    pub(super) longest: usize,
    /// The number of new values that were remembered so far.
    pub(super) edition: u64,
}

impl KnownSecrets {
    /// Removes the least recently used values if there are too many or they are too large together. Returns true if it
    /// removed any.
    pub(super) fn forget_surplus(&mut self) -> bool {
        let (mut count, mut bytes) = (0, 0);
        let mut stays: Vec<bool> = Vec::with_capacity(self.known.len());
        for known in self.known.iter().rev() {
            (count, bytes) = (count + 1, bytes + known.value.len());
            stays.push(known.is_current || count <= REMEMBERED && bytes <= REMEMBERED_BYTES);
        }
        let before = self.known.len();
        self.known.retain(|_| stays.pop().unwrap_or(true));
        self.known.len() < before
    }

    /// Allows that the value of a key is forgotten, because another value takes its place.
    pub(super) fn replace_value_of(&mut self, key: &str) {
        let of_key = self.known.iter_mut().filter(|known| known.key.as_deref() == Some(key));
        of_key.for_each(|known| known.is_current = false);
    }

    pub(super) fn renew(&mut self) {
        let mut patterns = Patterns::default();
        patterns.add(self.known.iter().flat_map(Known::values));
        self.patterns = patterns;
        self.least = self.known.iter().filter_map(Known::least).min();
        self.longest = self.known.iter().map(|known| known.value.len()).max().unwrap_or_default();
    }

    /// Returns the ranges of the parts of all values. Most texts have none, so the first search tracks no places.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.patterns.is_empty() {
            return found;
        }
        let least = self.patterns.least();
        for part in view::parts(text.len(), self.longest) {
            let plain = DecodedText::<()>::plain(&text[part.clone()], 0);
            let visit = &mut |view: &DecodedText<()>| self.is_in(view);
            if (Readings { least, visit }).of(&plain) {
                let mut add = |place: SourceRange| {
                    found.push(place.range());
                    false
                };
                let visit = &mut |view: &DecodedText<SourceRange>| {
                    self.patterns.find(view, &mut add)
                        || self.contains(view) && self.patterns.find_letters(view, &mut add)
                };
                Readings { least, visit }.of(&DecodedText::plain(&text[part.clone()], part.start));
            }
        }
        found
    }

    /// Returns true if a decoded text has a part of a value, or a whole one with anything between its letters.
    fn is_in(&self, view: &DecodedText<()>) -> bool {
        self.patterns.find(view, &mut |()| true) || self.contains(view)
    }

    fn contains<P: Place>(&self, view: &DecodedText<P>) -> bool {
        if !self.patterns.find_letters(view, &mut |_| true) {
            return false;
        }
        let compared = Compared::new(&view.bytes);
        self.known.iter().any(|known| known.is_in(&view.bytes, &compared))
    }

    /// Returns the first value that `which` accepts and the text contains.
    pub(super) fn first_in(&self, text: &str, which: fn(&Known) -> bool) -> Option<&Known> {
        let least = self.least.filter(|least| text.len() >= *least)?;
        let mut first = None;
        for part in view::parts(text.len(), self.longest) {
            let visit = &mut |view: &DecodedText<()>| {
                if view.bytes.len() >= least && self.patterns.may_have_whole(view) {
                    let compared = Compared::new(&view.bytes);
                    first =
                        self.known.iter().find(|known| which(known) && known.is_in(&view.bytes, &compared));
                }
                first.is_some()
            };
            if (Readings { least, visit }).of(&DecodedText::plain(&text.as_bytes()[part], 0)) {
                break;
            }
        }
        first
    }
}
