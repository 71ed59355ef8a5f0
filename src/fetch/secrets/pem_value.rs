//! Secrets in PEM (RFC 7468), such as private keys, which consist of several lines.

use std::borrow::Cow;

use zeroize::Zeroizing;

/// The beginning of a value in PEM.
const BEGIN: &str = "-----BEGIN ";
/// The beginning of the last line of a value in PEM.
const END: &str = "-----END ";

/// Returns true if a value is in PEM.
pub(super) fn is_pem(value: &str) -> bool {
    value.trim_start().starts_with(BEGIN)
}

/// Returns an entry of a secret file with the further lines of its value, if the line begins a value in PEM.
///
/// A value in quotes continues until the closing quote, and any other value until its line `-----END ...-----`.
///
/// # Errors
/// The file ends before the value does.
pub(super) fn whole_entry<'a>(
    line: &str,
    further: impl Iterator<Item = &'a str>,
) -> Result<Zeroizing<String>, &'static str> {
    let mut whole = Zeroizing::new(line.to_owned());
    let value = line.split_once('=').map(|(_, value)| value.trim_start()).unwrap_or_default();
    let quote = value.chars().next().filter(|first| ['"', '\''].contains(first));
    let begins = !line.trim_start().starts_with('#') && is_pem(value.trim_start_matches(['"', '\'']));
    if !begins || ends(value, quote, 1) {
        return Ok(whole);
    }
    for line in further {
        whole.push('\n');
        *whole += line;
        if ends(line, quote, 0) {
            return Ok(whole);
        }
    }
    Err(match quote {
        Some(_) => "the closing quote is missing",
        None => "the line `-----END ...-----` of the value is missing",
    })
}

/// Returns true if a value ends in this line: at its quote, of which the line has `opened` before, or at its last line.
fn ends(line: &str, quote: Option<char>, opened: usize) -> bool {
    match quote {
        Some(quote) => line.matches(quote).count() > opened,
        None => line.contains(END),
    }
}

/// Returns a value in PEM with line breaks instead of the escapes `\n` and `\r\n`. Other values stay as they are.
pub(super) fn unescaped(value: &str) -> Cow<'_, str> {
    if !is_pem(value) || !value.contains("\\n") {
        return Cow::Borrowed(value);
    }
    Cow::Owned(value.replace("\\r\\n", "\n").replace("\\n", "\n"))
}

/// Returns the part of a value that is secret: for PEM the text between the lines `BEGIN` and `END`, which name its kind.
pub(super) fn secret_part(value: &str) -> Cow<'_, str> {
    if !is_pem(value) {
        return Cow::Borrowed(value);
    }
    let lines = value.lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    Cow::Owned(lines.collect())
}

/// Returns a value that was read from a separate file or variable: without one line break at its end.
///
/// # Errors
/// The value is empty, or has a control character other than a line break or a tab.
pub(super) fn bare(bytes: &[u8]) -> Result<Zeroizing<String>, &'static str> {
    let text = std::str::from_utf8(bytes).map_err(|_| "is not UTF-8 text")?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.strip_suffix('\n').map_or(text, |text| text.strip_suffix('\r').unwrap_or(text));
    if text.trim().is_empty() {
        return Err("is empty");
    }
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err("has a control character");
    }
    Ok(Zeroizing::new(unescaped(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_value_loses_one_line_break_and_nothing_else() {
        for (bytes, value) in [
            ("hush", "hush"),
            ("hush\n", "hush"),
            ("hush\r\n", "hush"),
            ("hush\n\n", "hush\n"),
            (" a=\"b\" # c ", " a=\"b\" # c "),
            ("\u{feff}hush\n", "hush"),
            ("{\n\t\"k\": 1\r\n}\n", "{\n\t\"k\": 1\r\n}"),
        ] {
            assert_eq!(bare(bytes.as_bytes()).unwrap().as_str(), value, "{bytes:?}");
        }
        for (bytes, problem) in [
            (b"".as_slice(), "is empty"),
            (b" \r\n", "is empty"),
            (b"hu\xffsh", "is not UTF-8 text"),
            (b"hu\0sh", "has a control character"),
            (b"\x1b[31mhush", "has a control character"),
        ] {
            assert_eq!(bare(bytes).unwrap_err(), problem, "{bytes:?}");
        }
    }

    #[test]
    fn only_the_escapes_of_pem_become_line_breaks() {
        let pem = "-----BEGIN K-----\nAAAA\n-----END K-----\n";
        for escaped in [pem.replace('\n', "\\n"), pem.replace('\n', "\\r\\n"), pem.to_owned()] {
            assert_eq!(unescaped(&escaped), pem);
        }
        assert_eq!(unescaped("a\\nb"), "a\\nb");
    }

    #[test]
    fn the_secret_part_of_pem_has_no_words() {
        assert_eq!(
            secret_part("-----BEGIN PRIVATE KEY-----\nMIIE\r\nvQIB\n-----END PRIVATE KEY-----"),
            "MIIEvQIB"
        );
        assert_eq!(secret_part("hush"), "hush");
    }
}
