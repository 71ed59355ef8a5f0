//! The parts of secrets that are looked for in a reading of a text.

use zeroize::Zeroizing;

use super::view::{DecodedText, Place};

/// So many consecutive characters of a secret are never shown.
pub const LENGTH: usize = 8;
/// The shortest value that is looked for in running text, in bytes: a shorter one would redact half of it.
pub const SHORTEST: usize = 4;

/// The form in which each byte is compared; 0 for one that is passed over.
type ByteTable = [u8; 256];

/// Letters and digits in lower case; what is beyond ASCII may be a letter.
const LETTERS: ByteTable = table(0);
/// Everything but blanks and what quotes or continues a text; `+` is the blank that it is in a form.
const MARKED: ByteTable = table(1);
/// Everything, in lower case.
const EXACT: ByteTable = table(2);

const fn table(kind: u8) -> ByteTable {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match (byte as u8, kind) {
            (byte, _) if byte.is_ascii_alphanumeric() || byte >= 0x80 => byte.to_ascii_lowercase(),
            (_, 0) | (b'+' | 0..=b' ' | b'\\' | b'"' | b'\'' | 0x7f, 1) => 0,
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

/// A text as long secrets are looked for in it.
pub struct Compared {
    letters: Zeroizing<Vec<u8>>,
    marked: Zeroizing<Vec<u8>>,
}

impl Compared {
    /// Of that text.
    pub fn new(text: &[u8]) -> Self {
        Self { letters: compared(text, &LETTERS), marked: compared(text, &MARKED) }
    }
}

/// A secret as it is looked for.
#[derive(Debug, PartialEq)]
pub enum Form {
    /// By its letters and digits.
    Letters(Zeroizing<Vec<u8>>),
    /// With its other characters, as it has few letters.
    Marked(Zeroizing<Vec<u8>>),
    /// As it is, in lower case, as it is short.
    Exact(Zeroizing<Vec<u8>>),
}

impl Form {
    /// Of that value.
    pub fn new(value: &[u8]) -> Self {
        let Compared { letters, marked } = Compared::new(value);
        match (letters.len(), marked.len()) {
            (LENGTH.., _) => Self::Letters(letters),
            (_, LENGTH..) => Self::Marked(marked),
            _ => Self::Exact(compared(value, &EXACT)),
        }
    }

    /// Returns the number of characters that a text must have to contain the value.
    pub fn length(&self) -> usize {
        let (Self::Letters(text) | Self::Marked(text) | Self::Exact(text)) = self;
        text.len()
    }

    /// Returns true if a text contains the whole value. A short one counts if no letter or digit is next to it.
    pub fn is_in(&self, text: &[u8], compared: &Compared) -> bool {
        let has = |text: &[u8], part: &[u8]| text.windows(part.len()).any(|window| window == part);
        match self {
            Self::Letters(value) => has(&compared.letters, value),
            Self::Marked(value) => has(&compared.marked, value),
            Self::Exact(value) => value.len() >= SHORTEST && stands_in(value, text),
        }
    }
}

fn stands_in(value: &[u8], text: &[u8]) -> bool {
    let text = compared(text, &EXACT);
    let is_letter = |at: Option<usize>| {
        at.and_then(|at| text.get(at)).is_some_and(|byte| LETTERS[usize::from(*byte)] != 0)
    };
    let stands = |(at, window): (usize, &[u8])| {
        window == value && !is_letter(at.checked_sub(1)) && !is_letter(Some(at + value.len()))
    };
    text.windows(value.len()).enumerate().any(stands)
}

/// The parts of all secrets.
#[derive(Debug, Default)]
pub struct Patterns {
    marked: Set,
    /// Those of the letters and digits, between which a text may have anything.
    letters: Set,
    /// By length, from [`SHORTEST`] on.
    exact: [Set; LENGTH - SHORTEST + 1],
    /// True if a value is known by its other characters alone.
    has_marked: bool,
}

impl Patterns {
    /// Adds values.
    pub fn add<'a>(&mut self, values: impl Iterator<Item = &'a [u8]>) {
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

    /// Returns the fewest characters of a text that may have a part in it.
    pub fn least(&self) -> usize {
        let shortest = self.exact.iter().position(|set| !set.is_empty());
        shortest.map_or(LENGTH, |more| SHORTEST + more)
    }

    /// Reports the place of each part in a text, until `found` returns true; then it returns true too.
    pub fn find<P: Place>(&self, view: &DecodedText<P>, found: &mut dyn FnMut(P) -> bool) -> bool {
        let mut exact = self.exact.iter().enumerate();
        self.marked.find(view, LENGTH, &MARKED, found)
            || exact.any(|(more, set)| set.find(view, SHORTEST + more, &EXACT, found))
    }

    /// The same of the letters and digits: two words of a text may be a part of a secret, so they count only if the text contains a
    /// whole one.
    pub fn find_letters<P: Place>(&self, view: &DecodedText<P>, found: &mut dyn FnMut(P) -> bool) -> bool {
        self.letters.find(view, LENGTH, &LETTERS, found)
    }

    /// Returns false if a text cannot contain a whole value, which is cheaper than to look for its parts.
    pub fn may_have_whole<P: Place>(&self, view: &DecodedText<P>) -> bool {
        let found = &mut |_| true;
        let mut exact = self.exact.iter().enumerate();
        self.letters.find(view, LENGTH, &LETTERS, found)
            || self.has_marked && self.marked.find(view, LENGTH, &MARKED, found)
            || exact.any(|(more, set)| set.find(view, SHORTEST + more, &EXACT, found))
    }

    /// Returns true if there are no patterns.
    pub fn is_empty(&self) -> bool {
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

/// Makes room. A vector that grows leaves its old memory as it was.
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

/// A set of numbers, most of which are told apart without looking for them.
#[derive(Debug, Default)]
struct Set {
    sorted: Zeroizing<Vec<u64>>,
    /// One of 64 bits or more for each number.
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
        // The filter is as long as a power of two, and no longer than memory.
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
