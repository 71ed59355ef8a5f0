//! The body of the request of an operation.

use serde_json::{Map, Value};

use super::described_request::DescribedRequest;
use super::example;
use super::operation::DescribedOperation;
use super::schema_sample::SampleBuilder;
use crate::config::credential_names::is_credential;
use crate::tools::scaffold::request_text::RequestText;
use crate::tools::scaffold::sample_request::{LONGEST, SampleBody, key_of};

/// Adds the body of the description, or a note about a body that is neither JSON nor a form.
pub(super) fn add(operation: &DescribedOperation, described: &mut DescribedRequest) {
    let body = operation.description.resolved(&operation.value["requestBody"]);
    let Some(types) = body["content"].as_object().filter(|_| operation.method != "get") else { return };
    let content = |word: &str| {
        let mut all = types.iter().filter(|(media_type, _)| media_type.to_ascii_lowercase().contains(word));
        all.next().map(|(_, content)| content)
    };
    let sample =
        |content| sample(operation, content).filter(|value| body["required"] == true || !is_empty(value));
    match (content("json"), content("form")) {
        (Some(content), _) => {
            described.request.body = sample(content).map(|value| SampleBody::Json(referring("", &value)));
        }
        (None, Some(content)) => {
            let fields = sample(content).map(|value| fields(&value)).unwrap_or_default();
            described.request.body = (!fields.is_empty()).then_some(SampleBody::Form(fields));
        }
        (None, None) => {}
    }
    let types: Vec<&str> = types.keys().map(String::as_str).take(3).collect();
    let is_missing = described.request.body.is_none() && body["required"] == true;
    if is_missing || described.request.body.as_ref().is_some_and(is_long) {
        described.request.body = None;
        described
            .notes
            .push(format!("add the body of the description to the service: {}", types.join(" or ")));
    }
}

/// Returns the example of the body, or a value with its required members.
fn sample(operation: &DescribedOperation, content: &Value) -> Option<Value> {
    let built = || SampleBuilder::of_request(operation.description).sample(&content["schema"]);
    example(operation.description, content).or_else(built)
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty)
}

fn is_long(body: &SampleBody) -> bool {
    body.code("POST").len() > LONGEST
}

/// Returns a value in the notation of [`RequestText`], with references instead of credentials.
fn referring(name: &str, value: &Value) -> Value {
    match value {
        Value::String(_) if is_credential(name) => format!("${}", key_of(name, "SECRET")).into(),
        Value::String(text) => text.replace('$', "$$").into(),
        Value::Array(items) => items.iter().map(|item| referring(name, item)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), referring(name, value))).collect())
        }
        other => other.clone(),
    }
}

/// Returns the fields of a form. A list has one field for each item.
fn fields(value: &Value) -> Vec<(String, RequestText)> {
    let field = |name: &str, value: &Value| match value {
        Value::String(_) if is_credential(name) => RequestText::secret_key(&key_of(name, "SECRET")),
        Value::String(text) => RequestText::literal(text),
        other => RequestText::literal(&other.to_string()),
    };
    let pairs = value.as_object().into_iter().flatten().flat_map(|(name, value)| match value {
        Value::Array(items) => items.iter().map(|item| (name, item)).collect(),
        other => vec![(name, other)],
    });
    pairs.map(|(name, value)| (name.clone(), field(name, value))).collect()
}
