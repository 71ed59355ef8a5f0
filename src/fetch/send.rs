//! A request on its way until it is answered: again where that may help, and on where the API leads.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::Duration;

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

/// The most redirects of one request, one after the other.
const REDIRECTS: usize = 5;

/// What the requests of one service have in common.
pub struct RequestSender<'a> {
    /// Where answers come from.
    pub source: &'a Source,
    /// Keeps the service's secrets out of recordings.
    pub redactor: &'a Redactor,
    /// Ends the poll.
    pub time: PollDeadline,
    /// Counts what is sent.
    pub traffic: &'a Cell<Traffic>,
    /// Waits before a further try, and for a call that is not there yet.
    pub pause: fn(Duration),
}

impl RequestSender<'_> {
    /// Sends it, on the condition that the answer is no longer the `known` one if there is such; a redirect of a GET is
    /// followed within the origin (RFC 9110 section 15.4).
    ///
    /// # Errors
    /// There was no answer, or a redirect to another origin, or too many.
    pub fn send(&self, mut outgoing: RawRequest, known: Option<CachedResponse>) -> Result<Fetched> {
        let direct = may_have_condition(&outgoing);
        let known = known.filter(|_| direct);
        for hop in 0..=REDIRECTS {
            // Validators belong to one URL, and who redirects may lead elsewhere the next time.
            let known = known.as_ref().filter(|_| hop == 0);
            let response = self.persist(&outgoing, known)?;
            if let Some(known) = known.filter(|_| response.status == 304) {
                return Ok(Fetched::Confirmed(known.clone()));
            }
            let is_redirect =
                outgoing.method == "GET" && matches!(response.status, 301 | 302 | 303 | 307 | 308);
            match response.header("location").filter(|_| is_redirect) {
                Some(location) => outgoing.url = outgoing.url.resolve(location)?,
                None => {
                    let validators = Validators::of(&response).filter(|_| direct && hop == 0);
                    return Ok(Fetched::New(response, validators));
                }
            }
        }
        let advice = "set `api_url` to where the data is";
        Err(Error::new(
            ErrorKind::Status,
            format!("more than {REDIRECTS} redirects, one after the other: {advice}"),
        ))
    }

    /// Sends it, again if that may help and does no harm.
    fn persist(&self, outgoing: &RawRequest, known: Option<&CachedResponse>) -> Result<RawResponse> {
        let (mut tried, mut waited, mut renewed) = (0, Duration::ZERO, false);
        loop {
            let ready = self.source.made_ready(outgoing, known, self.redactor, self.time);
            if ready.is_ok() {
                // Only now: a request that finds no token is no call of the API.
                self.source.admit(outgoing, self.pause, self.time)?;
            }
            let sent = |ready: Cow<'_, RawRequest>| {
                self.source.exchange(outgoing, &ready, known, self.redactor, self.time)
            };
            let outcome = ready.and_then(sent);
            self.count(&outcome, tried > 0 || renewed);
            let refused = outcome.as_ref().is_ok_and(|response| response.status == 401);
            if refused && !renewed && self.source.renews(outgoing) {
                renewed = true;
                continue;
            }
            let retry_policy = self.source.retry_policy(self.time).filter(|_| outgoing.idempotent);
            let wait = retry_policy
                .and_then(|retry_policy| retry_policy.wait(&outcome, tried, waited, fastrand::f64()));
            let Some(wait) = wait else { return outcome };
            (self.pause)(wait);
            waited += wait;
            tried += 1;
        }
    }

    fn count(&self, outcome: &Result<RawResponse>, again: bool) {
        let mut traffic = self.traffic.take();
        traffic.count(outcome.as_ref().ok().map(|response| (response.status, response.body.len())), again);
        progress::asked(traffic.calls(), traffic.response_bytes);
        self.traffic.set(traffic);
    }
}
