//! Collects the errors in a file.

use std::cell::RefCell;
use std::collections::HashSet;

use super::{Mistake, Mistakes, Position, Problem};

/// A list of the errors in a file, in the order in which they are found.
#[derive(Default)]
pub(crate) struct Report(RefCell<Vec<Mistake>>);

impl Report {
    /// Adds an error.
    pub(crate) fn add(&self, place: Position, problem: impl Into<Problem>) {
        self.0.borrow_mut().push(problem.into().at(place));
    }

    /// Adds errors, except those at positions that already have one.
    pub(super) fn add_new(&self, found: Vec<Mistake>) {
        let mut list = self.0.borrow_mut();
        let told: HashSet<Position> = list.iter().map(|mistake| mistake.place).collect();
        list.extend(found.into_iter().filter(|mistake| !told.contains(&mistake.place)));
    }

    /// Returns true if there are so many errors that advice for the next one may be omitted.
    pub(super) fn is_long(&self) -> bool {
        self.0.borrow().len() > 200
    }

    /// Returns all errors in the order of the file.
    pub(super) fn into_list(self) -> Vec<Mistake> {
        let mut list = self.0.into_inner();
        // Each target of a service inherits its errors.
        let mut told = HashSet::new();
        list.retain(|mistake| told.insert(mistake.clone()));
        list.sort_by_key(|mistake| mistake.place);
        list
    }

    /// Returns the value if there is one and no error, and all errors otherwise.
    pub(crate) fn verdict<T>(self, file: &str, value: Option<T>) -> Result<T, Mistakes> {
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
        let at = |line, text: &str| Problem::from(text).at(Position { line, column: 1 });
        let report = Report::default();
        report.add(Position { line: 2, column: 1 }, "first");
        report.add_new(vec![at(2, "again"), at(1, "new")]);
        let told: Vec<String> = report.into_list().into_iter().map(|mistake| mistake.problem.text).collect();
        assert_eq!(told, ["new", "first"]);
    }
}
