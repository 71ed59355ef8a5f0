//! The mistakes found so far.

use std::cell::RefCell;
use std::collections::HashSet;

use crate::config::{Mistake, Mistakes, Place};

/// Collects mistakes while a file is read, in whatever order the rules find them.
#[derive(Default)]
pub(super) struct Report(RefCell<Vec<Mistake>>);

impl Report {
    /// Notes what was found, what is expected, and what to do.
    pub(super) fn add(&self, place: Place, text: impl Into<String>) {
        self.0.borrow_mut().push(Mistake { place, text: text.into() });
    }

    /// Takes what others found, unless something was found at the same place before.
    pub(super) fn add_new(&self, found: Vec<Mistake>) {
        let mut list = self.0.borrow_mut();
        let told: HashSet<Place> = list.iter().map(|mistake| mistake.place).collect();
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
