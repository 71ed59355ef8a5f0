//! The access of a service to its API, its secrets, its settings and the time.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::counting_deserializer::Counted;
use super::request::Request;
use crate::config::ServiceConfig;
use crate::config::suggest::near;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::client::Client;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::limits::service_limits::MinPollInterval;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::service_secrets::ServiceSecrets;
use crate::fetch::source::Source;
use crate::fetch::traffic::Traffic;
use crate::fetch::url::Url;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::memory_limit::PollMemory;
use crate::support::{log, progress};

pub(crate) mod fingerprints;
mod keeping;
pub(in crate::author) mod rehearsal;
pub(crate) mod response_history;
pub(in crate::author) mod send;

use fingerprints::Fingerprints;
use rehearsal::{Rehearsal, UsedResponse};
use response_history::{PollFreshness, ResponseHistory};

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
    /// Waits before a retry, and until the rate limit allows a request.
    pause: fn(Duration),
}

impl Api {
    /// Returns a GET request to `api_url`.
    ///
    /// Equal requests of one identity are sent once in `data_store_expiration_sec` and share the response.
    pub fn get(&self) -> Request<'_> {
        Request::new(self, "GET", self.url.clone(), None)
    }

    /// Returns a POST request to `api_url` with `body` as JSON.
    pub fn post(&self, body: &(impl Serialize + ?Sized)) -> Request<'_> {
        let body = serde_json::to_vec(body).map_err(Error::from);
        // Each attempt copies the body.
        let body = body.and_then(|body| self.memory.take(2 * body.len()).map(|()| body));
        Request::new(self, "POST", self.url.clone(), Some(body))
    }

    /// Returns the value of `key` in the file that `secret_file_path` names. The file is read again for each poll.
    ///
    /// # Errors
    /// No file is configured, or the file or the key is missing. The message contains no value.
    pub fn secret(&self, key: &str) -> Result<Secret> {
        self.secrets.get(&self.service, key)
    }

    /// Returns the value of a custom key of the service in config.json, as any type that serde deserializes.
    ///
    /// # Errors
    /// The key is missing (an `Option` becomes `None` instead), or its value has another type.
    pub fn setting<T: DeserializeOwned>(&self, key: &str) -> Result<T> {
        let value = self.settings.get(key);
        serde_json::from_value(value.cloned().unwrap_or_default()).map_err(|error| {
            let names: Vec<&str> = self.settings.keys().map(String::as_str).collect();
            let what = match (value, near(key, names.iter().copied())) {
                (Some(_), _) => {
                    format!("is not what the service expects: {error}: correct it in config.json")
                }
                (None, Some(near)) => format!("is missing: did you mean `{near}`?"),
                (None, None) => format!(
                    "is missing: add it to the service in config.json, where there is {}",
                    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                ),
            };
            Error::new(ErrorKind::Config, format!("the setting `{key}` of service `{}` {what}", self.service))
        })
    }

    /// Returns the current time. In a replay it is the time of the recording, and in a test the time set with [`Api::at`].
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
    pub fn previous<T: DeserializeOwned>(&self) -> Option<T> {
        let meter = self.memory.meter();
        let mut kept = serde_json::Deserializer::from_str(self.kept.as_deref()?);
        T::deserialize(Counted::new(&mut kept, &meter)).ok()
    }

    /// Keeps a value, such as a cursor or the data itself, for the next poll as JSON.
    ///
    /// A failed poll keeps nothing: the next poll gets the value of the last recorded one. The poll fails if JSON cannot
    /// represent the value, or if it takes more than an eighth of `memory_limit_bytes`.
    pub fn keep<T: Serialize>(&mut self, value: T) {
        self.keeping = Some(keeping::as_json(&value, &self.memory));
    }
}

/// Methods for the poll loop.
impl Api {
    /// Returns the `Api` of a configured service.
    ///
    /// # Errors
    /// `api_url` is invalid, or a file that the config names or a recording to replay cannot be read.
    pub fn new(service: &ServiceConfig, client: &Arc<Client>) -> Result<Self> {
        let source = Source::new(service, client)?;
        let url = Url::parse(&service.api_url)?;
        if url.is_in_the_clear() && service.secret_file.is_some() && !source.is_replay() {
            let advice = "keys can be read on the way: use https://";
            log::warning("api_url is http://", &[("service", &service.name), ("advice", &advice)]);
        }
        let secrets = ServiceSecrets::new(service.secret_file.clone(), source.is_replay());
        Ok(Self {
            service: service.name.clone(),
            url,
            client: Arc::clone(client),
            source,
            secrets,
            settings: service.settings.clone(),
            life: service.expiration,
            now: None,
            began: Instant::now(),
            time: PollDeadline::new(service.poll_timeout),
            request_timeout: service.request_timeout,
            responses: ResponseHistory::new(service.expiration, service.response_limit),
            transcript: None,
            rehearsal: None,
            issued: RefCell::default(),
            saves_fingerprints: false,
            told: Cell::default(),
            poll_limit: service.poll_limit,
            memory: Arc::new(PollMemory::new(service.memory_limit, service.once_ids_limit)),
            kept: None,
            keeping: None,
            traffic: Cell::default(),
            pause: progress::wait,
        })
    }

    /// Returns the configured `api_url`.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Begins a poll.
    pub(crate) fn begin(&mut self) {
        self.begin_at(Instant::now());
    }

    fn begin_at(&mut self, now: Instant) {
        self.began = now;
        self.time.begin(now);
        self.source.begin();
        self.secrets.begin();
        self.responses.begin(now);
        self.issued.get_mut().clear();
        self.transcript = self.responses.may_be_confirmed().then(RefCell::default);
        self.keeping = None;
        self.memory.begin();
        self.client.sweep(now);
    }

    /// Returns the freshness of this poll, which depends on the responses that it used.
    pub(crate) fn freshness(&self) -> PollFreshness {
        self.responses.freshness()
    }

    /// Frees the responses of a poll that has been read.
    pub(crate) fn forget_transcript(&mut self) {
        self.transcript = None;
    }

    /// Checks that the value of [`Api::keep`] can be kept.
    ///
    /// # Errors
    /// JSON cannot represent the value, or it is too large or contains a secret. The next poll would begin at an unexpected
    /// cursor.
    pub(crate) fn check_keeping(&self) -> Result<()> {
        let Some(keeping) = &self.keeping else { return Ok(()) };
        let text = keeping.as_ref().map_err(Clone::clone)?;
        match self.secrets.redactor().configured_in(text) {
            None => Ok(()),
            Some(key) => Err(Error::new(
                ErrorKind::Service,
                format!(
                    "the value that was given to `keep` contains the secret `{key}`, which would be written to disk: \
                     keep it without the secret, and read the secret with `api.secret(\"{key}\")` in each poll"
                ),
            )),
        }
    }

    /// Returns the value that the last recorded poll kept, as JSON.
    pub(crate) fn kept(&self) -> Option<&str> {
        self.kept.as_deref()
    }

    /// Continues with the kept value and the recorded responses of an earlier process.
    pub(crate) fn go_on_with(&mut self, kept: Option<String>, recorded: Fingerprints) {
        self.kept = kept;
        self.saves_fingerprints = !recorded.is_empty();
        self.responses.go_on_with(recorded);
    }

    /// Returns the fingerprints of the recorded responses for the state; `None` if none would count again after a restart.
    pub(crate) fn recorded_responses(&self) -> Option<&Fingerprints> {
        self.saves_fingerprints.then(|| self.responses.fingerprints())
    }

    /// Adds fingerprints to the state, because the poll has items that would count again after a restart.
    pub(crate) fn save_fingerprints(&mut self) {
        self.saves_fingerprints = true;
    }

    /// Marks the poll as recorded. Its responses are not recorded again, and the next poll gets its kept value.
    pub(crate) fn commit(&mut self) {
        let asked = self.responses.commit();
        self.release(&asked);
        self.take_keeping();
    }

    /// Marks the poll as confirmed by the API. Its responses are not recorded again.
    ///
    /// All of them were recorded once, so the kept value skips nothing.
    pub(crate) fn acknowledge(&mut self) {
        let asked = self.responses.acknowledge();
        self.release(&asked);
        self.take_keeping();
    }

    /// Returns true if the poll hands another value to [`Api::keep`] than the one that is kept.
    pub(crate) fn moves_cursor(&self) -> bool {
        matches!(&self.keeping, Some(Ok(keeping)) if Some(keeping) != self.kept.as_ref())
    }

    /// Discards a poll that the next one reads again. Its responses stay new, and its kept value is dropped.
    pub(crate) fn hold(&mut self) {
        self.responses.abandon();
        self.keeping = None;
    }

    fn take_keeping(&mut self) {
        if let Some(Ok(keeping)) = self.keeping.take() {
            self.kept = Some(keeping);
        }
    }

    /// Removes the responses from the cache if no other service sends requests to the origin.
    fn release(&self, asked: &[RequestKey]) {
        if !self.client.is_shared(&self.url.origin()) {
            self.client.forget(asked);
        }
    }

    /// Discards a failed poll. Its responses stay in the cache, unless the service rejected them or they are too large.
    pub(crate) fn abandon(&mut self, error: &Error) {
        let asked = self.responses.abandon();
        let choked =
            [ErrorKind::Body, ErrorKind::Type, ErrorKind::Service, ErrorKind::Panic, ErrorKind::Config];
        if choked.contains(&error.kind()) {
            self.client.forget(&asked);
            self.responses.forget(&asked);
        }
    }

    /// Returns the time until all old responses that this poll used have expired; `None` if it used none.
    pub(crate) fn next_new_in(&self) -> Option<Duration> {
        self.responses.next_new_at().map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// Returns and resets the traffic with the API.
    pub(crate) fn take_traffic(&self) -> Traffic {
        self.traffic.take()
    }

    /// Returns the requests remaining of the rate limit, if the API reports them.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.source.remaining()
    }

    /// Returns the minimum poll interval for polls of this many requests; `None` without a limit.
    pub(crate) fn pace(&self, calls: u64) -> Option<MinPollInterval> {
        self.source.pace(calls)
    }

    /// Returns the redactor, which replaces the secrets of the service.
    pub(crate) fn redactor(&self) -> &Redactor {
        self.secrets.redactor()
    }

    /// Returns the memory limit of the data of a poll.
    pub(crate) fn memory(&self) -> Arc<PollMemory> {
        Arc::clone(&self.memory)
    }

    pub(crate) fn remember_secret(&self, text: &str) {
        // Altered tokens are not secret, and many of them would displace real secrets.
        if self.rehearsal.is_none() {
            self.secrets.redactor().remember(text);
        }
    }

    pub(crate) fn redacted(&self, error: Error) -> Error {
        let redactor = self.secrets.redactor();
        // Messages about the config and the secret file are our own, and name keys.
        let is_own = matches!(error.kind(), ErrorKind::Secret | ErrorKind::Config);
        error.map_message(|message| match is_own {
            true => redactor.redact(&message).into_owned(),
            false => redactor.redact_message(&message).into_owned(),
        })
    }

    /// Finishes the requests of a poll: writes the recordings, and redacts the error of the service.
    ///
    /// # Errors
    /// The error of the service, or a recording cannot be written.
    pub(crate) fn asked<T>(&self, outcome: Result<T>) -> Result<T> {
        let written = self.client.write_recordings(self.redactor());
        let data = outcome.map_err(|error| self.redacted(error))?;
        written.map(|()| data)
    }
}

/// Methods for the tests of a service.
impl Api {
    /// Returns an `Api` that responds from the recordings in `dir`, without a network, a secret file or a config.
    ///
    /// `api_url` is the URL of the first recording.
    ///
    /// ```no_run
    /// # use collectington::{Api, Result, Service};
    /// # struct SplunkApi;
    /// # impl Service for SplunkApi { fn poll(_: &mut Api) -> Result<Self> { Ok(Self) } }
    /// # fn main() -> Result<()> {
    /// let mut api = Api::replay("services/replay/splunk")?.with_setting("team", "web");
    /// let first: SplunkApi = api.poll()?;
    /// let second: SplunkApi = api.poll()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The directory has no readable recording.
    pub fn replay(dir: impl AsRef<Path>) -> Result<Self> {
        let (service, client) = Source::test_service(dir.as_ref())?;
        Self::new(&service, &client)
    }

    /// Polls as the exporter does. If the poll succeeds, the next one gets its kept value.
    ///
    /// # Errors
    /// The error of the service, or its value of [`Api::keep`] cannot be kept.
    pub fn poll<S: super::service::Service>(&mut self) -> Result<S> {
        self.begin();
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
    /// # Errors
    /// The text is not an http or https URL.
    pub fn with_url(mut self, url: &str) -> Result<Self> {
        self.url = Url::parse(url)?;
        Ok(self)
    }

    /// Sets a custom key of the service.
    #[must_use]
    pub fn with_setting(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(key.to_owned(), value.into());
        self
    }

    /// Sets a secret. All other secrets are placeholders.
    #[must_use]
    pub fn with_secret(mut self, key: &str, value: &str) -> Self {
        self.secrets.set(key, value);
        self
    }

    /// Sets the time that [`Api::now`] returns.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = Some(now);
        self
    }
}

#[cfg(test)]
mod tests;
