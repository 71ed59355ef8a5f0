//! Errors in a file, with their positions.

use std::fmt;

use super::{Position, Problem};

/// A problem at a position in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mistake {
    /// The position of the error.
    pub place: Position,
    /// The problem, with its help.
    pub problem: Problem,
}

/// All errors in a file, in the order of the file, each displayed on a line `FILE:LINE:COL: problem; help: imperative`.
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
            write!(f, "{}: {}{end}", mistake.place.within(&self.file), mistake.problem)?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}
