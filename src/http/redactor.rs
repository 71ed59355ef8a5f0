//! Keeps secrets out of everything that is shown.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

use percent_encoding::percent_decode_str;
use zeroize::{Zeroize as _, Zeroizing};

use super::exchange::split_target;
use super::secret::MASK;

mod entities;
mod escapes;
mod mask;
mod named;
mod packed;
mod patterns;
mod text;
mod view;

use named::Named;
use patterns::{LENGTH, Patterns, SHORTEST, squeezed};
use view::View;

/// How many values are remembered; those that were not in use for the longest time go, or tokens that are fetched anew for
/// each poll would pile up.
const REMEMBERED: usize = 256;

thread_local! {
    /// That of the service which this thread polls.
    static HERE: RefCell<Option<Redactor>> = const { RefCell::new(None) };
}

/// Has a value redacted by the service that this thread polls, if it polls one.
pub fn remember_here(value: &str) {
    HERE.with_borrow(|here| here.iter().for_each(|redactor| redactor.remember(value)));
}

/// Remembers secrets and redacts them. Clones share what they remember.
///
/// A text is searched after decoding: escapes of JSON, HTML and URLs, base64 and hex, in upper or lower case, with blanks
/// between, also nested. Each part of 8 consecutive characters of a secret is redacted, so that none of it is shown where
/// a text has only the beginning; a secret of 4 to 7 characters as a whole, a shorter one only where it stands alone (a
/// header, a parameter).
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Memory>>);

#[derive(Default)]
struct Memory {
    known: Vec<Known>,
    patterns: Patterns,
    /// The number of values remembered so far.
    edition: u64,
}

struct Known {
    /// The key of the secret file that it is the value of.
    key: Option<String>,
    value: Zeroizing<String>,
    /// The value without its own escapes, which a text that is decoded does not have either.
    unescaped: Option<Zeroizing<Vec<u8>>>,
}

impl Redactor {
    /// Makes it the redactor of this thread, which learns the secrets that a service makes while it polls.
    pub fn enter(&self) {
        HERE.set(Some(self.clone()));
    }

    /// Redacts this value from now on, until 256 others have been in use since.
    pub fn remember(&self, value: &str) {
        self.remember_as(None, value);
    }

    /// The same for the value of a key of the secret file.
    pub fn remember_key(&self, key: &str, value: &str) {
        self.remember_as(Some(key), value);
    }

    fn remember_as(&self, key: Option<&str>, value: &str) {
        let mut memory = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // A recording that is replayed hands out masks.
        if value.is_empty() || value.starts_with(MASK) {
            return;
        }
        if let Some(at) = memory.known.iter().position(|known| *known.value == value) {
            if let Some(key) = key {
                memory.known[at].key = Some(key.to_owned());
            }
            return memory.known[at..].rotate_left(1);
        }
        memory.edition += 1;
        let known = Known::new(key, value);
        if memory.known.len() == REMEMBERED {
            memory.known.remove(0);
            memory.known.push(known);
            memory.renew();
        } else {
            known.add_to(&mut memory.patterns);
            memory.known.push(known);
        }
    }

    /// Redacts the values of what is named like a credential in this body from now on.
    pub fn remember_named_in(&self, body: &[u8]) {
        for Named { range, .. } in named::in_body(body).into_iter().take(REMEMBERED) {
            if let Some(value) = std::str::from_utf8(&body[range]).ok().filter(|value| value.len() >= LENGTH)
            {
                self.remember(value);
            }
        }
    }

    /// Another number whenever a value is new.
    pub fn edition(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).edition
    }

    /// Returns true if both share their remembered values.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The text with `***` in place of every part of a remembered value.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.shown(text, Vec::new())
    }

    /// A message with the values of what is named like a credential redacted too.
    pub fn redact_message<'a>(&self, message: &'a str) -> Cow<'a, str> {
        self.shown(message, named::in_message(message))
    }

    /// A value that stands alone, redacted as a whole if it is a remembered one, however short.
    pub fn redact_value<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let memory = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if memory.known.iter().any(|known| known.value.eq_ignore_ascii_case(value)) {
            return Cow::Borrowed(MASK);
        }
        drop(memory);
        self.redact_message(value)
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
        self.redact_message(&text).into_owned()
    }

    /// The beginning of a body, for a message: without the parts of remembered values, and the values of fields that are
    /// named like a credential.
    pub fn redact_excerpt(&self, bytes: &[u8]) -> Vec<u8> {
        mask::masked(bytes, self.find(bytes), named::in_body(bytes))
    }

    /// A whole body, in which different values of one field stay different: `***` and `***2`.
    pub fn redact_body(&self, bytes: &[u8]) -> Vec<u8> {
        mask::marked(bytes, self.find(bytes), named::in_body(bytes))
    }

    fn shown<'a>(&self, text: &'a str, named: Vec<Named>) -> Cow<'a, str> {
        let found = self.find(text.as_bytes());
        if found.is_empty() && named.is_empty() {
            return Cow::Borrowed(text);
        }
        let masked = mask::masked(text.as_bytes(), found, named);
        Cow::Owned(String::from_utf8_lossy(&masked).into_owned())
    }

    /// Returns true if the text contains a whole remembered value in any of its spellings. A value of 4 to 7 characters
    /// counts if no letter or digit is next to it, a shorter one never.
    pub fn contains(&self, text: &str) -> bool {
        self.first_in(text, |_| true).is_some()
    }

    /// The key of the first value of the secret file that the text contains, as [`contains`](Self::contains) says.
    pub fn configured_in(&self, text: &str) -> Option<String> {
        self.first_in(text, |known| known.key.is_some()).flatten()
    }

    /// The key of the first of these values that the text contains.
    fn first_in(&self, text: &str, which: fn(&Known) -> bool) -> Option<Option<String>> {
        if text.len() < SHORTEST || self.find(text.as_bytes()).is_empty() {
            return None;
        }
        let memory = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut first = None;
        view::each(text.as_bytes(), &mut |view| {
            if first.is_none() {
                let found = memory.known.iter().find(|known| which(known) && known.is_in(view));
                first = found.map(|known| known.key.clone());
            }
        });
        first
    }

    fn find(&self, text: &[u8]) -> Vec<Range<usize>> {
        let memory = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        if !memory.patterns.is_empty() {
            view::each(text, &mut |view| memory.patterns.find(view, &mut found));
        }
        found
    }
}

impl Memory {
    fn renew(&mut self) {
        let mut patterns = Patterns::default();
        self.known.iter().for_each(|known| known.add_to(&mut patterns));
        self.patterns = patterns;
    }
}

impl Known {
    fn new(key: Option<&str>, value: &str) -> Self {
        let mut view = View::plain(value.as_bytes(), 0);
        while let Some(next) = escapes::unescaped(&view) {
            view.bytes.zeroize();
            view = next;
        }
        let unescaped = Some(Zeroizing::new(view.bytes));
        let differs = |bytes: &Zeroizing<Vec<u8>>| bytes.as_slice() != value.as_bytes();
        Self {
            key: key.map(str::to_owned),
            value: Zeroizing::new(value.to_owned()),
            unescaped: unescaped.filter(differs).filter(|bytes| squeezed(bytes).len() >= LENGTH),
        }
    }

    fn add_to(&self, patterns: &mut Patterns) {
        patterns.add(self.value.as_bytes());
        self.unescaped.iter().for_each(|bytes| patterns.add(bytes));
    }

    /// Returns true if a view of a text contains the whole value.
    fn is_in(&self, view: &View) -> bool {
        let wanted = squeezed(self.value.as_bytes());
        if wanted.len() < LENGTH {
            return self.stands_in(view);
        }
        let text = squeezed(&view.bytes);
        let has = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
        has(&wanted) || self.unescaped.as_ref().is_some_and(|bytes| has(&squeezed(bytes)))
    }

    /// Returns true if a view of a text contains the short value with no letter or digit next to it.
    fn stands_in(&self, view: &View) -> bool {
        let value = self.value.as_bytes();
        let is_part = |at: Option<usize>| {
            at.and_then(|at| view.bytes.get(at))
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
        };
        let stands = |(at, window): (usize, &[u8])| {
            window
                .iter()
                .map(|byte| patterns::plain(*byte))
                .eq(value.iter().map(|byte| patterns::plain(*byte)))
                && !is_part(at.checked_sub(1))
                && !is_part(Some(at + value.len()))
        };
        value.len() >= SHORTEST && view.bytes.windows(value.len()).enumerate().any(stands)
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
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
        let secret = "p/ä \"+%#'&=\\x";
        let redactor = redactor(&[secret]);
        for form in [
            secret,
            "p%2F%C3%A4%20%22%2B%25%23%27%26%3D%5Cx",
            "p%2f%c3%a4%20%22%2b%25%23%27%26%3d%5cx",
            "p%2F%C3%A4+%22%2B%25%23%27%26%3D%5Cx",
            "p/ä \\\"+%#'&=\\\\x",
            "p\\/ä \\\"+%#'&=\\\\x",
            "p/\\u00e4 \\\"+%#'&=\\\\x",
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
        assert_eq!(redactor.redact_body(b"\xff\xe2\x82hush\xffx\xf0"), b"\xff\xe2\x82***\xffx\xf0");
    }

    #[test]
    fn only_so_many_secrets_are_remembered() {
        let redactor = Redactor::default();
        (0..1000).for_each(|i| redactor.clone().remember(&format!("{i}-token")));
        assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED);
        assert_eq!(redactor.redact("999-token"), "***");
    }

    #[test]
    fn a_secret_that_stays_in_use_is_masked_however_many_others_come_and_go() {
        let redactor = Redactor::default();
        for i in 0..1000 {
            redactor.remember("api-key");
            redactor.remember(&format!("{i}-{i}-{i}"));
            assert_eq!(redactor.redact("api-key"), "***", "{i}");
        }
        assert_eq!(redactor.redact("999-999-999 745-745-745 744-744-744"), "*** *** 744-744-744");
        assert_eq!(redactor.0.read().unwrap().known.len(), REMEMBERED);
    }

    #[test]
    fn what_is_remembered_is_of_types_that_clear_their_memory() {
        fn clears<T: zeroize::ZeroizeOnDrop>(_: &T) {}
        let redactor = redactor(&["hush", "hush%2Fhush-hush"]);
        for Known { value, unescaped, .. } in &redactor.0.read().unwrap().known {
            clears(value);
            unescaped.iter().for_each(clears);
        }
    }

    /// A secret with everything that encoders escape, and its spellings in the languages that APIs are written in.
    const SECRET: &str = "K3y/ab+cd&ef=gh<ij>";

    fn base64(text: &str) -> String {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(text)
    }

    fn hex(text: &str, between: &str) -> String {
        text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
    }

    fn each_char(text: &str, write: fn(char) -> String) -> String {
        text.chars().map(write).collect()
    }

    fn spellings() -> Vec<String> {
        let json = each_char(SECRET, |c| format!("\\u{:04X}", c as u32));
        let url = each_char(SECRET, |c| format!("%{:02x}", c as u32));
        vec![
            SECRET.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003E"),
            SECRET.replace('=', "\\u003d").replace('+', "\\u002B").replace('/', "\\/"),
            json.clone(),
            url.clone(),
            url.replace('%', "%25"),
            json.replace('\\', "%5C"),
            SECRET.replace('&', "&amp;").replace('<', "&lt;").replace('/', "&#x2F;").replace('+', "&plus;"),
            each_char(SECRET, |c| format!("&#{};", c as u32)),
            each_char(SECRET, |c| format!("\\x{:02x}", c as u32)),
            each_char(SECRET, |c| format!("={:02X}", c as u32)),
            SECRET.to_uppercase(),
            format!("{}\n   {}", &SECRET[..7], &SECRET[7..]),
            format!("{}\\r\\n{}", &SECRET[..7], &SECRET[7..]),
            format!("{}=\r\n{}", &SECRET[..7], &SECRET[7..]),
            base64(SECRET),
            base64(&format!("u:{SECRET}")),
            base64(&format!("me:{SECRET}!")).replace('+', "-").replace('/', "_").replace('=', ""),
            base64(&format!("use:{SECRET}")).replace('/', "\\/").replace('=', "\\u003d"),
            base64(SECRET).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            base64(&base64(SECRET)),
            base64(&json),
            hex(SECRET, ""),
            hex(SECRET, ":").to_uppercase(),
            hex(SECRET, " "),
            format!("0x{}", hex(SECRET, ", 0x")),
        ]
    }

    #[test]
    fn no_spelling_of_a_secret_is_shown() {
        let redactor = redactor(&[SECRET]);
        for spelling in spellings() {
            for around in ["<_>", "{\"message\": \"key=_, refused\"}", "a _ b", "x\\\"_\\\""] {
                let (before, after) = around.split_once('_').unwrap();
                let shown = redactor.redact(&format!("{before}{spelling}{after}")).into_owned();
                let rest = shown.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                let rest = rest.unwrap_or_else(|| panic!("{shown} for {spelling}"));
                assert!(rest.contains("***") && rest.len() <= 20, "{shown} for {spelling}");
                assert!(redactor.contains(&format!("{before}{spelling}{after}")), "{spelling}");
            }
        }
    }

    #[test]
    fn no_eight_characters_of_a_secret_are_shown() {
        let redactor = redactor(&["0123456789abcdef"]);
        assert_eq!(redactor.redact("key 01234567... is wrong"), "key ***... is wrong");
        assert_eq!(redactor.redact("key ...89ABCDEF"), "key ...***");
        assert_eq!(redactor.redact("0123456 9abcdef"), "0123456 9abcdef");
        assert!(!redactor.contains("0123456789abcde"));
    }

    #[test]
    fn a_secret_between_two_parts_of_a_long_text_is_found() {
        let redactor = redactor(&[SECRET]);
        for length in [65_520, 65_530, 65_536, 131_072 - 4096, 200_000] {
            for spelling in [base64(SECRET), hex(SECRET, ""), SECRET.to_owned()] {
                let text = format!("{}{spelling}", ".".repeat(length));
                let shown = redactor.redact(&text);
                assert!(shown.trim_end_matches('=').ends_with(".***"), "{}", &shown[length - 20..]);
            }
        }
    }

    #[test]
    fn a_value_contains_a_short_secret_only_where_it_stands() {
        let redactor = redactor(&["eu", "prod", "s3cr3t!"]);
        for other in ["eu", "production", "reprod", "s3cr3t", "prodé"] {
            assert!(!redactor.contains(other), "{other}");
        }
        for same in ["prod", "eu-prod-1", "PROD", "key=s3cr3t!", "%70rod", "cHJvZA=="] {
            assert!(redactor.contains(same), "{same}");
        }
    }

    #[test]
    fn a_value_of_the_secret_file_is_told_by_its_key() {
        let redactor = redactor(&["token-token-token"]);
        redactor.remember_key("API_KEY", "hush-hush-hush");
        assert_eq!(redactor.configured_in("[\"aHVzaC1odXNoLWh1c2g=\"]").as_deref(), Some("API_KEY"));
        assert_eq!(redactor.configured_in("token-token-token"), None);
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", redactor(&["hush"])), "Redactor");
    }
}
