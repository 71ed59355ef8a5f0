//! The values of a sample at one place in a response.

use std::collections::HashMap;

use crate::config::json_tree::{Node, Tree};

/// All values that a sample has at one place, such as the `name` of each item of a list.
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
    /// All values are strings.
    Text,
    /// All values are lists.
    List,
    /// All values are objects.
    Object,
    /// The values are of another or of different shapes, or there are none.
    Other,
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
            Tree::Text(_) => SampleShape::Text,
            Tree::List(_) => SampleShape::List,
            Tree::Object(_) => SampleShape::Object,
            Tree::Null | Tree::Bool(_) | Tree::Broken => SampleShape::Other,
        });
        let first = shapes.next().unwrap_or(SampleShape::Other);
        if shapes.all(|shape| shape == first) { first } else { SampleShape::Other }
    }

    /// Returns the fields of all objects, in the order of their first occurrence.
    pub(super) fn fields(&self) -> Vec<(&'a str, Self)> {
        let mut fields: Vec<(&'a str, Vec<&'a Tree>)> = Vec::new();
        let mut places = HashMap::new();
        for value in &self.values {
            let Tree::Object(entries) = value else { continue };
            for entry in entries {
                let key = entry.key.value.as_str();
                let at = *places.entry(key).or_insert(fields.len());
                if at == fields.len() {
                    fields.push((key, Vec::new()));
                }
                fields[at].1.push(&entry.value.tree);
            }
        }
        let objects = self.values.len();
        let seen = |(key, values): (&'a str, Vec<&'a Tree>)| {
            let is_missing = values.len() < objects;
            (key, Self::of(values.into_iter(), is_missing))
        };
        fields.into_iter().map(seen).collect()
    }

    /// Returns the items of all lists.
    pub(super) fn items(&self) -> Self {
        let lists = self
            .values
            .iter()
            .filter_map(|value| if let Tree::List(items) = value { Some(items) } else { None });
        Self::of(lists.flatten().map(|item| &item.tree), false)
    }

    /// Returns the total length of all lists.
    pub(super) fn length(&self) -> usize {
        let lengths =
            self.values.iter().map(|value| if let Tree::List(items) = value { items.len() } else { 0 });
        lengths.sum()
    }

    /// Returns true if every value is a string, and no two are equal.
    pub(super) fn distinct(&self) -> bool {
        let texts = self
            .values
            .iter()
            .filter_map(|value| if let Tree::Text(text) = value { Some(text) } else { None });
        let mut texts: Vec<&String> = texts.collect();
        let all = texts.len();
        texts.sort();
        texts.dedup();
        !self.optional && all == self.values.len() && texts.len() == all
    }

    fn of(values: impl Iterator<Item = &'a Tree>, missing: bool) -> Self {
        let all: Vec<&Tree> = values.collect();
        let values: Vec<&Tree> = all.iter().copied().filter(|value| !matches!(value, Tree::Null)).collect();
        Self { optional: missing || values.len() < all.len(), values }
    }
}
