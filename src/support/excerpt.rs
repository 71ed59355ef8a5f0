//! Parts of texts that are too long, cut between characters.

/// Returns the beginning of a text, at most this many bytes long.
pub(crate) fn start(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or_default()]
}

/// Returns the text, cut after `longest` characters.
pub(crate) fn cut(mut text: String, longest: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(longest) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// Removes the middle of a text that is too long. The text can quote a whole body, and its end contains the position of
/// the error.
pub(crate) fn without_middle(text: String) -> String {
    const START: usize = 3072;
    const END: usize = 1024;
    if text.len() <= START + END {
        return text;
    }
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    let end = (text.len() - END..text.len()).find(is_boundary).unwrap_or(text.len());
    // The rest of a cut word could belong to a credential, whose name was cut off with its beginning.
    let is_end = |c: char| c == '"' || c.is_whitespace();
    let end = text[end..].find(is_end).map_or(text.len(), |length| end + length);
    format!("{}...{}", start(&text, START), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_that_is_too_long_is_cut() {
        assert_eq!(cut("éé".to_owned(), 2), "éé");
        assert_eq!(cut("ééé".to_owned(), 2), "éé...");
        assert_eq!(["é", "éa", ""].map(|text| start(text, 2)), ["é", "é", ""]);
        assert_eq!(start("éa", 1), "");
    }

    #[test]
    fn the_end_of_a_message_begins_with_a_whole_word() {
        assert_eq!(without_middle("x".repeat(4096)), "x".repeat(4096));
        let cut = without_middle(format!("{{\"token\": \"{}\", \"n\": 1}}", "x9".repeat(4000)));
        assert!(cut.ends_with("...\", \"n\": 1}"), "no rest of a value without its name: {cut}");
    }
}
