//! An OpenAPI description in JSON or YAML, of version 2.0 (Swagger), 3.0 or 3.1.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{description_yaml, swagger};
use crate::support::diagnostic::Diagnostic;

/// The maximum size of a description in bytes.
const LIMIT: u64 = 50 << 20;
/// The maximum number of references that lead to one object.
const REFERENCES: usize = 32;

/// A description of an API.
pub(super) struct Description {
    /// The whole document, in the form of version 3.
    pub root: Value,
    /// The references that led to no object of the document.
    lost: RefCell<BTreeSet<String>>,
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
        let root =
            if text.trim_start().starts_with('{') { json(text)? } else { description_yaml::value(text)? };
        let has_version = |key: &str, start: &str| match &root[key] {
            Value::String(version) => version.starts_with(start),
            // YAML reads `swagger: 2.0` as a number.
            Value::Number(version) => version.to_string().starts_with(start),
            _ => false,
        };
        let root = match (has_version("openapi", "3."), has_version("swagger", "2")) {
            (true, _) => root,
            (false, true) => swagger::converted(root),
            (false, false) => {
                let error = Diagnostic::new("no OpenAPI description of version 2.0, 3.0 or 3.1");
                return Err(error.help("correct the path, or pass a response with `--sample`"));
            }
        };
        Ok(Self { root, lost: RefCell::default() })
    }

    /// Returns the object that a local `$ref` leads to, or the object itself. A reference to nothing is null.
    pub(super) fn resolved<'d>(&'d self, mut value: &'d Value) -> &'d Value {
        for _ in 0..REFERENCES {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
            let Some(target) = target(&self.root, reference) else {
                self.lost.borrow_mut().insert(reference.to_owned());
                return &Value::Null;
            };
            value = target;
        }
        &Value::Null
    }

    /// Returns a note about the references to nothing, which make a part of the sample absent.
    ///
    /// # Errors
    /// A reference leads to another file.
    pub(super) fn check_references(&self) -> Result<Option<String>, Diagnostic> {
        let lost = self.lost.borrow();
        if let Some(other) = lost.iter().find(|reference| !reference.starts_with('#')) {
            let error = Diagnostic::new(format!("`$ref` leads to another file: `{other}`"));
            return Err(error.help("bundle the description into one file, for example with `redocly bundle`"));
        }
        let note = |first| {
            format!(
                "the description has references to nothing, such as `{first}`: the sample lacks these values"
            )
        };
        Ok(lost.first().map(note))
    }
}

/// Returns the object of a document that a local reference leads to.
pub(super) fn target<'d>(root: &'d Value, reference: &str) -> Option<&'d Value> {
    let pointer = percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()?;
    root.pointer(&pointer)
}

fn json(text: &str) -> Result<Value, Diagnostic> {
    serde_json::from_str(text).map_err(|error| {
        let text = if error.to_string().starts_with("recursion limit") {
            format!("the value at line {} is nested too deeply", error.line())
        } else {
            format!("invalid JSON at line {} column {}", error.line(), error.column())
        };
        Diagnostic::new(text).help("correct the description")
    })
}
