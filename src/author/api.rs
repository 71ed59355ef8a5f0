//! What a service holds while it polls: its API, its secrets, its settings, the time.

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

/// A service's way to its API.
///
/// It exists once for a service. What is kept from poll to poll ([`Api::keep`], the answers) counts only once the
/// poll was recorded.
pub struct Api {
    service: String,
    url: Url,
    client: Arc<Client>,
    source: Source,
    secrets: ServiceSecrets,
    settings: Map<String, Value>,
    life: Duration,
    now: Option<DateTime<Utc>>,
    /// When this poll began: the birth of every answer it fetches.
    began: Instant,
    /// The time that is left of the poll.
    time: PollDeadline,
    /// The longest wait for the fetch of another service.
    request_timeout: Duration,
    responses: ResponseHistory,
    /// The responses of this poll in their order, where one of them may be confirmed.
    transcript: Option<RefCell<Vec<UsedResponse>>>,
    /// Set while the poll is read again.
    rehearsal: Option<Rehearsal>,
    /// The credentials of this poll that are not of the secret file, in the order of their first use.
    issued: RefCell<Vec<RequestKey>>,
    /// True if fingerprints of responses are to be in the state: if one of them may add to a value without an ID.
    saves_fingerprints: bool,
    /// The time that the service was told last.
    told: Cell<Option<DateTime<Utc>>>,
    /// The most bytes of answers after which a poll asks for more.
    poll_limit: u64,
    /// The memory limit of the data of a poll.
    memory: Arc<PollMemory>,
    /// As JSON, as it is kept over a restart.
    kept: Option<String>,
    keeping: Option<Result<String>>,
    traffic: Cell<Traffic>,
    /// Waits before a further try of a request, and for a call that is not there yet.
    pause: fn(Duration),
}

impl Api {
    /// A GET of `api_url`.
    ///
    /// An equal request is sent once in `data_store_expiration_sec`, whoever asks; the others get the same answer.
    pub fn get(&self) -> Request<'_> {
        Request::new(self, "GET", self.url.clone(), None)
    }

    /// A POST of `body`, as JSON, to `api_url`.
    pub fn post(&self, body: &(impl Serialize + ?Sized)) -> Request<'_> {
        let body = serde_json::to_vec(body).map_err(Error::from);
        // It is copied for each further try.
        let body = body.and_then(|body| self.memory.take(2 * body.len()).map(|()| body));
        Request::new(self, "POST", self.url.clone(), Some(body))
    }

    /// The value of `key` in the file that `secret_file_path` names. The file is read anew for each poll.
    ///
    /// # Errors
    /// There is no such file or key; the words name both, and no value.
    pub fn secret(&self, key: &str) -> Result<Secret> {
        self.secrets.get(&self.service, key)
    }

    /// A key of the service's own in config.json, as any type that serde knows.
    ///
    /// # Errors
    /// There is no such key (an `Option` takes that as `None`), or it is of another type.
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

    /// The time. In a replay it is the time of the recording, and in a test the one that was set with [`Api::at`].
    pub fn now(&self) -> DateTime<Utc> {
        let told = self.rehearsal.as_ref().and_then(|_| self.told.get());
        let now = told.or(self.now).or_else(|| self.source.recorded_now());
        let now = now.unwrap_or_else(|| SystemTime::now().into());
        self.told.set(Some(now));
        now
    }

    /// What the last recorded poll handed to [`Api::keep`]; `None` at first, and where that was of another type.
    ///
    /// With a `state_dir` it is there after a restart too, also one of a newer build of the service.
    pub fn previous<T: DeserializeOwned>(&self) -> Option<T> {
        let meter = self.memory.meter();
        let mut kept = serde_json::Deserializer::from_str(self.kept.as_deref()?);
        T::deserialize(Counted::new(&mut kept, &meter)).ok()
    }

    /// Keeps a value (a cursor, the data itself) for the next poll, as JSON. A poll that fails keeps nothing: the next
    /// one finds what the last good one kept. A value that JSON has no form for fails the poll, and so does one that takes more
    /// than an eighth of `memory_limit_bytes`.
    pub fn keep<T: Serialize>(&mut self, value: T) {
        self.keeping = Some(keeping::as_json(&value, &self.memory));
    }
}

/// What the poll loop needs.
impl Api {
    /// For a service of the process.
    ///
    /// # Errors
    /// A file that the config names cannot be read, or a recording to replay from.
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

    /// `api_url`.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// A poll begins.
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

    /// What this poll comes to, by the answers that it used.
    pub(crate) fn freshness(&self) -> PollFreshness {
        self.responses.freshness()
    }

    /// Frees the responses of a poll that has been read.
    pub(crate) fn forget_transcript(&mut self) {
        self.transcript = None;
    }

    /// Whether what the poll keeps can be kept.
    ///
    /// # Errors
    /// It cannot: the next poll would begin somewhere else than the service thinks.
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

    /// What the last recorded poll kept, as JSON.
    pub(crate) fn kept(&self) -> Option<&str> {
        self.kept.as_deref()
    }

    /// An earlier process kept that, and has recorded these responses.
    pub(crate) fn go_on_with(&mut self, kept: Option<String>, recorded: Fingerprints) {
        self.kept = kept;
        self.saves_fingerprints = !recorded.is_empty();
        self.responses.go_on_with(recorded);
    }

    /// The responses that were recorded, for the state; `None` if none of them would count again after a restart.
    pub(crate) fn recorded_responses(&self) -> Option<&Fingerprints> {
        self.saves_fingerprints.then(|| self.responses.fingerprints())
    }

    /// The poll has items that would count again if its responses were recorded again.
    pub(crate) fn save_fingerprints(&mut self) {
        self.saves_fingerprints = true;
    }

    /// The poll was recorded: its answers are not to be recorded again, and what it kept is for the next one.
    pub(crate) fn commit(&mut self) {
        let asked = self.responses.commit();
        self.release(&asked);
        self.take_keeping();
    }

    /// The API confirmed all that the poll used: that is not to be recorded again either. Since all of it was recorded
    /// once, what the poll kept leaves nothing out.
    pub(crate) fn acknowledge(&mut self) {
        let asked = self.responses.acknowledge();
        self.release(&asked);
        self.take_keeping();
    }

    /// Returns true if the poll hands another value to [`Api::keep`] than the one that is kept.
    pub(crate) fn moves_cursor(&self) -> bool {
        matches!(&self.keeping, Some(Ok(keeping)) if Some(keeping) != self.kept.as_ref())
    }

    /// Ends a poll that the next one reads again: its responses stay new, and nothing that it kept is kept.
    pub(crate) fn hold(&mut self) {
        self.responses.abandon();
        self.keeping = None;
    }

    fn take_keeping(&mut self) {
        if let Some(Ok(keeping)) = self.keeping.take() {
            self.kept = Some(keeping);
        }
    }

    /// Frees what nobody else can ask for.
    fn release(&self, asked: &[RequestKey]) {
        if !self.client.is_shared(&self.url.origin()) {
            self.client.forget(asked);
        }
    }

    /// The poll failed. Good answers stay for the next try, unless it is them that the service choked on, or that are too
    /// much.
    pub(crate) fn abandon(&mut self, error: &Error) {
        let asked = self.responses.abandon();
        let choked =
            [ErrorKind::Body, ErrorKind::Type, ErrorKind::Service, ErrorKind::Panic, ErrorKind::Config];
        if choked.contains(&error.kind()) {
            self.client.forget(&asked);
            self.responses.forget(&asked);
        }
    }

    /// How long until all of the answers that were recorded before, and that this poll used, have expired.
    pub(crate) fn next_new_in(&self) -> Option<Duration> {
        self.responses.next_new_at().map(|at| at.saturating_duration_since(Instant::now()))
    }

    /// What was asked of the API since the last call.
    pub(crate) fn take_traffic(&self) -> Traffic {
        self.traffic.take()
    }

    /// Calls of the API that are left, if it has said so.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.source.remaining()
    }

    /// How often there may be a poll of so many calls.
    pub(crate) fn pace(&self, calls: u64) -> Option<MinPollInterval> {
        self.source.pace(calls)
    }

    /// Knows the secrets that must not be shown.
    pub(crate) fn redactor(&self) -> &Redactor {
        self.secrets.redactor()
    }

    /// The memory limit of the data of a poll.
    pub(crate) fn memory(&self) -> Arc<PollMemory> {
        Arc::clone(&self.memory)
    }

    pub(crate) fn remember_secret(&self, text: &str) {
        // An altered token is no secret, and many of them would displace those that are.
        if self.rehearsal.is_none() {
            self.secrets.redactor().remember(text);
        }
    }

    pub(crate) fn redacted(&self, error: Error) -> Error {
        let redactor = self.secrets.redactor();
        // What is said of the config and the secret file is our own, and names keys.
        let is_own = matches!(error.kind(), ErrorKind::Secret | ErrorKind::Config);
        error.map_message(|message| match is_own {
            true => redactor.redact(&message).into_owned(),
            false => redactor.redact_message(&message).into_owned(),
        })
    }

    /// Ends the requests of a poll, which came to that: writes its recordings, and redacts what the service says.
    ///
    /// # Errors
    /// Those of the service, or a recording cannot be written.
    pub(crate) fn asked<T>(&self, outcome: Result<T>) -> Result<T> {
        let written = self.client.write_recordings(self.redactor());
        let data = outcome.map_err(|error| self.redacted(error))?;
        written.map(|()| data)
    }
}

/// For the tests of a service.
impl Api {
    /// An API that answers from the recordings in `dir`: no network, no secret file, no config.
    ///
    /// `api_url` is taken from the first recording.
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
    /// The folder holds no recording that can be read.
    pub fn replay(dir: impl AsRef<Path>) -> Result<Self> {
        let (service, client) = Source::test_service(dir.as_ref())?;
        Self::new(&service, &client)
    }

    /// Polls as the exporter does: if it goes well, what the service keeps is there for the next poll.
    ///
    /// # Errors
    /// Those of the service.
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

    /// With this `api_url`, in place of the URL of the first recording: needed where the first request has a
    /// [`path`](crate::Request::path) below it.
    ///
    /// # Errors
    /// It is no http or https URL.
    pub fn with_url(mut self, url: &str) -> Result<Self> {
        self.url = Url::parse(url)?;
        Ok(self)
    }

    /// With this setting.
    #[must_use]
    pub fn with_setting(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.settings.insert(key.to_owned(), value.into());
        self
    }

    /// With this secret; without it every secret is a placeholder.
    #[must_use]
    pub fn with_secret(mut self, key: &str, value: &str) -> Self {
        self.secrets.set(key, value);
        self
    }

    /// With this as the time.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = Some(now);
        self
    }
}

#[cfg(test)]
mod tests;
