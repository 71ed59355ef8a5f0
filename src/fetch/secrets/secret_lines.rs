//! Parses the lines of a secret file.

use std::collections::BTreeMap;
use std::path::Path;

use super::pem_value::{is_pem, unescaped, whole_entry};
use super::secret::Secret;
use super::secret_file::{is_shown, secret_error};
use crate::support::error::{Error, Result};

/// Returns the keys and values of a secret file.
///
/// # Errors
/// A line is no `KEY="VALUE"`, has a control character in its value, or repeats a key. The message contains the path and the
/// line number, but no value.
pub(super) fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, Secret>> {
    let mut values = BTreeMap::new();
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let wrong = |what: &str| wrong_line(path, index + 1, what);
        let line = whole_entry(line, lines.by_ref().map(|(_, line)| line)).map_err(wrong)?;
        let Some((key, value)) = entry(&line).map_err(wrong)? else { continue };
        if values.insert(key.to_owned(), Secret::of(unescaped(value))).is_some() {
            let key = if is_shown(key) { format!("`{key}`") } else { "a key".to_owned() };
            return Err(wrong(&format!("{key} is repeated")));
        }
    }
    Ok(values)
}

/// Returns true if a key of secrets is valid.
pub(super) fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Returns the error of a line, without its text.
pub(super) fn wrong_line(path: &Path, line: usize, what: &str) -> Error {
    secret_error(format!("{}:{line}: {what}", path.display()))
}

/// Returns the key and value of a line; `None` if the line is blank or a comment.
fn entry(line: &str) -> Result<Option<(&str, &str)>, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(None);
    }
    let (key, rest) = line.split_once('=').ok_or("expected KEY=\"VALUE\", found no `=`")?;
    let key = key.trim();
    let key = key.strip_prefix("export ").map_or(key, str::trim_start);
    if !is_key(key) {
        return Err("expected KEY=\"VALUE\" with a key of letters, digits, `_`, `-` and `.`");
    }
    let value = value(rest)?;
    let is_allowed = |c: char| !c.is_control() || c == '\n' && is_pem(value);
    if !value.chars().all(is_allowed) {
        return Err("the value has a control character");
    }
    Ok(Some((key, value)))
}

/// Returns the value after the `=`.
fn value(rest: &str) -> Result<&str, &'static str> {
    let trimmed = rest.trim_start();
    for quote in ['"', '\''] {
        let Some(inner) = trimmed.strip_prefix(quote) else { continue };
        let (value, after) = inner.split_once(quote).ok_or("the closing quote is missing")?;
        let after = after.trim_start();
        return if after.is_empty() || after.starts_with('#') {
            Ok(value)
        } else {
            Err("text follows the closing quote, where only a # comment can stand")
        };
    }
    let comment = |(at, _): &(usize, &str)| rest[..*at].ends_with([' ', '\t']);
    let end = rest.match_indices('#').find(comment).map_or(rest.len(), |(at, _)| at);
    Ok(rest[..end].trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::support::error::ErrorKind;

    fn parsed(text: &str) -> Result<Vec<(String, String)>> {
        let values = parse(Path::new("./splunk"), text)?;
        Ok(values.into_iter().map(|(key, value)| (key, value.expose().to_owned())).collect())
    }

    #[test]
    fn the_lenient_format_is_read() {
        for (text, value) in [
            ("A=\"v\"", "v"),
            ("A=v", "v"),
            ("A='v'", "v"),
            ("\u{feff}A=\"v\"\r\n", "v"),
            ("  A \t = \"v\"  # the key", "v"),
            ("# A=x\n\n   \nA=v", "v"),
            ("export A=v", "v"),
            ("A=\"a=b==\"", "a=b=="),
            ("A=a=b==", "a=b=="),
            ("A=\"a #b\"", "a #b"),
            ("A=a#b", "a#b"),
            ("A=#b", "#b"),
            ("A=a #b", "a"),
            ("A= #b", ""),
            ("A=a b", "a b"),
            ("A=\" v \"", " v "),
            ("A=\"it's\"", "it's"),
            ("A='say \"v\"'", "say \"v\""),
            ("A=\"a\\n\"", "a\\n"),
            ("A=é", "é"),
            ("A=", ""),
        ] {
            assert_eq!(parsed(text).unwrap(), [("A".into(), value.into())], "{text:?}");
        }
    }

    #[test]
    fn a_wrong_line_is_named_and_not_shown() {
        for text in [
            "hush",
            "=hush",
            "hu sh=hush",
            "A=\"hush",
            "A=\"hush\"hush",
            "A=hu\u{7}sh",
            "A=\"hush\thush\"",
            "A=hush\nA=hush",
        ] {
            let error = parsed(&format!("# a comment\r\n{text}\n")).unwrap_err();
            let line = text.lines().count() + 1;
            assert_eq!(error.kind(), ErrorKind::Secret);
            assert!(error.to_string().starts_with(&format!("./splunk:{line}: ")), "{error}");
            assert!(!error.to_string().contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_pem_value_has_several_lines() {
        let pem = "-----BEGIN PRIVATE KEY-----\nMIGH==\nAg=\n-----END PRIVATE KEY-----";
        let escaped = pem.replace('\n', "\\n");
        for text in [
            format!("A = {pem}\n"),
            format!("export A={pem}\r\n"),
            format!("A=\"{pem}\"\n"),
            format!("A='{pem}' # the key\n"),
            format!("A={pem}").replace('\n', "\r\n"),
            format!("A={escaped}"),
            format!("A=\"{escaped}\""),
        ] {
            let both = parsed(&format!("# A=-----BEGIN X-----\n{text}\nB=1\n")).unwrap();
            assert_eq!(both, [("A".into(), pem.into()), ("B".into(), "1".into())], "{text:?}");
        }
        for (text, problem) in [
            (pem.replace("-----END PRIVATE KEY-----", "B=1"), "./splunk:2: the line `-----END"),
            (format!("\"{pem}"), "./splunk:2: the closing quote is missing"),
            (format!("\"{pem}\"hush"), "./splunk:2: text follows the closing quote"),
            (format!("{pem}\nhush"), "./splunk:6: expected KEY"),
            (pem.replace("Ag", "\u{7}g"), "./splunk:2: the value has a control character"),
        ] {
            let error = parsed(&format!("\nA={text}\n")).unwrap_err().to_string();
            assert!(error.starts_with(problem) && !error.contains("MIGH"), "{error}");
        }
    }
}
