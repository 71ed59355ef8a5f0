//! The parts of secrets that are looked for in a reading of a text.

use std::ops::Range;

use zeroize::Zeroizing;

use super::view::View;

/// So many consecutive characters of a secret are never shown.
pub const LENGTH: usize = 8;
/// The shortest value that is looked for in running text, in bytes: a shorter one would redact half of it.
pub const SHORTEST: usize = 4;
const FILTER_BITS: u32 = 12;

/// The parts of all secrets. Long ones are looked for without blanks and the like, so that a line break does not hide
/// them; short ones as they are.
#[derive(Debug, Default)]
pub struct Patterns {
    squeezed: Set,
    /// By length, from [`SHORTEST`] on.
    exact: [Set; LENGTH - SHORTEST + 1],
}

impl Patterns {
    /// Adds a value.
    pub fn add(&mut self, value: &[u8]) {
        let squeezed = squeezed(value);
        if squeezed.len() >= LENGTH {
            return squeezed.windows(LENGTH).for_each(|part| self.squeezed.add(number(part)));
        }
        let exact = Zeroizing::new(value.iter().map(|byte| plain(*byte)).collect::<Vec<_>>());
        if exact.len() >= SHORTEST {
            let length = exact.len().min(LENGTH);
            exact.windows(length).for_each(|part| self.exact[length - SHORTEST].add(number(part)));
        }
    }

    /// The places of all parts, in the source of the text.
    pub fn find(&self, view: &View, found: &mut Vec<Range<usize>>) {
        let (mut squeezed, mut exact) = (Window::default(), Window::default());
        let has_exact = self.exact.iter().any(|set| !set.is_empty());
        for (byte, (start, end)) in view.bytes.iter().map(|byte| plain(*byte)).zip(&view.spans) {
            if !is_skipped(byte) {
                squeezed.push(byte, *start);
                if let Some(start) = squeezed.hit(LENGTH, &self.squeezed) {
                    found.push(start..*end);
                }
            }
            if has_exact {
                exact.push(byte, *start);
                let starts = self.exact.iter().enumerate();
                let starts = starts.filter_map(|(more, set)| exact.hit(SHORTEST + more, set));
                found.extend(starts.map(|start| start..*end));
            }
        }
    }

    /// Returns true if there are no patterns.
    pub fn is_empty(&self) -> bool {
        self.squeezed.is_empty() && self.exact.iter().all(Set::is_empty)
    }
}

/// A value without blanks and what else may stand between its characters, in lower case.
pub fn squeezed(value: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(value.iter().map(|byte| plain(*byte)).filter(|byte| !is_skipped(*byte)).collect())
}

/// In lower case, and `+` as the blank that it is in a form.
pub fn plain(byte: u8) -> u8 {
    if byte == b'+' { b' ' } else { byte.to_ascii_lowercase() }
}

fn is_skipped(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'\\' | b'"' | b'\'' | 0x7f)
}

fn number(part: &[u8]) -> u64 {
    part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The last bytes of a text, and where each of them begins.
#[derive(Default)]
struct Window {
    bytes: u64,
    starts: [usize; LENGTH],
    count: usize,
}

impl Window {
    fn push(&mut self, byte: u8, start: usize) {
        self.bytes = self.bytes << 8 | u64::from(byte);
        self.starts[self.count % LENGTH] = start;
        self.count += 1;
    }

    /// Returns the start of the last `length` bytes if the set contains them.
    fn hit(&self, length: usize, set: &Set) -> Option<usize> {
        let bytes = self.bytes & (u64::MAX >> (8 * (LENGTH - length)));
        let is_hit = self.count >= length && set.has(bytes);
        is_hit.then(|| self.starts[(self.count - length) % LENGTH])
    }
}

/// A set of numbers, most of which are told apart without looking for them.
#[derive(Debug)]
struct Set {
    sorted: Zeroizing<Vec<u64>>,
    filter: Zeroizing<[u64; 1 << (FILTER_BITS - 6)]>,
}

impl Default for Set {
    fn default() -> Self {
        Self { sorted: Zeroizing::default(), filter: Zeroizing::new([0; 1 << (FILTER_BITS - 6)]) }
    }
}

impl Set {
    fn add(&mut self, number: u64) {
        if let Err(at) = self.sorted.binary_search(&number) {
            // A vector that grows leaves its old memory as it was.
            if self.sorted.len() == self.sorted.capacity() {
                let mut larger = Vec::with_capacity(64.max(2 * self.sorted.len()));
                larger.extend_from_slice(&self.sorted);
                self.sorted = Zeroizing::new(larger);
            }
            self.sorted.insert(at, number);
            let (word, bit) = Self::bit(number);
            self.filter[word] |= bit;
        }
    }

    fn has(&self, number: u64) -> bool {
        let (word, bit) = Self::bit(number);
        self.filter[word] & bit != 0 && self.sorted.binary_search(&number).is_ok()
    }

    fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    fn bit(number: u64) -> (usize, u64) {
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
        ((hash >> 6) as usize, 1 << (hash & 63))
    }
}
