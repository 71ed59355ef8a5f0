//! An OpenAPI description in JSON or YAML.

use std::fs;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
use serde_json::{Map, Value};

use crate::support::diagnostic::Diagnostic;

/// The maximum size of a description in bytes.
const LIMIT: u64 = 50 << 20;
/// The maximum number of references that lead to one object.
const REFERENCES: usize = 32;
/// The maximum nesting of YAML.
const DEPTH: usize = 200;

/// A description of an API.
pub(super) struct Description {
    /// The whole document.
    pub root: Value,
}

impl Description {
    /// Reads a description.
    ///
    /// # Errors
    /// The file cannot be read, is too large, or is neither JSON nor YAML.
    pub(super) fn read(path: &Path) -> Result<Self, Diagnostic> {
        let unread = |error: &std::io::Error| {
            Diagnostic::new(format!("{}: cannot read the description: {error}", path.display()))
                .help("correct the path after `--openapi`")
        };
        let size = fs::metadata(path).map_err(|error| unread(&error))?.len();
        if size > LIMIT {
            return Err(Diagnostic::new(format!(
                "{}: the description has {size} bytes, expected at most {LIMIT}",
                path.display()
            )));
        }
        let text = fs::read_to_string(path).map_err(|error| unread(&error))?;
        Self::parse(&text).map_err(|error| error.within(path.display()))
    }

    /// Parses a description.
    ///
    /// # Errors
    /// The text is neither JSON nor YAML, or has another version.
    pub(super) fn parse(text: &str) -> Result<Self, Diagnostic> {
        let text = text.trim_start_matches('\u{feff}');
        let root = if text.trim_start().starts_with('{') { json(text)? } else { yaml(text)? };
        let version = &root["openapi"];
        if version.as_str().is_some_and(|version| version.starts_with("3.")) {
            return Ok(Self { root });
        }
        let error = Diagnostic::new("no OpenAPI description of version 3.0 or 3.1");
        Err(error.help("convert Swagger 2.0 to OpenAPI 3 first, or pass a response with `--sample`"))
    }

    /// Returns the object that a local `$ref` leads to, or the object itself. A reference to nothing is null.
    pub(super) fn resolved<'d>(&'d self, mut value: &'d Value) -> &'d Value {
        for _ in 0..REFERENCES {
            let Some(pointer) = value.get("$ref").and_then(Value::as_str) else { return value };
            let pointer = pointer.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
            value = pointer.unwrap_or(&Value::Null);
        }
        &Value::Null
    }
}

fn json(text: &str) -> Result<Value, Diagnostic> {
    serde_json::from_str(text).map_err(|error| {
        Diagnostic::new(format!("invalid JSON at line {} column {}", error.line(), error.column()))
            .help("correct the description")
    })
}

fn yaml(text: &str) -> Result<Value, Diagnostic> {
    if let Some(line) = unsafe_line(text) {
        let error = Diagnostic::new(format!("line {line} has an anchor or is nested too deeply"));
        return Err(error.help("convert the description to JSON"));
    }
    let documents = Yaml::load_from_str(text).map_err(|error| {
        Diagnostic::new(format!("invalid YAML at line {}", error.marker().line()))
            .help("correct the description")
    })?;
    Ok(documents.first().map(value).unwrap_or_default())
}

/// Returns the number of the first line with an anchor or with deep nesting, because the parser copies the anchored
/// value for each alias, and recurses into nested values.
fn unsafe_line(text: &str) -> Option<usize> {
    let mut brackets = 0_usize;
    let is_unsafe = |line: &str| {
        let indent = line.len() - line.trim_start_matches([' ', '\t', '-', '?']).len();
        let has_anchor = [": &", "- &"].iter().any(|mark| line.contains(mark));
        has_anchor || indent > DEPTH || line.chars().any(|c| nesting(&mut brackets, c) > DEPTH)
    };
    text.lines().position(is_unsafe).map(|at| at + 1)
}

/// Counts the open brackets after a character.
fn nesting(brackets: &mut usize, character: char) -> usize {
    match character {
        '[' | '{' => *brackets += 1,
        ']' | '}' => *brackets = brackets.saturating_sub(1),
        _ => {}
    }
    *brackets
}

fn value(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(flag)) => Value::from(*flag),
        Yaml::Value(Scalar::Integer(number)) => Value::from(*number),
        Yaml::Value(Scalar::FloatingPoint(number)) => Value::from(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => Value::from(text.as_ref()),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(fields) => {
            let field = |(name, item): (&Yaml, &Yaml)| Some((key(name)?, value(item)));
            Value::Object(fields.iter().filter_map(field).collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}

/// Returns a key as text, because YAML reads the status `200` as a number.
fn key(yaml: &Yaml) -> Option<String> {
    match value(yaml) {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}
