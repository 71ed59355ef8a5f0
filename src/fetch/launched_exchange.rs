//! An exchange that a worker has carried out, until the poll uses its outcome.

use std::cell::RefCell;

use super::cache::request_key::RequestKey;
use super::raw_request::RawRequest;
use super::raw_response::RawResponse;
use crate::support::error::Result;

/// The outcome of an exchange that was carried out before the poll came to its request.
#[derive(Debug)]
pub(crate) struct LaunchedExchange {
    /// The fingerprint of the request of the service.
    request: RequestKey,
    /// The request as it was sent.
    sent: RawRequest,
    outcome: Result<RawResponse>,
}

/// The launched exchange of the current request, if there is one.
#[derive(Debug, Default)]
pub(crate) struct LaunchedSlot(RefCell<Option<LaunchedExchange>>);

impl LaunchedExchange {
    /// Creates the outcome of `raw_request`, which was sent as `sent`.
    pub(crate) fn new(request: RequestKey, sent: RawRequest, outcome: Result<RawResponse>) -> Self {
        Self { request, sent, outcome }
    }

    /// Returns the fingerprint of a request of the service, without its token and its session.
    pub(crate) fn request_of(raw_request: &RawRequest) -> RequestKey {
        let (method, url) = (raw_request.method.as_str(), raw_request.url.to_string());
        let body = raw_request.body.as_deref().unwrap_or_default();
        RequestKey::of([method.as_bytes(), url.as_bytes(), body])
    }

    /// Returns true if the outcome is that of a request that would now be sent as `ready`.
    ///
    /// A token, a session or a condition may have been renewed since. A refusal is then obsolete, and the API has not
    /// carried out the request. A request that is not idempotent is never sent again after any other outcome.
    fn is_current(&self, ready: &RawRequest) -> bool {
        let is_obsolete = match &self.outcome {
            Ok(response) if response.is_good() => false,
            Ok(response) => ready.idempotent || (300..500).contains(&response.status),
            Err(_) => ready.idempotent,
        };
        self.is_same(ready) || !is_obsolete
    }
}

impl LaunchedExchange {
    /// Returns true if the request was sent as `ready`, apart from the count or the time in its signature. A refused
    /// signature is sent again with the current challenge.
    fn is_same(&self, ready: &RawRequest) -> bool {
        if ready.auth.is_none() || self.sent.has_header("authorization") != ready.has_header("authorization")
        {
            return self.sent == *ready;
        }
        let is_refused =
            ready.has_header("authorization") && self.outcome.as_ref().is_ok_and(|found| found.status == 401);
        !is_refused && unsigned(&self.sent) == unsigned(ready)
    }
}

/// Returns a request without the headers of its signature that differ each time.
fn unsigned(request: &RawRequest) -> RawRequest {
    let mut request = request.clone();
    request.headers.retain(|(name, _)| !["authorization", "x-amz-date"].contains(&name.as_str()));
    request
}

impl LaunchedSlot {
    /// Sets the outcome for the next request.
    pub(crate) fn place(&self, launched: LaunchedExchange) {
        self.0.replace(Some(launched));
    }

    /// Removes an outcome that was not used.
    pub(crate) fn clear(&self) {
        self.0.take();
    }

    /// Returns true if the slot has the outcome of a request. Removes an outcome that is obsolete.
    pub(crate) fn has(&self, raw_request: &RawRequest, ready: &RawRequest) -> bool {
        let mut slot = self.0.borrow_mut();
        let Some(launched) = slot.as_ref() else { return false };
        if launched.request != LaunchedExchange::request_of(raw_request) {
            return false;
        }
        let is_current = launched.is_current(ready);
        if !is_current {
            slot.take();
        }
        is_current
    }

    /// Takes the outcome of a request.
    pub(crate) fn take(&self, raw_request: &RawRequest, ready: &RawRequest) -> Option<Result<RawResponse>> {
        if self.has(raw_request, ready) { self.0.take().map(|launched| launched.outcome) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::http_method::HttpMethod;
    use crate::fetch::url::Url;
    use crate::support::error::{Error, ErrorKind};

    fn request(method: HttpMethod, token: &str) -> RawRequest {
        let mut request = RawRequest::new(method, Url::parse("https://h/x").unwrap());
        request.headers.push(("authorization".to_owned(), token.to_owned()));
        request
    }

    #[test]
    fn an_outcome_is_used_once_and_only_for_its_request() {
        let raw_request = request(HttpMethod::GET, "a");
        let slot = LaunchedSlot::default();
        let outcome = Ok(RawResponse { status: 200, ..RawResponse::default() });
        let key = LaunchedExchange::request_of(&raw_request);
        slot.place(LaunchedExchange::new(key, raw_request.clone(), outcome.clone()));
        let login = request(HttpMethod::POST, "a");
        assert_eq!(slot.take(&login, &login), None);
        assert_eq!(slot.take(&raw_request, &raw_request), Some(outcome));
        assert_eq!(slot.take(&raw_request, &raw_request), None);
    }

    #[test]
    fn a_signature_of_another_time_is_the_same_request_unless_it_was_refused() {
        use zeroize::Zeroizing;

        use crate::fetch::auth::digest_session::DigestUser;
        use crate::fetch::auth::request_auth::RequestAuth;

        let user = DigestUser { name: "me".to_owned(), password: Zeroizing::new("hush".to_owned()) };
        let signed = |authorization: &str| {
            let mut request = request(HttpMethod::GET, authorization);
            request.auth = Some(RequestAuth::Digest(user.clone()));
            request
        };
        let (one, two, mut none) = (signed("nc=1"), signed("nc=2"), signed(""));
        none.headers.clear();
        for (sent, status, is_used) in
            [(&one, 404, true), (&one, 200, true), (&one, 401, false), (&none, 401, false)]
        {
            let outcome = Ok(RawResponse { status, ..RawResponse::default() });
            let launched = LaunchedExchange::new(LaunchedExchange::request_of(sent), sent.clone(), outcome);
            assert_eq!(launched.is_current(&two), is_used, "{sent:?} {status}");
        }
        let outcome = Ok(RawResponse { status: 401, ..RawResponse::default() });
        let challenged = LaunchedExchange::new(LaunchedExchange::request_of(&none), none.clone(), outcome);
        assert!(challenged.is_current(&none), "its challenge is used");
    }

    #[test]
    fn after_a_renewal_only_a_refused_or_idempotent_request_is_sent_again() {
        let failed = || Err(Error::new(ErrorKind::Network, "x"));
        let status = |status| Ok(RawResponse { status, ..RawResponse::default() });
        for (method, outcome, is_used) in [
            (HttpMethod::GET, status(200), true),
            (HttpMethod::GET, status(304), false),
            (HttpMethod::GET, status(401), false),
            (HttpMethod::GET, status(500), false),
            (HttpMethod::GET, failed(), false),
            (HttpMethod::POST, status(201), true),
            (HttpMethod::POST, status(401), false),
            (HttpMethod::POST, status(500), true),
            (HttpMethod::POST, failed(), true),
        ] {
            let (old, new) = (request(method.clone(), "old"), request(method, "new"));
            let place = |slot: &LaunchedSlot| {
                let key = LaunchedExchange::request_of(&old);
                slot.place(LaunchedExchange::new(key, old.clone(), outcome.clone()));
            };
            let slot = LaunchedSlot::default();
            place(&slot);
            assert_eq!(slot.has(&old, &new), is_used, "{old:?} {outcome:?}");
            place(&slot);
            assert!(slot.has(&old, &old));
        }
    }
}
