//! Explains syntax errors of JSON.

use serde_json::Error;
use serde_json::error::Category;

use super::{Mistake, Position, Problem};

/// Returns the position and the explanation of an error of `serde_json` in `text`.
pub(super) fn explain(text: &str, error: &Error) -> Mistake {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    // serde_json counts columns in bytes, and reports column 0 at the beginning of a line.
    let before = line.get(..error.column().saturating_sub(1)).unwrap_or_default();
    let place = Position { line: error.line().max(1), column: before.chars().count() + 1 };
    let found = line.get(before.len()..).and_then(|rest| rest.chars().next());
    problem(error, found).at(place)
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

fn problem(error: &Error, found: Option<char>) -> Problem {
    if error.classify() == Category::Eof {
        return Problem::new("the file ends inside the JSON")
            .help("close what is open: with `}`, `]` or a quotation mark");
    }
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    let known = of_scalar(message).or_else(|| of_character(found?, message));
    let (text, help) = known.unwrap_or((message.to_owned(), None));
    Problem::new(format!("invalid JSON: {text}")).help_if(help)
}

/// A syntax error in other words, and the imperative that fixes it.
type Explanation = (String, Option<&'static str>);

/// Returns the explanation of an invalid number or string; `None` for other errors.
fn of_scalar(message: &str) -> Option<Explanation> {
    let (text, help) = match message {
        "number out of range" => ("the number is too large for a 64-bit float", "write a smaller number"),
        "invalid number" => ("the number is incomplete, or has a leading 0", "write it as 1, -0.5 or 1e3"),
        "invalid escape" => (
            "unknown escape sequence",
            r#"use \" \\ \/ \b \f \n \r \t or \u with four digits; write a backslash as \\"#,
        ),
        "lone leading surrogate in hex escape" | "unexpected end of hex escape" => {
            (r"found half of a surrogate pair", r"write both \u escapes of the pair, or the character itself")
        }
        _ if message.starts_with("control character") => (
            "a string does not end on its line",
            r"add the quotation mark, or write \n for a line break and \t for a tab",
        ),
        _ => return None,
    };
    Some((text.to_owned(), Some(help)))
}

/// Returns the explanation of an unexpected character, such as a trailing comma; `None` for rare errors.
fn of_character(found: char, message: &str) -> Option<Explanation> {
    let shown = quoted(&found.to_string());
    let (text, help) = match (found, message) {
        ('}' | ']', "expected value" | "key must be a string") => {
            (format!("found {shown} after a comma"), "remove the comma, or add a value")
        }
        ('/' | '#', _) => (format!("found {shown}, but JSON has no comments"), "remove the comment"),
        ('\'' | '“' | '”' | '„', _) => {
            (format!("found {shown}"), "write strings and keys in \"double\" quotation marks")
        }
        (',', "expected value" | "key must be a string") => {
            (format!("found {shown} instead of a key or value"), "remove it")
        }
        (_, "key must be a string") => {
            (format!("found {shown} instead of a key"), "write keys in \"double\" quotation marks")
        }
        (_, "expected `:`") => (format!("found {shown} after a key, {message}"), "add the colon"),
        (_, "expected `,` or `}`" | "expected `,` or `]`") => {
            (format!("found {shown} after a value, {message}"), "add the comma, or close what is open")
        }
        (_, "trailing characters") => (format!("found {shown} after the end"), "remove it"),
        (_, "expected value" | "expected ident") => (
            format!("found {shown} instead of a value"),
            "write a \"string\", a number, true, false, null, a [list] or an {object}",
        ),
        _ => return None,
    };
    Some((text, Some(help)))
}
