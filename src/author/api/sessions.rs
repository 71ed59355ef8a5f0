//! Opens a session before the first request that needs it, replaces it when the API refuses it, and closes it.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Api;
use crate::author::service::Service;
use crate::author::session::Session;
use crate::config::ServiceConfig;
use crate::fetch::auth::open_session::{OpenSession, SharedJar};
use crate::fetch::auth::session_slot::{LoginSecrets, Opening, SessionSlot, SessionTurn};
use crate::fetch::client::Client;
use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::raw_response::RawResponse;
use crate::fetch::secrets::redactor::Redactor;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::log;

/// The longest time for a logout.
pub(crate) const LOG_OUT_LIMIT: Duration = Duration::from_secs(3);

/// The functions of a service that open and close its sessions.
#[derive(Clone, Copy)]
pub struct LoginHooks {
    log_in: fn(&Api) -> Result<Session>,
    log_out: fn(&Api) -> Result<()>,
}

impl LoginHooks {
    /// Returns the functions of a service.
    pub(crate) fn of<S: Service>() -> Self {
        Self { log_in: S::log_in, log_out: S::log_out }
    }
}

/// The session in which `log_in` or `log_out` sends its requests, and its deadline.
#[derive(Debug, Clone)]
pub(super) struct LoginExchange {
    session: Arc<OpenSession>,
    time: PollDeadline,
}

/// The state of the sessions in one [`Api`].
#[derive(Default)]
pub(super) struct ApiSessions {
    /// The functions of the service, once it has begun a poll.
    hooks: Option<LoginHooks>,
    /// The login or logout in progress.
    exchange: RefCell<Option<LoginExchange>>,
    /// True if this poll has compared the secrets with those of the login.
    are_secrets_checked: Cell<bool>,
    /// True if the last logout failed, so that the next failure is not logged.
    is_failure_logged: Cell<bool>,
}

/// A login or logout in progress, which ends with the drop of this value, also after a panic.
struct ExchangeGuard<'a>(&'a RefCell<Option<LoginExchange>>);

impl Drop for ExchangeGuard<'_> {
    fn drop(&mut self) {
        self.0.take();
    }
}

impl Api {
    /// Sets the functions of the service that open and close its sessions, and redacts the secrets that it declares and those of
    /// its file from now on.
    pub(crate) fn enter<S: Service>(&mut self) {
        self.sessions.hooks = Some(LoginHooks::of::<S>());
        self.secrets.remember(S::SECRETS);
    }

    /// Begins a poll.
    pub(super) fn begin_sessions(&mut self) {
        self.sessions.are_secrets_checked.set(false);
    }

    /// Returns true if a login or a logout is in progress.
    pub(super) fn is_logging_in(&self) -> bool {
        self.sessions.exchange.borrow().is_some()
    }

    /// Returns the deadline of the poll, or of the logout in progress.
    pub(super) fn deadline(&self) -> PollDeadline {
        self.sessions.exchange.borrow().as_ref().map_or(self.time, |exchange| exchange.time)
    }

    /// Sends a request of `log_in` or `log_out`; `None` if neither is in progress.
    ///
    /// Its response is not cached, and is no part of the data of the poll.
    pub(super) fn login_response(&self, raw_request: &RawRequest) -> Option<Result<Arc<RawResponse>>> {
        let LoginExchange { session, time } = self.sessions.exchange.borrow().clone()?;
        let sent = time.left().and_then(|_| self.has_room());
        let sent = sent.and_then(|()| self.sender(Some(&session), false).send(raw_request.clone(), None));
        Some(sent.map(|fetched| {
            let received = self.client.received(fetched, self.began);
            self.responses.read_more(received.response.size());
            received.response
        }))
    }

    /// Opens the session before the first request of all, because the service is not known to have one, and checks that
    /// the secrets of the session have not changed.
    ///
    /// After that, the identity of the service is known, and a cached response needs no login.
    ///
    /// # Errors
    /// Returns the error of the login.
    pub(super) fn settle_session(&self) -> Result<()> {
        if !self.sessions.are_secrets_checked.replace(true) {
            let (keys, known) = self.slot().secrets();
            let now = self.secrets.fingerprint(&keys);
            if !keys.is_empty() && now.is_some() && now != known {
                self.slot().outdate();
            }
        }
        match self.slot().is_unknown() {
            true => self.session().map(drop),
            false => Ok(()),
        }
    }

    /// Returns the session for the next request, after a login if there is none.
    ///
    /// # Errors
    /// Returns the error of the login.
    pub(super) fn session(&self) -> Result<Option<Arc<OpenSession>>> {
        match self.sessions.hooks {
            Some(hooks) => self.take(hooks, self.slot().turn(self.time)?),
            None => Ok(None),
        }
    }

    /// Returns the session in which a request is repeated that was refused with this status; `None` if it is not repeated.
    ///
    /// # Errors
    /// Returns the error of the login.
    pub(super) fn session_after(
        &self,
        refused: &OpenSession,
        status: u16,
    ) -> Result<Option<Arc<OpenSession>>> {
        let Some(hooks) = self.sessions.hooks.filter(|_| refused.is_refused_by(status)) else {
            return Ok(None);
        };
        match self.slot().replace(refused, self.time)? {
            Some(turn) => self.take(hooks, turn),
            None => Ok(None),
        }
    }

    fn take(&self, hooks: LoginHooks, turn: SessionTurn<'_>) -> Result<Option<Arc<OpenSession>>> {
        match turn {
            SessionTurn::Use(session) => Ok(session),
            SessionTurn::Open(opening, old) => {
                old.iter().for_each(|old| self.log_out(hooks, old, LOG_OUT_LIMIT));
                self.log_in(hooks, opening)
            }
        }
    }

    fn log_in(&self, hooks: LoginHooks, opening: Opening<'_>) -> Result<Option<Arc<OpenSession>>> {
        let jar = SharedJar::default();
        let login =
            LoginExchange { session: Arc::new(OpenSession::of_login(Arc::clone(&jar))), time: self.time };
        let session = self.within(login, || (hooks.log_in)(self));
        let session = session.and_then(|session| session.into_open(jar));
        let session = match session {
            // A recording without the login needs none.
            Err(error) if error.kind() == ErrorKind::Recording && self.source.is_replay() => Ok(None),
            other => other,
        };
        match session {
            Ok(session) => {
                log::debug("session opened", &[("service", &self.service)]);
                Ok(opening.opened(session, self.login_secrets()))
            }
            Err(error) => {
                let error = self.redacted(error).context("login failed");
                opening.failed(error.clone(), self.login_secrets());
                Err(error)
            }
        }
    }

    fn login_secrets(&self) -> LoginSecrets {
        let keys = self.secrets.keys_in_use();
        let fingerprint = self.secrets.fingerprint(&keys);
        (keys, fingerprint)
    }

    /// Logs out of the open session when the process stops, until `until` at most. Waits for a login in progress.
    pub(crate) fn close_session(&self, slot: &SessionSlot, hooks: LoginHooks, until: Instant) {
        if let Some(session) = slot.stop(until) {
            self.log_out(hooks, &session, until.saturating_duration_since(Instant::now()));
            // The recordings of the logout have no poll that writes them.
            let _ = self.client.write_recordings(self.redactor());
        }
    }

    /// Closes a session. A failure is logged once, because the API ends the session when it expires.
    fn log_out(&self, hooks: LoginHooks, session: &Arc<OpenSession>, limit: Duration) {
        if self.source.is_replay() {
            return;
        }
        let time = PollDeadline::new(limit.min(LOG_OUT_LIMIT));
        let exchange = LoginExchange { session: Arc::clone(session), time };
        let outcome = self.within(exchange, || (hooks.log_out)(self)).map_err(|error| self.redacted(error));
        let is_repeated = self.sessions.is_failure_logged.replace(outcome.is_err());
        match outcome {
            Ok(()) => log::debug("session closed", &[("service", &self.service)]),
            Err(_) if is_repeated => {}
            Err(error) => self.tell_failure(error),
        }
    }

    fn tell_failure(&self, error: Error) {
        let error = match error.kind() {
            ErrorKind::Timeout => {
                let seconds = LOG_OUT_LIMIT.as_secs();
                Error::new(ErrorKind::Timeout, format!("no response within {seconds} s"))
            }
            _ => error,
        };
        let facts = error.fields();
        let fields: [log::LogField<'_>; 1] = [("service", &self.service)];
        log::warning("logout failed", &log::with_facts(&fields, &facts));
    }

    /// Runs `log_in` or `log_out`, whose requests are sent in the session of `exchange`.
    fn within<T>(&self, exchange: LoginExchange, work: impl FnOnce() -> T) -> T {
        *self.sessions.exchange.borrow_mut() = Some(exchange);
        let guard = ExchangeGuard(&self.sessions.exchange);
        let outcome = work();
        drop(guard);
        outcome
    }

    /// Returns the session of the service, which another `Api` can close.
    pub(crate) fn slot(&self) -> &Arc<SessionSlot> {
        self.source.sessions()
    }

    /// Returns an `Api` that closes the session of another one of this service, with its redactor.
    ///
    /// # Errors
    /// Returns the errors of [`Api::new`].
    pub(crate) fn for_log_out(
        service: &ServiceConfig,
        client: &Arc<Client>,
        redactor: Redactor,
    ) -> Result<Self> {
        let mut api = Self::of_service(service, client)?;
        api.secrets.share(redactor);
        api.begin();
        Ok(api)
    }
}
