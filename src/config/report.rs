//! The mistakes found so far.

use std::cell::RefCell;
use std::collections::HashSet;

use super::{Mistake, Mistakes, Position};

/// Collects mistakes while a file is read, in whatever order the rules find them.
#[derive(Default)]
pub(super) struct Report(RefCell<Vec<Mistake>>);

impl Report {
    /// Notes what was found, what is expected, and what to do.
    pub(super) fn add(&self, place: Position, text: impl Into<String>) {
        self.0.borrow_mut().push(Mistake { place, text: text.into() });
    }

    /// Takes what others found, unless something was found at the same place before.
    pub(super) fn add_new(&self, found: Vec<Mistake>) {
        let mut list = self.0.borrow_mut();
        let told: HashSet<Position> = list.iter().map(|mistake| mistake.place).collect();
        list.extend(found.into_iter().filter(|mistake| !told.contains(&mistake.place)));
    }

    /// Whether there are so many that nobody will read the advice on the next: it may be left out.
    pub(super) fn is_long(&self) -> bool {
        self.0.borrow().len() > 200
    }

    /// Every mistake, in the order of the file.
    pub(super) fn into_list(self) -> Vec<Mistake> {
        let mut list = self.0.into_inner();
        list.sort_by_key(|mistake| mistake.place);
        list
    }

    /// The value if there is no mistake; else every mistake.
    pub(super) fn verdict<T>(self, file: &str, value: Option<T>) -> Result<T, Mistakes> {
        let list = self.into_list();
        match value {
            Some(value) if list.is_empty() => Ok(value),
            _ => Err(Mistakes { file: file.to_owned(), list }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_found_is_told_unless_something_was_found_there_before() {
        let at = |line, text: &str| Mistake { place: Position { line, column: 1 }, text: text.to_owned() };
        let report = Report::default();
        report.add(Position { line: 2, column: 1 }, "first");
        report.add_new(vec![at(2, "again"), at(1, "new")]);
        let told: Vec<String> = report.into_list().into_iter().map(|mistake| mistake.text).collect();
        assert_eq!(told, ["new", "first"]);
    }
}
