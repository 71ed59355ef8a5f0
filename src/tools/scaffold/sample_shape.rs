//! What a sample shows of one place in an answer.

use std::collections::HashMap;

use crate::config::json_tree::{Node, Tree};

/// All values that a sample has at one place, such as the `name` of each item of a list.
pub struct SampleValues<'a> {
    /// What stands there, nulls left out.
    pub values: Vec<&'a Tree>,
    /// Whether it was null, or missing, anywhere.
    pub optional: bool,
}

/// What all of the values are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SampleShape {
    /// Numbers.
    Number,
    /// Strings.
    Text,
    /// Lists.
    List,
    /// Objects.
    Object,
    /// Something else, not all the same, or nothing.
    Other,
}

impl<'a> SampleValues<'a> {
    /// The answer as a whole.
    pub fn root(node: &'a Node) -> Self {
        Self::of([&node.tree].into_iter(), false)
    }

    /// What all of the values are.
    pub fn shape(&self) -> SampleShape {
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

    /// The fields of all the objects, in the order in which they come up.
    pub fn fields(&self) -> Vec<(&'a str, Self)> {
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

    /// The items of all the lists.
    pub fn items(&self) -> Self {
        let lists = self
            .values
            .iter()
            .filter_map(|value| if let Tree::List(items) = value { Some(items) } else { None });
        Self::of(lists.flatten().map(|item| &item.tree), false)
    }

    /// How long the lists are together.
    pub fn length(&self) -> usize {
        let lengths =
            self.values.iter().map(|value| if let Tree::List(items) = value { items.len() } else { 0 });
        lengths.sum()
    }

    /// Whether there is a string everywhere, and no two the same.
    pub fn distinct(&self) -> bool {
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
