//! The methods that set the body of a request.

use serde::Serialize;

use super::Request;
use super::body_syntax::BodySyntax;
use crate::author::bounded_json::{NotWritten, bounded_json};
use crate::author::graphql::is_read_only;
use crate::author::graphql::request_body::GraphQlRequest;
use crate::author::request_value::RequestValue;
use crate::fetch::form::{FORM, form_encoded};
use crate::fetch::http_method::HttpMethod;
use crate::fetch::secrets::placeholder::placeholder_of;
use crate::fetch::secrets::secret::Secret;
use crate::support::error::{Error, ErrorKind, Result};

/// The end of a GraphQL request without variables.
const NO_VARIABLES: &[u8] = br#","variables":null}"#;

/// Each of these methods replaces an earlier body and sends its media type as `Content-Type`, unless the service sets that
/// header.
impl Request<'_> {
    /// Sets `body` as JSON. A [`Secret`] in it is sent as a string.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let query = serde_json::json!({ "query": "{ builds }" });
    /// let request = api.request("POST").path("graphql").json_body(&query);
    /// let response: serde_json::Value = request.json()?;
    /// assert_eq!(response["data"]["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn json_body(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match self.to_json(body) {
            Ok(json) => self.set_body(BodySyntax::Json, "application/json", json),
            Err(error) => self.fail(error),
        }
        self
    }

    /// Sets a GraphQL document and its variables, and marks the response as one of GraphQL.
    pub(crate) fn graphql_body(self, query: &str, variables: &(impl Serialize + ?Sized)) -> Self {
        let mut request = self.json_body(&GraphQlRequest { query, variables });
        if let Some(body) = request.raw_request.body.as_mut().filter(|body| body.ends_with(NO_VARIABLES)) {
            body.truncate(body.len() - NO_VARIABLES.len());
            body.push(b'}');
        }
        request.raw_request.is_graphql = true;
        request.raw_request.idempotent = is_read_only(query);
        request
    }

    /// Sets these fields as a form (`application/x-www-form-urlencoded`, as the WHATWG URL standard encodes it). The values of
    /// one call have one type; [`Self::field`] adds one of another type.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let request = api.request("POST").path("search").form(&[("status", "failed"), ("branch", "release/1.0")]);
    /// let found: serde_json::Value = request.json()?;
    /// assert_eq!(found["matches"], 31);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn form<N: AsRef<str>, V: RequestValue>(mut self, fields: &[(N, V)]) -> Self {
        self.set_body(BodySyntax::Form, FORM, Vec::new());
        for (name, value) in fields {
            self.add_field(name.as_ref(), value);
        }
        self
    }

    /// Adds a field to the form of the request: text, a number or a [`Secret`]. A request without a form gets one.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?.with_secret("PASSWORD", "p-1");
    /// let request = api.request("POST").path("sessions").field("user", "exporter").field("minutes", 5);
    /// let session: serde_json::Value = request.field("password", api.secret("PASSWORD")?).json()?;
    /// assert_eq!(session["id"], 7);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a service passes texts, numbers and secrets alike")]
    pub fn field(mut self, name: &str, value: impl RequestValue) -> Self {
        if self.body_syntax != Some(BodySyntax::Form) {
            self.set_body(BodySyntax::Form, FORM, Vec::new());
        }
        self.add_field(name, &value);
        self
    }

    /// Sets a text as `text/plain` in UTF-8.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let found: serde_json::Value = api.request("POST").path("search").text_body("status:failed").json()?;
    /// assert_eq!(found["matches"], 31);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn text_body(self, text: impl Into<String>) -> Self {
        self.bytes_body("text/plain; charset=utf-8", text.into())
    }

    /// Sets these bytes with their media type, such as `application/xml`.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let query = "<search status=\"failed\"/>";
    /// let request = api.request("POST").path("search").bytes_body("application/xml", query);
    /// let found: serde_json::Value = request.json()?;
    /// assert_eq!(found["matches"], 31);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn bytes_body(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        match self.count(bytes.len()) {
            Ok(()) => self.set_body(BodySyntax::Opaque, content_type, bytes),
            Err(error) => self.fail(error),
        }
        self
    }

    fn set_body(&mut self, syntax: BodySyntax, content_type: &str, bytes: Vec<u8>) {
        if self.raw_request.method == HttpMethod::HEAD {
            let error = Error::new(ErrorKind::Service, "a HEAD request cannot have a body");
            return self.fail(error.with_help("remove the body, or use `api.get()`"));
        }
        self.body_syntax = Some(syntax);
        self.content_type = Some(content_type.to_owned());
        self.raw_request.body = Some(bytes);
    }

    fn add_field(&mut self, name: &str, value: &impl RequestValue) {
        let name = form_encoded(name);
        let value = match value.is_secret() {
            true => placeholder_of(&Secret::of(value.sent())).into(),
            false => form_encoded(&value.sent()),
        };
        if let Err(error) = self.count(name.len() + value.len() + 2) {
            return self.fail(error);
        }
        let body = self.raw_request.body.get_or_insert_default();
        if !body.is_empty() {
            body.push(b'&');
        }
        body.extend([name.as_bytes(), b"=", value.as_bytes()].concat());
    }

    fn to_json(&self, body: &(impl Serialize + ?Sized)) -> Result<Vec<u8>> {
        let json = bounded_json(body, self.api.memory().left() / 2);
        let json = json.map_err(|error| match error {
            NotWritten::TooLong => self.api.memory().exceeded(),
            NotWritten::Refused(error) => Error::from(error),
        })?;
        self.count(json.len()).map(|()| json)
    }

    /// Counts bytes of the body towards the memory of the poll. Each attempt copies the body.
    pub(super) fn count(&self, bytes: usize) -> Result<()> {
        self.api.memory().take(bytes.saturating_mul(2))
    }
}
