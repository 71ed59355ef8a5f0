//! Requests and their responses from the cache, the network or a rehearsal.

use std::sync::Arc;
use std::time::Instant;

use super::Api;
use super::fingerprints::Fingerprint;
use super::rehearsal::{Change, Rehearsal, UsedResponse};
use super::response_history::PollFreshness;
use crate::author::reading::Reading;
use crate::author::reading::provenance::Again;
use crate::author::response::Response;
use crate::fetch::auth::open_session::OpenSession;
use crate::fetch::cache::conditional::may_have_condition;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::cache::response_cache::{CacheLookup, CachedResponse, Fetched};
use crate::fetch::limits::byte_budget::too_many_bytes;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::used_keys::UsedKeys;
use crate::fetch::send::RequestSender;
use crate::support::error::{Error, Result};

impl Api {
    /// Returns the cached response to an equal request, or a new one.
    pub(crate) fn send(&self, raw_request: &RawRequest) -> Result<Response> {
        let redactor = self.secrets.redactor();
        let RawRequest { method, url, .. } = raw_request;
        let asked = format!("{method} {}{}", url.origin(), redactor.redact_target(&url.target()));
        let response = match &self.rehearsal {
            Some(rehearsal) => {
                self.time.left().and_then(|_| rehearsal.response(self.request_fingerprint(raw_request)))
            }
            None => self.received(raw_request).map(|response| (response, None)),
        };
        let (response, alteration) = response.map_err(|error| self.failed(error, &asked))?;
        let keys = match response.is_good() {
            true => UsedKeys::default(),
            false => self.secrets.used_keys(self.source.keys()),
        };
        let response = Response::new(
            response,
            asked,
            keys,
            redactor.clone(),
            self.source.is_replay(),
            Arc::clone(&self.memory),
        );
        let response = response.altered(alteration).of_graphql(raw_request.is_graphql);
        let response = response.of_login(self.is_logging_in());
        if raw_request.is_graphql && !matches!(response.graphql_errors(), Ok(None)) {
            // Like a response that is not 2xx, it is requested again.
            self.client.forget([&self.source.key(raw_request)]);
        }
        Ok(response)
    }

    /// Returns the redacted error of a request. The error of a failed login already has its request, or none.
    fn failed(&self, error: Error, asked: &str) -> Error {
        match self.slot().is_login_error(&error) {
            true => error,
            false => self.redacted(error.with_request(asked)),
        }
    }

    /// Returns the response to a request of the poll, or of a login or logout.
    fn received(&self, raw_request: &RawRequest) -> Result<Arc<RawResponse>> {
        match self.login_response(raw_request) {
            Some(response) => response,
            None => self.response(raw_request).map(|kept| kept.response),
        }
    }

    /// Returns the response to a request from the cache or the network.
    ///
    /// The deadline of the poll applies to cached responses too, so that it stops a loop over them.
    fn response(&self, raw_request: &RawRequest) -> Result<CachedResponse> {
        let left = self.time.left()?;
        self.has_room()?;
        self.settle_session()?;
        let (key, request) = (self.source.key(raw_request), self.request_fingerprint(raw_request));
        self.responses.check(&key, Instant::now())?;
        let kept = if raw_request.is_shareable() {
            let until = Instant::now() + left.min(self.request_timeout);
            let look = CacheLookup { now: self.began, life: self.life, until };
            self.client.get(&key, look, |expired| {
                let fetched = self.fetch(raw_request, &key, expired)?;
                // If TLS files changed meanwhile, the response belongs to another identity.
                Ok((fetched, self.source.key(raw_request) == key))
            })?
        } else {
            self.client.received(self.fetch(raw_request, &key, None)?, self.began)
        };
        self.learn(&key, &kept);
        let fingerprint = self.fingerprint(request, raw_request, &kept);
        if let Some(transcript) = &self.transcript {
            if !raw_request.is_shareable() {
                // Only the transcript keeps this body until the poll is read again.
                self.memory.take(kept.response.body.len())?;
            }
            let is_confirmed = self.responses.is_recorded(&kept, fingerprint);
            transcript.borrow_mut().push(UsedResponse {
                request,
                response: Arc::clone(&kept.response),
                is_confirmed,
            });
        }
        self.responses.used(key, &kept, fingerprint);
        Ok(kept)
    }

    /// Returns the fingerprint of a request, which stays the same in another session.
    ///
    /// A credential is represented by its key in the secret file, and an issued credential by its number in the poll.
    fn request_fingerprint(&self, raw_request: &RawRequest) -> u128 {
        let redactor = self.secrets.redactor();
        let name = &mut |text: &str, value: &RequestKey| {
            redactor.configured_in(text).unwrap_or_else(|| self.number_of(value).to_string())
        };
        self.responses.fingerprints().salt.request(raw_request, name)
    }

    /// Returns the number of a credential among those of the poll that are not in the secret file.
    fn number_of(&self, credential: &RequestKey) -> usize {
        let mut issued = self.issued.borrow_mut();
        let known = issued.iter().position(|known| known == credential);
        known.unwrap_or_else(|| {
            issued.push(credential.clone());
            issued.len() - 1
        })
    }

    /// Returns the fingerprint of a response that can be recognized later; `None` for any other.
    fn fingerprint(
        &self,
        request: u128,
        raw_request: &RawRequest,
        kept: &CachedResponse,
    ) -> Option<Fingerprint> {
        let validators = kept.validators.as_ref().filter(|_| may_have_condition(raw_request))?;
        let known = self.responses.recorded_fingerprint(kept);
        let of_whole = || self.responses.fingerprints().salt.response(validators, &kept.response);
        let response = known.map_or_else(of_whole, |known| known.response);
        Some(Fingerprint { request, response })
    }

    fn fetch(
        &self,
        raw_request: &RawRequest,
        key: &RequestKey,
        expired: Option<CachedResponse>,
    ) -> Result<Fetched> {
        let known = self.known(key, expired);
        let session = self.session()?;
        let sent = self.sender(session.as_deref(), false).send(raw_request.clone(), known.clone())?;
        let Some(refused) = session else { return Ok(sent) };
        match self.session_after(&refused, sent.status())? {
            // The API refused the request and did not carry it out, so that even a POST may be repeated.
            Some(session) => {
                let sent = self.sender(Some(&session), true).send(raw_request.clone(), known)?;
                self.slot().replaced(!session.is_refused_by(sent.status()));
                Ok(sent)
            }
            None => Ok(sent),
        }
    }

    /// Returns the response that the API may confirm: the expired one of the cache, or that of the last recorded poll.
    fn known(&self, key: &RequestKey, expired: Option<CachedResponse>) -> Option<CachedResponse> {
        let expired = expired.filter(|kept| kept.validators.is_some());
        expired.or_else(|| self.responses.held(key))
    }

    /// Returns a request as it is sent, with its token, its session and its conditional headers, and counts it in the rate
    /// limits.
    ///
    /// # Errors
    /// Returns an error if there is no token or session, or if a rate limit allows no request soon.
    pub(super) fn prepared(
        &self,
        raw_request: &RawRequest,
        key: &RequestKey,
        expired: Option<CachedResponse>,
    ) -> Result<RawRequest> {
        let (known, session) = (self.known(key, expired), self.session()?);
        self.sender(session.as_deref(), false).prepared(raw_request, known.as_ref())
    }

    /// Returns a sender of requests in a session. `is_repeated` marks a request that was sent before.
    pub(super) fn sender<'a>(
        &'a self,
        session: Option<&'a OpenSession>,
        is_repeated: bool,
    ) -> RequestSender<'a> {
        RequestSender {
            source: &self.source,
            redactor: self.secrets.redactor(),
            time: self.deadline(),
            traffic: &self.traffic,
            pause: self.pause,
            session,
            is_repeated,
        }
    }

    /// Adapts later requests to a response that refuses this one.
    fn learn(&self, key: &RequestKey, kept: &CachedResponse) {
        let response = &kept.response;
        if response.status == 401 {
            // One of these responses may be a login, which must then be repeated.
            self.client.forget(&self.responses.distrust());
        }
        if !self.source.is_replay() && !response.is_good() {
            self.responses.refused(key, response, Instant::now());
        }
    }

    pub(super) fn has_room(&self) -> Result<()> {
        let limit = self.poll_limit;
        if self.responses.read() <= limit {
            return Ok(());
        }
        Err(too_many_bytes(limit))
    }

    /// Returns the mix of recorded and new responses that the poll used.
    pub(crate) fn mix(&self) -> Mix {
        match self.responses.has_recorded_and_new() {
            _ if self.freshness() != PollFreshness::New => Mix::New,
            (true, true) => Mix::Both,
            (true, false) => Mix::Recorded,
            (false, _) => Mix::New,
        }
    }

    /// Reads the poll again from its own responses, with some of them altered; `None` if that fails.
    ///
    /// No request is sent, and the kept value of the poll stays the same.
    pub(crate) fn rehearse(
        &mut self,
        change: Change,
        poll: impl FnOnce(&mut Self) -> Result<Vec<Result<Reading>>>,
    ) -> Option<Again> {
        let used = self.transcript.take()?;
        let keeping = self.keeping.take();
        let rehearsal = Rehearsal::new(&used.borrow(), change);
        self.rehearsal = Some(rehearsal);
        self.issued.get_mut().clear();
        let taken = self.memory.taken();
        let readings = poll(self).ok();
        self.memory.give_back_to(taken);
        let is_complete = self.rehearsal.take().is_some_and(|rehearsal| rehearsal.is_complete());
        (self.keeping, self.transcript) = (keeping, Some(used));
        Some(Again { readings: readings?, is_complete })
    }
}

/// The mix of recorded and new responses in a poll that is to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mix {
    /// The responses were not recorded before.
    New,
    /// Some responses were recorded before, and some were not.
    Both,
    /// All responses were recorded before, by an earlier process or in an earlier poll.
    Recorded,
}
