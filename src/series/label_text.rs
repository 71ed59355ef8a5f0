//! The label text of a series.

use super::encode::escaped;
use super::samples::Judge;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::excerpt::cut;
use crate::support::memory_limit::shown_values::SHOWN_CHARS;

/// The label names of a family.
#[derive(Debug)]
pub(super) struct LabelNames {
    names: &'static [&'static str],
    /// The indexes of the names in config.json, sorted by name, which is the order of the exposition.
    sorted: Vec<usize>,
}

/// The maximum size of a label value in bytes. The label values of all series are kept in memory.
const LONGEST: usize = 4096;

impl LabelNames {
    pub(super) fn new(names: &'static [&'static str]) -> Self {
        let mut sorted: Vec<_> = (0..names.len()).collect();
        sorted.sort_by_key(|place| names[*place]);
        Self { names, sorted }
    }

    /// Returns the text between the braces of a sample. `values` are in the order of config.json.
    ///
    /// # Errors
    /// The number of values differs from the number of names, or a value is too long or rejected by the judge.
    pub(super) fn text(&self, values: &[Box<str>], judge: Judge<'_>) -> Result<Box<str>> {
        self.check(values, judge)?;
        let mut text = String::with_capacity(self.size(values));
        for place in &self.sorted {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(self.names[*place]);
            text.push_str("=\"");
            text.push_str(&escaped(&values[*place]));
            text.push('"');
        }
        Ok(text.into())
    }

    /// Returns the names in the order of the exposition.
    pub(super) fn sorted(&self) -> impl Iterator<Item = &'static str> {
        self.sorted.iter().map(|place| self.names[*place])
    }

    /// Returns true if [`Self::text`] can have written the text.
    pub(super) fn could_be(&self, text: &str) -> bool {
        let mut rest = text;
        for (nth, name) in self.sorted().enumerate() {
            let comma = if nth == 0 { "" } else { "," };
            let value = rest.strip_prefix(comma).and_then(|rest| rest.strip_prefix(name));
            let Some(value) = value.and_then(|value| value.strip_prefix("=\"")) else { return false };
            let Some(after) = after_value(value) else { return false };
            rest = after;
        }
        rest.is_empty()
    }

    /// Returns the names with the values of a text of [`Self::text`], in the order of the exposition. Long values are
    /// cut.
    pub(super) fn pairs(&self, text: &str) -> Vec<(&'static str, String)> {
        let mut rest = text;
        let mut next = |name: &str| {
            let (_, value) = rest.split_at_checked(name.len() + "=\"".len())?;
            let after = after_value(value)?;
            rest = after.strip_prefix(',').unwrap_or(after);
            value.get(..value.len() - after.len() - 1).map(shown)
        };
        let mut pairs: Vec<_> = self.sorted().map_while(|name| Some((name, next(name)?))).collect();
        pairs.shrink_to_fit();
        pairs
    }

    fn check(&self, values: &[Box<str>], judge: Judge<'_>) -> Result<()> {
        if values.len() != self.names.len() {
            let (found, expected) = (values.len(), self.names.join("`, `"));
            return Err(refused(format!("{found} label values for the labels `{expected}`")));
        }
        self.names.iter().zip(values).try_for_each(|(name, value)| check_value(name, value, judge))
    }

    /// Returns the size of the label text without escapes, which are rare.
    fn size(&self, values: &[Box<str>]) -> usize {
        let sizes =
            self.names.iter().zip(values).map(|(name, value)| name.len() + value.len() + "=\"\",".len());
        sizes.sum::<usize>().saturating_sub(1)
    }
}

/// Checks that a text can be the value of the label `name`.
///
/// # Errors
/// It is too long or rejected by the judge.
pub(super) fn check_value(name: &str, value: &str, judge: Judge<'_>) -> Result<()> {
    if value.len() > LONGEST {
        let size = value.len();
        let problem = format!("the value of the label `{name}` has {size} bytes; the limit is {LONGEST}");
        return Err(refused(problem).with_help("shorten the value"));
    }
    // The message does not quote the value, which may be a secret.
    judge(value).map_or(Ok(()), |reason| Err(refused(format!("the value of the label `{name}` {reason}"))))
}

/// Returns the text after the closing quote of an escaped value. `None` if [`escaped`] cannot have written the value,
/// or if it is too long.
fn after_value(text: &str) -> Option<&str> {
    let mut chars = text.char_indices();
    let mut size = 0;
    while let Some((at, char)) = chars.next() {
        match char {
            '"' => return (size <= LONGEST).then(|| &text[at + 1..]),
            '\\' if !matches!(chars.next(), Some((_, '\\' | 'n' | '"'))) => return None,
            '\n' => return None,
            char => size += char.len_utf8(),
        }
    }
    None
}

/// Returns a value without its escapes, cut after [`SHOWN_CHARS`] characters.
fn shown(escaped: &str) -> String {
    let mut escaped = escaped.chars();
    let chars = std::iter::from_fn(|| match escaped.next()? {
        '\\' => escaped.next().map(|char| if char == 'n' { '\n' } else { char }),
        char => Some(char),
    });
    let mut shown = cut(chars.collect(), SHOWN_CHARS);
    shown.shrink_to_fit();
    shown
}

/// Returns the suffix of a message that names a series, which is empty without labels.
pub(super) fn of(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" for {}", in_braces(text)) }
}

/// Returns the label text in braces for a message, cut after 200 characters.
pub(crate) fn in_braces(text: &str) -> String {
    const LONGEST_SHOWN: usize = 200;
    format!("{{{}}}", cut(text.to_owned(), LONGEST_SHOWN))
}

/// Returns the error of an item that cannot be recorded.
pub(super) fn refused(message: String) -> Error {
    Error::new(ErrorKind::Service, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_text_has_the_values_that_it_was_written_from() {
        let names = LabelNames::new(&["z", "a"]);
        let (longest, long) = ("é".repeat(SHOWN_CHARS), "é\"\n".repeat(1000));
        let cut = long.chars().take(SHOWN_CHARS).collect::<String>() + "...";
        for (value, shown) in [
            ("", ""),
            ("} 7\n# HELP took x\\ \"é\",a=\"", "} 7\n# HELP took x\\ \"é\",a=\""),
            ("=\"\\n", "=\"\\n"),
            ("\\", "\\"),
            (&longest, &longest),
            (&long, &cut),
        ] {
            let text = names.text(&[value.into(), "after".into()], &|_| None).unwrap();
            assert_eq!(names.pairs(&text), [("a", "after".to_owned()), ("z", shown.to_owned())]);
            let text = names.text(&["after".into(), value.into()], &|_| None).unwrap();
            assert_eq!(names.pairs(&text), [("a", shown.to_owned()), ("z", "after".to_owned())]);
        }
        assert_eq!(LabelNames::new(&[]).pairs(""), []);
    }

    #[test]
    fn every_label_text_is_told_from_what_is_none() {
        let names = LabelNames::new(&["z", "a"]);
        for value in ["", "web", "a\"b\\c\nd", "\\", "x\",z=\"y", "é,=", &"x".repeat(LONGEST)] {
            let text = names.text(&[value.into(), "1".into()], &|_| None).unwrap();
            assert!(names.could_be(&text), "{text}");
            for other in [
                &text[1..],
                &text[..text.len() - 1],
                &(text.to_string() + "} 7\nevil"),
                &text.replace('z', "b"),
            ] {
                assert!(!names.could_be(other), "{other}");
            }
        }
        let too_long = format!("a=\"{}\",z=\"\"", "é".repeat(LONGEST / 2 + 1));
        assert!(!names.could_be(&too_long) && !names.could_be(""));
        let none = LabelNames::new(&[]);
        assert!(none.could_be("") && !none.could_be("a=\"1\""));
        for wrong in ["a=\"\\x\",z=\"\"", "a=\"\n\",z=\"\"", "z=\"1\",a=\"2\"", "a=\"1\"z=\"2\""] {
            assert!(!names.could_be(wrong), "{wrong}");
        }
    }
}
