//! The media type application/x-www-form-urlencoded.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The characters that a form encodes (WHATWG URL standard, application/x-www-form-urlencoded percent-encode set). A blank
/// becomes `+`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// Returns a text as a name or value of a form.
pub(crate) fn form_encoded(text: &str) -> Zeroizing<String> {
    let mut encoded = Zeroizing::new(String::with_capacity(3 * text.len()));
    for (number, word) in text.split(' ').enumerate() {
        if number > 0 {
            encoded.push('+');
        }
        utf8_percent_encode(word, ENCODED).for_each(|part| encoded.push_str(part));
    }
    encoded
}

/// Returns a form with these fields.
pub(crate) fn form_of<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Zeroizing<String> {
    let parts = fields.into_iter().map(|(name, value)| (form_encoded(name), form_encoded(value)));
    let parts: Vec<_> = parts.collect();
    let length = parts.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    // A string that grows would leave copies of secrets in memory.
    let mut form = Zeroizing::new(String::with_capacity(length));
    for (name, value) in parts {
        let separator = if form.is_empty() { "" } else { "&" };
        [separator, &name, "=", &value].iter().for_each(|part| form.push_str(part));
    }
    form
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_as_the_url_standard_says() {
        for (text, encoded) in [
            ("pass word&=1", "pass+word%26%3D1"),
            ("a*-._Z9", "a*-._Z9"),
            ("~!'()+/?#", "%7E%21%27%28%29%2B%2F%3F%23"),
            ("\u{e4}\u{20ac}\u{1f600}", "%C3%A4%E2%82%AC%F0%9F%98%80"),
            ("\r\n\0", "%0D%0A%00"),
            ("  ", "++"),
            ("", ""),
        ] {
            assert_eq!(*form_encoded(text), encoded);
        }
    }

    #[test]
    fn fields_are_joined_in_their_order() {
        assert_eq!(*form_of([("b", "1 &"), ("a=", "")]), "b=1+%26&a%3D=");
        assert_eq!(*form_of([]), "");
    }
}
