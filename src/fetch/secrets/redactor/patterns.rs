//! Finds parts of secrets in a decoded text.

use zeroize::Zeroizing;

use super::view::{DecodedText, Place};

/// The number of consecutive characters of a secret that are never shown.
pub(super) const LENGTH: usize = 8;
/// The minimum length in bytes of a value that is searched for in running text. A shorter one would redact half of it.
pub(in crate::fetch::secrets) const SHORTEST: usize = 4;

/// The form in which each byte is compared; 0 for a byte that is skipped.
type ByteTable = [u8; 256];

/// A table of letters and digits in lower case. A byte beyond ASCII may be part of a letter.
const LETTERS: ByteTable = table(0);
/// A table of all bytes in lower case, except blanks, control characters, quotation marks, `\`, and `+`, which is a blank
/// in a form.
const MARKED: ByteTable = table(1);
/// A table of all bytes in lower case, with `+` as a blank.
const EXACT: ByteTable = table(2);
/// The same table without line breaks.
const JOINED: ByteTable = table(3);

const fn table(kind: u8) -> ByteTable {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match (byte as u8, kind) {
            (byte, _) if byte.is_ascii_alphanumeric() || byte >= 0x80 => byte.to_ascii_lowercase(),
            (_, 0) | (b'+' | 0..=b' ' | b'\\' | b'"' | b'\'' | 0x7f, 1) | (b'\r' | b'\n', 3) => 0,
            (b'+', _) => b' ',
            (byte, _) => byte,
        };
        byte += 1;
    }
    table
}

fn compared(text: &[u8], table: &ByteTable) -> Zeroizing<Vec<u8>> {
    let form = text.iter().map(|byte| table[usize::from(*byte)]);
    let mut compared = Zeroizing::new(Vec::with_capacity(text.len()));
    compared.extend(form.filter(|byte| *byte != 0));
    compared
}

/// A text in the forms in which long secrets are compared.
pub(super) struct Compared {
    letters: Zeroizing<Vec<u8>>,
    marked: Zeroizing<Vec<u8>>,
}

impl Compared {
    /// Converts a text to these forms.
    pub(super) fn new(text: &[u8]) -> Self {
        Self { letters: compared(text, &LETTERS), marked: compared(text, &MARKED) }
    }
}

/// A secret in the form in which it is searched for.
#[derive(Debug, PartialEq)]
pub(super) enum Form {
    /// The letters and digits, if there are at least 8.
    Letters(Zeroizing<Vec<u8>>),
    /// The letters, digits and marks, if there are at least 8 together.
    Marked(Zeroizing<Vec<u8>>),
    /// All characters of a short secret, in lower case.
    Exact(Zeroizing<Vec<u8>>),
}

impl Form {
    /// Returns the form of a value.
    pub(super) fn new(value: &[u8]) -> Self {
        let Compared { letters, marked } = Compared::new(value);
        match (letters.len(), marked.len()) {
            (LENGTH.., _) => Self::Letters(letters),
            (_, LENGTH..) => Self::Marked(marked),
            _ => Self::Exact(compared(value, &JOINED)),
        }
    }

    /// Returns the number of bytes that a text must have to contain the value.
    pub(super) fn length(&self) -> usize {
        let (Self::Letters(text) | Self::Marked(text) | Self::Exact(text)) = self;
        text.len()
    }

    /// Returns true if a text contains the whole value. A short one counts only if no letter or digit is next to it.
    pub(super) fn is_in(&self, text: &[u8], compared: &Compared) -> bool {
        let has = |text: &[u8], part: &[u8]| text.windows(part.len()).any(|window| window == part);
        match self {
            Self::Letters(value) => has(&compared.letters, value),
            Self::Marked(value) => has(&compared.marked, value),
            Self::Exact(value) => value.len() >= SHORTEST && stands_in(value, text),
        }
    }
}

fn stands_in(value: &[u8], text: &[u8]) -> bool {
    // A line break may be next to the value or inside of it.
    [&EXACT, &JOINED].into_iter().any(|table| stands_alone(value, &compared(text, table)))
}

fn stands_alone(value: &[u8], text: &[u8]) -> bool {
    let is_letter = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| LETTERS[usize::from(*byte)] != 0)
    };
    let stands = |(at, window): (usize, &[u8])| {
        window == value && !is_letter(at.checked_sub(1)) && !is_letter(Some(at + value.len()))
    };
    text.windows(value.len()).enumerate().any(stands)
}

/// The parts of all remembered secrets.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    marked: Set,
    /// The parts of letters and digits, between which a text may have anything.
    letters: Set,
    /// The short secrets by length, from [`SHORTEST`] on.
    exact: [Set; LENGTH - SHORTEST + 1],
    /// True if a value has the form [`Form::Marked`].
    has_marked: bool,
}

impl Patterns {
    /// Adds the parts of values.
    pub(super) fn add<'a>(&mut self, values: impl Iterator<Item = &'a [u8]>) {
        let mut parts: [Parts; 2 + LENGTH - SHORTEST + 1] = Default::default();
        for value in values {
            match Form::new(value) {
                Form::Letters(text) => {
                    parts[0].add(&compared(value, &MARKED), LENGTH);
                    parts[1].add(&text, LENGTH);
                }
                Form::Marked(text) => {
                    parts[0].add(&text, LENGTH);
                    self.has_marked = true;
                }
                Form::Exact(text) if text.len() >= SHORTEST => {
                    let length = text.len().min(LENGTH);
                    parts[2 + length - SHORTEST].add(&text, length);
                }
                Form::Exact(_) => {}
            }
        }
        let sets = [&mut self.marked, &mut self.letters].into_iter().chain(&mut self.exact);
        sets.zip(&parts).for_each(|(set, parts)| set.add(&parts.0));
    }

    /// Returns the minimum length of a text that may contain a part.
    pub(super) fn least(&self) -> usize {
        let shortest = self.exact.iter().position(|set| !set.is_empty());
        shortest.map_or(LENGTH, |more| SHORTEST + more)
    }

    /// Calls `found` with the place of each part in a text. When `found` returns true, this stops and returns true.
    pub(super) fn find<P: Place>(&self, view: &DecodedText<P>, found: &mut dyn FnMut(P) -> bool) -> bool {
        let mut exact = self.exact.iter().enumerate();
        self.marked.find(view, LENGTH, &MARKED, found)
            || exact.any(|(more, set)| set.find(view, SHORTEST + more, &JOINED, found))
    }

    /// Calls `found` with the place of each part of letters and digits in a text, as [`find`](Self::find) does.
    ///
    /// Two words of a text may be such a part, so it counts only if the text contains a whole secret.
    pub(super) fn find_letters<P: Place>(
        &self,
        view: &DecodedText<P>,
        found: &mut dyn FnMut(P) -> bool,
    ) -> bool {
        self.letters.find(view, LENGTH, &LETTERS, found)
    }

    /// Returns false if a text cannot contain a whole value. This is cheaper than a comparison with each value.
    pub(super) fn may_have_whole<P: Place>(&self, view: &DecodedText<P>) -> bool {
        let found = &mut |_| true;
        let mut exact = self.exact.iter().enumerate();
        self.letters.find(view, LENGTH, &LETTERS, found)
            || self.has_marked && self.marked.find(view, LENGTH, &MARKED, found)
            || exact.any(|(more, set)| set.find(view, SHORTEST + more, &JOINED, found))
    }

    /// Returns true if there are no patterns.
    pub(super) fn is_empty(&self) -> bool {
        self.letters.is_empty() && self.marked.is_empty() && self.exact.iter().all(Set::is_empty)
    }
}

/// The parts of one length that are to be added to a set.
#[derive(Default)]
struct Parts(Zeroizing<Vec<u64>>);

impl Parts {
    fn add(&mut self, text: &[u8], length: usize) {
        grow(&mut self.0, text.len());
        self.0.extend(text.windows(length).map(number));
    }
}

/// Makes room for more numbers. A vector that grows by itself would not clear its old memory.
fn grow(numbers: &mut Zeroizing<Vec<u64>>, more: usize) {
    if numbers.capacity() - numbers.len() < more {
        let mut larger = Zeroizing::new(Vec::with_capacity((numbers.len() + more).max(2 * numbers.len())));
        larger.extend_from_slice(numbers);
        *numbers = larger;
    }
}

fn number(part: &[u8]) -> u64 {
    part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A set of numbers with a filter, which makes most searches unnecessary.
#[derive(Debug, Default)]
struct Set {
    sorted: Zeroizing<Vec<u64>>,
    /// A bit set with at least 64 bits for each number, one of which is set.
    filter: Zeroizing<Vec<u64>>,
}

impl Set {
    fn add(&mut self, numbers: &[u64]) {
        if numbers.is_empty() {
            return;
        }
        grow(&mut self.sorted, numbers.len());
        self.sorted.extend_from_slice(numbers);
        self.sorted.sort_unstable();
        self.sorted.dedup();
        let words = self.sorted.len().next_power_of_two().max(16);
        self.filter = Zeroizing::new(vec![0; words]);
        for at in 0..self.sorted.len() {
            let (word, bit) = self.bit(self.sorted[at]);
            self.filter[word] |= bit;
        }
    }

    #[inline]
    fn has(&self, number: u64) -> bool {
        let (word, bit) = self.bit(number);
        self.filter[word] & bit != 0 && self.sorted.binary_search(&number).is_ok()
    }

    #[inline]
    fn bit(&self, number: u64) -> (usize, u64) {
        let hash = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The length of the filter is a power of two that fits into memory.
        let word = (hash >> 32) as usize & (self.filter.len() - 1);
        (word, 1 << (hash >> 26 & 63))
    }

    fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    fn find<P: Place>(
        &self,
        view: &DecodedText<P>,
        length: usize,
        table: &ByteTable,
        found: &mut dyn FnMut(P) -> bool,
    ) -> bool {
        if self.is_empty() || view.bytes.len() < length {
            return false;
        }
        let mask = u64::MAX >> (8 * (LENGTH - length));
        let (mut window, mut count, mut starts) = (0_u64, 0, [view.places[0]; LENGTH]);
        for at in 0..view.bytes.len() {
            let byte = table[usize::from(view.bytes[at])];
            if byte == 0 {
                continue;
            }
            window = window << 8 | u64::from(byte);
            starts[count % LENGTH] = view.places[at];
            count += 1;
            if count >= length && self.has(window & mask) {
                let start = starts[(count - length) % LENGTH];
                if found(start.to(view.places[at])) {
                    return true;
                }
            }
        }
        false
    }
}
