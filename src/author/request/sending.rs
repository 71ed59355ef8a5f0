//! The methods that send a request and read its response.

use serde::de::DeserializeOwned;

use super::Request;
use crate::author::pages::Pages;
use crate::author::paging::Paging;
use crate::author::response::Response;
use crate::support::error::Result;

impl<'api> Request<'api> {
    /// Sends the request and returns the response, whatever its status.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let response = api.get().path("projects/old").send()?;
    /// let is_missing = response.status() == 404;
    /// assert!(is_missing);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// There was no response, or the request is invalid.
    pub fn send(self) -> Result<Response> {
        let api = self.api;
        let raw_request = self.ready().map_err(|error| api.redacted(error))?;
        api.send(&raw_request)
    }

    /// Sends the request and reads the body as JSON.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// #[derive(serde::Deserialize)]
    /// struct Status {
    ///     builds: u64,
    /// }
    ///
    /// let status: Status = api.get().json()?;
    /// assert_eq!(status.builds, 812);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Self::send`] and [`Response::json`].
    pub fn json<T: DeserializeOwned>(self) -> Result<T> {
        self.send()?.json()
    }

    /// Sends the request and reads the body as text.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let report = api.get().path("report.csv").text()?;
    /// assert_eq!(report.lines().next(), Some("web,420"));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Self::send`] and [`Response::text`].
    pub fn text(self) -> Result<String> {
        self.send()?.text()
    }

    /// Sends the request and returns the body as bytes.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let report = api.get().path("report.csv").bytes()?;
    /// assert_eq!(report.len(), 16);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The errors of [`Self::send`] and [`Response::bytes`].
    pub fn bytes(self) -> Result<Vec<u8>> {
        self.send()?.bytes()
    }

    /// Returns an iterator that sends the request for each page and reads the page as `T`.
    ///
    /// ```
    /// # use collectington::Paging;
    /// # #[derive(serde::Deserialize)]
    /// # struct Page { builds: Vec<u64> }
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// let mut builds = Vec::new();
    /// for page in api.get().path("builds").pages(Paging::link_header()) {
    ///     let page: Page = page?;
    ///     builds.extend(page.builds);
    /// }
    /// assert_eq!(builds, [1, 2, 3]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn pages<T: DeserializeOwned>(self, paging: Paging<T>) -> Pages<'api, T> {
        Pages::new(self, paging)
    }
}
