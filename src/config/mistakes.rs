//! Errors in a file, with their positions.

use std::fmt;

use super::Position;

/// An error in a file: the value found, the expected value, and the cure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The position of the error.
    pub place: Position,
    /// The message of the error.
    pub text: String,
}

/// All errors in a file, in the order of the file, each displayed as `FILE:LINE:COL: text`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistakes {
    /// The name of the file, as it was given.
    pub file: String,
    /// The errors, of which there is at least one.
    pub list: Vec<Mistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.list.iter().enumerate() {
            let end = if i + 1 == self.list.len() { "" } else { "\n" };
            write!(f, "{}: {}{end}", mistake.place.within(&self.file), mistake.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}
