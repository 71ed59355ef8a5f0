//! Reads YAML as JSON values. Aliases are expanded within a limit, because a few lines of them can stand for any number of values.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr::{Scalar, ScalarStyle, Tag};
use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

use crate::support::diagnostic::Diagnostic;

/// The maximum nesting of a description.
const DEPTH: usize = 200;
/// The maximum size of all anchored and copied values in bytes.
const COPIES: usize = 64 << 20;
/// The size of a value in memory in bytes, without its text.
const VALUE: usize = 64;
/// The key whose value is merged into its object (YAML 1.1).
const MERGE: &str = "<<";

/// Parses the first document of a text.
///
/// # Errors
/// The text is not YAML, is nested too deeply, or has too many aliases.
pub(super) fn value(text: &str) -> Result<Value, Diagnostic> {
    read(text).or_else(|error| read(&with_indented_brackets(text)).map_err(|_| error))
}

/// Returns a text whose closing brackets are more indented than their keys. YAML requires that, but libyaml does not, and the
/// description of Docker relies on it.
fn with_indented_brackets(text: &str) -> String {
    let mut indented = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let is_closing = line.trim_start().starts_with(['}', ']']);
        indented += if is_closing { "  " } else { "" };
        indented += line;
    }
    indented
}

fn read(text: &str) -> Result<Value, Diagnostic> {
    let mut parser = Parser::new_from_str(text);
    let mut builder = YamlBuilder { left: COPIES, ..YamlBuilder::default() };
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            Diagnostic::new(format!("invalid YAML at line {}: {}", error.marker().line(), error.info()))
                .help("correct the description")
        })?;
        if matches!(event, Event::DocumentEnd | Event::StreamEnd) {
            break;
        }
        builder.take(event).map_err(|problem| {
            Diagnostic::new(format!("line {} {problem}", span.start.line())).help("correct the description")
        })?;
    }
    Ok(builder.root.unwrap_or_default())
}

/// Builds a value from the events of the parser, without recursion.
#[derive(Default)]
struct YamlBuilder {
    /// The objects and lists around the current place.
    open: Vec<OpenValue>,
    root: Option<Value>,
    /// The values that aliases may refer to, with their nesting.
    anchors: HashMap<usize, (Value, usize)>,
    /// The number of bytes that may still be copied.
    left: usize,
}

/// An object or a list whose end is not read yet.
struct OpenValue {
    anchor: usize,
    content: OpenContent,
}

/// The content of an open value.
enum OpenContent {
    /// The items of a list.
    List(Vec<Value>),
    /// The fields of an object, the key of the next value, and the objects that are merged into it.
    Object(Map<String, Value>, Option<String>, Vec<Map<String, Value>>),
}

impl YamlBuilder {
    fn take(&mut self, event: Event) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag.as_ref()),
            Event::Alias(anchor) => self.alias(anchor),
            Event::SequenceStart(anchor, _) => self.open(anchor, OpenContent::List(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.open(anchor, OpenContent::Object(Map::new(), None, Vec::new()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: Cow<str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Cow<Tag>>,
    ) -> Result<(), &'static str> {
        // A key is text even if it looks like a number, as the status 200 does.
        let value = match Scalar::parse_from_cow_and_metadata(text.clone(), style, tag) {
            _ if self.needs_key() => Value::from(text),
            Some(Scalar::Null) => Value::Null,
            Some(Scalar::Boolean(flag)) => Value::from(flag),
            Some(Scalar::Integer(number)) => Value::from(number),
            Some(Scalar::FloatingPoint(number)) => Value::from(number.into_inner()),
            Some(Scalar::String(text)) => Value::from(text),
            None => Value::from(text),
        };
        self.add(anchor, value)
    }

    fn needs_key(&self) -> bool {
        let last = self.open.last().map(|open| &open.content);
        matches!(last, Some(OpenContent::Object(_, None, _)))
    }

    fn alias(&mut self, anchor: usize) -> Result<(), &'static str> {
        let Some((value, depth)) = self.anchors.get(&anchor) else {
            return Err("has an alias of a value that contains it");
        };
        if self.open.len() + depth > DEPTH {
            return Err("is nested too deeply");
        }
        self.left = self.left.checked_sub(size(value)).ok_or("has too many copies of anchored values")?;
        let value = value.clone();
        self.add(0, value)
    }

    fn open(&mut self, anchor: usize, content: OpenContent) -> Result<(), &'static str> {
        self.open.push(OpenValue { anchor, content });
        if self.open.len() > DEPTH { Err("is nested too deeply") } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), &'static str> {
        let Some(OpenValue { anchor, content }) = self.open.pop() else { return Ok(()) };
        let value = match content {
            OpenContent::List(items) => Value::Array(items),
            OpenContent::Object(mut fields, _, merged) => {
                for (key, value) in merged.into_iter().flatten() {
                    fields.entry(key).or_insert(value);
                }
                Value::Object(fields)
            }
        };
        self.add(anchor, value)
    }

    /// Adds a complete value to the value around it.
    fn add(&mut self, anchor: usize, value: Value) -> Result<(), &'static str> {
        if anchor > 0 {
            self.left =
                self.left.checked_sub(size(&value)).ok_or("has too many copies of anchored values")?;
            self.anchors.insert(anchor, (value.clone(), depth(&value)));
        }
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(value),
            Some(OpenContent::List(items)) => items.push(value),
            Some(OpenContent::Object(fields, key, merged)) => match key.take() {
                None => *key = Some(text_of(value)),
                Some(name) if name == MERGE && !value.is_string() => merged.extend(objects(value)),
                Some(name) => drop(fields.insert(name, value)),
            },
        }
        Ok(())
    }
}

fn text_of(value: Value) -> String {
    if let Value::String(text) = value { text } else { value.to_string() }
}

/// Returns the objects to merge: one, or a list of them.
fn objects(value: Value) -> Vec<Map<String, Value>> {
    match value {
        Value::Object(fields) => vec![fields],
        Value::Array(items) => items.into_iter().flat_map(objects).collect(),
        _ => Vec::new(),
    }
}

/// Returns the approximate size of a value in bytes.
fn size(value: &Value) -> usize {
    let content: usize = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 0,
    };
    VALUE + content
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
