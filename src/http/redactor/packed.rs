//! Base64 (also that of URLs) and hex, wherever they begin in a text, and what is in them.

use super::view::View;

/// The fewest digits that are unpacked: those of four bytes.
const BASE64: usize = 6;
const HEX: usize = 8;

/// Shows what each run of digits unpacks to, from each digit that may be the first of a group.
pub fn each(view: &View, visit: &mut dyn FnMut(View)) {
    runs(view, sextet, BASE64, &mut |run| (0..4).for_each(|skip| visit(unpacked(view, &run[skip..], 6))));
    runs(view, hex, HEX, &mut |run| (0..2).for_each(|skip| visit(unpacked(view, &run[skip..], 4))));
}

/// The kind of a byte in a run of digits.
enum Digit {
    /// A digit of that value.
    Value(u8),
    /// Nothing: a line break, or what separates bytes.
    Skip,
    /// The prefix of a number, whose zero was taken for a digit.
    Prefix,
    /// The end.
    End,
}

/// The places of the digits and their values.
type Run = Vec<(usize, u8)>;

fn runs(view: &View, digit: fn(u8) -> Digit, least: usize, visit: &mut dyn FnMut(&Run)) {
    let mut run = Run::new();
    let mut end = |run: &mut Run| {
        if run.len() >= least {
            visit(run);
        }
        run.clear();
    };
    for (at, byte) in view.bytes.iter().enumerate() {
        match digit(*byte) {
            Digit::Value(value) => run.push((at, value)),
            Digit::Skip => {}
            Digit::Prefix if run.last().is_some_and(|last| *last == (at.wrapping_sub(1), 0)) => _ = run.pop(),
            Digit::Prefix => {}
            Digit::End => end(&mut run),
        }
    }
    end(&mut run);
}

/// The bytes of digits that have so many bits each.
fn unpacked(view: &View, digits: &[(usize, u8)], bits: u32) -> View {
    let mut unpacked = View::with_room(digits.len());
    let (mut value, mut held, mut from) = (0_u32, 0, 0);
    for (at, digit) in digits {
        if held == 0 {
            from = *at;
        }
        value = value << bits | u32::from(*digit);
        held += bits;
        if held >= 8 {
            held -= 8;
            let byte = (value >> held & 0xff) as u8;
            unpacked.push(byte, (view.spans[from].0, view.spans[*at].1));
            from = *at;
        }
    }
    unpacked
}

fn sextet(byte: u8) -> Digit {
    match byte {
        b'A'..=b'Z' => Digit::Value(byte - b'A'),
        b'a'..=b'z' => Digit::Value(byte - b'a' + 26),
        b'0'..=b'9' => Digit::Value(byte - b'0' + 52),
        b'+' | b'-' => Digit::Value(62),
        b'/' | b'_' => Digit::Value(63),
        _ if byte <= b' ' => Digit::Skip,
        _ => Digit::End,
    }
}

fn hex(byte: u8) -> Digit {
    match byte {
        b'0'..=b'9' => Digit::Value(byte - b'0'),
        b'a'..=b'f' => Digit::Value(byte - b'a' + 10),
        b'A'..=b'F' => Digit::Value(byte - b'A' + 10),
        b'x' | b'X' => Digit::Prefix,
        b':' | b'-' | b',' | b'\\' => Digit::Skip,
        _ if byte <= b' ' => Digit::Skip,
        _ => Digit::End,
    }
}
