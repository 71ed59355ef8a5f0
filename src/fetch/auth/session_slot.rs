//! The session of a service over its polls: opened at the first request that needs it, replaced when it expires or is
//! refused, and closed when the process stops.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

use super::login_hold::LoginHold;
use super::open_session::OpenSession;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::limits::deadline::PollDeadline;
use crate::support::error::{Error, Result};
use crate::support::locks::{locked, waited};

/// The session of one service. It is in memory only.
#[derive(Debug, Default)]
pub(crate) struct SessionSlot {
    state: Mutex<SlotState>,
    changed: Condvar,
}

/// The keys of the secret file that a login used, and the fingerprint of their values, if they could be read.
pub(crate) type LoginSecrets = (Vec<String>, Option<RequestKey>);

#[derive(Debug, Default)]
struct SlotState {
    phase: SessionPhase,
    /// The number of sessions that were opened.
    generation: u64,
    /// The number of changes of the secrets of the login.
    edition: u64,
    /// True if the process stops, so that no session is opened any more.
    is_stopping: bool,
    /// True if the secrets have changed since the last login.
    is_outdated: bool,
    /// The secrets of the last login.
    secrets: LoginSecrets,
    hold: LoginHold,
}

#[derive(Debug, Default)]
enum SessionPhase {
    /// No request was sent yet, so the service may have no login.
    #[default]
    Unknown,
    /// The service has no session.
    Absent,
    /// A request waits for the login.
    Opening,
    Closed,
    Open(Arc<OpenSession>),
}

/// The session for a request.
pub(crate) enum SessionTurn<'a> {
    /// The request is sent in this session, or without one.
    Use(Option<Arc<OpenSession>>),
    /// The caller closes the old session, if there is one, and logs in.
    Open(Opening<'a>, Option<Arc<OpenSession>>),
}

/// A login in progress. Its drop without a result, after a panic, lets the next request log in.
pub(crate) struct Opening<'a> {
    slot: &'a SessionSlot,
}

impl SessionSlot {
    /// Begins a poll.
    pub(crate) fn begin(&self) {
        self.state().hold.begin();
    }

    /// Returns true until the service is known to have a login or none.
    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self.state().phase, SessionPhase::Unknown)
    }

    /// Returns the session for the next request. Waits while another request logs in.
    ///
    /// # Errors
    /// Returns the error of a login that failed in this poll or was rejected recently, or an error if no time is left.
    pub(crate) fn turn(&self, time: PollDeadline) -> Result<SessionTurn<'_>> {
        let mut state = self.settled(time)?;
        let now = Instant::now();
        match &state.phase {
            SessionPhase::Absent => Ok(SessionTurn::Use(None)),
            SessionPhase::Open(session) if session.is_usable(now) && !state.is_outdated => {
                Ok(SessionTurn::Use(Some(Arc::clone(session))))
            }
            _ => self.open(&mut state, now),
        }
    }

    /// Returns the session with which a request is repeated that the API refused in `refused`; `None` if a new login
    /// would not help.
    ///
    /// # Errors
    /// Returns the errors of [`turn`](Self::turn).
    pub(crate) fn replace(
        &self,
        refused: &OpenSession,
        time: PollDeadline,
    ) -> Result<Option<SessionTurn<'_>>> {
        let mut state = self.settled(time)?;
        let now = Instant::now();
        match &state.phase {
            SessionPhase::Open(newer) if newer.generation != refused.generation => {
                Ok(Some(SessionTurn::Use(Some(Arc::clone(newer)))))
            }
            SessionPhase::Open(_) if state.hold.is_on(now) => Ok(None),
            SessionPhase::Absent => Ok(None),
            _ => self.open(&mut state, now).map(Some),
        }
    }

    /// Notes that the API accepted a repeated request in the session that replaced a refused one, or refused it again.
    pub(crate) fn replaced(&self, is_accepted: bool) {
        self.state().hold.replaced(is_accepted, Instant::now());
    }

    /// Returns true if this is the error of the last login.
    pub(crate) fn is_login_error(&self, error: &Error) -> bool {
        self.state().hold.is_error(error)
    }

    /// Returns the secrets of the last login, whether it succeeded or not.
    pub(crate) fn secrets(&self) -> LoginSecrets {
        self.state().secrets.clone()
    }

    /// Ends the use of the session, because the secrets of its login have changed.
    pub(crate) fn outdate(&self) {
        let mut state = self.state();
        state.edition += 1;
        state.is_outdated = true;
        state.hold = LoginHold::default();
        // A service without a session may have one with other secrets.
        if matches!(state.phase, SessionPhase::Absent) {
            state.phase = SessionPhase::Unknown;
        }
    }

    /// Returns the part of the identity of a service with a session: a new session with the same secrets has the same.
    pub(crate) fn identity(&self, service: &str) -> Option<RequestKey> {
        let state = self.state();
        let has_session = !matches!(state.phase, SessionPhase::Unknown | SessionPhase::Absent);
        has_session.then(|| RequestKey::of([service.as_bytes(), &state.edition.to_le_bytes()]))
    }

    /// Returns true if a session is open or a login is in progress.
    pub(crate) fn is_in_use(&self) -> bool {
        matches!(self.state().phase, SessionPhase::Open(_) | SessionPhase::Opening)
    }

    /// Takes the open session to close it, and lets no request open another one. Waits for a login in progress until
    /// `until` at most.
    pub(crate) fn stop(&self, until: Instant) -> Option<Arc<OpenSession>> {
        let mut state = self.state();
        state.is_stopping = true;
        while matches!(state.phase, SessionPhase::Opening) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            state = waited(&self.changed, state, left);
        }
        match mem::replace(&mut state.phase, SessionPhase::Closed) {
            SessionPhase::Open(session) => Some(session),
            _ => None,
        }
    }

    fn open(&self, state: &mut SlotState, now: Instant) -> Result<SessionTurn<'_>> {
        if let Some(error) = state.hold.error(now) {
            return Err(error);
        }
        let old = match mem::replace(&mut state.phase, SessionPhase::Opening) {
            SessionPhase::Open(old) => Some(old),
            _ => None,
        };
        Ok(SessionTurn::Open(Opening { slot: self }, old))
    }

    /// Waits while another request logs in, and forever if the process stops: a poll that fails only because its session
    /// was closed is not reported.
    fn settled(&self, time: PollDeadline) -> Result<MutexGuard<'_, SlotState>> {
        let mut state = self.state();
        while state.is_stopping || matches!(state.phase, SessionPhase::Opening) {
            state = waited(&self.changed, state, time.left()?);
        }
        Ok(state)
    }

    fn state(&self) -> MutexGuard<'_, SlotState> {
        locked(&self.state)
    }
}

impl Opening<'_> {
    /// Opens the session, or notes that the service has none.
    pub(crate) fn opened(
        self,
        session: Option<OpenSession>,
        secrets: LoginSecrets,
    ) -> Option<Arc<OpenSession>> {
        let mut state = self.slot.state();
        state.hold.opened();
        (state.secrets, state.is_outdated) = (secrets, false);
        state.generation += 1;
        let generation = state.generation;
        let session = session.map(|session| Arc::new(OpenSession { generation, ..session }));
        state.phase = session.clone().map_or(SessionPhase::Absent, SessionPhase::Open);
        session
    }

    /// Notes that the login failed.
    pub(crate) fn failed(self, error: Error, secrets: LoginSecrets) {
        let mut state = self.slot.state();
        state.hold.failed(error, Instant::now());
        (state.secrets, state.is_outdated) = (secrets, false);
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut state = self.slot.state();
        if matches!(state.phase, SessionPhase::Opening) {
            state.phase = SessionPhase::Closed;
        }
        drop(state);
        self.slot.changed.notify_all();
    }
}

#[cfg(test)]
mod tests;
