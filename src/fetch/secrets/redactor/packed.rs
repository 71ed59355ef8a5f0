//! Decodes base64 (also that of URLs), hex and lists of numbers, wherever they begin in a text.

use std::ops::Range;

use super::view::{DecodedText, Place};

/// Calls `visit` with the decoded bytes of each run of digits, if there are at least `least`.
///
/// Each digit that may be the first of a group is tried. When `visit` returns true, this stops and returns true.
pub(super) fn each<P: Place>(
    view: &DecodedText<P>,
    least: usize,
    visit: &mut dyn FnMut(&DecodedText<P>) -> bool,
) -> bool {
    let mut inner = DecodedText::with_room(0);
    let mut unpack = |run: &Run<P>, skips: usize, bits: u32| {
        (0..skips).any(|skip| {
            run.unpack(skip, bits, &mut inner);
            inner.bytes.len() >= least && visit(&inner)
        })
    };
    runs(view, &SEXTETS, (8 * least).div_ceil(6), &mut |run| unpack(run, 4, 6))
        || runs(view, &HEX, 2 * least, &mut |run| unpack(run, 2, 4))
        || numbers(view, least, visit)
}

/// The kind of a byte that is skipped in a run of digits.
const SKIP: u8 = 0xfd;
/// The kind of a byte that makes the zero before it the prefix of a number, as in `0x68`.
const PREFIX: u8 = 0xfe;
/// The kind of a byte that ends a run of digits.
const END: u8 = 0xff;

/// The kind of each byte, which is the value of a digit, [`SKIP`], [`PREFIX`] or [`END`].
type Alphabet = [u8; 256];

const SEXTETS: Alphabet = alphabet(true);
const HEX: Alphabet = alphabet(false);

const fn alphabet(is_base64: bool) -> Alphabet {
    let mut alphabet = [END; 256];
    let mut byte = 0;
    while byte < 256 {
        alphabet[byte] = if is_base64 { sextet(byte as u8) } else { hex(byte as u8) };
        byte += 1;
    }
    alphabet
}

const fn sextet(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        0..=b' ' => SKIP,
        _ => END,
    }
}

const fn hex(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        b'A'..=b'F' => byte - b'A' + 10,
        b'x' | b'X' => PREFIX,
        b':' | b'-' | b',' | b'\\' | 0..=b' ' => SKIP,
        _ => END,
    }
}

/// A run of digits with their values and places.
struct Run<P> {
    digits: Vec<u8>,
    places: Vec<P>,
}

fn runs<P: Place>(
    view: &DecodedText<P>,
    alphabet: &Alphabet,
    least: usize,
    visit: &mut dyn FnMut(&Run<P>) -> bool,
) -> bool {
    let mut run = Run { digits: Vec::new(), places: Vec::new() };
    let (mut start, mut at) = (0, 0);
    // The end of the text also ends a run.
    while at <= view.bytes.len() {
        let is_end = view.bytes.get(at).is_none_or(|byte| alphabet[usize::from(*byte)] == END);
        // Most runs are words, which are too short.
        if is_end && at - start >= least {
            run.read(view, start..at, alphabet);
            if run.digits.len() >= least && visit(&run) {
                return true;
            }
        }
        at += 1;
        if is_end {
            start = at;
        }
    }
    false
}

impl<P: Place> Run<P> {
    fn read(&mut self, view: &DecodedText<P>, range: Range<usize>, alphabet: &Alphabet) {
        self.digits.clear();
        self.places.clear();
        self.digits.reserve(range.len());
        self.places.reserve(range.len());
        let mut last = None;
        for at in range {
            match alphabet[usize::from(view.bytes[at])] {
                SKIP => {}
                // The zero of `0x68` was read as a digit.
                PREFIX if last == Some(at.wrapping_sub(1)) && self.digits.last() == Some(&0) => {
                    self.digits.pop();
                    self.places.pop();
                }
                PREFIX => {}
                digit => {
                    self.digits.push(digit);
                    self.places.push(view.places[at]);
                    last = Some(at);
                }
            }
        }
    }

    /// Decodes digits of `bits` bits each, without the first `skip`.
    fn unpack(&self, skip: usize, bits: u32, unpacked: &mut DecodedText<P>) {
        unpacked.clear();
        unpacked.bytes.reserve(self.digits.len());
        unpacked.places.reserve(self.digits.len());
        let (mut value, mut held, mut from) = (0_u32, 0, skip);
        for at in skip..self.digits.len() {
            value = value << bits | u32::from(self.digits[at]);
            held += bits;
            if held >= 8 {
                held -= 8;
                unpacked.bytes.push((value >> held & 0xff) as u8);
                unpacked.places.push(self.places[from].to(self.places[at]));
                from = if held == 0 { at + 1 } else { at };
            }
        }
    }
}

/// Calls `visit` with the bytes of each list of decimal numbers, such as `[104, 117]` of JSON, Go and JavaScript. Returns
/// true when `visit` does.
fn numbers<P: Place>(
    view: &DecodedText<P>,
    least: usize,
    visit: &mut dyn FnMut(&DecodedText<P>) -> bool,
) -> bool {
    let (mut list, mut at) = (DecodedText::with_room(0), 0);
    while let Some(further) = view.bytes[at..].iter().position(u8::is_ascii_digit) {
        let start = at + further;
        let is_next = view.bytes[at..start].iter().all(|byte| b", \n\r\t".contains(byte)) && further > 0;
        let digits = view.bytes[start..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
        let value = view.bytes[start..start + digits].iter();
        let value = u8::try_from(value.fold(0, |value, digit| value * 10 + u32::from(digit - b'0')));
        at = start + digits;
        if !is_next || value.is_err() {
            if list.bytes.len() >= least && visit(&list) {
                return true;
            }
            list.clear();
        }
        value.iter().for_each(|byte| list.push(*byte, view.places[start].to(view.places[at - 1])));
    }
    list.bytes.len() >= least && visit(&list)
}
