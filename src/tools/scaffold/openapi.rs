//! The sample from an OpenAPI description (3.0 and 3.1): the example of a response, or neutral values of its schema.

mod description;
mod schema_sample;
mod security;

use std::path::PathBuf;

use description::Description;
use schema_sample::SampleBuilder;
use serde_json::Value;

use super::sample_request::SampleRequest;
use crate::config::suggest::near;
use crate::support::diagnostic::Diagnostic;

/// The options that select a response of a description.
#[derive(Debug, Clone)]
pub(crate) struct DescribedResponse {
    /// The file with the description, in JSON or YAML.
    pub file: PathBuf,
    /// The path in the description, such as `/incidents/{id}`.
    pub path: String,
}

/// The sample and the request that a description contains.
pub(super) struct DescribedSample {
    /// The response body from which the service is generated.
    pub value: Value,
    /// True if the sample is an example of the description, not one of neutral values.
    pub is_example: bool,
    /// The request with its authentication.
    pub request: SampleRequest,
    /// The authentication that the service must add.
    pub note: Option<String>,
}

impl DescribedResponse {
    /// Returns the sample of the response to a GET.
    ///
    /// # Errors
    /// The file is no description, has no such path, or describes no JSON in a response of success.
    pub(super) fn sample(&self) -> Result<DescribedSample, Diagnostic> {
        let description = Description::read(&self.file)?;
        let within = |error: Diagnostic| error.within(self.file.display());
        let operation = self.operation(&description).map_err(within)?;
        let content = self.content(&description, operation).map_err(within)?;
        let example = example(&description, content);
        let is_example = example.is_some();
        let built = || SampleBuilder::new(&description).sample(&content["schema"]);
        let value = example.or_else(built).ok_or_else(|| self.without_json()).map_err(within)?;
        let (request, note) = security::request(&description, operation);
        Ok(DescribedSample { value, is_example, request, note })
    }

    fn operation<'d>(&self, description: &'d Description) -> Result<&'d Value, Diagnostic> {
        let paths = description.root["paths"].as_object();
        let paths = paths.ok_or_else(|| {
            Diagnostic::new("no object `paths`").help("pass an OpenAPI description of version 3")
        })?;
        let operation = paths.get(&self.path).map(|item| &description.resolved(item)["get"]);
        operation.filter(|operation| operation.is_object()).ok_or_else(|| {
            let with_get = paths.iter().filter(|(_, item)| description.resolved(item)["get"].is_object());
            let known: Vec<&str> = with_get.map(|(path, _)| path.as_str()).collect();
            let error = Diagnostic::new(format!("no GET of the path `{}`", self.path));
            match near(&self.path, known.iter().copied()) {
                Some(similar) => error.help(format!("a similar path exists: `{similar}`")),
                None => error.help(format!("use a path such as {}", known[..known.len().min(10)].join(", "))),
            }
        })
    }

    /// Returns the description of the JSON body of a successful response.
    fn content<'d>(
        &self,
        description: &'d Description,
        operation: &'d Value,
    ) -> Result<&'d Value, Diagnostic> {
        let responses = &operation["responses"];
        let response = ["200", "2XX", "201", "default"].iter().find_map(|status| responses.get(status));
        let content = response.map(|response| &description.resolved(response)["content"]);
        let types = content.and_then(Value::as_object).into_iter().flatten();
        let mut json = types.filter(|(media_type, _)| media_type.to_ascii_lowercase().contains("json"));
        json.next().map(|(_, content)| content).ok_or_else(|| self.without_json())
    }

    fn without_json(&self) -> Diagnostic {
        let error = Diagnostic::new(format!("no JSON response of `GET {}`", self.path));
        error.help("save a response, and pass it with `--sample`")
    }
}

/// Returns the example of a response.
fn example(description: &Description, content: &Value) -> Option<Value> {
    let named = content["examples"].as_object().and_then(|examples| examples.values().next());
    let named = named.map(|example| &description.resolved(example)["value"]);
    let of_schema = &description.resolved(&content["schema"])["example"];
    let examples = [Some(&content["example"]), named, Some(of_schema)];
    examples.into_iter().flatten().find(|example| example.is_object() || example.is_array()).cloned()
}

/// Returns the text of a sample.
pub(super) fn text(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests;
