//! Text from outside, printed so that it cannot break a line, move a cursor or reorder other text.
//!
//! Formats with rules of their own have their own functions: HTML, shells, YAML, roff, literals of Rust, and the messages of
//! `config`, which also escape invisible characters.

use std::fmt::Write as _;

/// Returns the value in quotes, on one line, as logfmt and JSON read it.
pub(crate) fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if moves(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Returns true if a terminal or browser would obey the character instead of showing it.
pub(crate) fn moves(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns the text on one line, with escapes such as `\n` and `\u{202e}` for the characters that a terminal would obey.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if moves(c) { out.extend(c.escape_default()) } else { out.push(c) }
    }
    out
}

/// Returns the text on one line, with blanks instead of the characters that a terminal would obey.
pub(crate) fn one_line(text: &str) -> String {
    text.chars().map(|c| if moves(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_left_that_a_terminal_obeys() {
        assert_eq!(one_line("a\n\u{1b}[2Jé\u{202e}\r"), "a  [2Jé  ");
        assert_eq!(escaped("a\n\u{1b}[2Jé\u{202e}\r"), r"a\n\u{1b}[2Jé\u{202e}\r");
        let hostile = "a\n\t\r\"\\\u{1b}\u{202e}\u{2028}é";
        assert_eq!(quoted(hostile), r#""a\n\t\r\"\\\u001b\u202e\u2028é""#);
        assert_eq!(serde_json::from_str::<String>(&quoted(hostile)).unwrap(), hostile);
    }
}
