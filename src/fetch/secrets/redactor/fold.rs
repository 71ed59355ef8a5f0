//! Removes invisible characters and tags from text, and replaces similar letters by those of ASCII.

use super::view::{DecodedText, Place};

/// The maximum length in bytes of a tag that is removed.
const TAG: usize = 256;

/// Returns the text without invisible characters, with similar letters as those of ASCII, and with symbols as blanks;
/// `None` if that changes nothing.
pub(super) fn folded<P: Place>(view: &DecodedText<P>) -> Option<DecodedText<P>> {
    if view.bytes.is_ascii() { None } else { fold(view, false) }
}

/// Returns the folded text without tags of markup; `None` if it has no `<` or that changes nothing. Text in angle brackets
/// may be no tag, so this decoding is a separate one.
pub(super) fn without_tags<P: Place>(view: &DecodedText<P>) -> Option<DecodedText<P>> {
    if view.bytes.contains(&b'<') { fold(view, true) } else { None }
}

fn fold<P: Place>(view: &DecodedText<P>, drops_tags: bool) -> Option<DecodedText<P>> {
    let mut folded = DecodedText::with_room(view.bytes.len());
    let (mut at, mut is_changed) = (0, false);
    while at < view.bytes.len() {
        let rest = &view.bytes[at..];
        let (length, kind) = next(rest, drops_tags);
        let end = at + length;
        match kind {
            FoldedForm::Same => folded.extend(view, at..end),
            FoldedForm::Ascii(byte) => folded.push(byte, view.places[at].to(view.places[end - 1])),
            FoldedForm::Char(char) => {
                let place = view.places[at].to(view.places[end - 1]);
                char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| folded.push(byte, place));
            }
            FoldedForm::Nothing => {}
        }
        is_changed |= !matches!(kind, FoldedForm::Same);
        at = end;
    }
    is_changed.then_some(folded)
}

/// The form of a character for a comparison.
enum FoldedForm {
    Same,
    Ascii(u8),
    Char(char),
    Nothing,
}

/// Returns the length in bytes of the next part of a text, which is not empty, and its form.
fn next(text: &[u8], drops_tags: bool) -> (usize, FoldedForm) {
    if let Some(length) = tag(text).filter(|_| drops_tags) {
        return (length, FoldedForm::Nothing);
    }
    if text[0].is_ascii() {
        let plain = text[1..].iter().take_while(|byte| byte.is_ascii() && **byte != b'<').count();
        return (1 + plain, FoldedForm::Same);
    }
    let first = text[..text.len().min(4)].utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    first.map_or((1, FoldedForm::Same), |char| (char.len_utf8(), form(char)))
}

/// Returns the length of the tag that a text begins with, such as `<wbr>`.
fn tag(text: &[u8]) -> Option<usize> {
    text.first().filter(|byte| **byte == b'<')?;
    let first = text.get(1).filter(|byte| byte.is_ascii_alphabetic() || b"/!".contains(byte))?;
    let end = text.iter().take(TAG).skip(1).position(|byte| b"<>".contains(byte))? + 1;
    (text[end] == b'>' && (*first != b'/' || end > 2)).then_some(end + 1)
}

fn form(char: char) -> FoldedForm {
    match ascii(char) {
        Some(byte) => FoldedForm::Ascii(byte),
        None if is_invisible(char) => FoldedForm::Nothing,
        None if !char.is_alphanumeric() => FoldedForm::Ascii(b' '),
        None => match char.to_lowercase().next() {
            Some(lower) if lower != char => FoldedForm::Char(lower),
            _ => FoldedForm::Same,
        },
    }
}

/// Returns the ASCII character that looks the same as a full-width, mathematical, circled, squared, raised or lowered one
/// (<https://www.unicode.org/reports/tr15/>, compatibility decompositions).
fn ascii(char: char) -> Option<u8> {
    let code = char as u32;
    let letter = |from: u32, first: u8| Some(first + (code - from) as u8);
    match code {
        0xff01..=0xff5e => letter(0xff01, b'!'),
        0x1d400..=0x1d6a3 => {
            let nth = (code - 0x1d400) % 52;
            Some(if nth < 26 { b'A' + nth as u8 } else { b'a' + (nth - 26) as u8 })
        }
        0x1d7ce..=0x1d7ff => Some(b'0' + ((code - 0x1d7ce) % 10) as u8),
        0x24b6..=0x24cf => letter(0x24b6, b'A'),
        0x24d0..=0x24e9 => letter(0x24d0, b'a'),
        0x2460..=0x2468 => letter(0x2460, b'1'),
        0x1f130..=0x1f149 => letter(0x1f130, b'A'),
        0x1f150..=0x1f169 => letter(0x1f150, b'A'),
        0x1f170..=0x1f189 => letter(0x1f170, b'A'),
        0x2070 | 0x2074..=0x2079 => letter(0x2070, b'0'),
        0x2080..=0x2089 => letter(0x2080, b'0'),
        0xb9 => Some(b'1'),
        0xb2 | 0xb3 => letter(0xb2, b'2'),
        0x24ea => Some(b'0'),
        _ => None,
    }
}

/// Returns true if a character is invisible or a mark on the character before it
/// (<https://www.unicode.org/reports/tr44/>, `Default_Ignorable_Code_Point` and formats).
fn is_invisible(char: char) -> bool {
    matches!(char as u32,
        0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
        | 0x202a..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb
        | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff
        | 0x300..=0x36f | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::secrets::redactor::view::SourceRange;

    fn of(text: &str) -> Option<String> {
        let view = DecodedText::<()>::plain(text.as_bytes(), 0);
        without_tags(&view).or_else(|| folded(&view)).map(|view| String::from_utf8(view.bytes).unwrap())
    }

    #[test]
    fn letters_in_another_form_are_those_of_ascii_and_what_is_invisible_is_not_there() {
        for (text, plain) in [
            ("ｈｕｓｈ－１！", "hush-1!"),
            ("h\u{200b}u\u{ad}s\u{2060}h\u{feff}", "hush"),
            ("h<wbr>u<b class=\"x\">s</b>h<!-- x -->", "hush"),
            ("𝐡𝓾𝔰𝕙 𝟏𝟚", "hush 12"),
            ("ⓗⓤⓢⓗ①⓪²₃", "hush1023"),
            ("h\u{336}u\u{336}s\u{336}h\u{336}", "hush"),
            ("h·u—s\u{a0}h", "h u s h"),
            ("ÜBER", "über"),
        ] {
            let found = of(text).unwrap();
            assert_eq!(found.to_lowercase(), plain.to_lowercase(), "{text}");
        }
    }

    #[test]
    fn other_text_stays() {
        for text in ["", "plain", "a < b > c", "über", "</>", "<1>", "温度"] {
            assert_eq!(of(text), None, "{text}");
        }
        assert!(folded(&DecodedText::<()>::plain(b"\xff\xe2\x82h\xc3", 0)).is_none());
    }

    #[test]
    fn the_place_of_a_letter_in_another_form_is_all_of_it() {
        let view = folded(&DecodedText::<SourceRange>::plain("aｂ\u{200b}c".as_bytes(), 10)).unwrap();
        let places: Vec<_> = view.places.iter().map(|place| place.range()).collect();
        assert_eq!(places, [10..11, 11..14, 17..18]);
    }
}
