//! The responses of one service: its upstream behind its tokens, rate limits and retry policy.

use std::borrow::Cow;
use std::sync::Arc;
use std::thread::Scope;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::auth::identity::Identity;
use super::auth::oauth2::OAuth2;
use super::auth::request_signer::RequestSigner;
use super::auth::session_slot::SessionSlot;
use super::cache::request_key::RequestKey;
use super::cache::response_cache::CachedResponse;
use super::cassette::replay::Replay;
use super::client::Client;
use super::exchange_workers::ExchangeWorkers;
use super::launched_exchange::LaunchedSlot;
use super::limits::byte_budget::ByteBudget;
use super::limits::calls_per_minute::Account;
use super::limits::deadline::PollDeadline;
use super::limits::retry_policy::RetryPolicy;
use super::limits::service_limits::{MinPollInterval, ServiceLimits};
use super::raw_request::RawRequest;
use super::raw_response::RawResponse;
use super::secrets::redactor::Redactor;
use super::secrets::secret_sources::SecretSources;
use super::transport::agent::Agent;
use super::transport::tls::ClientTls;
use super::upstream::Upstream;
use super::url::Url;
use crate::config::ServiceConfig;
use crate::support::error::Result;

/// The responses of one service, with everything that decides whether a request may be sent.
#[derive(Debug)]
pub(crate) struct Source {
    /// The network or a recording.
    upstream: Upstream,
    /// The OAuth2 tokens of the service, if its config sets a token endpoint.
    oauth2: Option<Box<OAuth2>>,
    /// The limits that the API sets; a recording has none.
    network_limits: Option<NetworkLimits>,
    /// The session of the service.
    sessions: Arc<SessionSlot>,
    /// The outcome of the current request, if a worker has sent it.
    launched: LaunchedSlot,
    /// The signer of requests with digest authentication or a signature of AWS.
    signer: RequestSigner,
    /// The name of the service, which shares no session with another one.
    service: String,
}

/// The limits on the requests of one service over the network.
#[derive(Debug)]
struct NetworkLimits {
    /// The rate limits that the API reports and the config sets.
    rate: ServiceLimits,
    /// The fingerprint of the sources of secrets, as the config names them.
    account: RequestKey,
    /// The limits on retries of one request.
    retry_policy: RetryPolicy,
}

impl Source {
    /// Creates the source that the client's mode selects.
    ///
    /// # Errors
    /// Returns an error if the recording, a certificate file or the trust store cannot be used, if `api_url` is invalid,
    /// or if the environment names an invalid proxy.
    pub(crate) fn new(service: &ServiceConfig, client: &Arc<Client>) -> Result<Self> {
        if let Some(dir) = &client.replay {
            let replay = Replay::for_service(dir, &service.name)?;
            let upstream = Upstream::Recording { replay, service: service.name.clone() };
            let service = service.name.clone();
            return Ok(Self {
                upstream,
                oauth2: None,
                network_limits: None,
                sessions: Arc::default(),
                launched: LaunchedSlot::default(),
                signer: RequestSigner::default(),
                service,
            });
        }
        let tls = Arc::new(ClientTls::new(service, &client.tls)?);
        let url = Url::parse(&service.api_url)?;
        let agent = Agent::new(service, "api_url", &url, &tls)?;
        let oauth2 = match &service.oauth2 {
            Some(oauth2) => Some(Box::new(OAuth2::new(service, oauth2, &tls)?)),
            None => None,
        };
        let network_limits = Some(NetworkLimits::new(service, &url, client));
        let upstream = Upstream::Network { agent, client: Arc::clone(client), service: service.name.clone() };
        let (sessions, service) = (Arc::default(), service.name.clone());
        let (launched, signer) = (LaunchedSlot::default(), RequestSigner::default());
        Ok(Self { upstream, oauth2, network_limits, sessions, signer, launched, service })
    }

    /// Prepares the OAuth2 token and the rate limits for a poll.
    pub(crate) fn begin(&self) {
        self.oauth2.iter().for_each(|oauth2| oauth2.begin());
        self.network_limits.iter().for_each(|limits| limits.rate.begin());
        self.sessions.begin();
    }

    /// Returns the session of the service.
    pub(crate) fn sessions(&self) -> &Arc<SessionSlot> {
        &self.sessions
    }

    /// Returns the name of the service.
    pub(in crate::fetch) fn service(&self) -> &str {
        &self.service
    }

    /// Closes the unused connections if the next poll comes so late that none of them would be used.
    pub(crate) fn rest_for(&self, wait: Duration) {
        self.upstream.rest_for(wait);
    }

    /// Returns true if responses come from a recording, so that no request is sent.
    pub(crate) fn is_replay(&self) -> bool {
        matches!(self.upstream, Upstream::Recording { .. })
    }

    /// Returns the recorded time of the next response in a replay, or `None` if there is none.
    pub(crate) fn recorded_now(&self) -> Option<DateTime<Utc>> {
        self.upstream.recorded_now()
    }

    /// Returns a request with its conditional headers and its OAuth2 token.
    ///
    /// The validators of `known` make it conditional: the API returns 304 if that response is still current.
    ///
    /// # Errors
    /// Returns an error if no token can be fetched.
    pub(crate) fn made_ready<'a>(
        &self,
        raw_request: &'a RawRequest,
        known: Option<&CachedResponse>,
        redactor: &Redactor,
        time: PollDeadline,
    ) -> Result<Cow<'a, RawRequest>> {
        let condition = known.and_then(|known| known.validators.as_deref());
        let asked = condition.map(|validators| validators.condition(raw_request));
        let asked = asked.map_or(Cow::Borrowed(raw_request), Cow::Owned);
        match self.oauth2(raw_request) {
            Some(oauth2) => oauth2.authorized(&asked, redactor, time).map(Cow::Owned),
            None => Ok(asked),
        }
    }

    /// Returns the signer of requests with digest authentication or a signature of AWS.
    pub(in crate::fetch) fn signer(&self) -> &RequestSigner {
        &self.signer
    }

    /// Sends a request that [`made_ready`](Self::made_ready) prepared, and learns the rate limits that the API reports.
    ///
    /// # Errors
    /// Returns an error if no complete response arrives, or if no recorded exchange fits.
    pub(crate) fn exchange(
        &self,
        raw_request: &RawRequest,
        ready: &RawRequest,
        known: Option<&CachedResponse>,
        redactor: &Redactor,
        time: PollDeadline,
    ) -> Result<RawResponse> {
        let launched = self.launched.take(raw_request, ready);
        let response = self.upstream.exchange(raw_request, (ready, launched), known, redactor, time)?;
        if let Some(limits) = &self.network_limits {
            limits.rate.learn(&self.credential(raw_request), &response);
        }
        Ok(response)
    }

    /// Returns at most `most` workers for the rest of a poll; `None` for a recording. `left` is the number of bytes that
    /// the poll may receive, to which the last response may add its own.
    pub(crate) fn workers<'scope, 'env>(
        &'env self,
        scope: &'scope Scope<'scope, 'env>,
        most: usize,
        left: u64,
        limit: u64,
    ) -> Option<ExchangeWorkers<'scope, 'env>> {
        let agent = self.upstream.agent()?;
        let budget = ByteBudget::new(left.saturating_add(agent.body_limit()), limit);
        Some(ExchangeWorkers::new(scope, agent, most, budget))
    }

    /// Returns the slot for the outcome of a request that a worker has sent.
    pub(crate) fn launched(&self) -> &LaunchedSlot {
        &self.launched
    }

    /// Reserves one request in the rate limits, and waits with `pause` if it may be sent soon. A launched request is
    /// already reserved.
    ///
    /// # Errors
    /// Returns an error if no request may be sent soon, or if the poll has no time left.
    pub(crate) fn admit(
        &self,
        raw_request: &RawRequest,
        ready: &RawRequest,
        pause: fn(Duration),
        time: PollDeadline,
    ) -> Result<()> {
        if self.launched.has(raw_request, ready) {
            return Ok(());
        }
        let Some(limits) = &self.network_limits else { return Ok(()) };
        let longest = time.left()?.min(limits.retry_policy.waits);
        limits.rate.admit(&self.credential(raw_request), longest, pause)
    }

    /// Returns the requests remaining, or `None` if the API has reported no rate limit.
    pub(crate) fn remaining(&self) -> Option<u64> {
        self.network_limits.as_ref()?.rate.remaining()
    }

    /// Returns the minimum interval between polls of `calls` requests each, or `None` without a rate limit.
    pub(crate) fn pace(&self, calls: u64) -> Option<MinPollInterval> {
        self.network_limits.as_ref()?.rate.pace(calls)
    }

    /// Returns the keys of the secret file that requests use, apart from those that the service reads.
    pub(crate) fn keys(&self) -> &'static [&'static str] {
        self.oauth2.as_ref().map(|oauth2| oauth2.keys()).unwrap_or_default()
    }

    /// Returns a fingerprint of a request and its identity. Requests with equal fingerprints may share a response.
    pub(crate) fn key(&self, raw_request: &RawRequest) -> RequestKey {
        raw_request.key(&self.identity(raw_request, self.sessions.identity(&self.service).as_ref()))
    }

    fn identity(&self, raw_request: &RawRequest, session: Option<&RequestKey>) -> Identity {
        let oauth2 = self.oauth2(raw_request).map(OAuth2::identity);
        Identity::new(&self.upstream.way(), oauth2.as_ref(), session)
    }

    /// Returns a fingerprint of the client that an API limits: the origin, the identity and the credentials of the
    /// request. A request without credentials, such as a login and all requests of a session, counts for the secret file of
    /// the service.
    fn credential(&self, raw_request: &RawRequest) -> RequestKey {
        let (origin, identity) = (raw_request.url.origin(), self.identity(raw_request, None).bytes());
        let mut parts = vec![RequestKey::of([origin.as_bytes(), identity.as_slice()]).bytes()];
        parts.extend(
            raw_request
                .credentials
                .iter()
                .map(|(place, value)| RequestKey::of([place.as_bytes(), value.bytes().as_slice()]).bytes()),
        );
        // Two services may set the same credentials in a different order.
        parts[1..].sort_unstable();
        if let (Some(limits), [_]) = (&self.network_limits, parts.as_slice()) {
            parts.push(limits.account.bytes());
        }
        RequestKey::of(parts.iter().map(<[u8; 16]>::as_slice))
    }

    /// Removes the refused token and returns true if the request carried one, so that a retry gets a new token.
    pub(crate) fn renews(&self, raw_request: &RawRequest) -> bool {
        self.oauth2(raw_request).is_some_and(OAuth2::renews)
    }

    /// Notes that the API refused the new token of a request too.
    pub(crate) fn refused_again(&self, raw_request: &RawRequest) {
        self.oauth2(raw_request).iter().for_each(|oauth2| oauth2.refused_again());
    }

    /// Returns the OAuth2 tokens for a request, or `None` if the service uses none or sets `authorization` itself.
    fn oauth2(&self, raw_request: &RawRequest) -> Option<&OAuth2> {
        self.oauth2
            .as_deref()
            .filter(|_| !raw_request.has_header("authorization") && raw_request.auth.is_none())
    }

    /// Returns the retry policy within the time left for the poll. `None` for a recording, which a retry does not change.
    pub(crate) fn retry_policy(&self, time: PollDeadline) -> Option<RetryPolicy> {
        let retry_policy = self.network_limits.as_ref()?.retry_policy;
        let waits = time.left().unwrap_or_default().min(retry_policy.waits);
        Some(RetryPolicy { waits, ..retry_policy })
    }
}

impl NetworkLimits {
    fn new(service: &ServiceConfig, url: &Url, client: &Arc<Client>) -> Self {
        let calls = client.calls(Account::new(service, &url.origin()));
        Self {
            rate: ServiceLimits::new(&service.name, client, calls),
            account: RequestKey::of([SecretSources::of(service).bytes().as_slice()]),
            retry_policy: RetryPolicy { retries: service.retries, waits: service.request_timeout },
        }
    }
}
