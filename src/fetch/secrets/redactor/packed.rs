//! Base64 (also that of URLs), hex and lists of numbers, wherever they begin in a text, and what is in them.

use std::ops::Range;

use super::view::{DecodedText, Place};

/// Shows what each run of digits unpacks to, from each digit that may be the first of a group, if it has so many bytes.
/// Returns true if `visit` has, which then is shown no more.
pub fn each<P: Place>(
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

/// The kinds of bytes in a run of digits, besides the values of digits.
const SKIP: u8 = 0xfd;
const PREFIX: u8 = 0xfe;
const END: u8 = 0xff;

/// The kind of each byte: a digit of that value, nothing (a line break, or what separates bytes), the prefix of a number, whose zero
/// was taken for a digit, or the end of a run.
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

/// The values of digits and their places.
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
    // An end more than there are bytes.
    while at <= view.bytes.len() {
        let is_end = view.bytes.get(at).is_none_or(|byte| alphabet[usize::from(*byte)] == END);
        // Most runs are words.
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
                // Of `0x68` the zero was taken for a digit.
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

    /// Unpacks digits that have so many bits each.
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

/// Bytes as decimal numbers with a comma or blanks between: `[104, 117]`, as JSON, Go and JavaScript write them.
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
