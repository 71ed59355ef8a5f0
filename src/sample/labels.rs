//! The label text of a series.

use super::encode::escaped;
use crate::error::{Error, ErrorKind, Result};

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
    /// There are more or fewer values than names, or one is too long.
    pub(super) fn text(&self, values: &[Box<str>]) -> Result<Box<str>> {
        self.check(values)?;
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

    fn check(&self, values: &[Box<str>]) -> Result<()> {
        if values.len() != self.names.len() {
            let (found, expected) = (values.len(), self.names.join("`, `"));
            return Err(refused(format!("{found} label values were given for the labels `{expected}`")));
        }
        match self.names.iter().zip(values).find(|(_, value)| value.len() > LONGEST) {
            None => Ok(()),
            Some((name, value)) => Err(refused(format!(
                "the label `{name}` got {} bytes, but takes at most {LONGEST}: shorten the value",
                value.len()
            ))),
        }
    }

    /// The size of a text in which nothing is escaped, as is nearly always so.
    fn size(&self, values: &[Box<str>]) -> usize {
        let sizes =
            self.names.iter().zip(values).map(|(name, value)| name.len() + value.len() + "=\"\",".len());
        sizes.sum::<usize>().saturating_sub(1)
    }
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
