//! The bottom of the client, at which a request meets the network or a recording.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::cache::conditional::seen;
use super::cache::request_key::RequestKey;
use super::cache::response_cache::CachedResponse;
use super::cassette::http_file::Exchange;
use super::cassette::replay::Replay;
use super::client::Client;
use super::limits::deadline::PollDeadline;
use super::raw_request::RawRequest;
use super::raw_response::RawResponse;
use super::secrets::redactor::Redactor;
use super::secrets::secret::MASK;
use super::transport::agent::Agent;
use crate::support::error::Result;

/// The source of the responses of one service.
#[derive(Debug)]
pub(crate) enum Upstream {
    /// Requests are sent to the API, and recorded if the client has a recorder.
    Network {
        /// The HTTP client for the origin of the API.
        agent: Agent,
        /// The state that all services share, with the recorder.
        client: Arc<Client>,
        /// The name of the service or target.
        service: String,
    },
    /// Responses come from a recording.
    Recording {
        /// The recorded exchanges.
        replay: Replay,
        /// The name of the service, which shares no response with another one.
        service: String,
    },
}

impl Upstream {
    /// Sends a request once, or finds its response in the recording.
    ///
    /// `ready` is `raw_request` with its conditional headers and its token, and its outcome if a worker has sent it.
    ///
    /// # Errors
    /// Returns an error if no complete response arrives, or if no recorded exchange fits.
    pub(crate) fn exchange(
        &self,
        raw_request: &RawRequest,
        (ready, launched): (&RawRequest, Option<Result<RawResponse>>),
        known: Option<&CachedResponse>,
        redactor: &Redactor,
        time: PollDeadline,
    ) -> Result<RawResponse> {
        match self {
            Self::Recording { replay, .. } => {
                let exchange = replay.response(raw_request)?;
                let Exchange { status, headers, body, .. } = &*exchange;
                Ok(RawResponse { status: *status, headers: headers.clone(), body: body.clone() })
            }
            Self::Network { agent, client, service } => {
                agent.remember_secrets(redactor);
                let response = launched.unwrap_or_else(|| agent.exchange(ready, time))?;
                if let Some(recorder) = &client.recorder {
                    let known = known.filter(|_| response.status == 304);
                    let seen = known.map(|known| seen(&known.response, &response));
                    // A replay has no earlier body and no token: record the whole response, and the request without the token.
                    let exchange = recorded(raw_request, seen.as_ref().unwrap_or(&response));
                    recorder.hold(exchange, service, redactor);
                }
                Ok(response)
            }
        }
    }

    /// Returns the HTTP client; `None` for a recording.
    pub(super) fn agent(&self) -> Option<&Agent> {
        match self {
            Self::Network { agent, .. } => Some(agent),
            Self::Recording { .. } => None,
        }
    }

    /// Returns a fingerprint of the way to the API: the client certificate, the trusted authorities and the proxy, or
    /// the recording.
    pub(crate) fn way(&self) -> RequestKey {
        match self {
            Self::Network { agent, .. } => agent.identity(),
            Self::Recording { service, .. } => RequestKey::of(["replay".as_bytes(), service.as_bytes()]),
        }
    }

    /// Closes the unused connections if the next poll comes so late that none of them would be used.
    pub(crate) fn rest_for(&self, wait: Duration) {
        if let Self::Network { agent, .. } = self {
            agent.rest_for(wait);
        }
    }

    /// Returns the recorded time of the next response in a replay, or `None` if there is none.
    pub(crate) fn recorded_now(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Recording { replay, .. } => replay.now(),
            Self::Network { .. } => None,
        }
    }
}

/// Returns the body with a mask instead of each secret, however short the secret is.
fn body_without_secrets(raw_request: &RawRequest) -> Vec<u8> {
    let parts = raw_request.body_parts();
    parts.flat_map(|(text, key)| if key.is_some() { MASK.as_bytes() } else { text }).copied().collect()
}

fn recorded(raw_request: &RawRequest, response: &RawResponse) -> Exchange {
    let host = ("host".to_owned(), raw_request.host().to_owned());
    let others = raw_request.headers.iter().filter(|(name, _)| name != "host").cloned();
    Exchange {
        method: raw_request.method.to_string(),
        target: raw_request.url.target(),
        request_headers: std::iter::once(host).chain(others).collect(),
        request_body: body_without_secrets(raw_request),
        status: response.status,
        headers: response.headers.clone(),
        body: response.body.clone(),
    }
}
