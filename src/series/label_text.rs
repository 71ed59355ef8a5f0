//! The label text of a series.

use super::encode::escaped;
use super::samples::Judge;
use crate::support::error::{Error, ErrorKind, Result};

/// The label names of a family.
#[derive(Debug)]
pub(super) struct LabelNames {
    names: &'static [&'static str],
    /// The places of the names in config.json, in the order of the names: that is how a page shows them.
    sorted: Vec<usize>,
}

/// A label value of more bytes is an error of the metric: those of its series are kept in memory.
const LONGEST: usize = 4096;

impl LabelNames {
    pub(super) fn new(names: &'static [&'static str]) -> Self {
        let mut sorted: Vec<_> = (0..names.len()).collect();
        sorted.sort_by_key(|place| names[*place]);
        Self { names, sorted }
    }

    /// What stands between the braces of a sample with these values, which are in the order of config.json.
    ///
    /// # Errors
    /// There are more or fewer values than names, or one is too long or rejected by the judge.
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

    /// The names as a page shows them, in their order.
    pub(super) fn sorted(&self) -> impl Iterator<Item = &'static str> {
        self.sorted.iter().map(|place| self.names[*place])
    }

    /// Whether [`Self::text`] could have written that.
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

    fn check(&self, values: &[Box<str>], judge: Judge<'_>) -> Result<()> {
        if values.len() != self.names.len() {
            let (found, expected) = (values.len(), self.names.join("`, `"));
            return Err(refused(format!("{found} label values were given for the labels `{expected}`")));
        }
        self.names.iter().zip(values).try_for_each(|(name, value)| check_value(name, value, judge))
    }

    /// The size of a text in which nothing is escaped, as is nearly always so.
    fn size(&self, values: &[Box<str>]) -> usize {
        let sizes =
            self.names.iter().zip(values).map(|(name, value)| name.len() + value.len() + "=\"\",".len());
        sizes.sum::<usize>().saturating_sub(1)
    }
}

fn check_value(name: &str, value: &str, judge: Judge<'_>) -> Result<()> {
    if value.len() > LONGEST {
        let size = value.len();
        let advice = "shorten the value";
        return Err(refused(format!(
            "the label `{name}` got {size} bytes, but takes at most {LONGEST}: {advice}"
        )));
    }
    // The value is not quoted: the reason may be that nobody is to see it.
    judge(value).map_or(Ok(()), |reason| Err(refused(format!("the value of the label `{name}` {reason}"))))
}

/// What follows the closing quote of an escaped value; `None` if it is none that [`escaped`] writes, or too long.
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

/// Where in a metric something is wrong: nothing to say without labels, and not all of labels that are a book.
pub(super) fn of(text: &str) -> String {
    const QUOTED: usize = 200;
    match text.char_indices().nth(QUOTED) {
        None if text.is_empty() => String::new(),
        None => format!(" for {{{text}}}"),
        Some((cut, _)) => format!(" for {{{}...}}", &text[..cut]),
    }
}

/// The error of a reading that cannot be recorded.
pub(super) fn refused(message: String) -> Error {
    Error::new(ErrorKind::Service, message)
}

#[cfg(test)]
mod tests {
    use super::*;

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
