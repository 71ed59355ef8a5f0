//! JSON values as Jsonnet, with expressions as values.

use std::fmt::{self, Display, Formatter};

use serde_json::{Value, json};

/// The key of an object that stands for an expression.
const EXPRESSION: &str = "$expression";

/// A value as Jsonnet text, at an indentation.
pub(super) struct Jsonnet<'a>(pub &'a Value, pub usize);

/// Returns a value that is written as this expression.
pub(super) fn expression(text: &str) -> Value {
    json!({ EXPRESSION: text })
}

impl Display for Jsonnet<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self(value, indent) = *self;
        let inner = indent + 2;
        match value {
            Value::Object(map) => {
                if let Some(text) = map.get(EXPRESSION).and_then(Value::as_str) {
                    return out.write_str(text);
                }
                writeln!(out, "{{")?;
                for (key, value) in map {
                    writeln!(out, "{:inner$}{}: {},", "", json!(key), Jsonnet(value, inner))?;
                }
                write!(out, "{:indent$}}}", "")
            }
            Value::Array(list) => {
                writeln!(out, "[")?;
                for value in list {
                    writeln!(out, "{:inner$}{},", "", Jsonnet(value, inner))?;
                }
                write!(out, "{:indent$}]", "")
            }
            scalar => write!(out, "{scalar}"),
        }
    }
}
