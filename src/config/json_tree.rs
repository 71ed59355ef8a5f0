//! JSON as a tree with the position of each key and value, in which repeated keys are reported.
//!
//! A value of serde_json has no positions, json-spanned-value drops repeated keys, and a YAML parser accepts more than JSON.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Number;
use serde_json::value::{RawValue, Value};

use super::problem::Problem;
use super::report::Report;
use super::{Position, Spanned, json_syntax};

/// The maximum depth of nested lists and objects in a config.
pub(super) const DEPTH: usize = 16;
/// The maximum depth of nested lists and objects in a sample response, which users cannot make flatter.
#[cfg(all(feature = "run", feature = "tools"))]
pub(super) const SAMPLE_DEPTH: usize = 127;

/// A value with the position of its beginning.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) place: Position,
    pub(crate) tree: Tree,
}

#[derive(Clone)]
pub(crate) enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<ObjectEntry>),
    /// A value that could not be read; the error is reported already.
    Broken,
}

/// A key of an object with its value.
#[derive(Clone)]
pub(crate) struct ObjectEntry {
    pub(crate) key: Spanned<String>,
    pub(crate) value: Node,
}

/// Parses the text of a file with lists and objects nested up to `depth`; `None` if it is no JSON, which is reported.
pub(super) fn read(text: &str, depth: usize, report: &Report) -> Option<Node> {
    match serde_json::from_str(text) {
        Ok(raw) => {
            let cursor = TextCursor { text, offset: 0, place: Position { line: 1, column: 1 } };
            Some(TreeReader { cursor, report, limit: depth }.node(raw, 0))
        }
        Err(error) => {
            let mistake = json_syntax::explain(text, &error);
            report.add(mistake.place, mistake.problem);
            None
        }
    }
}

impl Node {
    /// Creates a tree without positions.
    #[cfg(feature = "run")]
    pub(crate) fn of(value: &Value) -> Self {
        let place = Position::default();
        let tree = match value {
            Value::Null => Tree::Null,
            Value::Bool(value) => Tree::Bool(*value),
            Value::Number(number) => Tree::Number(number.clone()),
            Value::String(text) => Tree::Text(text.clone()),
            Value::Array(items) => Tree::List(items.iter().map(Self::of).collect()),
            Value::Object(entries) => Tree::Object(
                entries
                    .iter()
                    .map(|(key, value)| ObjectEntry {
                        key: Spanned { value: key.clone(), place },
                        value: Self::of(value),
                    })
                    .collect(),
            ),
        };
        Self { place, tree }
    }

    /// Returns the value without its positions.
    pub(crate) fn to_value(&self) -> Value {
        match &self.tree {
            Tree::Null | Tree::Broken => Value::Null,
            Tree::Bool(value) => Value::Bool(*value),
            Tree::Number(number) => Value::Number(number.clone()),
            Tree::Text(text) => Value::String(text.clone()),
            Tree::List(items) => items.iter().map(Self::to_value).collect(),
            Tree::Object(entries) => {
                entries.iter().map(|entry| (entry.key.value.clone(), entry.value.to_value())).collect()
            }
        }
    }

    /// Returns a description of the value that quotes no string, as it may be a misplaced secret.
    pub(crate) fn describe(&self) -> String {
        match &self.tree {
            Tree::Null => "null".to_owned(),
            Tree::Bool(value) => value.to_string(),
            Tree::Number(number) => format!("the number {number}"),
            Tree::Text(text) if text.is_empty() => "an empty string".to_owned(),
            Tree::Text(_) => "a string".to_owned(),
            Tree::List(_) => "a list".to_owned(),
            Tree::Object(_) => "an object".to_owned(),
            Tree::Broken => "something unreadable".to_owned(),
        }
    }
}

/// Converts slices of the text to nodes, from front to back.
struct TreeReader<'a> {
    cursor: TextCursor<'a>,
    report: &'a Report,
    limit: usize,
}

impl<'a> TreeReader<'a> {
    fn node(&mut self, raw: &'a RawValue, depth: usize) -> Node {
        let place = self.cursor.advance(raw.get());
        let tree = match raw.get().as_bytes().first() {
            Some(b'[' | b'{') if depth == self.limit => self.too_deep(place),
            Some(b'[') => self.list(raw.get(), depth + 1),
            Some(b'{') => self.object(raw.get(), depth + 1),
            _ => self.scalar(raw.get(), place),
        };
        Node { place, tree }
    }

    fn too_deep(&self, place: Position) -> Tree {
        let text = format!("nested in more than {} lists and objects", self.limit);
        self.report.add(place, Problem::new(text).help("flatten the file"));
        Tree::Broken
    }

    fn list(&mut self, raw: &'a str, depth: usize) -> Tree {
        let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
        Tree::List(items.into_iter().map(|item| self.node(item, depth)).collect())
    }

    fn object(&mut self, raw: &'a str, depth: usize) -> Tree {
        let pairs = serde_json::from_str(raw).unwrap_or(Pairs(Vec::new())).0;
        let mut seen: HashMap<String, Position> = HashMap::new();
        let mut entries = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let place = self.cursor.advance(key.get());
            let key = match self.scalar(key.get(), place) {
                Tree::Text(key) => Some(key),
                _ => None,
            };
            let value = self.node(value, depth);
            let Some(key) = key else { continue };
            match seen.get(&key) {
                Some(first) => self.repeated(&key, place, *first),
                None => {
                    seen.insert(key.clone(), place);
                    entries.push(ObjectEntry { key: Spanned { value: key, place }, value });
                }
            }
        }
        Tree::Object(entries)
    }

    fn repeated(&self, key: &str, place: Position, first: Position) {
        let key = json_syntax::quoted(key);
        let text = format!("duplicate key {key}, first used on line {}", first.line);
        self.report.add(place, Problem::new(text).help("remove one of them"));
    }

    fn scalar(&self, raw: &str, place: Position) -> Tree {
        match serde_json::from_str(raw) {
            Ok(Value::Bool(value)) => Tree::Bool(value),
            Ok(Value::Number(number)) => Tree::Number(number),
            Ok(Value::String(text)) => Tree::Text(text),
            Ok(_) => Tree::Null,
            Err(error) => {
                self.report.add(place, json_syntax::explain(raw, &error).problem);
                Tree::Broken
            }
        }
    }
}

/// Converts offsets to lines and columns. It only moves forward, so that it reads a file once.
struct TextCursor<'a> {
    text: &'a str,
    offset: usize,
    place: Position,
}

impl TextCursor<'_> {
    /// Moves to the beginning of `slice`, a part of the text, and returns its position.
    fn advance(&mut self, slice: &str) -> Position {
        let target = slice.as_ptr().addr() - self.text.as_ptr().addr();
        for found in self.text.get(self.offset..target).unwrap_or_default().chars() {
            if found == '\n' {
                self.place = Position { line: self.place.line + 1, column: 1 };
            } else {
                self.place.column += 1;
            }
        }
        self.offset = target;
        self.place
    }
}

/// The keys and values of an object in the order of the text, including repeated keys.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}
