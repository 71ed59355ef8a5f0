//! The access of a service to its API, its secrets, its settings and the time.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::counting_deserializer::Counted;
use super::counting_deserializer::read_meter::ReadMeter;
use super::settings_type;
use crate::config::json_tree::Node;
use crate::config::suggest::near;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::client::Client;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::service_secrets::ServiceSecrets;
use crate::fetch::source::Source;
use crate::fetch::traffic::Traffic;
use crate::fetch::url::Url;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::memory_limit::PollMemory;

mod all;
pub(crate) mod fingerprints;
mod keeping;
mod messages;
mod methods;
mod poll_loop;
pub(in crate::author) mod rehearsal;
pub(crate) mod response_history;
pub(in crate::author) mod send;
pub(crate) mod sessions;

use messages::MessageLimit;
use rehearsal::{Rehearsal, UsedResponse};
use response_history::ResponseHistory;
use sessions::ApiSessions;

/// The access of a service to its API, its secrets, its settings and the time.
///
/// Each service has one `Api`. The kept value ([`Api::keep`]) and the used responses take effect only after the poll was
/// recorded.
pub struct Api {
    service: String,
    url: Url,
    client: Arc<Client>,
    source: Source,
    secrets: ServiceSecrets,
    settings: Map<String, Value>,
    life: Duration,
    now: Option<DateTime<Utc>>,
    /// The start of this poll, which is the time of birth of each response that it fetches.
    began: Instant,
    /// The deadline of the poll.
    time: PollDeadline,
    /// The longest wait for another service that fetches the same response.
    request_timeout: Duration,
    responses: ResponseHistory,
    /// The responses of this poll in their order; `None` if none of them can be confirmed.
    transcript: Option<RefCell<Vec<UsedResponse>>>,
    /// The rehearsal that serves the responses while the poll is read again.
    rehearsal: Option<Rehearsal>,
    /// The credentials of this poll that are not in the secret file, in the order of their first use.
    issued: RefCell<Vec<RequestKey>>,
    /// True if the state contains the fingerprints of responses, because one of them may add to a value without an ID.
    saves_fingerprints: bool,
    /// The time that [`Api::now`] returned last.
    told: Cell<Option<DateTime<Utc>>>,
    /// The size of the responses of a poll in bytes above which no further request is sent.
    poll_limit: u64,
    /// The memory limit of the data of a poll.
    memory: Arc<PollMemory>,
    /// The value that the last recorded poll kept, as JSON.
    kept: Option<String>,
    keeping: Option<Result<String>>,
    traffic: Cell<Traffic>,
    sessions: ApiSessions,
    /// The limit of the messages of the service.
    messages: MessageLimit,
    /// Waits before a retry, and until the rate limit allows a request.
    pause: fn(Duration),
}

impl Api {
    /// Returns the value of `key` in the file that `secret_file_path` names. The file is read again for each poll.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?.with_secret("API_KEY", "k-1");
    /// let key = api.secret("API_KEY")?;
    /// assert_eq!(key.expose(), "k-1");
    /// let status: serde_json::Value = api.get().header("X-Api-Key", key).json()?;
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// No file is configured, or the file or the key is missing. The message contains no value.
    pub fn secret(&self, key: &str) -> Result<Secret> {
        self.secrets.get(key)
    }

    /// Returns the value of a custom key of the service in config.json, as any type that serde deserializes.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?.with_setting("teams", vec!["web", "app"]);
    /// let teams: Vec<String> = api.setting("teams")?;
    /// assert_eq!(teams, ["web", "app"]);
    /// // The key may be missing.
    /// let region: Option<String> = api.setting("region")?;
    /// assert_eq!(region, None);
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// The key is missing (an `Option` becomes `None` instead), or its value has another type.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        let value = self.settings.get(key);
        serde_json::from_value(value.cloned().unwrap_or_default()).map_err(|error| {
            let names: Vec<&str> = self.settings.keys().map(String::as_str).collect();
            let wrong = |what: &str| {
                Error::new(
                    ErrorKind::Config,
                    format!("the setting `{key}` of service `{}` {what}", self.service),
                )
            };
            match (value, near(key, names.iter().copied())) {
                (Some(_), _) => wrong(&format!("is invalid: {error}")).with_help("correct it in config.json"),
                (None, Some(near)) => {
                    wrong("is missing").with_help(format!("a similar name exists: `{near}`"))
                }
                (None, None) => {
                    let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
                    let error = wrong("is missing").with_detail("settings", known);
                    error.with_help("add it to the service in config.json")
                }
            }
        })
    }

    /// Returns all custom keys of the service in config.json as one type, which [`Service::SETTINGS`](crate::Service::SETTINGS)
    /// declares.
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?.with_setting("teams", vec!["web", "app"]);
    /// #[derive(serde::Deserialize)]
    /// struct Settings {
    ///     teams: Vec<String>,
    ///     region: Option<String>,
    /// }
    ///
    /// let settings: Settings = api.settings()?;
    /// assert_eq!((settings.teams.len(), settings.region), (2, None));
    /// # Ok::<(), collectington::Error>(())
    /// ```
    ///
    /// # Errors
    /// A key is missing or unknown, or its value has another type. The exporter does not start with such a config if the service
    /// declares the type.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T> {
        let settings = Node::of(&Value::Object(self.settings.clone()));
        settings_type::read(&settings, &format!("services.{}", self.service)).map_err(|problem| {
            let error = Error::new(ErrorKind::Config, problem.text);
            problem.help.into_iter().fold(error, Error::with_help)
        })
    }

    /// Returns the current time. In a replay it is the time of the recording, and in a test the time set with [`Api::at`].
    ///
    /// ```
    /// # let api = collectington::Api::replay("tests/recordings")?;
    /// use chrono::TimeDelta;
    ///
    /// let since = api.now() - TimeDelta::hours(1);
    /// assert_eq!(since.to_rfc3339(), "2026-11-23T09:00:00+00:00");
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn now(&self) -> DateTime<Utc> {
        let told = self.rehearsal.as_ref().and_then(|_| self.told.get());
        let now = told.or(self.now).or_else(|| self.source.recorded_now());
        let now = now.unwrap_or_else(|| SystemTime::now().into());
        self.told.set(Some(now));
        now
    }

    /// Returns the value that the last recorded poll passed to [`Api::keep`]; `None` at first, and if the value has another type.
    ///
    /// With a `state_dir` the value survives a restart, including a restart with a newer build of the service.
    ///
    /// ```
    /// # use collectington::{Api, Result, Service};
    /// # #[derive(serde::Deserialize)]
    /// # struct List { builds: Vec<u64> }
    /// impl Service for List {
    ///     fn poll(api: &mut Api) -> Result<Self> {
    ///         let last: Option<u64> = api.previous();
    ///         let mut list: Self = api.get().path("builds").json()?;
    ///         list.builds.retain(|build| Some(*build) > last);
    ///         api.keep(list.builds.last().copied().or(last));
    ///         Ok(list)
    ///     }
    /// }
    /// # let mut api = Api::replay("tests/recordings")?;
    /// # assert_eq!(api.poll::<List>()?.builds, [1, 2]);
    /// # assert!(api.poll::<List>()?.builds.is_empty());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn previous<T: DeserializeOwned>(&self) -> Option<T> {
        let meter = ReadMeter::new(&self.memory);
        let mut kept = serde_json::Deserializer::from_str(self.kept.as_deref()?);
        T::deserialize(Counted::new(&mut kept, &meter)).ok()
    }

    /// Keeps a value, such as a cursor or the data itself, for the next poll as JSON.
    ///
    /// A failed poll keeps nothing: the next poll gets the value of the last recorded one. The poll fails if JSON cannot
    /// represent the value, or if it takes more than an eighth of `memory_limit_bytes`.
    ///
    /// ```
    /// # use collectington::{Api, Result, Service};
    /// # #[derive(serde::Deserialize)]
    /// # struct List { builds: Vec<u64> }
    /// impl Service for List {
    ///     fn poll(api: &mut Api) -> Result<Self> {
    ///         let list: Self = api.get().path("builds").json()?;
    ///         api.keep(list.builds.last());
    ///         Ok(list)
    ///     }
    /// }
    /// # let mut api = Api::replay("tests/recordings")?;
    /// # assert_eq!(api.previous::<u64>(), None);
    /// # let list: List = api.poll()?;
    /// assert_eq!(api.previous(), list.builds.last().copied());
    /// # Ok::<(), collectington::Error>(())
    /// ```
    pub fn keep<T: Serialize>(&mut self, value: T) {
        self.keeping = Some(keeping::as_json(&value, &self.memory));
    }
}

// Below the methods for `poll`, because rustdoc shows methods in the order of the text.
mod recorded;

#[cfg(test)]
mod tests;
