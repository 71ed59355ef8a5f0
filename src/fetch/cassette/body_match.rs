//! Compares the body of a request with a recorded one.

use crate::fetch::secrets::secret::MASK;

/// Returns true if a body fits the recorded one, in which a mask fits any text. Nothing fits a recording without a body.
pub(super) fn fits_body(recorded: &[u8], asked: &[u8]) -> bool {
    if recorded.is_empty() {
        return asked.is_empty();
    }
    let pieces = pieces(recorded);
    let [first, middle @ ..] = pieces.as_slice() else { return false };
    let Some(mut rest) = asked.strip_prefix(*first) else { return false };
    let Some((last, middle)) = middle.split_last() else { return rest.is_empty() };
    for piece in middle {
        let Some(at) = position(rest, piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(last)
}

/// Returns the texts between the masks. A mask may have a number, such as `***2`.
fn pieces(mut recorded: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = position(recorded, MASK.as_bytes()) {
        pieces.push(&recorded[..at]);
        let after = &recorded[at + MASK.len()..];
        let number = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        recorded = &after[number..];
    }
    pieces.push(recorded);
    pieces
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() { Some(0) } else { text.windows(part.len()).position(|window| window == part) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_fits_if_all_but_the_masks_is_equal() {
        let fits = |recorded: &str, asked: &str| fits_body(recorded.as_bytes(), asked.as_bytes());
        for (recorded, asked) in [
            ("", ""),
            ("a=1", "a=1"),
            ("{\"pw\":\"***\",\"n\":1}", "{\"pw\":\"hush\",\"n\":1}"),
            ("{\"pw\":\"***\",\"x\":\"***2\"}", "{\"pw\":\"\",\"x\":\"***\"}"),
            ("***", "anything"),
            ("***", ""),
            ("a***b***c", "aXbbYc"),
        ] {
            assert!(fits(recorded, asked), "{recorded} {asked}");
        }
        for (recorded, asked) in [
            ("", "a"),
            ("a", ""),
            ("a=1", "a=2"),
            ("a=1", "a=12"),
            ("{\"pw\":\"***\",\"n\":1}", "{\"pw\":\"hush\",\"n\":2}"),
            ("a***b***c", "aXYc"),
            ("a***a", "a"),
        ] {
            assert!(!fits(recorded, asked), "{recorded} {asked}");
        }
    }
}
