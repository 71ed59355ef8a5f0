//! Distinguishes random texts from words, dates, paths and identifiers.

/// The minimum length of a random text in bytes.
const SHORTEST: usize = 16;
/// The maximum length of an ordinary part between separators.
const PART: usize = 4;
/// The maximum number of changes between kinds of characters in an ordinary part.
const CHANGES: usize = 3;

/// Returns true if a text is random: long, with digits and letters, and with a part that is no word, number or date.
pub(crate) fn is_random(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-.:".contains(&byte);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let parts = || text.as_bytes().split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'+');
    text.len() >= SHORTEST
        && text.bytes().all(fits)
        && digits >= 2
        && changes(text.as_bytes()) * 4 >= text.len()
        && !is_uuid(text.as_bytes())
        && parts().any(|part| !is_ordinary(part))
}

/// Returns true if a text in a map of credentials looks like a credential, not like a name or a description.
#[cfg(feature = "run")]
pub(crate) fn is_opaque(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_hex = text.len() >= SHORTEST && bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    let is_word = text.len() >= SHORTEST / 2 && bytes.iter().all(u8::is_ascii_alphanumeric);
    is_random(text) || is_hex || is_word && changes(bytes) >= CHANGES
}

/// Returns true if a text has the form of a UUID, which is an identifier and no credential.
pub(super) fn is_uuid(text: &[u8]) -> bool {
    let groups: Vec<usize> = text.split(|byte| *byte == b'-').map(<[u8]>::len).collect();
    groups == [8, 4, 4, 4, 12] && text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

fn is_ordinary(part: &[u8]) -> bool {
    part.len() <= PART || changes(part) <= CHANGES
}

fn changes(text: &[u8]) -> usize {
    text.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count()
}

/// Returns the kind of a character: lower case, upper case, digit or other.
fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}
