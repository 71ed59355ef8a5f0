//! The requests of a service, by their HTTP methods.

use serde::Serialize;

use super::Api;
use crate::author::request::Request;
use crate::fetch::http_method::HttpMethod;
use crate::support::error::Result;

impl Api {
    /// Returns a GET request to `api_url`.
    ///
    /// Equal requests of one identity are sent once in `data_store_expiration_sec` and share the response.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let status: serde_json::Value = api.get().json()?;
    /// assert_eq!(status["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn get(&self) -> Request<'_> {
        self.with_method(Ok(HttpMethod::GET))
    }

    /// Returns a HEAD request to `api_url`, whose response has a status and headers but no body (RFC 9110 section 9.3.2).
    ///
    /// Equal requests share a response as those of [`Self::get`] do.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.head().path("builds/latest").send()?.ok()?;
    /// assert_eq!(response.header("ratelimit-remaining"), Some("76;w=21600"));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn head(&self) -> Request<'_> {
        self.with_method(Ok(HttpMethod::HEAD))
    }

    /// Returns a POST request to `api_url` with `body` as JSON. For another body, use [`Self::request`].
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let query = serde_json::json!({ "query": "{ builds }" });
    /// let response: serde_json::Value = api.post(&query).path("graphql").json()?;
    /// assert_eq!(response["data"]["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn post(&self, body: &(impl Serialize + ?Sized)) -> Request<'_> {
        self.with_method(Ok(HttpMethod::POST)).json_body(body)
    }

    /// Returns a PUT request to `api_url` with `body` as JSON. For another body, use [`Self::request`].
    ///
    /// It is retried after a failure, because it is idempotent (RFC 9110 section 9.2.2), and its response is not cached.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let filter = serde_json::json!({ "status": "failed" });
    /// let saved: serde_json::Value = api.put(&filter).path("filters/1").json()?;
    /// assert_eq!(saved["matches"], 31);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn put(&self, body: &(impl Serialize + ?Sized)) -> Request<'_> {
        self.with_method(Ok(HttpMethod::PUT)).json_body(body)
    }

    /// Returns a PATCH request to `api_url` with `body` as JSON (RFC 5789). For another body, use [`Self::request`].
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let filter = serde_json::json!({ "branch": "main" });
    /// let saved: serde_json::Value = api.patch(&filter).path("filters/1").json()?;
    /// assert_eq!(saved["matches"], 7);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn patch(&self, body: &(impl Serialize + ?Sized)) -> Request<'_> {
        self.with_method(Ok(HttpMethod::PATCH)).json_body(body)
    }

    /// Returns a DELETE request to `api_url`, such as the end of a session.
    ///
    /// It is retried after a failure, because it is idempotent (RFC 9110 section 9.2.2), and its response is not cached.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.delete().path("sessions/7").send()?.ok()?;
    /// assert_eq!(response.status(), 204);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn delete(&self) -> Request<'_> {
        self.with_method(Ok(HttpMethod::DELETE))
    }

    /// Returns a GraphQL request to `api_url`: a POST of `{"query": ..., "variables": ...}` as JSON.
    ///
    /// [`Request::json`] and [`Request::pages`] read the field `data` of the response. If the response has `errors`, they
    /// return an error with the messages, paths and codes, whatever the status is, because data beside errors is
    /// incomplete. A query is retried and its response is cached like that of [`Self::get`]. A document with a mutation is
    /// sent once. Pass `&()` without variables.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// #[derive(serde::Deserialize)]
    /// struct Data {
    ///     builds: u64,
    /// }
    ///
    /// let variables = serde_json::json!({ "project": "web" });
    /// let query = "query ($project: String) { builds(project: $project) }";
    /// let data: Data = api.graphql(query, &variables).path("graphql").json()?;
    /// assert_eq!(data.builds, 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn graphql(&self, query: &str, variables: &(impl Serialize + ?Sized)) -> Request<'_> {
        self.with_method(Ok(HttpMethod::POST)).graphql_body(query, variables)
    }

    /// Returns a request to `api_url` with any method and without a body, such as `"OPTIONS"` or `"PROPFIND"`.
    ///
    /// Methods are case-sensitive. `CONNECT`, `TRACE` and a text that is no method are errors when the request is sent.
    /// A request with a method of RFC 9110 is retried and cached like that of the method's own function. A request with
    /// another method is sent once, unless it is declared as [`Request::idempotent`].
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.request("OPTIONS").path("builds").send()?.ok()?;
    /// assert_eq!(response.header("allow"), Some("GET, HEAD, OPTIONS"));
    /// assert!(api.request("GET\r\n").send().is_err());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn request(&self, method: &str) -> Request<'_> {
        self.with_method(HttpMethod::parse(method))
    }

    fn with_method(&self, method: Result<HttpMethod>) -> Request<'_> {
        Request::new(self, method, self.url.clone())
    }
}
