//! The methods of [`Api`] for the tests of a service, which poll recordings.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::Api;
use crate::author::service::Service;
use crate::fetch::recorded_service::recorded_service;
use crate::fetch::url::Url;
use crate::support::error::Result;

/// Methods for the tests of a service.
impl Api {
    /// Returns an `Api` that responds from the recordings in `dir`, without a network, a secret file or a config.
    ///
    /// `api_url` is the URL of the first recording.
    ///
    /// ```
    /// # use collectington::{Api, Result, Service};
    /// # struct SplunkApi;
    /// # impl Service for SplunkApi { fn poll(_: &mut Api) -> Result<Self> { Ok(Self) } }
    /// let mut api = Api::replay("services/replay/splunk")?.with_setting("team", "web");
    /// let first: SplunkApi = api.poll()?;
    /// let second: SplunkApi = api.poll()?;
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The directory has no readable recording.
    pub fn replay(dir: impl AsRef<Path>) -> Result<Self> {
        let (service, client) = recorded_service(dir.as_ref())?;
        Self::new(&service, &client)
    }

    /// Polls as the exporter does. If the poll succeeds, the next one gets its kept value.
    ///
    /// ```
    /// # use collectington::{Api, Result, Service};
    /// # #[derive(serde::Deserialize)]
    /// # struct Status { builds: u64 }
    /// # impl Service for Status { fn poll(api: &mut Api) -> Result<Self> { api.get().uncached().json() } }
    /// let mut api = Api::replay("tests/recordings")?;
    /// let first: Status = api.poll()?;
    /// let second: Status = api.poll()?;
    /// assert_eq!((first.builds, second.builds), (812, 813));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The error of the service, or its value of [`Api::keep`] cannot be kept.
    pub fn poll<S: Service>(&mut self) -> Result<S> {
        self.begin();
        self.enter::<S>();
        let polled = S::poll(self);
        match self.asked(polled).and_then(|data| self.check_keeping().map(|()| data)) {
            Ok(data) => {
                self.commit();
                Ok(data)
            }
            Err(error) => {
                self.abandon(&error);
                Err(error)
            }
        }
    }

    /// Sets `api_url`, instead of the URL of the first recording.
    ///
    /// A test needs this if the first request of the service has a [`path`](crate::Request::path).
    ///
    /// ```
    /// # use collectington::Api;
    /// let api = Api::replay("services/replay/splunk")?.with_url("https://api.victorops.com/api-reporting")?;
    /// let request = api.get().path("v2/incidents").query("currentPhase", "triggered").query("limit", 1);
    /// let page: serde_json::Value = request.json()?;
    /// assert_eq!(page["total"], 126);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The text is not an http or https URL.
    pub fn with_url(mut self, url: &str) -> Result<Self> {
        self.url = Url::parse(url)?;
        Ok(self)
    }

    /// Sets a custom key of the service.
    ///
    /// ```
    /// # use collectington::Api;
    /// let api = Api::replay("services/replay/splunk")?.with_setting("teams", vec!["web", "app"]);
    /// assert_eq!(api.setting::<Vec<String>>("teams")?, ["web", "app"]);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn with_setting(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(key.to_owned(), value.into());
        self
    }

    /// Sets a secret. All other secrets are placeholders.
    ///
    /// ```
    /// # use collectington::Api;
    /// let api = Api::replay("services/replay/splunk")?.with_secret("API_KEY", "k-1");
    /// assert_eq!(api.secret("API_KEY")?.expose(), "k-1");
    /// assert_eq!(api.secret("API_ID")?.expose(), "replayed");
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn with_secret(mut self, key: &str, value: &str) -> Self {
        self.secrets.set(key, value);
        self
    }

    /// Sets the time that [`Api::now`] returns.
    ///
    /// ```
    /// # use collectington::Api;
    /// use chrono::{TimeZone, Utc};
    ///
    /// let noon = Utc.with_ymd_and_hms(2026, 11, 30, 12, 0, 0).unwrap();
    /// let api = Api::replay("services/replay/splunk")?.at(noon);
    /// assert_eq!(api.now(), noon);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = Some(now);
        self
    }
}
