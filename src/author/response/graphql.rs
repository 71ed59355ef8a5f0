//! The errors of a GraphQL response, which may have the status 200.

use super::Response;
use crate::author::graphql::response_body::GraphQlErrors;
use crate::support::error::{Error, ErrorKind, Result};

/// The help for errors in a response whose status is 2xx.
const HELP: &str =
    "compare the query, its variables and the permissions of the key with the documentation of the API";

impl Response {
    /// Marks the body as that of a GraphQL response.
    pub(crate) fn of_graphql(self, is_graphql: bool) -> Self {
        Self { is_graphql, ..self }
    }

    /// Returns the redacted text of the errors in the body; `None` if there is no error.
    ///
    /// # Errors
    /// The status is 2xx, and the body is no GraphQL response.
    pub(crate) fn graphql_errors(&self) -> Result<Option<String>> {
        match self.read::<GraphQlErrors>(&self.raw.body) {
            Ok(errors) => Ok(errors.message().map(|text| {
                let text = self.without_credentials(&text);
                self.redactor.redact_message(&text).into_owned()
            })),
            Err(error) if self.head().is_good() => {
                self.memory.check().map_err(|exceeded| self.too_large(exceeded, Some(&error.error)))?;
                Err(self.not_as_expected(&error))
            }
            Err(_) => Ok(None),
        }
    }

    /// Returns the error of a response whose status is 2xx. Data beside the errors is incomplete.
    pub(super) fn graphql_error(&self, errors: &str) -> Error {
        let text = format!("the response has GraphQL errors: {errors}");
        let error = Error::new(ErrorKind::Status, text).with_status(self.status());
        self.located(error).with_help(HELP)
    }
}
