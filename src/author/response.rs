//! A response of an API, as a service reads it.

mod graphql;
mod unexpected_body;

use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::altered_response::{Alteration, without_mark};
use super::counting_deserializer::Counted;
use super::counting_deserializer::read_meter::ReadMeter;
use super::graphql::response_body::GraphQlData;
use super::status_error::status_error;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::used_keys::UsedKeys;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::memory_limit::PollMemory;
use unexpected_body::UnexpectedJson;

/// A response of the API.
#[derive(Debug, Clone)]
pub struct Response {
    raw: Arc<RawResponse>,
    /// The redacted method and URL of the request, such as `GET https://...`.
    asked: String,
    /// The keys of a request whose status is not 2xx.
    keys: UsedKeys,
    redactor: Redactor,
    /// True if the response is recorded.
    is_replay: bool,
    /// The memory limit of the data of the poll.
    memory: Arc<PollMemory>,
    /// The alteration of this response, if the poll is read again with other values of it.
    alteration: Option<Alteration>,
    /// The altered status and headers.
    head: Option<Arc<RawResponse>>,
    /// True if the body is that of a GraphQL response.
    is_graphql: bool,
    /// True if the body may be a new session, so that no error quotes it.
    is_of_login: bool,
}

impl Response {
    pub(crate) fn new(
        raw: Arc<RawResponse>,
        asked: String,
        keys: UsedKeys,
        redactor: Redactor,
        is_replay: bool,
        memory: Arc<PollMemory>,
    ) -> Self {
        Self {
            raw,
            asked,
            keys,
            redactor,
            is_replay,
            memory,
            alteration: None,
            head: None,
            is_graphql: false,
            is_of_login: false,
        }
    }

    /// Returns the response as one to a login, if it is one.
    pub(crate) fn of_login(self, is_of_login: bool) -> Self {
        Self { is_of_login, ..self }
    }

    /// Returns the same response with other values.
    pub(crate) fn altered(self, alteration: Option<Alteration>) -> Self {
        let head = alteration.and_then(|alteration| alteration.head(&self.raw)).map(Arc::new);
        Self { alteration, head, ..self }
    }

    fn head(&self) -> &RawResponse {
        self.head.as_ref().unwrap_or(&self.raw)
    }

    /// Returns the status code.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.get().path("projects/old").send()?;
    /// assert_eq!(response.status(), 404);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn status(&self) -> u16 {
        self.head().status
    }

    /// Returns the first header of this name, which is case-insensitive.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.get().send()?;
    /// assert_eq!(response.header("Content-Type"), Some("application/json"));
    /// assert_eq!(response.header("X-Next"), None);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head().header(&name.to_ascii_lowercase())
    }

    /// Returns the values of all headers of this name, which is case-insensitive, in the order of the response.
    ///
    /// The iterator is empty without such a header. `Set-Cookie` has one value per cookie (RFC 6265 section 3). Other headers
    /// with several values mean the same as one header with the values separated by commas (RFC 9110 section 5.3).
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.post(&()).path("login/cookies").send()?.ok()?;
    /// let pairs = response.headers("Set-Cookie").filter_map(|cookie| cookie.split(';').next());
    /// let cookies: Vec<&str> = pairs.collect();
    /// assert_eq!(cookies, ["SID=s-1", "CSRF=c-1"]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let headers = self.head().headers.iter();
        headers.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Returns true if both responses have the same body.
    pub(crate) fn is_same_body(&self, other: &Self) -> bool {
        self.raw.body == other.raw.body
    }

    /// Returns a fingerprint of the body.
    pub(crate) fn body_key(&self) -> RequestKey {
        RequestKey::of([self.raw.body.as_slice()])
    }

    /// Returns this response if its status is 2xx.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let error = api.get().path("projects/old").send()?.ok().unwrap_err();
    /// assert_eq!(error.status(), Some(404));
    /// assert!(error.to_string().contains("no such project"));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The status is not 2xx, or a GraphQL response has errors. The error contains the status, the beginning of the body, and the `Retry-After` of the API.
    pub fn ok(self) -> Result<Self> {
        let errors = if self.is_graphql { self.graphql_errors()? } else { None };
        match (self.head().is_good(), errors) {
            (true, None) => Ok(self),
            (true, Some(errors)) => Err(self.graphql_error(&errors)),
            (false, errors) => {
                let error = self.located(status_error(self.head(), &self.keys));
                Err(errors.iter().fold(error, |error, errors| error.with_detail("errors", errors)))
            }
        }
    }

    /// Reads the body as JSON, and ignores a leading byte-order mark (RFC 8259 section 8.1).
    ///
    /// Each value that is built counts towards `memory_limit_bytes`; an ignored value does not.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.get().path("projects/web").send()?;
    /// let project: serde_json::Value = response.json()?;
    /// assert_eq!(project["name"], "web");
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The status is not 2xx, the body is not JSON of the type `T`, or its data takes too much memory.
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        let response = self.ok()?;
        match response.is_graphql {
            true => response.body_as::<GraphQlData<T>>().map(|body| body.data),
            false => response.body_as(),
        }
    }

    fn body_as<T: DeserializeOwned>(&self) -> Result<T> {
        let data = match self.alteration {
            None => self.read(&self.raw.body),
            Some(alteration) => self.read_altered(alteration)?,
        };
        let place = data.as_ref().err().map(|unexpected| &unexpected.error);
        self.memory.check().map_err(|error| self.too_large(error, place))?;
        data.map_err(|error| self.not_as_expected(&error))
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, UnexpectedJson> {
        let mut json = serde_json::Deserializer::from_slice(without_mark(body));
        let meter = ReadMeter::new(&self.memory);
        let data = T::deserialize(Counted::new(&mut json, &meter));
        let data = data.map_err(|error| UnexpectedJson { error: error.0, path: meter.failed_path() })?;
        json.end().map(|()| data).map_err(|error| UnexpectedJson { error, path: Vec::new() })
    }

    /// Reads other values. A type that rejects them is read from other JSON instead.
    fn read_altered<T: DeserializeOwned>(&self, alteration: Alteration) -> Result<Result<T, UnexpectedJson>> {
        match alteration.read(&self.raw.body, &self.memory) {
            Ok(data) => Ok(Ok(data)),
            Err(_) => Ok(self.read(&self.other_body(alteration)?)),
        }
    }

    fn other_body(&self, alteration: Alteration) -> Result<Vec<u8>> {
        let body = alteration.body(&self.raw.body, &self.memory);
        body.ok_or_else(|| self.error(ErrorKind::Type, "not JSON, so its values cannot be altered"))
    }

    /// Returns the body as text, which counts towards `memory_limit_bytes`.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.get().path("report.csv").send()?;
    /// let is_csv = response.header("content-type") == Some("text/csv");
    /// assert!(is_csv && response.text()?.starts_with("web,420"));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The status is not 2xx, the body is not UTF-8, or it is too large.
    pub fn text(self) -> Result<String> {
        let response = self.ok()?.with_other_body()?;
        response.take_body()?;
        let text = std::str::from_utf8(&response.raw.body);
        text.map(str::to_owned)
            .map_err(|error| response.error(ErrorKind::Type, &format!("the body is not UTF-8: {error}")))
    }

    /// Returns the decompressed body, which counts towards `memory_limit_bytes`.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.get().path("report.csv").send()?;
    /// assert!(response.bytes()?.ends_with(b"\n"));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The status is not 2xx, or the body is too large.
    pub fn bytes(self) -> Result<Vec<u8>> {
        let response = self.ok()?.with_other_body()?;
        response.take_body()?;
        Ok(Arc::try_unwrap(response.raw).map_or_else(|shared| shared.body.clone(), |raw| raw.body))
    }

    fn with_other_body(self) -> Result<Self> {
        let Some(alteration) = self.alteration else { return Ok(self) };
        let (body, head) = (self.other_body(alteration)?, self.head());
        let raw = RawResponse { status: head.status, headers: head.headers.clone(), body };
        Ok(Self { raw: Arc::new(raw), ..self })
    }

    fn take_body(&self) -> Result<()> {
        self.memory.take(self.raw.body.len()).map_err(|error| self.too_large(error, None))
    }

    /// Returns the error for data that takes too much memory, with the place in the body where it exceeds the limit.
    fn too_large(&self, error: Error, place: Option<&serde_json::Error>) -> Error {
        let error = error.with_request(&self.asked);
        match place {
            Some(at) => error.with_detail("place", format!("line {} column {}", at.line(), at.column())),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests;
