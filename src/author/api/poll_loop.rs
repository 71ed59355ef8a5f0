//! The methods of [`Api`] for the poll loop, which begin, record, hold or discard a poll.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Api;
use super::fingerprints::Fingerprints;
use super::messages::MessageLimit;
use super::response_history::{PollFreshness, ResponseHistory};
use super::sessions::ApiSessions;
use crate::config::ServiceConfig;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::client::Client;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::limits::service_limits::MinPollInterval;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret_sources::SecretSources;
use crate::fetch::secrets::service_secrets::ServiceSecrets;
use crate::fetch::secrets::unencrypted_url::warn_if_unencrypted;
use crate::fetch::secrets::unverified_tls::warn_if_unverified;
use crate::fetch::source::Source;
use crate::fetch::traffic::Traffic;
use crate::fetch::url::Url;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::memory_limit::PollMemory;
use crate::support::progress;

impl Api {
    /// Returns the `Api` of a configured service.
    ///
    /// # Errors
    /// `api_url` is invalid, or a file that the config names or a recording to replay cannot be read.
    #[doc(hidden)]
    pub fn new(service: &ServiceConfig, client: &Arc<Client>) -> Result<Self> {
        let api = Self::of_service(service, client)?;
        if !api.source.is_replay() {
            warn_if_unencrypted(service, &api.url);
            warn_if_unverified(service);
        }
        Ok(api)
    }

    /// Returns the `Api` of a configured service without a warning about its URL.
    pub(super) fn of_service(service: &ServiceConfig, client: &Arc<Client>) -> Result<Self> {
        let source = Source::new(service, client)?;
        let url = Url::parse(&service.api_url)?;
        let secrets = ServiceSecrets::new(&service.name, SecretSources::of(service), source.is_replay());
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
            sessions: ApiSessions::default(),
            messages: MessageLimit::new(Instant::now()),
            pause: progress::wait,
        })
    }

    /// Begins a poll.
    pub(crate) fn begin(&mut self) {
        self.begin_at(Instant::now());
    }

    pub(super) fn begin_at(&mut self, now: Instant) {
        self.began = now;
        self.time.begin(now);
        self.source.begin();
        self.secrets.begin();
        self.begin_sessions();
        self.responses.begin(now);
        self.issued.get_mut().clear();
        self.transcript = self.responses.may_be_confirmed().then(RefCell::default);
        self.keeping = None;
        self.memory.begin();
        self.client.sweep(now);
    }

    /// Closes the unused connections if the next poll comes so late that none of them would be used.
    pub(crate) fn rest_for(&self, wait: Duration) {
        self.source.rest_for(wait);
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
                format!("the value of `keep` contains the secret `{key}`, which would be written to disk"),
            )
            .with_help(format!(
                "keep the value without it, and read the secret with `api.secret(\"{key}\")` in each poll"
            ))),
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

    /// Continues with the kept value and the recorded responses of an `Api` that this one replaces.
    pub(crate) fn continue_from(&mut self, last: &mut Self) {
        self.kept = last.kept.take();
        self.saves_fingerprints = last.saves_fingerprints;
        self.responses.continue_from(&mut last.responses);
        self.messages = std::mem::replace(&mut last.messages, MessageLimit::new(Instant::now()));
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
