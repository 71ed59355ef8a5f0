//! The header `Set-Cookie` in a recording (RFC 6265 section 4.1).

use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::MASK;

/// Returns the header with a mask instead of the value of its cookie, so that a login replays.
///
/// The name and the attributes stay. An empty value, which removes a cookie, stays empty.
pub(super) fn masked(value: &str, redactor: &Redactor) -> String {
    let mut parts = value.split(';');
    let pair = match parts.next().unwrap_or_default().split_once('=') {
        Some((name, "")) => format!("{}=", redactor.redact_value(name.trim())),
        Some((name, _)) => format!("{}={MASK}", redactor.redact_value(name.trim())),
        // A cookie without a name is its value.
        None => MASK.to_owned(),
    };
    parts.fold(pair, |masked, attribute| format!("{masked}; {}", redactor.redact_value(attribute.trim())))
}

/// Returns the value of the cookie, without quotation marks.
pub(super) fn value(header: &str) -> &str {
    let pair = header.split(';').next().unwrap_or_default();
    pair.split_once('=').map_or(pair, |(_, value)| value).trim().trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_value_of_a_cookie_and_secrets_are_masked() {
        let redactor = Redactor::default();
        redactor.remember("hush-hush");
        for (header, expected) in [
            ("SID=abc; Path=/; HttpOnly", "SID=***; Path=/; HttpOnly"),
            ("SID=\"a b\";Secure", "SID=***; Secure"),
            ("SID=a=b", "SID=***"),
            ("SID=; Max-Age=0", "SID=; Max-Age=0"),
            ("abc", "***"),
            ("", "***"),
            ("hush-hush=1; Path=/hush-hush", "***=***; Path=/***"),
            ("a=b; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "a=***; Expires=Wed, 21 Oct 2026 07:28:00 GMT"),
        ] {
            assert_eq!(masked(header, &redactor), expected);
        }
        assert_eq!((value("SID=\"a=b\"; Path=/"), value("abc"), value("a=")), ("a=b", "abc", ""));
    }
}
