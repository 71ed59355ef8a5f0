//! Tokens of the OAuth2 client credentials grant (RFC 6749 section 4.4), which are kept until shortly before they expire.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use super::token_response::{Granted, granted};
use crate::config::ServiceConfig;
use crate::config::oauth2_keys::{OAuth2Auth, OAuth2Config};
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::http_method::HttpMethod;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::secret_sources::{SecretReader, SecretSources};
use crate::fetch::transport::agent::Agent;
use crate::fetch::transport::tls::ClientTls;
use crate::fetch::url::{UNRESERVED, Url};
use crate::support::error::{Error, Result};
use crate::support::locks::locked;

/// The key of the client ID in the secret file.
pub(crate) const CLIENT_ID: &str = "CLIENT_ID";
/// The key of the client secret in the secret file.
pub(crate) const CLIENT_SECRET: &str = "CLIENT_SECRET";
/// The maximum safety margin before a token expires; the margin is a tenth of the token's life. A token is not used in
/// it, because clocks differ and requests take time.
const MARGIN: Duration = Duration::from_secs(60);

/// The largest body of a token response in bytes; no header takes a longer token.
const BODY_LIMIT: u64 = 256 * 1024;

/// The OAuth2 client of one service and its current token.
#[derive(Debug)]
pub(crate) struct OAuth2 {
    config: OAuth2Config,
    url: Url,
    service: String,
    secrets: SecretSources,
    agent: Agent,
    /// The fingerprint of the client ID and secret that were read last.
    client: Mutex<RequestKey>,
    kept: Mutex<Option<Token>>,
}

#[derive(Debug)]
struct Token {
    value: Secret,
    /// The end of the token's use, or `None` if it is used until the API rejects it.
    until: Option<Instant>,
}

impl OAuth2 {
    /// Creates the OAuth2 client of a service.
    ///
    /// # Errors
    /// Returns an error if the token URL is invalid, or if the environment names an invalid proxy.
    pub(crate) fn new(service: &ServiceConfig, config: &OAuth2Config, tls: &Arc<ClientTls>) -> Result<Self> {
        let url = Url::parse(&config.token_url)?;
        let agent = Agent::new(service, "oauth2_token_url", &url, tls)?.with_body_limit(BODY_LIMIT);
        let (service, secrets) = (service.name.clone(), SecretSources::of(service));
        let client = Mutex::new(RequestKey::of([]));
        Ok(Self { config: config.clone(), url, service, secrets, agent, client, kept: Mutex::default() })
    }

    /// Reads the client ID and secret at the start of a poll, and drops the token if they have changed.
    ///
    /// If the file cannot be read, the token remains in use. Fetching another token reports the error.
    pub(crate) fn begin(&self) {
        let Ok((id, secret)) = self.client() else { return };
        let client = RequestKey::of([id.expose().as_bytes(), secret.expose().as_bytes()]);
        let known = std::mem::replace(&mut *locked(&self.client), client.clone());
        if known != client {
            self.forget();
        }
    }

    fn client(&self) -> Result<(Secret, Secret)> {
        let reader = SecretReader::new(&self.service, self.secrets.clone());
        Ok((reader.get(CLIENT_ID)?, reader.get(CLIENT_SECRET)?))
    }

    /// Returns the request with a token.
    ///
    /// # Errors
    /// Returns an error if no token can be fetched.
    pub(crate) fn authorized(
        &self,
        raw_request: &RawRequest,
        redactor: &Redactor,
        time: PollDeadline,
    ) -> Result<RawRequest> {
        let token = self.token(redactor, time)?;
        let value = format!("Bearer {}", token.expose());
        let mut raw_request = raw_request.clone();
        raw_request.headers.push(("authorization".to_owned(), value));
        Ok(raw_request)
    }

    /// Drops a token that the API rejected, so that the next request fetches a new one.
    pub(crate) fn forget(&self) {
        self.kept().take();
    }

    /// Returns a fingerprint of the client: the token endpoint and the way to it, the scope and the audience, the sources
    /// of secrets, and the client ID and secret.
    pub(crate) fn identity(&self) -> RequestKey {
        let (agent, client) = (self.agent.identity(), locked(&self.client).bytes());
        let (config, secrets) = (format!("{:?}", self.config), self.secrets.bytes());
        RequestKey::of([agent.bytes().as_slice(), config.as_bytes(), secrets.as_slice(), client.as_slice()])
    }

    fn kept(&self) -> MutexGuard<'_, Option<Token>> {
        locked(&self.kept)
    }

    fn token(&self, redactor: &Redactor, time: PollDeadline) -> Result<Secret> {
        let (mut kept, now) = (self.kept(), Instant::now());
        let good = kept.take().filter(|token| token.until.is_none_or(|until| now < until));
        let token = match good {
            Some(token) => token,
            None => self.fetch(now, redactor, time).map_err(|error| error.context("token request failed"))?,
        };
        redactor.remember(token.value.expose());
        Ok(kept.insert(token).value.clone())
    }

    fn fetch(&self, now: Instant, redactor: &Redactor, time: PollDeadline) -> Result<Token> {
        let (id, secret) = self.client()?;
        redactor.remember(secret.expose());
        self.agent.remember_secrets(redactor);
        let request = self.request(&id, &secret, redactor);
        let shown = format!("POST {}{}", self.url.origin(), self.url.path());
        let place = self.secrets.place(&[CLIENT_ID, CLIENT_SECRET]).unwrap_or_default();
        let response = self.agent.exchange(&request, time);
        let granted = response.and_then(|response| granted(response, redactor, &place));
        let Granted { value, life } = granted.map_err(|error: Error| error.with_request(&shown))?;
        Ok(Token { value, until: life.and_then(|life| now.checked_add(usable(life))) })
    }

    fn request(&self, id: &Secret, secret: &Secret, redactor: &Redactor) -> RawRequest {
        let mut body = Zeroizing::new("grant_type=client_credentials".to_owned());
        let mut add = |name: &str, value: &str| {
            let _ = write!(body, "&{name}={}", utf8_percent_encode(value, UNRESERVED));
        };
        self.config.scope.iter().for_each(|scope| add("scope", scope));
        self.config.audience.iter().for_each(|audience| add("audience", audience));
        let mut headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
        match self.config.auth {
            OAuth2Auth::Basic => {
                let encoded = |part: &Secret| utf8_percent_encode(part.expose(), UNRESERVED).to_string();
                let pair = Zeroizing::new(format!("{}:{}", encoded(id), encoded(secret)));
                let pair = Zeroizing::new(BASE64.encode(pair.as_bytes()));
                redactor.remember(&pair);
                headers.push(("authorization".to_owned(), format!("Basic {}", *pair)));
            }
            OAuth2Auth::Body => {
                add("client_id", id.expose());
                add("client_secret", secret.expose());
            }
        }
        let body = Some(body.as_bytes().to_vec());
        let mut request = RawRequest::new(HttpMethod::POST, self.url.clone());
        (request.headers, request.body) = (headers, body);
        (request.idempotent, request.unconditional, request.uncached) = (true, true, true);
        request
    }
}

/// Returns the part of a token's life in which it is used.
pub(in crate::fetch::auth) fn usable(life: Duration) -> Duration {
    life.saturating_sub(MARGIN.min(life / 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_used_in_the_last_tenth_or_minute_of_its_life() {
        for (life, used) in [(0, 0.0), (1, 0.9), (300, 270.0), (600, 540.0), (3600, 3540.0)] {
            assert_eq!(usable(Duration::from_secs(life)), Duration::from_secs_f64(used), "{life}");
        }
    }
}
