//! Neutral values of a schema, from which the structs and metrics are inferred.

use serde_json::{Map, Value, json};

use super::Description;

/// The maximum nesting of a sample.
const DEPTH: usize = 12;
/// The maximum number of values of a sample.
const VALUES: usize = 5000;

/// Builds a sample of a schema within limits, so that a recursive schema has an end.
pub(super) struct SampleBuilder<'d> {
    description: &'d Description,
    /// The number of values that may still be added.
    left: usize,
    /// The schemas around the current one. A schema inside itself has no value, so that a tree has one level.
    around: Vec<&'d Value>,
}

impl<'d> SampleBuilder<'d> {
    /// Creates a builder.
    pub(super) fn new(description: &'d Description) -> Self {
        Self { description, left: VALUES, around: Vec::new() }
    }

    /// Returns a sample of a schema; `None` if the schema allows any value.
    pub(super) fn sample(mut self, schema: &'d Value) -> Option<Value> {
        self.value(schema, 0).filter(|value| !value.is_null())
    }

    fn value(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        let schema = self.description.resolved(schema);
        self.left = self.left.checked_sub(1)?;
        let is_inside_itself = self.around.iter().any(|outer| std::ptr::eq(*outer, schema));
        if depth > DEPTH || !schema.is_object() || is_inside_itself {
            return None;
        }
        self.around.push(schema);
        let value = self.of_schema(schema, depth);
        self.around.pop();
        value
    }

    fn of_schema(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        if let Some(example) = ["example", "default"].iter().find_map(|key| schema.get(*key)) {
            return Some(example.clone());
        }
        if let Some(first) = schema["enum"].get(0).or_else(|| schema["examples"].get(0)) {
            return Some(first.clone());
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return Some(self.merged(schema, parts, depth));
        }
        let choice = ["oneOf", "anyOf"].iter().find_map(|key| schema[*key].as_array());
        if let Some(choice) = choice {
            return choice.iter().find_map(|schema| self.value(schema, depth + 1));
        }
        self.of_type(schema, depth)
    }

    fn merged(&mut self, schema: &'d Value, parts: &'d [Value], depth: usize) -> Value {
        let mut fields = Map::new();
        for part in parts {
            if let Some(Value::Object(more)) = self.value(part, depth + 1) {
                fields.extend(more);
            }
        }
        if let Some(Value::Object(more)) = self.of_type(schema, depth) {
            fields.extend(more);
        }
        Value::Object(fields)
    }

    fn of_type(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        match type_of(schema)? {
            "object" => Some(self.object(schema, depth)),
            "array" => Some(self.value(&schema["items"], depth + 1).into_iter().collect()),
            "integer" => Some(json!(1)),
            "number" => Some(json!(1.5)),
            "boolean" => Some(json!(true)),
            "string" => Some(json!(text(schema["format"].as_str().unwrap_or_default()))),
            _ => None,
        }
    }

    fn object(&mut self, schema: &'d Value, depth: usize) -> Value {
        let mut fields = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            let write_only = self.description.resolved(schema)["writeOnly"] == true;
            if let Some(value) = self.value(schema, depth + 1).filter(|_| !write_only) {
                fields.insert(name.clone(), value);
            }
        }
        if let Some(value) = self.value(&schema["additionalProperties"], depth + 1) {
            // Two keys of the form of IDs are recognized as data.
            ["10.0.0.1", "10.0.0.2"]
                .iter()
                .for_each(|key| drop(fields.insert((*key).to_owned(), value.clone())));
        }
        Value::Object(fields)
    }
}

/// Returns the type of a schema, which is implied by `properties` or `items` if it is absent.
fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        // A list of OpenAPI 3.1, such as `["integer", "null"]`.
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ if schema["properties"].is_object() || schema["additionalProperties"].is_object() => Some("object"),
        _ if schema["items"].is_object() => Some("array"),
        _ => None,
    }
}

fn text(format: &str) -> &'static str {
    match format {
        "date-time" => "2026-01-01T00:00:00Z",
        "date" => "2026-01-01",
        "uuid" => "00000000-0000-4000-8000-000000000000",
        "uri" | "url" => "https://example.com/",
        "ipv4" => "192.0.2.1",
        _ => "text",
    }
}
