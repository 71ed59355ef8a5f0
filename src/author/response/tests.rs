//! Tests of responses.

use super::unexpected_body::without_quoted;

#[test]
fn the_words_of_a_parser_lose_each_value_that_they_quote() {
    for (words, shown) in [
        (r#"invalid type: string "T1", expected u64"#, r#"invalid type: string "***", expected u64"#),
        (r#"string "a\"b" at line 1"#, r#"string "***" at line 1"#),
        ("unknown variant `T1`, expected `a`", "unknown variant `***`, expected `a`"),
        ("missing field `total`", "missing field `total`"),
    ] {
        assert_eq!(without_quoted(words), shown, "{words}");
    }
}
