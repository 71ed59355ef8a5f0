//! Explains syntax errors of JSON.

use serde_json::Error;
use serde_json::error::Category;

use super::{Mistake, Position};

/// Returns the position and the explanation of an error of `serde_json` in `text`.
pub(super) fn explain(text: &str, error: &Error) -> Mistake {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    // serde_json counts columns in bytes, and reports column 0 at the beginning of a line.
    let before = line.get(..error.column().saturating_sub(1)).unwrap_or_default();
    let place = Position { line: error.line().max(1), column: before.chars().count() + 1 };
    let found = line.get(before.len()..).and_then(|rest| rest.chars().next());
    Mistake { place, text: words(error, found) }
}

/// Returns a word from a file in backquotes, limited to 100 characters.
///
/// Invisible characters are escaped too, because they can be what makes the word invalid.
pub(crate) fn quoted(word: &str) -> String {
    let shown: String = word.chars().take(100).flat_map(visible).collect();
    let cut = if word.chars().nth(100).is_some() { "…" } else { "" };
    format!("`{shown}{cut}`")
}

fn visible(found: char) -> Vec<char> {
    match found {
        '"' | '\'' | '\\' => vec![found],
        _ => found.escape_debug().collect(),
    }
}

fn words(error: &Error, found: Option<char>) -> String {
    if error.classify() == Category::Eof {
        return "the file ends in the middle of the JSON: add what is missing, such as a closing `}`, `]` or \
                quotation mark"
            .to_owned();
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    match of_scalar(message).map(str::to_owned).or_else(|| hint(found?, message)) {
        Some(hint) => format!("not JSON: {hint}"),
        None => format!("not JSON: {message}: put that right"),
    }
}

/// Returns an explanation of an invalid number or string; `None` for other errors.
fn of_scalar(message: &str) -> Option<&'static str> {
    Some(match message {
        "number out of range" => "the number is too large for a 64-bit float: write a smaller one",
        "invalid number" => "a number is broken off, or has a 0 in front: write it like 1, -0.5 or 1e3",
        "invalid escape" => {
            r#"found an unknown escape: expected \" \\ \/ \b \f \n \r \t or \u with four digits; write \\ for \"#
        }
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            "found half of a \\u pair: write both halves, or the character itself"
        }
        _ if message.starts_with("control character") => {
            r"a string does not end in its line: add the quotation mark, or write \n for a line end and \t for a tab"
        }
        _ => return None,
    })
}

/// Returns an explanation of an error with an unexpected character, such as a trailing comma; `None` for rare ones.
fn hint(found: char, message: &str) -> Option<String> {
    let shown = quoted(&found.to_string());
    Some(match (found, message) {
        ('}' | ']', "expected value" | "key must be a string") => {
            format!(
                "found {shown} after a comma, expected one more value: take out the comma or add the value"
            )
        }
        ('/' | '#', _) => format!("found {shown}, but JSON has no comments: take it out"),
        ('\'' | '“' | '”' | '„', _) => {
            format!("found {shown}: strings and keys stand in \"double\" quotation marks")
        }
        (',', "expected value" | "key must be a string") => {
            format!("found {shown} where a key or value has to stand: take it out")
        }
        (_, "key must be a string") => {
            format!("found {shown}, expected a key: put it in \"double\" quotation marks")
        }
        (_, "expected `:`") => format!("found {shown} after a key, expected `:`: add it"),
        (_, "expected `,` or `}`" | "expected `,` or `]`") => {
            format!("found {shown} after a value, {message}: add the comma or close what is open")
        }
        (_, "trailing characters") => {
            format!("found {shown} after the end of the JSON: take it out")
        }
        (_, "expected value" | "expected ident") => format!(
            "found {shown}, expected a value: a \"string\" in double quotation marks, a number, true, false, null, a \
             [list] or an {{object}}"
        ),
        _ => return None,
    })
}
