//! A request that a service builds.

mod authentication;
mod body;
mod body_syntax;
mod page_request;
mod ready;
mod sending;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

use body_syntax::BodySyntax;

use super::api::Api;
use super::header_value::{HeaderValue, is_lasting_credential, refused_header};
use super::request_value::RequestValue;
use crate::fetch::http_method::HttpMethod;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::url::{Url, fits};
use crate::support::error::{Error, Result};

/// A request from [`Api::get`], [`Api::post`], [`Api::graphql`] or [`Api::request`]. An error in it is reported when it is sent.
#[derive(Clone)]
pub struct Request<'api> {
    api: &'api Api,
    raw_request: RawRequest,
    /// The syntax of the body, if there is one. The body of `raw_request` has placeholders instead of its secrets.
    body_syntax: Option<BodySyntax>,
    /// The media type of the body, unless the service sets the header.
    content_type: Option<String>,
    /// The first error in the request.
    error: Option<Error>,
}

impl<'api> Request<'api> {
    pub(crate) fn new(api: &'api Api, method: Result<HttpMethod>, url: Url) -> Self {
        let (method, error) = match method {
            Ok(method) => (method, None),
            Err(error) => (HttpMethod::GET, Some(error)),
        };
        let raw_request = RawRequest::new(method, url);
        Self { api, raw_request, body_syntax: None, content_type: None, error }
    }

    /// Appends a path to `api_url`, such as `.path("teams/web")`. A path with `..` is an error.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let project: serde_json::Value = api.get().path("projects/web").json()?;
    /// assert_eq!(project["builds"], 420);
    /// let outside = api.get().path("../admin").send();
    /// assert!(outside.is_err());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        match fits("the path", path).and_then(|()| self.raw_request.url.below(path)) {
            Ok(url) => self.raw_request.url = url,
            Err(error) => self.fail(error),
        }
        self
    }

    /// Adds one segment to the path: text, a number or a [`Secret`], percent-encoded, so that a `/` in it stays in the segment.
    ///
    /// An empty segment, `.`, `..`, and a value that contains such a segment are errors. Prefer a header for a secret if the
    /// API accepts one, because servers and proxies log URLs.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?.with_secret("HOOK", "h/1");
    /// let request = api.get().path("hooks").segment(api.secret("HOOK")?).path("status");
    /// let status: serde_json::Value = request.json()?;
    /// assert_eq!(status["calls"], 4);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a service passes texts, numbers and secrets alike")]
    pub fn segment(mut self, value: impl RequestValue) -> Self {
        let text = value.sent();
        if value.is_secret() {
            self.api.remember_secret(&text);
            let number = self.raw_request.credentials.len();
            self.raw_request.set_credential(format!("path {number}"), &text);
        }
        match fits("the segment", &text).and_then(|()| self.raw_request.url.with_segment(&text)) {
            Ok(url) => self.raw_request.url = url,
            Err(error) => self.fail(error),
        }
        self
    }

    /// Adds a query parameter: text, a number or a [`Secret`]; its name and value are percent-encoded.
    ///
    /// Prefer a header for a secret if the API accepts one, because servers and proxies log URLs.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let request = api.get().path("builds").query("status", "failed").query("branch", "release/1.0");
    /// let failed: serde_json::Value = request.json()?;
    /// assert_eq!(failed["builds"], serde_json::json!([2]));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a service passes texts, numbers and secrets alike")]
    pub fn query(mut self, name: &str, value: impl RequestValue) -> Self {
        let text = value.sent();
        if value.is_secret() {
            self.api.remember_secret(&text);
        }
        if value.is_secret() || is_lasting_credential(name) {
            self.raw_request.set_credential(format!("query {name}"), &text);
        }
        self.add_query(name, &text)
    }

    /// Adds a query parameter that contains a secret, as [`Self::query`] does with a [`Secret`].
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?.with_secret("API_KEY", "k-1");
    /// let key = api.secret("API_KEY")?;
    /// let list: serde_json::Value = api.get().path("builds").secret_query("key", &key).json()?;
    /// assert_eq!(list["builds"], serde_json::json!([1, 2, 3]));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn secret_query(self, name: &str, value: &Secret) -> Self {
        self.query(name, value)
    }

    /// Sets a header, which replaces an earlier one of the same name.
    ///
    /// The value of `Host` is a host with an optional port, such as that of a virtual host. The request is still sent to the
    /// origin of `api_url`, as are redirects and next links that name this host.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let request = api.get().header("X-Api-Key", api.secret("API_KEY")?).header("Accept-Language", "en");
    /// let status: serde_json::Value = request.json()?;
    /// assert_eq!(status["builds"], 812);
    /// // The exporter sets the headers that control the transfer.
    /// assert!(api.get().header("Content-Length", "7").send().is_err());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn header(mut self, name: &str, value: impl HeaderValue) -> Self {
        let name = name.to_ascii_lowercase();
        if value.is_secret() {
            self.api.remember_secret(value.sent());
        }
        let refused = fits(&format!("the header {name:?}"), value.sent()).err();
        match refused.or_else(|| refused_header(&name, value.sent())) {
            Some(error) => self.fail(error),
            None => {
                self.raw_request.headers.retain(|(known, _)| *known != name);
                if value.is_secret() || is_lasting_credential(&name) {
                    self.raw_request.set_credential(name.clone(), value.sent());
                } else {
                    self.raw_request.unset_credential(&name);
                }
                self.raw_request.headers.push((name, value.sent().to_owned()));
            }
        }
        self
    }

    /// Sets the header `Authorization: Basic` (RFC 7617).
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let request = api.get().basic("collectington", api.secret("PASSWORD")?);
    /// let status: serde_json::Value = request.json()?;
    /// assert_eq!(status["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn basic(mut self, user: impl HeaderValue, password: impl HeaderValue) -> Self {
        let parts = [fits("the user name", user.sent()), fits("the password", password.sent())];
        if let Some(error) = parts.into_iter().find_map(Result::err) {
            self.fail(error);
            return self;
        }
        let pair = Zeroizing::new(format!("{}:{}", user.sent(), password.sent()));
        let pair = Zeroizing::new(BASE64.encode(pair.as_bytes()));
        self.api.remember_secret(password.sent());
        self.api.remember_secret(&pair);
        self.header("authorization", Zeroizing::new(format!("Basic {}", *pair)).as_str())
    }

    /// Sets the header `Authorization: Bearer` (RFC 6750).
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let status: serde_json::Value = api.get().bearer(api.secret("TOKEN")?).json()?;
    /// assert_eq!(status["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn bearer(mut self, token: impl HeaderValue) -> Self {
        if let Err(error) = fits("the token", token.sent()) {
            self.fail(error);
            return self;
        }
        self.api.remember_secret(token.sent());
        self.header("authorization", Zeroizing::new(format!("Bearer {}", token.sent())).as_str())
    }

    /// Declares that this POST may be sent twice, so that it is retried and its response is shared like that of a GET.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let query = serde_json::json!({ "query": "{ builds }" });
    /// let response: serde_json::Value = api.post(&query).path("graphql").idempotent().json()?;
    /// assert_eq!(response["data"]["builds"], 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.raw_request.idempotent = true;
        self
    }

    /// Sends the request each time, and neither reads nor fills the response cache.
    ///
    /// A service needs this to repeat a request within one poll until a result is ready. A 202 is never cached, so an API that
    /// responds with 202 until then does not need it. The loop stops at `poll_timeout_sec`. Without this method, an equal request
    /// that succeeded (2xx) is sent once in `data_store_expiration_sec`.
    ///
    /// ```
    /// # use std::{thread, time::Duration};
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let job = loop {
    ///     let job: serde_json::Value = api.get().path("jobs/7").uncached().json()?;
    ///     if job["is_done"] == true {
    ///         break job;
    ///     }
    ///     thread::sleep(Duration::from_millis(100));
    /// };
    /// assert_eq!(job["rows"], 3);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn uncached(mut self) -> Self {
        self.raw_request.uncached = true;
        self
    }

    /// Requests the whole response each time.
    ///
    /// Without this method, a response with an `ETag`, or a `Last-Modified` before its `Date`, is requested on the
    /// condition that it has changed. An unchanged or equal response is not counted again. Use this method if an equal
    /// response has a new meaning, such as "three since the last request".
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let status: serde_json::Value = api.get().unconditional().json()?;
    /// assert_eq!(status["failed"], 31);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn unconditional(mut self) -> Self {
        self.raw_request.unconditional = true;
        self
    }

    fn add_query(mut self, name: &str, value: &str) -> Self {
        match fits(&format!("the parameter {name:?}"), value) {
            Ok(()) => self.raw_request.url = self.raw_request.url.clone().with_query(name, value),
            Err(error) => self.fail(error),
        }
        self
    }

    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}
