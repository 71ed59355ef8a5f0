//! The values of a sample at one place in a response.

use std::collections::HashMap;

use super::number_text;
use crate::config::json_tree::{Node, Tree};

/// All values that a sample has at one place, such as the `name` of each item of a list.
#[derive(Clone)]
pub(super) struct SampleValues<'a> {
    /// The values, without nulls.
    pub values: Vec<&'a Tree>,
    /// True if a value was null or missing.
    pub optional: bool,
}

/// The shape that all values share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum SampleShape {
    /// All values are numbers.
    Number,
    /// All values are booleans.
    Flag,
    /// All values are strings.
    Text,
    /// All values are numbers or strings, and there are both.
    NumberOrText,
    /// All values are lists.
    List,
    /// All values are objects.
    Object,
    /// All values are null or missing.
    Nothing,
    /// The values are of different shapes.
    Mixed,
}

impl<'a> SampleValues<'a> {
    /// Returns the response as a whole.
    pub(super) fn root(node: &'a Node) -> Self {
        Self::of([&node.tree].into_iter(), false)
    }

    /// Returns the shape that all values share.
    pub(super) fn shape(&self) -> SampleShape {
        let mut shapes = self.values.iter().map(|value| match value {
            Tree::Number(_) => SampleShape::Number,
            Tree::Bool(_) => SampleShape::Flag,
            Tree::Text(_) => SampleShape::Text,
            Tree::List(_) => SampleShape::List,
            Tree::Object(_) => SampleShape::Object,
            Tree::Null | Tree::Broken => SampleShape::Mixed,
        });
        let first = shapes.next().unwrap_or(SampleShape::Nothing);
        shapes.fold(first, SampleShape::with)
    }

    /// Returns the fields of all objects, in the order of their first occurrence.
    pub(super) fn fields(&self) -> Vec<(&'a str, Self)> {
        let mut fields: Vec<(&'a str, Vec<&'a Tree>)> = Vec::new();
        let mut places = HashMap::new();
        for entry in self.values.iter().flat_map(|value| value.entries()) {
            let key = entry.key.value.as_str();
            let at = *places.entry(key).or_insert(fields.len());
            if at == fields.len() {
                fields.push((key, Vec::new()));
            }
            fields[at].1.push(&entry.value.tree);
        }
        let objects = self.values.len();
        let seen = |(key, values): (&'a str, Vec<&'a Tree>)| {
            let is_missing = values.len() < objects;
            (key, Self::of(values.into_iter(), is_missing))
        };
        fields.into_iter().map(seen).collect()
    }

    /// Returns the values of one key of all objects. Objects without the key have no value.
    pub(super) fn field(&self, key: &str) -> Self {
        let of = |value: &&'a Tree| {
            value.entries().iter().find(|entry| entry.key.value == key).map(|entry| &entry.value.tree)
        };
        let found: Vec<&Tree> = self.values.iter().filter_map(of).collect();
        let is_missing = found.len() < self.values.len();
        Self::of(found.into_iter(), is_missing)
    }

    /// Returns the elements of all lists.
    pub(super) fn elements(&self) -> Self {
        Self::of(self.values.iter().flat_map(|value| value.items()).map(|item| &item.tree), false)
    }

    /// Returns the values of all keys of all objects.
    pub(super) fn entries(&self) -> Self {
        Self::of(self.values.iter().flat_map(|value| value.entries()).map(|entry| &entry.value.tree), false)
    }

    /// Returns the elements or entries of each value, without nulls.
    pub(super) fn groups(&self) -> Vec<Self> {
        let of = |value: &&'a Tree| Self { values: vec![*value], optional: false };
        let group = |one: Self| if one.shape() == SampleShape::List { one.elements() } else { one.entries() };
        self.values.iter().map(|value| group(of(value))).collect()
    }

    /// Returns the elements at each position of lists that are rows of a table.
    pub(super) fn columns(&self) -> Vec<Self> {
        let width = self.values.iter().map(|value| value.items().len()).max().unwrap_or_default();
        let column = |at: usize| {
            let cells: Vec<&Tree> =
                self.values.iter().filter_map(|row| row.items().get(at)).map(|item| &item.tree).collect();
            let is_short = cells.len() < self.values.len();
            Self::of(cells.into_iter(), is_short)
        };
        (0..width).map(column).collect()
    }

    /// Returns the length of the longest list or the largest object.
    pub(super) fn longest(&self) -> usize {
        self.values
            .iter()
            .map(|value| value.items().len().max(value.entries().len()))
            .max()
            .unwrap_or_default()
    }

    /// Returns the strings.
    pub(super) fn texts(&self) -> Vec<&'a str> {
        let text = |value: &&'a Tree| if let Tree::Text(text) = value { Some(text.as_str()) } else { None };
        self.values.iter().filter_map(text).collect()
    }

    /// Returns the numbers.
    pub(super) fn numbers(&self) -> Vec<f64> {
        let number = |value: &&Tree| if let Tree::Number(number) = value { number.as_f64() } else { None };
        self.values.iter().filter_map(number).collect()
    }

    /// Returns true if all values are whole numbers that are not negative.
    pub(super) fn are_whole(&self) -> bool {
        self.values.iter().all(|value| matches!(value, Tree::Number(number) if number.is_u64()))
    }

    /// Returns the strings, and the numbers and booleans as strings.
    pub(super) fn scalars(&self) -> Vec<String> {
        let scalar = |value: &&Tree| match value {
            Tree::Text(text) => Some(text.clone()),
            Tree::Number(number) => Some(number.to_string()),
            Tree::Bool(value) => Some(value.to_string()),
            _ => None,
        };
        self.values.iter().filter_map(scalar).collect()
    }

    /// Returns the number of numbers, booleans and times in the values, also in nested ones.
    pub(super) fn amounts(&self) -> usize {
        self.values.iter().map(|value| value.amounts()).sum()
    }

    fn of(values: impl Iterator<Item = &'a Tree>, missing: bool) -> Self {
        let all: Vec<&Tree> = values.collect();
        let values: Vec<&Tree> = all.iter().copied().filter(|value| !matches!(value, Tree::Null)).collect();
        Self { optional: missing || values.len() < all.len(), values }
    }
}

impl SampleShape {
    /// Returns the shape of values of two shapes.
    fn with(self, other: Self) -> Self {
        let is_number_or_text = |shape| matches!(shape, Self::Number | Self::Text | Self::NumberOrText);
        match (self, other) {
            (one, other) if one == other => one,
            (one, other) if is_number_or_text(one) && is_number_or_text(other) => Self::NumberOrText,
            _ => Self::Mixed,
        }
    }
}

impl Tree {
    fn items(&self) -> &[Node] {
        if let Self::List(items) = self { items } else { &[] }
    }

    fn entries(&self) -> &[crate::config::json_tree::ObjectEntry] {
        if let Self::Object(entries) = self { entries } else { &[] }
    }

    fn amounts(&self) -> usize {
        match self {
            Self::Number(_) | Self::Bool(_) => 1,
            Self::Text(text) => usize::from(number_text::is_amount(text)),
            Self::List(items) => items.iter().map(|item| item.tree.amounts()).sum(),
            Self::Object(entries) => entries.iter().map(|entry| entry.value.tree.amounts()).sum(),
            Self::Null | Self::Broken => 0,
        }
    }
}
