//! The kind of an operation in a GraphQL document.

/// Returns true if a document has queries only, which may be sent twice (GraphQL specification, section 2.3).
///
/// A name at the top level that is `mutation` or `subscription` makes the document another one. In doubt it is not sent twice.
pub(crate) fn is_read_only(document: &str) -> bool {
    let (mut rest, mut depth) = (document, 0_usize);
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
            '"' => string_length(rest),
            '{' | '(' | '[' => {
                depth += 1;
                1
            }
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                1
            }
            next if next.is_alphanumeric() || next == '_' => {
                let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                if depth == 0 && matches!(&rest[..length], "mutation" | "subscription") {
                    return false;
                }
                length
            }
            next => next.len_utf8(),
        };
        rest = &rest[length..];
    }
    true
}

/// Returns the length of the string or block string at the beginning of a text (GraphQL specification, section 2.9.4).
fn string_length(text: &str) -> usize {
    let mark = if text.starts_with("\"\"\"") { "\"\"\"" } else { "\"" };
    let (mut at, bytes) = (mark.len(), text.as_bytes());
    while at < bytes.len() {
        if bytes[at..].starts_with(mark.as_bytes()) {
            return at + mark.len();
        }
        // A block string has one escape, of its end.
        let is_escape = bytes[at] == b'\\' && (mark.len() == 1 || bytes[at + 1..].starts_with(b"\"\"\""));
        at += if is_escape { 1 + mark.len() } else { 1 };
        while !text.is_char_boundary(at.min(text.len())) {
            at += 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_with_a_mutation_is_not_read_only() {
        for document in [
            "{ builds }",
            "query { a }",
            "query Q($mutation: Int = 1) @x(a: [mutation]) { mutation(a: \"mutation\") { subscription } }",
            "# mutation\n{ a }",
            "\u{feff}, query{a(b:\"\\\" } mutation\")}",
            "query{a(b:\"\"\"\\\"\"\" } mutation { \"\"\")} fragment f on T { a }",
            "query { a(b: \"\u{e4}\\\u{e4}\") }",
            "",
            "\"",
            "\"\"\"\\",
            "}}}} query",
        ] {
            assert!(is_read_only(document), "{document}");
        }
        for document in [
            "mutation { a }",
            "\u{feff}# query\r\n , mutation M { a }",
            "query A { a } mutation B { b }",
            "subscription { a }",
            "fragment f on T { a(b: \"}\") } mutation { b }",
            "\"\"\"\u{e4}\"\"\" mutation { a }",
            "}} mutation { a }",
        ] {
            assert!(!is_read_only(document), "{document}");
        }
    }
}
