//! A problem without its position.

use std::fmt;

/// A problem and the imperatives that fix it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Problem {
    /// The found value, and the expected one.
    pub text: String,
    /// The imperatives that fix it, the most likely first.
    pub help: Vec<String>,
}

impl Problem {
    /// Creates a problem without help.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), help: Vec::new() }
    }

    /// Adds an imperative that fixes the problem.
    pub(crate) fn help(mut self, imperative: impl Into<String>) -> Self {
        self.help.push(imperative.into());
        self
    }

    /// Adds an imperative if there is one.
    pub(crate) fn help_if(self, imperative: Option<impl Into<String>>) -> Self {
        match imperative {
            Some(imperative) => self.help(imperative),
            None => self,
        }
    }

    /// Returns the problem at a position.
    pub(crate) fn at(self, place: super::Position) -> super::Mistake {
        super::Mistake { place, problem: self }
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Problem {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

/// Writes the problem on one line, as cargo prints the errors of a build script.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        self.help.iter().try_for_each(|imperative| write!(f, "; help: {imperative}"))
    }
}
