//! Neutral values of a schema, from which the structs and metrics are inferred.

use serde_json::{Map, Value, json};

use super::Description;

/// The maximum nesting of a sample.
const DEPTH: usize = 12;
/// The maximum number of values of a sample.
const VALUES: usize = 5000;
/// The maximum number of values of an example in a schema.
const STATED: usize = 1000;
/// The maximum number of schemas around a schema, those of `allOf`, `oneOf` and `anyOf` included.
const SCHEMAS: usize = 64;

/// Builds a sample of a schema within limits, so that a recursive schema has an end.
pub(super) struct SampleBuilder<'d> {
    description: &'d Description,
    /// True if the sample is the body of a request, which has only its required members.
    is_request: bool,
    /// The number of values that may still be added.
    left: usize,
    /// The maximum nesting.
    depth: usize,
    /// The schemas around the current one. A schema inside itself has no value, so that a tree has one level.
    around: Vec<&'d Value>,
}

impl<'d> SampleBuilder<'d> {
    /// Creates a builder of a response.
    pub(super) fn new(description: &'d Description) -> Self {
        Self { description, is_request: false, left: VALUES, depth: DEPTH, around: Vec::new() }
    }

    /// Creates a builder of the body of a request.
    pub(super) fn of_request(description: &'d Description) -> Self {
        Self { is_request: true, ..Self::new(description) }
    }

    /// Returns a sample of a schema; `None` if the schema allows any value. A sample with too many values is built again with less
    /// nesting, so that all fields near the root are in it.
    pub(super) fn sample(mut self, schema: &'d Value) -> Option<Value> {
        loop {
            self.left = VALUES;
            let value = self.value(schema, 0);
            if self.left > 0 || self.depth <= 1 {
                return value.filter(|value| !value.is_null());
            }
            self.depth -= 1;
        }
    }

    fn value(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let schema = self.description.resolved(schema);
        let is_inside_itself = self.around.iter().any(|outer| std::ptr::eq(*outer, schema));
        if depth > self.depth || self.around.len() > SCHEMAS || !schema.is_object() || is_inside_itself {
            return None;
        }
        self.around.push(schema);
        let value = stated(schema, &mut self.left).or_else(|| self.of_parts(schema, depth));
        self.around.pop();
        value
    }

    /// Returns the value of a schema and its parts: all of `allOf`, and the first usable one of `oneOf` and `anyOf`. Objects are
    /// merged.
    fn of_parts(&mut self, schema: &'d Value, depth: usize) -> Option<Value> {
        let mut merged = None;
        for part in schema["allOf"].as_array().into_iter().flatten() {
            merge(&mut merged, self.value(part, depth));
        }
        for key in ["oneOf", "anyOf"] {
            let choice = schema[key].as_array().into_iter().flatten();
            let first = choice.map(|part| self.value(part, depth)).find(Option::is_some).flatten();
            merge(&mut merged, first);
        }
        merge(&mut merged, self.of_type(schema, depth));
        merged
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

    /// Returns the properties of a schema: all of a response, and the required ones of a request.
    fn properties(&self, schema: &'d Value) -> Vec<(&'d str, &'d Value)> {
        let all = schema["properties"].as_object();
        if self.is_request {
            let required = schema["required"].as_array().into_iter().flatten().take(self.left);
            let pair = |name: &'d Value| Some((name.as_str()?, all?.get(name.as_str()?)?));
            return required.filter_map(pair).collect();
        }
        all.into_iter().flatten().take(self.left).map(|(name, schema)| (name.as_str(), schema)).collect()
    }

    fn object(&mut self, schema: &'d Value, depth: usize) -> Value {
        let mut fields = Map::new();
        let hidden = if self.is_request { "readOnly" } else { "writeOnly" };
        for (name, schema) in self.properties(schema) {
            if self.left == 0 {
                break;
            }
            let is_hidden = self.description.resolved(schema)[hidden] == true;
            if let Some(value) = self.value(schema, depth + 1).filter(|_| !is_hidden) {
                fields.insert(name.to_owned(), value);
            }
        }
        if self.is_request {
            return Value::Object(fields);
        }
        if let Some(value) = self.value(&schema["additionalProperties"], depth + 1) {
            // Two keys of the form of IDs are recognized as data.
            let mut after = self.left;
            if take(&value, &mut after) {
                self.left = after;
                fields.insert("10.0.0.2".to_owned(), value.clone());
            }
            fields.insert("10.0.0.1".to_owned(), value);
        }
        Value::Object(fields)
    }
}

/// Returns the value that a schema states, unless it contradicts the type of the schema or is too large. Null says nothing about a
/// value.
fn stated(schema: &Value, left: &mut usize) -> Option<Value> {
    let single = ["const", "example", "default"].iter().filter_map(|key| schema.get(*key));
    let lists = [&schema["examples"], &schema["enum"]];
    let lists = lists.into_iter().flat_map(|list| list.as_array().into_iter().flatten().take(2));
    single.chain(lists).find_map(|value| {
        let most = (*left).min(STATED);
        let mut after = most;
        let is_small = take(value, &mut after);
        let value = of_same_type(value, type_of(schema)).filter(|_| is_small)?;
        *left -= most - after;
        Some(value)
    })
}

/// Subtracts the size of a value. Returns false if less is left.
fn take(value: &Value, left: &mut usize) -> bool {
    let size = 1 + value.as_str().map_or(0, str::len) / 64;
    let Some(after) = left.checked_sub(size) else { return false };
    *left = after;
    match value {
        Value::Array(items) => items.iter().all(|item| take(item, left)),
        Value::Object(fields) => fields.values().all(|field| take(field, left)),
        _ => true,
    }
}

/// Returns a value as the type of its schema; `None` if it has another type.
fn of_same_type(value: &Value, expected: Option<&str>) -> Option<Value> {
    let fits = match (expected, value) {
        (_, Value::Null) => false,
        (Some("object"), value) => value.is_object(),
        (Some("array"), value) => value.is_array(),
        (Some("boolean"), value) => value.is_boolean(),
        (Some("integer" | "number"), Value::String(text)) => {
            return text
                .parse::<i64>()
                .map(Value::from)
                .or_else(|_| text.parse::<f64>().map(Value::from))
                .ok();
        }
        (Some("integer" | "number"), value) => value.is_number(),
        (Some("string"), Value::Number(_) | Value::Bool(_)) => return Some(value.to_string().into()),
        (Some("string"), value) => value.is_string(),
        _ => true,
    };
    fits.then(|| value.clone())
}

/// Adds a value to another one: the fields of an object, or any value to none.
fn merge(merged: &mut Option<Value>, more: Option<Value>) {
    match (merged, more) {
        (Some(Value::Object(fields)), Some(Value::Object(more))) => fields.extend(more),
        (merged @ None, more) => *merged = more,
        _ => {}
    }
}

/// Returns the type of a schema, which is implied by `properties` or `items` if it is absent.
pub(super) fn type_of(schema: &Value) -> Option<&str> {
    match &schema["type"] {
        Value::String(name) => Some(name),
        // A list of OpenAPI 3.1, such as `["integer", "null"]`.
        Value::Array(names) => names.iter().filter_map(Value::as_str).find(|name| *name != "null"),
        _ if schema["properties"].is_object() || schema["additionalProperties"].is_object() => Some("object"),
        _ if schema["items"].is_object() => Some("array"),
        // The schemas of the parts have the type.
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
        // Some APIs write numbers of 64 bits as text.
        "int32" | "int64" | "uint32" | "uint64" => "1",
        "double" | "float" => "1.5",
        _ => "text",
    }
}
