//! The methods that set the body of a request.

use serde::Serialize;

use super::Request;
use crate::fetch::http_method::HttpMethod;
use crate::support::error::{Error, ErrorKind, Result};

/// The header that names the type of a body.
const CONTENT_TYPE: &str = "content-type";

impl Request<'_> {
    /// Sets `body` as JSON, instead of an earlier body.
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
    pub fn json_body(self, body: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(body).map_err(Error::from);
        self.with_body("application/json", body)
    }

    /// Sets the body and the header `content-type`, unless the service has set that header.
    fn with_body(mut self, content_type: &str, body: Result<Vec<u8>>) -> Self {
        match body.and_then(|body| self.accepted(body)) {
            Ok(body) => {
                self.raw_request.body = Some(body);
                if !self.raw_request.has_header(CONTENT_TYPE) {
                    self.raw_request.headers.push((CONTENT_TYPE.to_owned(), content_type.to_owned()));
                }
            }
            Err(error) => self.fail(error),
        }
        self
    }

    fn accepted(&self, body: Vec<u8>) -> Result<Vec<u8>> {
        if self.raw_request.method == HttpMethod::HEAD {
            let error = Error::new(ErrorKind::Service, "a HEAD request cannot have a body");
            return Err(error.with_help("remove the body, or use `api.get()`"));
        }
        // Each attempt copies the body.
        self.api.memory().take(2 * body.len()).map(|()| body)
    }
}
