//! Text that is escaped for HTML.

use std::fmt::{self, Write};

use crate::support::printable::moves;

/// Any text, escaped for HTML between tags or in an attribute in double quotes.
///
/// Control characters, and the characters that change the direction of writing, are shown as escapes: `\u{202e}`. They
/// would move other text.
pub(super) struct Escaped<'a>(pub &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            '\n' | '\t' => f.write_char(c),
            c if moves(c) => write!(f, "{}", c.escape_unicode()),
            c => f.write_char(c),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_html_or_a_reader_would_obey_is_left() {
        let hostile = "<script>\"x\"&'y'</script>\0\u{1b}\u{202e}\u{9b}\r";
        let expected =
            "&lt;script&gt;&quot;x&quot;&amp;&#39;y&#39;&lt;/script&gt;\\u{0}\\u{1b}\\u{202e}\\u{9b}\\u{d}";
        assert_eq!(Escaped(hostile).to_string(), expected);
        assert_eq!(Escaped("é 語\n").to_string(), "é 語\n");
    }
}
