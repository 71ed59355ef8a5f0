//! Percent-encoding (RFC 3986 section 2.1), in which a text of config.json may hold a credential.

/// The number of times that a text is decoded: a URL in a parameter of another URL is encoded twice.
const TIMES: usize = 2;

/// Returns a text, the decoded text and the text that is decoded twice, as far as they differ.
pub(super) fn readings(text: &str) -> impl Iterator<Item = String> {
    let next = |text: &String| Some(decoded(text)).filter(|decoded| decoded != text);
    std::iter::successors(Some(text.to_owned()), next).take(TIMES + 1)
}

fn decoded(text: &str) -> String {
    let (mut decoded, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        let (c, length) = encoded(rest).unwrap_or((first, first.len_utf8()));
        decoded.push(c);
        rest = &rest[length..];
    }
    decoded
}

/// Returns the encoded character that a text begins with, and the length of its encoding.
///
/// A control character other than a line break is not decoded, because `%04d` is a format. A part of a character is not
/// decoded, because `%DB_PASSWORD%` is a variable.
fn encoded(text: &str) -> Option<(char, usize)> {
    let bytes: Vec<u8> = text.as_bytes().chunks_exact(3).take(4).map_while(byte).collect();
    let c = bytes.utf8_chunks().next()?.valid().chars().next()?;
    (!c.is_control() || "\r\n".contains(c)).then_some((c, 3 * c.len_utf8()))
}

fn byte(escape: &[u8]) -> Option<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16);
    match escape {
        [b'%', high, low] => u8::try_from(digit(*high)? * 16 + digit(*low)?).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        readings(text).collect()
    }

    #[test]
    fn a_text_is_decoded_twice_at_most() {
        assert_eq!(all("a%25252Fb"), ["a%25252Fb", "a%252Fb", "a%2Fb"]);
        assert_eq!(all("%C3%a9%41"), ["%C3%a9%41", "éA"]);
        assert_eq!(all("a%0Ab"), ["a%0Ab", "a\nb"]);
    }

    #[test]
    fn a_percent_sign_that_begins_no_encoding_stays() {
        for text in ["", "%", "%4", "%zz", "%+1", "%04d", "%DB_PASSWORD%", "%C3", "100 % é", "%E2%82"] {
            assert_eq!(all(text), [text]);
        }
        assert_eq!(all("%C3%41"), ["%C3%41", "%C3A"]);
    }
}
