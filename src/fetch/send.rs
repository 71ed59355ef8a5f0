//! Sends a request until it has a response: retries it, renews its token and follows redirects.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

use super::auth::open_session::OpenSession;
use super::cache::conditional::{Validators, may_have_condition};
use super::cache::response_cache::{CachedResponse, Fetched};
use super::limits::deadline::PollDeadline;
use super::raw_request::RawRequest;
use super::raw_response::RawResponse;
use super::secrets::redactor::Redactor;
use super::source::Source;
use super::traffic::Traffic;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::progress;

/// The maximum number of consecutive redirects of one request.
const REDIRECTS: usize = 5;

/// A sender for the requests of one service.
pub(crate) struct RequestSender<'a> {
    /// The source of responses.
    pub source: &'a Source,
    /// The redactor that keeps the secrets of the service out of recordings.
    pub redactor: &'a Redactor,
    /// The deadline of the poll.
    pub time: PollDeadline,
    /// The request counters of the poll.
    pub traffic: &'a Cell<Traffic>,
    /// The function that waits before a retry, or until the rate limit allows a request.
    pub pause: fn(Duration),
    /// The session in which the requests are sent, if the service has one.
    pub session: Option<&'a OpenSession>,
    /// True if the request was sent before, in a session that the API refused.
    pub is_repeated: bool,
}

impl RequestSender<'_> {
    /// Sends a request and returns its response, or `known` if the API confirms it with 304.
    ///
    /// With the validators of `known` the request is conditional. A redirect of a GET or HEAD is followed within the origin
    /// (RFC 9110 section 15.4).
    ///
    /// # Errors
    /// Returns an error if there is no response, if a redirect leads to another origin, or after too many redirects.
    pub(crate) fn send(&self, mut raw_request: RawRequest, known: Option<CachedResponse>) -> Result<Fetched> {
        let direct = may_have_condition(&raw_request);
        let known = known.filter(|_| direct);
        for hop in 0..=REDIRECTS {
            // Validators belong to one URL, and the same redirect may lead to another one the next time.
            let known = known.as_ref().filter(|_| hop == 0);
            let response = self.persist(&raw_request, known)?;
            if let Some(known) = known.filter(|_| response.status == 304) {
                return Ok(Fetched::Confirmed(known.clone()));
            }
            let is_refusal = self.session.is_some_and(|session| session.is_refused_by(response.status));
            let is_redirect = raw_request.method.is_retrieval()
                && matches!(response.status, 301 | 302 | 303 | 307 | 308)
                && !is_refusal;
            match response.header("location").filter(|_| is_redirect) {
                Some(location) => raw_request.url = raw_request.url.resolve(location, raw_request.host())?,
                None => {
                    check_whole(&raw_request, &response)?;
                    let validators = Validators::of(&response).filter(|_| direct && hop == 0);
                    return Ok(Fetched::New(response, validators));
                }
            }
        }
        let text = format!("more than {REDIRECTS} consecutive redirects");
        Err(Error::new(ErrorKind::Status, text).with_help("set `api_url` to the address of the data"))
    }

    /// Sends a request, and retries it if it is idempotent and a retry may succeed. After a 401 it renews the token once, or responds to
    /// a challenge once.
    fn persist(&self, raw_request: &RawRequest, known: Option<&CachedResponse>) -> Result<RawResponse> {
        let (mut tried, mut waited, mut renewed) = (0, Duration::ZERO, false);
        loop {
            let ready = self.made_ready(raw_request, known);
            if let Ok(ready) = &ready {
                // A request without a token is not sent, so it must not count against the rate limits.
                self.source.admit(raw_request, ready, self.pause, self.time)?;
            }
            let mut is_challenged = false;
            let sent = |ready: Cow<'_, RawRequest>| {
                let response = self.source.exchange(raw_request, &ready, known, self.redactor, self.time)?;
                is_challenged = self.source.signer().learn(&ready, &response);
                Ok(response)
            };
            let outcome = ready.and_then(sent);
            self.count(&outcome, tried > 0 || renewed || self.is_repeated);
            self.learn_cookies(raw_request, &outcome);
            let refused = outcome.as_ref().is_ok_and(|response| response.status == 401);
            if refused && !renewed && (is_challenged || self.source.renews(raw_request)) {
                renewed = true;
                continue;
            }
            if refused && renewed {
                self.source.refused_again(raw_request);
            }
            let retry_policy = self.source.retry_policy(self.time).filter(|_| raw_request.idempotent);
            let wait = retry_policy
                .and_then(|retry_policy| retry_policy.wait(&outcome, tried, waited, fastrand::f64()));
            let Some(wait) = wait else { return outcome };
            (self.pause)(wait);
            waited += wait;
            tried += 1;
        }
    }

    /// Returns a request as it is sent first, and counts it in the rate limits.
    ///
    /// # Errors
    /// Returns an error if there is no token, or if a rate limit allows no request soon.
    pub(crate) fn prepared(
        &self,
        raw_request: &RawRequest,
        known: Option<&CachedResponse>,
    ) -> Result<RawRequest> {
        let known = known.filter(|_| may_have_condition(raw_request));
        let ready = self.made_ready(raw_request, known)?;
        self.source.admit(raw_request, &ready, self.pause, self.time)?;
        Ok(ready.into_owned())
    }

    /// Returns a request with its conditional headers, its token, its session and its signature.
    fn made_ready<'r>(
        &self,
        raw_request: &'r RawRequest,
        known: Option<&CachedResponse>,
    ) -> Result<Cow<'r, RawRequest>> {
        let mut ready = self.source.made_ready(raw_request, known, self.redactor, self.time)?;
        if let Some(session) = self.session {
            session.authorize(raw_request, ready.to_mut(), self.redactor)?;
        }
        if raw_request.auth.is_some() {
            self.source.signer().sign(ready.to_mut(), self.redactor);
        }
        Ok(ready)
    }

    fn learn_cookies(&self, raw_request: &RawRequest, outcome: &Result<RawResponse>) {
        if let (Some(session), Ok(response)) = (self.session, outcome) {
            session.learn(raw_request, response, (self.source.service(), self.redactor));
        }
    }

    fn count(&self, outcome: &Result<RawResponse>, again: bool) {
        let mut traffic = self.traffic.take();
        traffic.count(outcome.as_ref().ok().map(|response| (response.status, response.body.len())), again);
        progress::asked(traffic.calls(), traffic.response_bytes);
        self.traffic.set(traffic);
    }
}

/// Checks that a response is not a part of the requested one (RFC 9110 section 15.3.7).
///
/// # Errors
/// The response is a part, and the service has not requested a range.
fn check_whole(raw_request: &RawRequest, response: &RawResponse) -> Result<()> {
    if response.status != 206 || raw_request.has_header("range") {
        return Ok(());
    }
    let error = Error::new(ErrorKind::Status, "206 Partial Content, but the request has no `Range`");
    Err(error.with_status(206).with_help("check the caches and proxies between this machine and the API"))
}
