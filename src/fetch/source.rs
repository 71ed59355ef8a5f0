//! Where the answers of one service come from: the network, the network and a recording, or a recording.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::auth::identity::Identity;
use super::auth::oauth2::OAuth2;
use super::cache::conditional::seen;
use super::cache::request_key::RequestKey;
use super::cache::response_cache::CachedResponse;
use super::cassette::http_file::Exchange;
use super::cassette::replay::Replay;
use super::client::{Client, Mode};
use super::limits::calls_per_minute::Account;
use super::limits::deadline::PollDeadline;
use super::limits::retry_policy::RetryPolicy;
use super::limits::service_limits::{MinPollInterval, ServiceLimits};
use super::raw_request::RawRequest;
use super::raw_response::RawResponse;
use super::secrets::redactor::Redactor;
use super::transport::agent::Agent;
use super::transport::tls::ClientTls;
use super::url::Url;
use crate::config::{self, ServiceConfig};
use crate::support::error::{Error, ErrorKind, Result};

/// The way to the API of one service, or what stands in its place.
#[derive(Debug)]
pub enum Source {
    /// The network.
    Live {
        /// The way there.
        agent: Agent,
        /// Where its tokens come from, if it wants any.
        oauth2: Option<Box<OAuth2>>,
        /// What is shared, the recorder among it.
        client: Arc<Client>,
        /// The rate limits.
        limits: ServiceLimits,
        /// The fingerprint of the secret file's path.
        account: RequestKey,
        /// Whether a request is tried again.
        retry_policy: RetryPolicy,
    },
    /// A recording.
    Replay {
        /// The exchanges.
        replay: Replay,
        /// The service, to which the recording belongs alone.
        identity: Identity,
    },
}

impl Source {
    /// As the client's mode says.
    ///
    /// # Errors
    /// The recording, or a file of certificates, cannot be read, or the environment names a proxy that is none.
    pub fn new(service: &ServiceConfig, client: &Arc<Client>) -> Result<Self> {
        if let Some(dir) = &client.replay {
            let identity = Identity::of_replay(&service.name);
            return Ok(Self::Replay { replay: Replay::for_service(dir, &service.name)?, identity });
        }
        let tls = Arc::new(ClientTls::new(service)?);
        let url = Url::parse(&service.api_url)?;
        let agent = Agent::new(service, "api_url", &url, &tls)?;
        let oauth2 = match &service.oauth2 {
            Some(oauth2) => Some(Box::new(OAuth2::new(service, oauth2, &tls)?)),
            None => None,
        };
        let retry_policy = RetryPolicy { retries: service.retries, waits: service.request_timeout };
        let calls = client.calls(&Account::new(service, &url.origin()));
        let limits = ServiceLimits::new(&service.name, client, calls);
        let account =
            RequestKey::of(service.secret_file.iter().map(|file| file.as_os_str().as_encoded_bytes()));
        Ok(Self::Live { agent, oauth2, client: Arc::clone(client), limits, account, retry_policy })
    }

    /// Begins a poll.
    pub fn begin(&self) {
        if let Self::Live { oauth2, limits, .. } = self {
            oauth2.iter().for_each(|oauth2| oauth2.begin());
            limits.begin();
        }
    }

    /// Whether nothing goes out.
    pub fn is_replay(&self) -> bool {
        matches!(self, Self::Replay { .. })
    }

    /// When the recording was made.
    pub fn recorded_now(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Replay { replay, .. } => replay.now(),
            Self::Live { .. } => None,
        }
    }

    /// The request as it goes out: on the condition that the answer is no longer the `known` one if there is such, and with
    /// a token if the API wants one.
    ///
    /// # Errors
    /// There is no token to be had.
    pub fn made_ready<'a>(
        &self,
        outgoing: &'a RawRequest,
        known: Option<&CachedResponse>,
        redactor: &Redactor,
        time: PollDeadline,
    ) -> Result<Cow<'a, RawRequest>> {
        let condition = known.and_then(|known| known.validators.as_deref());
        let asked = condition.map(|validators| validators.condition(outgoing));
        let asked = asked.map_or(Cow::Borrowed(outgoing), Cow::Owned);
        match self.oauth2(outgoing) {
            Some(oauth2) => oauth2.authorized(&asked, redactor, time).map(Cow::Owned),
            None => Ok(asked),
        }
    }

    /// Sends it once, in the form that was made ready.
    ///
    /// # Errors
    /// There was no whole answer.
    pub fn exchange(
        &self,
        outgoing: &RawRequest,
        ready: &RawRequest,
        known: Option<&CachedResponse>,
        redactor: &Redactor,
        time: PollDeadline,
    ) -> Result<RawResponse> {
        match self {
            Self::Replay { replay, .. } => {
                let RawRequest { method, url, .. } = outgoing;
                let exchange = replay.response(method, url.authority(), &url.target())?;
                let Exchange { status, headers, body, .. } = &*exchange;
                Ok(RawResponse { status: *status, headers: headers.clone(), body: body.clone() })
            }
            Self::Live { agent, client, limits, .. } => {
                agent.remember_secrets(redactor);
                let response = agent.exchange(ready, time)?;
                limits.learn(&self.credential(outgoing), &response);
                if let Some(recorder) = &client.recorder {
                    let known = known.filter(|_| response.status == 304);
                    let seen = known.map(|known| seen(&known.response, &response));
                    // As the service sees it: a replay has nothing that could stand in for the body, and no token.
                    recorder.hold(recorded(outgoing, seen.as_ref().unwrap_or(&response)), redactor);
                }
                Ok(response)
            }
        }
    }

    /// Takes one request out of what may be sent; for one that may be sent soon it waits with `pause`.
    ///
    /// # Errors
    /// There is none for now, or the poll has no time left.
    pub fn admit(&self, outgoing: &RawRequest, pause: fn(Duration), time: PollDeadline) -> Result<()> {
        let Self::Live { limits, retry_policy, .. } = self else { return Ok(()) };
        let longest = time.left()?.min(retry_policy.waits);
        limits.admit(&self.credential(outgoing), longest, pause)
    }

    /// Returns the requests that remain, if the API has reported them.
    pub fn remaining(&self) -> Option<u64> {
        self.limits()?.remaining()
    }

    /// Returns how often there may be a poll of so many requests.
    pub fn pace(&self, calls: u64) -> Option<MinPollInterval> {
        self.limits()?.pace(calls)
    }

    fn limits(&self) -> Option<&ServiceLimits> {
        match self {
            Self::Live { limits, .. } => Some(limits),
            Self::Replay { .. } => None,
        }
    }

    /// Returns a fingerprint that is equal for requests that may have the same response: those that are equal and come from one
    /// identity.
    pub fn key(&self, outgoing: &RawRequest) -> RequestKey {
        outgoing.key(&self.identity(outgoing))
    }

    fn identity(&self, outgoing: &RawRequest) -> Identity {
        match self {
            Self::Live { agent, .. } => {
                let oauth2 = self.oauth2(outgoing).map(OAuth2::identity);
                Identity::new(&agent.identity(), oauth2.as_ref())
            }
            Self::Replay { identity, .. } => identity.clone(),
        }
    }

    /// Identifies the one whom an API limits: the origin, the identity, and the credentials of the request. A request without any, such as
    /// a login, counts for the service's secret file.
    fn credential(&self, outgoing: &RawRequest) -> RequestKey {
        let (origin, identity) = (outgoing.url.origin(), self.identity(outgoing).bytes());
        let mut parts = vec![RequestKey::of([origin.as_bytes(), identity.as_slice()]).bytes()];
        parts.extend(
            outgoing
                .credentials
                .iter()
                .map(|(place, value)| RequestKey::of([place.as_bytes(), value.bytes().as_slice()]).bytes()),
        );
        // In any order: two services may set the same headers one way or the other.
        parts[1..].sort_unstable();
        if let (Self::Live { account, .. }, [_]) = (self, parts.as_slice()) {
            parts.push(account.bytes());
        }
        RequestKey::of(parts.iter().map(<[u8; 16]>::as_slice))
    }

    /// The API said no to the request; whether it did to a token, so that a new one may help.
    pub fn renews(&self, outgoing: &RawRequest) -> bool {
        self.oauth2(outgoing).map(OAuth2::forget).is_some()
    }

    /// Where the token for a request comes from; a service that sets `authorization` itself wants none.
    fn oauth2(&self, outgoing: &RawRequest) -> Option<&OAuth2> {
        match self {
            Self::Live { oauth2, .. } if !outgoing.has_header("authorization") => oauth2.as_deref(),
            _ => None,
        }
    }

    /// Returns how often to try again, in what is left of the poll; a recording would answer the same.
    pub fn retry_policy(&self, time: PollDeadline) -> Option<RetryPolicy> {
        match self {
            Self::Live { retry_policy, .. } => {
                let waits = time.left().unwrap_or_default().min(retry_policy.waits);
                Some(RetryPolicy { waits, ..*retry_policy })
            }
            Self::Replay { .. } => None,
        }
    }

    /// A service that is all defaults, for the recordings in `dir`.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn test_service(dir: &Path) -> Result<(ServiceConfig, Arc<Client>)> {
        let target = Replay::open(dir)?.first_target();
        let path = target.split('?').next().unwrap_or_default();
        let service = service_of_a_test(&format!("http://replay.invalid{path}"))?;
        let client = Client::new(Mode::Replay(dir.to_owned()), std::slice::from_ref(&service))?;
        Ok((service, client))
    }
}

/// All defaults, by way of the config's own reader.
fn service_of_a_test(api_url: &str) -> Result<ServiceConfig> {
    let service = json!({
        "service_class": "Test", "service_module": "test", "port": 8000, "api_url": api_url,
        "prometheus_metrics_mapping": { "gauge": ["test"] },
    });
    let file = json!({ "api_call_intervals": 60, "log_level": "INFO", "services": { "test": service } });
    let config = config::parse("the test's config", &file.to_string());
    let config = config.map_err(|mistakes| Error::new(ErrorKind::Config, mistakes.to_string()))?;
    config.services.into_iter().next().ok_or_else(|| Error::from("the test's config has no service"))
}

fn recorded(outgoing: &RawRequest, response: &RawResponse) -> Exchange {
    let host = ("host".to_owned(), outgoing.url.authority().to_owned());
    Exchange {
        method: outgoing.method.to_owned(),
        target: outgoing.url.target(),
        request_headers: std::iter::once(host).chain(outgoing.headers.iter().cloned()).collect(),
        request_body: outgoing.body.clone().unwrap_or_default(),
        status: response.status,
        headers: response.headers.clone(),
        body: response.body.clone(),
    }
}
