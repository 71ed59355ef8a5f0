//! OAuth2 tokens (RFC 6749), which are kept until shortly before they expire.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::utf8_percent_encode;
use zeroize::Zeroizing;

use super::access_token::AccessToken;
use super::grant_secrets::{self, GrantSecrets, REFRESH_TOKEN};
use super::refresh_token_file::{RefreshTokenFile, Turn};
use super::token_refusal::Refused;
use super::token_response::{Granted, TokenResponse};
use crate::config::ServiceConfig;
use crate::config::oauth2_keys::{OAuth2Auth, OAuth2Config, OAuth2Grant};
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::form::{FORM, form_of};
use crate::fetch::http_method::HttpMethod;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::secret_sources::{SecretReader, SecretSources};
use crate::fetch::transport::agent::Agent;
use crate::fetch::transport::tls::ClientTls;
use crate::fetch::url::{UNRESERVED, Url};
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;

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
    /// The file of the refresh token, for the grant that uses one.
    refresh: Option<Arc<RefreshTokenFile>>,
    /// The fingerprint of the secrets that were read last.
    client: Mutex<RequestKey>,
    kept: Mutex<Option<AccessToken>>,
    /// True if the API refused a new token in this poll too, so that a further one would not help.
    is_refused: AtomicBool,
}

impl OAuth2 {
    /// Creates the OAuth2 client of a service.
    ///
    /// # Errors
    /// Returns an error if the token URL is invalid, if the environment names an invalid proxy, or if a new refresh token
    /// could not be written.
    pub(crate) fn new(service: &ServiceConfig, config: &OAuth2Config, tls: &Arc<ClientTls>) -> Result<Self> {
        let url = Url::parse(&config.token_url)?;
        let agent = Agent::new(service, "oauth2_token_url", &url, tls)?.with_body_limit(BODY_LIMIT);
        let secrets = SecretSources::of(service);
        let refresh = match config.grant {
            OAuth2Grant::RefreshToken => Some(RefreshTokenFile::open(&refresh_file(config, &secrets)?)?),
            _ => None,
        };
        let (config, service, client) =
            (config.clone(), service.name.clone(), Mutex::new(RequestKey::of([])));
        let (kept, is_refused) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self { config, url, service, secrets, agent, refresh, client, kept, is_refused })
    }

    /// Checks the secrets of a service and its refresh token file for `--check`. Returns a line about them.
    ///
    /// # Errors
    /// A secret is missing or invalid, or a new refresh token could not be written.
    pub(crate) fn check(service: &ServiceConfig, config: &OAuth2Config) -> Result<String> {
        let secrets = SecretSources::of(service);
        let reader = SecretReader::new(&service.name, secrets.clone());
        let own = GrantSecrets::read(&reader, config.grant)?;
        let mut said = format!("tokens from {}, by the grant {}", config.token_url, config.grant.as_str());
        let mut token = None;
        if config.grant == OAuth2Grant::RefreshToken {
            let file = refresh_file(config, &secrets)?;
            RefreshTokenFile::check(&file)?;
            token = refresh_token(&reader, &file)?;
            said += &format!(" with {}", file.display());
        }
        own.parameters(config, token).map(|_| said)
    }

    /// Reads the secrets at the start of a poll, and drops the token if they have changed.
    ///
    /// If a source cannot be read, the token remains in use. Fetching another token reports the error.
    pub(crate) fn begin(&self) {
        self.is_refused.store(false, Ordering::Relaxed);
        let Ok(own) = GrantSecrets::read(&self.reader(), self.config.grant) else { return };
        let client = own.fingerprint();
        let known = std::mem::replace(&mut *locked(&self.client), client.clone());
        if known != client {
            self.forget();
        }
    }

    /// Returns the keys of the secrets that the grant uses.
    pub(crate) fn keys(&self) -> &'static [&'static str] {
        grant_secrets::keys(self.config.grant)
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

    /// Drops a token that the API refused, so that the next request fetches a new one. Returns false if the API has refused
    /// a new one in this poll.
    pub(crate) fn renews(&self) -> bool {
        let renews = !self.is_refused.load(Ordering::Relaxed);
        if renews {
            self.forget();
        }
        renews
    }

    /// Notes that the API refused a new token too: the cause is not the token, so no request of this poll renews it.
    pub(crate) fn refused_again(&self) {
        self.is_refused.store(true, Ordering::Relaxed);
    }

    fn forget(&self) {
        self.kept().take();
    }

    /// Returns a fingerprint of the client: the token endpoint and the way to it, the OAuth2 keys of the config, the sources
    /// of secrets, and the secrets except the refresh token, which changes.
    pub(crate) fn identity(&self) -> RequestKey {
        let (agent, client) = (self.agent.identity(), locked(&self.client).bytes());
        let (config, secrets) = (format!("{:?}", self.config), self.secrets.bytes());
        RequestKey::of([agent.bytes().as_slice(), config.as_bytes(), secrets.as_slice(), client.as_slice()])
    }

    fn kept(&self) -> MutexGuard<'_, Option<AccessToken>> {
        locked(&self.kept)
    }

    fn reader(&self) -> SecretReader {
        SecretReader::new(&self.service, self.secrets.clone())
    }

    /// Returns a token that is valid. A new refresh token is on the disk before the token is used.
    fn token(&self, redactor: &Redactor, time: PollDeadline) -> Result<Secret> {
        let failed = |error: Error| error.context("token request failed");
        let mut turn = self.refresh.as_ref().map(|file| file.turn(time)).transpose().map_err(failed)?;
        let replacements = turn.as_ref().map(Turn::replacements).unwrap_or_default();
        let (mut kept, now) = (self.kept(), Instant::now());
        let is_valid = |token: &AccessToken| {
            token.replacements == replacements && token.until.is_none_or(|until| now < until)
        };
        let token = match kept.take().filter(is_valid) {
            Some(token) => token,
            None => {
                let granted = self.fetch(turn.as_mut(), redactor, time).map_err(failed)?;
                AccessToken::new(granted, now, replacements)
            }
        };
        redactor.remember(token.value.expose());
        let value = kept.insert(token).value.clone();
        turn.as_mut().map_or(Ok(()), Turn::save).map_err(failed)?;
        Ok(value)
    }

    fn fetch(
        &self,
        mut turn: Option<&mut Turn<'_>>,
        redactor: &Redactor,
        time: PollDeadline,
    ) -> Result<Granted> {
        let (reader, grant) = (self.reader(), self.config.grant);
        let own = GrantSecrets::read(&reader, grant)?;
        own.remember(redactor);
        self.agent.remember_secrets(redactor);
        let token = match &turn {
            Some(turn) => turn.token().map_or_else(|| reader.find(REFRESH_TOKEN), |token| Ok(Some(token)))?,
            None => None,
        };
        token.iter().for_each(|token| redactor.remember_secret(token));
        let request = self.request(&own, token.clone(), redactor)?;
        let shown = format!("POST {}{}", self.url.origin(), self.url.path());
        let response = self.agent.exchange(&request, time).map_err(|error| error.with_request(&shown))?;
        let refused = Refused { grant, place: self.place(), has_client: own.client.is_some() };
        let TokenResponse { granted, rotated } = TokenResponse::read(response, redactor, &refused);
        if let (Some(turn), Some(next)) = (&mut turn, rotated) {
            // The endpoint may have revoked the old token, even if the rest of its response is invalid.
            if token.is_none_or(|token| token.expose() != next.expose()) {
                turn.replace(next);
            }
        }
        if granted.is_err() {
            turn.map_or(Ok(()), Turn::save)?;
        }
        granted.map_err(|error| error.with_request(&shown))
    }

    /// Returns the place of the secrets for messages.
    fn place(&self) -> String {
        match &self.refresh {
            Some(file) => file.path().display().to_string(),
            None => self.secrets.place(self.keys()).unwrap_or_default(),
        }
    }

    fn request(&self, own: &GrantSecrets, token: Option<Secret>, redactor: &Redactor) -> Result<RawRequest> {
        let mut request = RawRequest::new(HttpMethod::POST, self.url.clone());
        let mut parameters = own.parameters(&self.config, token)?;
        match (&own.client, self.config.auth) {
            (Some((id, Some(secret))), OAuth2Auth::Basic) => {
                request.headers.push(("authorization".to_owned(), basic(id, secret, redactor)));
            }
            (Some((id, secret)), _) => {
                parameters.push(("client_id", id.clone()));
                parameters.extend(secret.iter().map(|secret| ("client_secret", secret.clone())));
            }
            (None, _) => {}
        }
        let assertions = parameters.iter().filter(|(name, _)| *name == "assertion");
        assertions.for_each(|(_, value)| redactor.remember(value.expose()));
        let body = form_of(parameters.iter().map(|(name, value)| (*name, value.expose())));
        request.headers.push(("content-type".to_owned(), FORM.to_owned()));
        request.body = Some(body.as_bytes().to_vec());
        (request.idempotent, request.unconditional, request.uncached) = (true, true, true);
        Ok(request)
    }
}

/// Returns the value of the header `Authorization` for a client (RFC 6749 section 2.3.1).
///
/// Unlike a form, it encodes no `~`, which many secrets contain and some endpoints do not decode, and no blank as `+`.
fn basic(id: &Secret, secret: &Secret, redactor: &Redactor) -> String {
    let encoded = |part: &Secret| utf8_percent_encode(part.expose(), UNRESERVED).to_string();
    let pair = Zeroizing::new(format!("{}:{}", encoded(id), encoded(secret)));
    let pair = Zeroizing::new(BASE64.encode(pair.as_bytes()));
    redactor.remember(&pair);
    format!("Basic {}", *pair)
}

/// Returns the file to which a new refresh token is written: `refresh_token_file`, or the file of the secret itself.
fn refresh_file(config: &OAuth2Config, secrets: &SecretSources) -> Result<std::path::PathBuf> {
    let own = config.refresh_token_file.clone().or_else(|| secrets.own_file(REFRESH_TOKEN));
    own.ok_or_else(|| {
        let problem =
            "a new refresh token could not be written, because no regular file contains only REFRESH_TOKEN";
        Error::new(ErrorKind::Secret, problem).with_help(
            "set `refresh_token_file` to a file in a directory to which the user that runs cton can write",
        )
    })
}

/// Returns the current refresh token: that of its file, or the secret.
fn refresh_token(reader: &SecretReader, file: &Path) -> Result<Option<Secret>> {
    match crate::fetch::secrets::secret_directory::bare_file(file)? {
        Some(token) => Ok(Some(token)),
        None => reader.find(REFRESH_TOKEN),
    }
}
