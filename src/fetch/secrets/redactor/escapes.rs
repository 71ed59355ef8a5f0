//! Decodes escapes of JSON, HTML, URLs, programming languages and mail.

use super::entities;
use super::view::{DecodedText, Place};

/// The maximum length of an escape in bytes, enough for `&DiacriticalGrave;` and numbers with leading zeros.
const LONGEST: usize = 24;

/// Returns true if the view may contain an escape.
pub(super) fn has_any<P>(view: &DecodedText<P>) -> bool {
    view.bytes.iter().any(|byte| begins_escape(*byte))
}

/// Returns the text with one layer of escapes decoded; `None` if it has none.
pub(super) fn unescaped<P: Place>(view: &DecodedText<P>) -> Option<DecodedText<P>> {
    replaced(view, begins_escape, escape)
}

/// Returns the text with the escapes of mail decoded (`=3D`, and lines that end in `=`); `None` if it has none.
///
/// RFC 2045 section 6.7 defines them. A key before a value looks the same, so this decoding is a separate one.
pub(super) fn quoted_printable<P: Place>(view: &DecodedText<P>) -> Option<DecodedText<P>> {
    replaced(view, |byte| byte == b'=', printable)
}

#[inline]
fn begins_escape(byte: u8) -> bool {
    matches!(byte, b'\\' | b'%' | b'&')
}

/// The decoded value of an escape, and the length of the escape in bytes.
type Escape = (Decoded, usize);

/// The decoded value of an escape.
enum Decoded {
    Byte(u8),
    Char(char),
    /// A line break that is escaped.
    Nothing,
}

fn replaced<P: Place>(
    view: &DecodedText<P>,
    begins: impl Fn(u8) -> bool,
    read: fn(&[u8]) -> Option<Escape>,
) -> Option<DecodedText<P>> {
    let mut decoded: Option<DecodedText<P>> = None;
    let (mut at, mut copied) = (0, 0);
    while let Some(further) = view.bytes[at..].iter().position(|byte| begins(*byte)) {
        at += further;
        let rest = &view.bytes[at..];
        let Some((what, length)) = read(&rest[..rest.len().min(LONGEST)]) else {
            at += 1;
            continue;
        };
        let decoded = decoded.get_or_insert_with(|| DecodedText::with_room(view.bytes.len()));
        decoded.extend(view, copied..at);
        decoded.add(&what, view.places[at].to(view.places[at + length - 1]));
        at += length;
        copied = at;
    }
    decoded.iter_mut().for_each(|decoded| decoded.extend(view, copied..view.bytes.len()));
    decoded
}

impl<P: Place> DecodedText<P> {
    fn add(&mut self, what: &Decoded, place: P) {
        match what {
            Decoded::Byte(byte) => self.push(*byte, place),
            Decoded::Char(char) => {
                char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| self.push(byte, place));
            }
            Decoded::Nothing => {}
        }
    }
}

fn escape(text: &[u8]) -> Option<Escape> {
    match text {
        [b'\\', rest @ ..] => backslash(rest).map(|(what, length)| (what, length + 1)),
        [b'%', b'u' | b'U', rest @ ..] => number(rest, 4, 4, 16).map(|(char, length)| (char, length + 2)),
        [b'%', rest @ ..] => byte(rest).map(|byte| (Decoded::Byte(byte), 3)),
        [b'&', rest @ ..] => entity(rest).map(|(what, length)| (what, length + 1)),
        _ => None,
    }
}

fn printable(text: &[u8]) -> Option<Escape> {
    match text {
        [b'=', b'\r', b'\n', ..] => Some((Decoded::Nothing, 3)),
        [b'=', b'\n', ..] => Some((Decoded::Nothing, 2)),
        [b'=', rest @ ..] => byte(rest).map(|byte| (Decoded::Byte(byte), 3)),
        _ => None,
    }
}

/// Decodes the bytes that follow a backslash in JSON, JavaScript, Python, Java, C or a shell.
fn backslash(rest: &[u8]) -> Option<Escape> {
    let first = *rest.first()?;
    let blank = |byte| Some((Decoded::Byte(byte), 1));
    match first {
        b'u' => utf16(rest).or_else(|| braced(rest)),
        b'U' => number(&rest[1..], 8, 8, 16).map(|(char, length)| (char, length + 1)),
        b'x' => byte(&rest[1..]).map(|byte| (Decoded::Byte(byte), 3)).or_else(|| braced(rest)),
        b'0'..=b'7' => number(rest, 1, 3, 8),
        b'n' | b'\n' => blank(b'\n'),
        b'r' => blank(b'\r'),
        b't' | b'v' | b'f' | b'b' | b'a' => blank(b'\t'),
        other if other.is_ascii() => blank(other),
        _ => None,
    }
}

/// Decodes `u0026`, or `ud83d\ude00` with the two halves of one character.
fn utf16(rest: &[u8]) -> Option<Escape> {
    let unit = |rest: &[u8]| Some(u16::from_be_bytes([byte(rest.get(1..)?)?, byte(rest.get(3..)?)?]));
    let first = unit(rest)?;
    if let Some(char) = char::from_u32(first.into()) {
        return Some((Decoded::Char(char), 5));
    }
    let second = rest.get(5..7).filter(|text| *text == b"\\u").and_then(|_| unit(&rest[6..]))?;
    let char = char::decode_utf16([first, second]).next()?.ok()?;
    Some((Decoded::Char(char), 11))
}

/// Decodes `u{26}` and `x{26}`.
fn braced(rest: &[u8]) -> Option<Escape> {
    let inner = rest.get(1..)?.strip_prefix(b"{")?;
    let (char, length) = number(inner, 1, 6, 16)?;
    (inner.get(length) == Some(&b'}')).then_some((char, length + 3))
}

/// Decodes the bytes that follow an `&` in HTML. The semicolon may be missing after a number.
fn entity(rest: &[u8]) -> Option<Escape> {
    let (char, length) = match rest {
        [b'#', b'x' | b'X', digits @ ..] => {
            number(digits, 1, LONGEST, 16).map(|(char, length)| (char, length + 2))
        }
        [b'#', digits @ ..] => number(digits, 1, LONGEST, 10).map(|(char, length)| (char, length + 1)),
        _ => return entities::named(rest).map(|(byte, length)| (Decoded::Byte(byte), length)),
    }?;
    Some((char, length + usize::from(rest.get(length) == Some(&b';'))))
}

/// Returns the character of a number that has `least` to `most` digits, and the count of its digits.
fn number(text: &[u8], least: usize, most: usize, base: u32) -> Option<Escape> {
    let digit = |byte: &u8| char::from(*byte).to_digit(base);
    let digits: Vec<u32> = text.iter().take(most).map_while(digit).collect();
    let value = digits.iter().fold(0_u32, |value, digit| value.saturating_mul(base).saturating_add(*digit));
    (digits.len() >= least).then_some((Decoded::Char(char::from_u32(value)?), digits.len()))
}

/// Returns the byte that two hexadecimal digits stand for.
fn byte(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::secrets::redactor::view::SourceRange;

    fn once(text: &str) -> Option<String> {
        let view = unescaped(&DecodedText::<()>::plain(text.as_bytes(), 0))?;
        Some(String::from_utf8_lossy(&view.bytes).into_owned())
    }

    #[test]
    fn every_escape_stands_for_its_character() {
        for escape in [
            r"\u0026",
            r"\u{26}",
            r"\x26",
            r"\x{26}",
            r"\046",
            r"\&",
            r"\U00000026",
            "%26",
            "%u0026",
            "&amp;",
            "&amp",
            "&AMP;",
            "&#38;",
            "&#38",
            "&#x26;",
            "&#X0026;",
            "&#0000000038;",
            "&#x000000000026;",
            "&AMP",
        ] {
            assert_eq!(once(&format!("<{escape}>")).as_deref(), Some("<&>"), "{escape}");
        }
        assert_eq!(once("&DiacriticalGrave;&VerticalLine;").as_deref(), Some("`|"));
        assert_eq!(once(r"\ud83d\ude00\u00e4").as_deref(), Some("😀ä"));
        assert_eq!(once("%c3%A4").as_deref(), Some("ä"));
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in ["a", "100 % & more", "%2", "%zz", r"\u{}", "&nothing;", "&;", "é"] {
            assert_eq!(once(text), None, "{text}");
        }
        assert_eq!(once(r"\ud83d x").as_deref(), None);
    }

    #[test]
    fn the_place_of_an_escape_is_all_of_it() {
        let view = unescaped(&DecodedText::<SourceRange>::plain(b"a%26b", 10)).unwrap();
        assert_eq!(
            view.places.iter().map(|place| place.range()).collect::<Vec<_>>(),
            [10..11, 11..14, 14..15]
        );
    }
}
