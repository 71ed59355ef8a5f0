//! Positions in a file.

/// A line and a column in a file, both counted from 1. Both are 0 if a whole file is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The number of the line.
    pub line: usize,
    /// The number of the column, in characters.
    pub column: usize,
}

/// A value with its position.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value itself.
    pub value: T,
    /// The position of its beginning.
    pub place: Position,
}

impl Position {
    /// Returns the position in a file, as editors and terminals recognize it: `FILE:LINE:COLUMN`.
    pub(crate) fn within(self, file: &str) -> String {
        match self {
            Self { line: 0, .. } => file.to_owned(),
            Self { line, column } => format!("{file}:{line}:{column}"),
        }
    }

    /// Returns the position after a text.
    pub(super) fn end_of(text: &str) -> Self {
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self { line: text.matches('\n').count() + 1, column: last.chars().count() + 1 }
    }
}
