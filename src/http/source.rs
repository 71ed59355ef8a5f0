//! Where the answers of one service come from: the network, the network and a recording, or a recording.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;

use super::agent::Agent;
use super::answer::Answer;
use super::calls::Account;
use super::client::{Client, Mode};
use super::exchange::Exchange;
use super::identity::Identity;
use super::key::Key;
use super::limits::{Limits, Pace};
use super::oauth2::OAuth2;
use super::outgoing::Outgoing;
use super::poll_time::PollTime;
use super::redactor::Redactor;
use super::replay::Replay;
use super::retry::Patience;
use super::store::Kept;
use super::tls::Tls;
use super::url::Url;
use super::validators::seen;
use crate::config::{self, ServiceConfig};
use crate::error::{Error, ErrorKind, Result};

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
        limits: Limits,
        /// The fingerprint of the secret file's path.
        account: Key,
        /// Whether a request is tried again.
        patience: Patience,
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
        let tls = Arc::new(Tls::new(service)?);
        let url = Url::parse(&service.api_url)?;
        let agent = Agent::new(service, "api_url", &url, &tls)?;
        let oauth2 = match &service.oauth2 {
            Some(oauth2) => Some(Box::new(OAuth2::new(service, oauth2, &tls)?)),
            None => None,
        };
        let patience = Patience { retries: service.retries, waits: service.request_timeout };
        let calls = client.calls(&Account::new(service, &url.origin()));
        let limits = Limits::new(&service.name, client, calls);
        let account = Key::of(service.secret_file.iter().map(|file| file.as_os_str().as_encoded_bytes()));
        Ok(Self::Live { agent, oauth2, client: Arc::clone(client), limits, account, patience })
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
        outgoing: &'a Outgoing,
        known: Option<&Kept>,
        redactor: &Redactor,
        time: PollTime,
    ) -> Result<Cow<'a, Outgoing>> {
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
        outgoing: &Outgoing,
        ready: &Outgoing,
        known: Option<&Kept>,
        redactor: &Redactor,
        time: PollTime,
    ) -> Result<Answer> {
        match self {
            Self::Replay { replay, .. } => {
                let Outgoing { method, url, .. } = outgoing;
                let exchange = replay.answer(method, url.authority(), &url.target())?;
                let Exchange { status, headers, body, .. } = &*exchange;
                Ok(Answer { status: *status, headers: headers.clone(), body: body.clone() })
            }
            Self::Live { agent, client, limits, .. } => {
                agent.remember_secrets(redactor);
                let answer = agent.exchange(ready, time)?;
                limits.learn(&self.credential(outgoing), &answer);
                if let Some(recorder) = &client.recorder {
                    let known = known.filter(|_| answer.status == 304);
                    let seen = known.map(|known| seen(&known.answer, &answer));
                    // As the service sees it: a replay has nothing that could stand in for the body, and no token.
                    recorder.hold(recorded(outgoing, seen.as_ref().unwrap_or(&answer)), redactor);
                }
                Ok(answer)
            }
        }
    }

    /// Takes one request out of what may be sent; for one that may be sent soon it waits with `pause`.
    ///
    /// # Errors
    /// There is none for now, or the poll has no time left.
    pub fn admit(&self, outgoing: &Outgoing, pause: fn(Duration), time: PollTime) -> Result<()> {
        let Self::Live { limits, patience, .. } = self else { return Ok(()) };
        let longest = time.left()?.min(patience.waits);
        limits.admit(&self.credential(outgoing), longest, pause)
    }

    /// Returns the requests that remain, if the API has reported them.
    pub fn remaining(&self) -> Option<u64> {
        self.limits()?.remaining()
    }

    /// Returns how often there may be a poll of so many requests.
    pub fn pace(&self, calls: u64) -> Option<Pace> {
        self.limits()?.pace(calls)
    }

    fn limits(&self) -> Option<&Limits> {
        match self {
            Self::Live { limits, .. } => Some(limits),
            Self::Replay { .. } => None,
        }
    }

    /// Returns a fingerprint that is equal for requests that may have the same response: those that are equal and come from one
    /// identity.
    pub fn key(&self, outgoing: &Outgoing) -> Key {
        outgoing.key(&self.identity(outgoing))
    }

    fn identity(&self, outgoing: &Outgoing) -> Identity {
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
    fn credential(&self, outgoing: &Outgoing) -> Key {
        let (origin, identity) = (outgoing.url.origin(), self.identity(outgoing).bytes());
        let mut parts = vec![Key::of([origin.as_bytes(), identity.as_slice()]).bytes()];
        parts.extend(
            outgoing
                .credentials
                .iter()
                .map(|(place, value)| Key::of([place.as_bytes(), value.bytes().as_slice()]).bytes()),
        );
        // In any order: two services may set the same headers one way or the other.
        parts[1..].sort_unstable();
        if let (Self::Live { account, .. }, [_]) = (self, parts.as_slice()) {
            parts.push(account.bytes());
        }
        Key::of(parts.iter().map(<[u8; 16]>::as_slice))
    }

    /// The API said no to the request; whether it did to a token, so that a new one may help.
    pub fn renews(&self, outgoing: &Outgoing) -> bool {
        self.oauth2(outgoing).map(OAuth2::forget).is_some()
    }

    /// Where the token for a request comes from; a service that sets `authorization` itself wants none.
    fn oauth2(&self, outgoing: &Outgoing) -> Option<&OAuth2> {
        match self {
            Self::Live { oauth2, .. } if !outgoing.has_header("authorization") => oauth2.as_deref(),
            _ => None,
        }
    }

    /// Returns how often to try again, in what is left of the poll; a recording would answer the same.
    pub fn patience(&self, time: PollTime) -> Option<Patience> {
        match self {
            Self::Live { patience, .. } => {
                let waits = time.left().unwrap_or_default().min(patience.waits);
                Some(Patience { waits, ..*patience })
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

fn recorded(outgoing: &Outgoing, answer: &Answer) -> Exchange {
    let host = ("host".to_owned(), outgoing.url.authority().to_owned());
    Exchange {
        method: outgoing.method.to_owned(),
        target: outgoing.url.target(),
        request_headers: std::iter::once(host).chain(outgoing.headers.iter().cloned()).collect(),
        request_body: outgoing.body.clone().unwrap_or_default(),
        status: answer.status,
        headers: answer.headers.clone(),
        body: answer.body.clone(),
    }
}
