//! The operation of a path and a method.

use serde_json::Value;

use super::Description;
use super::swagger::METHODS;
use crate::config::suggest::near;
use crate::support::diagnostic::Diagnostic;

/// The number of known paths in an error.
const MOST_PATHS: usize = 10;

/// The longest path in bytes.
const LONGEST_PATH: usize = 2000;

/// An operation of a description.
pub(super) struct DescribedOperation<'d> {
    /// The description that contains the operation.
    pub description: &'d Description,
    /// The object of the path.
    pub item: &'d Value,
    /// The object of the operation.
    pub value: &'d Value,
    /// The path in the description, such as `/incidents`.
    pub path: &'d str,
    /// The method in lower case.
    pub method: &'d str,
}

impl<'d> DescribedOperation<'d> {
    /// Finds an operation.
    ///
    /// # Errors
    /// The description has no such path, or the path has no such method.
    pub(super) fn find(
        description: &'d Description,
        path: &'d str,
        method: &'d str,
    ) -> Result<Self, Diagnostic> {
        if path.len() > LONGEST_PATH {
            let problem = format!("the path has {} bytes, expected at most {LONGEST_PATH}", path.len());
            return Err(Diagnostic::new(problem));
        }
        let paths = description.root["paths"].as_object().ok_or_else(|| {
            Diagnostic::new("no object `paths`").help("pass an OpenAPI description of an API")
        })?;
        let item = paths.get(path).map(|item| description.resolved(item)).unwrap_or(&Value::Null);
        let value = description.resolved(&item[method]);
        if value.is_object() {
            return Ok(Self { description, item, value, path, method });
        }
        let upper = method.to_ascii_uppercase();
        let others: Vec<&str> = METHODS.into_iter().filter(|method| item[*method].is_object()).collect();
        if !others.is_empty() {
            let error = Diagnostic::new(format!("no {upper} of the path `{path}`"));
            return Err(error.help(format!("pass `--method {}`", others.join("` or `--method "))));
        }
        let known = paths.iter().filter(|(_, item)| description.resolved(item)[method].is_object());
        let known: Vec<&str> = known.map(|(path, _)| path.as_str()).collect();
        let error = Diagnostic::new(format!("no {upper} of the path `{path}`"));
        Err(match near(path, known.iter().copied()) {
            Some(similar) => error.help(format!("a similar path exists: `{similar}`")),
            None => {
                error.help(format!("use a path such as {}", known[..known.len().min(MOST_PATHS)].join(", ")))
            }
        })
    }

    /// Returns the description of the JSON body of a successful response, and the response.
    pub(super) fn response(&self) -> Option<(&'d Value, &'d Value)> {
        let responses = &self.value["responses"];
        let other = responses.as_object().into_iter().flatten().find(|(status, _)| status.starts_with('2'));
        let named = ["200", "2XX", "2xx", "201", "202"].iter().find_map(|status| responses.get(status));
        let response = named.or(other.map(|(_, response)| response)).or_else(|| responses.get("default"))?;
        let response = self.description.resolved(response);
        let types = response["content"].as_object().into_iter().flatten();
        let mut json = types.filter(|(media_type, _)| media_type.to_ascii_lowercase().contains("json"));
        json.next().map(|(_, content)| (content, response))
    }

    /// Returns the names of the headers of a successful response, in lower case.
    pub(super) fn headers(&self) -> Vec<String> {
        let headers = self.response().and_then(|(_, response)| response["headers"].as_object());
        headers.into_iter().flatten().map(|(name, _)| name.to_ascii_lowercase()).collect()
    }
}
