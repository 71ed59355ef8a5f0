//! The sample and the request from an OpenAPI description: the example of a response, or neutral values of its schema.

mod described_request;
mod description;
mod description_yaml;
mod operation;
mod parameters;
mod path_template;
mod request_content;
mod schema_sample;
mod security;
mod server;
mod swagger;

use std::path::PathBuf;

pub(super) use described_request::DescribedRequest;
use description::Description;
use operation::DescribedOperation;
use schema_sample::SampleBuilder;
use serde_json::Value;

use crate::fetch::url::Url;
use crate::support::diagnostic::Diagnostic;

/// The options that select a response of a description.
#[derive(Debug, Clone)]
pub(crate) struct DescribedResponse {
    /// The file with the description, in JSON or YAML.
    pub file: PathBuf,
    /// The path in the description, such as `/incidents/{id}`.
    pub path: String,
    /// The method of the request in lower case.
    pub method: String,
}

/// The sample and the request that a description contains.
pub(super) struct DescribedSample {
    /// The response body from which the service is generated.
    pub value: Value,
    /// A body with the neutral values of the schema, which has all fields.
    pub schema: Option<Value>,
    /// True if the sample is an example of the description, not one of neutral values.
    pub is_example: bool,
    /// The request, and the parts of the entry that it needs.
    pub request: DescribedRequest,
}

impl DescribedResponse {
    /// Returns the sample of the response. `url` is the URL of the API, if the user has given one.
    ///
    /// # Errors
    /// The file is no description, has no such operation, describes no JSON in a response of success, or has no URL.
    pub(super) fn sample(&self, url: Option<&Url>) -> Result<DescribedSample, Diagnostic> {
        let description = Description::read(&self.file)?;
        let sample = self.of_description(&description, url);
        // A reference to another file may be the reason for any other error.
        let note = description.check_references().map_err(|error| error.within(self.file.display()))?;
        let mut sample = sample.map_err(|error| error.within(self.file.display()))?;
        sample.request.notes.extend(note);
        Ok(sample)
    }

    fn of_description(
        &self,
        description: &Description,
        url: Option<&Url>,
    ) -> Result<DescribedSample, Diagnostic> {
        let operation = DescribedOperation::find(description, &self.path, &self.method)?;
        let (content, _) = operation.response().ok_or_else(|| self.without_json())?;
        let example = example(description, content);
        let is_example = example.is_some();
        let schema = SampleBuilder::new(description).sample(&content["schema"]);
        let value = example.or_else(|| schema.clone()).ok_or_else(|| self.without_json())?;
        let request = DescribedRequest::of(&operation, url)?;
        Ok(DescribedSample { value, schema, is_example, request })
    }

    fn without_json(&self) -> Diagnostic {
        let error = Diagnostic::new(format!("no JSON response of `{}`", self.name()));
        error.help("save a response, and pass it with `--sample`")
    }

    /// Returns the method and the path, as in a request.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method.to_ascii_uppercase(), self.path)
    }
}

/// Returns the example of a body. Some descriptions have it as JSON in a text.
fn example(description: &Description, content: &Value) -> Option<Value> {
    let named = content["examples"].as_object().into_iter().flat_map(|examples| examples.values());
    let named = named.map(|example| &description.resolved(example)["value"]);
    let schema = description.resolved(&content["schema"]);
    let of_schema = [&schema["example"], &schema["examples"][0]];
    let mut examples = std::iter::once(&content["example"]).chain(named.take(10)).chain(of_schema);
    let parsed = |example: &Value| match example {
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    };
    examples.find_map(|example| parsed(example).filter(|value| value.is_object() || value.is_array()))
}

/// Returns the text of a sample.
pub(super) fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests;
