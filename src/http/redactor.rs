//! Keeps secrets out of everything that is shown.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use zeroize::Zeroizing;

use super::exchange::split_target;
use super::secret::MASK;
use super::url::UNRESERVED;

/// The shortest value that is looked for in running text, in bytes: a shorter one would mask half of it.
const SHORTEST: usize = 4;
/// What has to be encoded in a query, by <https://url.spec.whatwg.org/#query-percent-encode-set>.
const QUERY: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'<').add(b'>');
/// How many values are remembered; those that were not in use for the longest time go, or tokens that are fetched anew for
/// each poll would pile up.
const REMEMBERED: usize = 256;

/// Remembers what must not be shown, and masks it. Clones share what they remember.
///
/// In running text values of 4 bytes and more are found, as they are and as they look percent-encoded, in a form and in
/// JSON; where a value stands alone (a header, a parameter), shorter ones too.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Vec<Known>>>);

struct Known {
    value: Zeroizing<String>,
    /// How it looks in running text.
    forms: Vec<Zeroizing<String>>,
}

impl Redactor {
    /// Masks this value from now on, until 256 others have been in use since.
    pub fn remember(&self, value: &str) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if value.is_empty() {
            return;
        }
        if let Some(at) = known.iter().position(|known| *known.value == value) {
            return known[at..].rotate_left(1);
        }
        if known.len() == REMEMBERED {
            known.remove(0);
        }
        known.push(Known { value: Zeroizing::new(value.to_owned()), forms: forms(value) });
    }

    /// The text with `***` in place of every remembered value.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_by_key(|range| range.start);
        let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
        for range in found {
            // Overlapping values are masked as one: what would be left of the second is half a secret.
            if range.start >= end {
                masked.push_str(&text[end..range.start]);
                masked.push_str(MASK);
            }
            end = end.max(range.end);
        }
        masked.push_str(&text[end..]);
        Cow::Owned(masked)
    }

    /// A value that stands alone, masked as a whole if it is a remembered one, however short.
    pub fn redact_value<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if known.iter().any(|known| *known.value == value) {
            return Cow::Borrowed(MASK);
        }
        drop(known);
        self.redact(value)
    }

    /// A path and query; each segment and parameter stands alone.
    pub fn redact_target(&self, target: &str) -> String {
        let masked = |part: &str| {
            let plain = part.replace('+', " ");
            let plain = percent_decode_str(&plain).decode_utf8_lossy().into_owned();
            if self.redact_value(&plain) == MASK { MASK.to_owned() } else { part.to_owned() }
        };
        let parameter = |pair: &str| match pair.split_once('=') {
            Some((name, value)) => format!("{name}={}", masked(value)),
            None => masked(pair),
        };
        let (path, query) = split_target(target);
        let mut text = path.split('/').map(masked).collect::<Vec<_>>().join("/");
        if !query.is_empty() {
            text = format!("{text}?{}", query.split('&').map(parameter).collect::<Vec<_>>().join("&"));
        }
        self.redact(&text).into_owned()
    }

    /// Bytes that are not all text, masked where they are.
    pub fn redact_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let chunks = bytes.utf8_chunks();
        chunks.flat_map(|chunk| [self.redact(chunk.valid()).as_bytes(), chunk.invalid()].concat()).collect()
    }

    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let forms = known.iter().flat_map(|known| &known.forms);
        forms
            .flat_map(|form| text.match_indices(form.as_str()).map(|(at, form)| at..at + form.len()))
            .collect()
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// The ways a value is written in URLs, forms and JSON.
fn forms(value: &str) -> Vec<Zeroizing<String>> {
    if value.len() < SHORTEST {
        return Vec::new();
    }
    let json = serde_json::Value::from(value).to_string();
    let json = &json[1..json.len() - 1];
    let mut forms = vec![value.to_owned(), json.to_owned(), json.replace('/', "\\/"), ascii(json)];
    for set in [UNRESERVED, QUERY] {
        let encoded = utf8_percent_encode(value, set).to_string();
        forms.extend([encoded.replace("%20", "+"), lower_escapes(&encoded), encoded]);
    }
    forms.sort_unstable();
    forms.dedup();
    forms.into_iter().map(Zeroizing::new).collect()
}

/// JSON as those write it who escape all that is not ASCII.
fn ascii(json: &str) -> String {
    json.encode_utf16().fold(String::new(), |mut text, unit| {
        match char::from_u32(unit.into()).filter(char::is_ascii) {
            Some(char) => text.push(char),
            None => text.push_str(&format!("\\u{unit:04x}")),
        }
        text
    })
}

/// `%2f` for `%2F`: both are allowed (RFC 3986 section 2.1).
fn lower_escapes(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at(part.len().min(2));
        format!("{text}%{}{rest}", digits.to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(values: &[&str]) -> Redactor {
        let redactor = Redactor::default();
        values.iter().for_each(|value| redactor.remember(value));
        redactor
    }

    #[test]
    fn every_form_of_a_secret_is_masked() {
        let secret = "p/ä \"+%#'&=\\";
        let redactor = redactor(&[secret]);
        for form in [
            secret,
            "p%2F%C3%A4%20%22%2B%25%23%27%26%3D%5C",
            "p%2f%c3%a4%20%22%2b%25%23%27%26%3d%5c",
            "p%2F%C3%A4+%22%2B%25%23%27%26%3D%5C",
            "p/ä \\\"+%#'&=\\\\",
            "p\\/ä \\\"+%#'&=\\\\",
            "p/\\u00e4 \\\"+%#'&=\\\\",
        ] {
            assert_eq!(redactor.redact(&format!("<{form}>")), "<***>", "{form}");
        }
        assert_eq!(redactor.redact("nothing here"), "nothing here");
    }

    #[test]
    fn overlapping_secrets_leave_no_rest() {
        let redactor = redactor(&["abcdef", "defghi", "abcdefg"]);
        assert_eq!(redactor.redact("<abcdefghi> <abcdef>abcdef"), "<***> <***>***");
    }

    #[test]
    fn short_secrets_are_masked_where_they_stand_alone() {
        let redactor = redactor(&["", "eu"]);
        assert_eq!(redactor.redact("the queue"), "the queue");
        assert_eq!(redactor.redact_value("eu"), "***");
        assert_eq!(redactor.redact_value(""), "");
    }

    #[test]
    fn secrets_between_bytes_are_masked() {
        let redactor = redactor(&["hush"]);
        assert_eq!(redactor.redact_bytes(b"\xff\xe2\x82hush\xffx\xf0"), b"\xff\xe2\x82***\xffx\xf0");
    }

    #[test]
    fn only_so_many_secrets_are_remembered() {
        let redactor = Redactor::default();
        (0..1000).for_each(|i| redactor.clone().remember(&format!("token-{i}")));
        assert_eq!(redactor.0.read().unwrap().len(), REMEMBERED);
        assert_eq!(redactor.redact("token-999"), "***");
    }

    #[test]
    fn a_secret_that_stays_in_use_is_masked_however_many_others_come_and_go() {
        let redactor = Redactor::default();
        for i in 0..1000 {
            redactor.remember("api-key");
            redactor.remember(&format!("token-{i}"));
            assert_eq!(redactor.redact("api-key"), "***", "{i}");
        }
        assert_eq!(redactor.redact("token-999 token-745 token-744"), "*** *** token-744");
        assert_eq!(redactor.0.read().unwrap().len(), REMEMBERED);
    }

    #[test]
    fn what_is_remembered_is_of_types_that_clear_their_memory() {
        fn clears<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let redactor = redactor(&["hush", "hush/hush"]);
        for Known { value, forms } in redactor.0.read().unwrap().iter() {
            clears(value);
            forms.iter().for_each(clears);
        }
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", redactor(&["hush"])), "Redactor");
    }
}
