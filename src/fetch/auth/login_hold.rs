//! The waits between logins that an API rejects, so that it does not lock an account.

use std::time::{Duration, Instant};

use crate::support::error::{Error, ErrorKind};

/// The wait after the first rejected login. It doubles with each further one.
const FIRST: Duration = Duration::from_secs(120);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(3600);
/// The statuses of the 4xx that reject no password: the next poll may log in again.
const TEMPORARY: [u16; 5] = [408, 409, 423, 425, 429];

/// The rejected logins of a service.
#[derive(Debug, Default)]
pub(super) struct LoginHold {
    rejections: u32,
    until: Option<Instant>,
    /// The error of the last login, if it failed.
    error: Option<Error>,
    /// True if a login failed in the current poll.
    is_of_this_poll: bool,
}

impl LoginHold {
    /// Begins a poll, which may log in unless a rejection still holds.
    pub(super) fn begin(&mut self) {
        self.is_of_this_poll = false;
    }

    /// Returns the error of the last login if none may follow it yet.
    pub(super) fn error(&self, now: Instant) -> Option<Error> {
        let holds = self.is_of_this_poll || self.is_on(now);
        self.error.clone().filter(|_| holds)
    }

    /// Returns true if this is the error of the last login.
    pub(super) fn is_error(&self, error: &Error) -> bool {
        self.error.as_ref() == Some(error)
    }

    /// Returns true while a refused session must not be replaced.
    pub(super) fn is_on(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Notes a failed login. Only a rejection holds back later polls, not a failure of the network.
    pub(super) fn failed(&mut self, error: Error, now: Instant) {
        if is_rejection(&error) {
            self.reject(now);
        }
        (self.error, self.is_of_this_poll) = (Some(error), true);
    }

    /// Notes a login.
    pub(super) fn opened(&mut self) {
        if self.error.is_some() {
            *self = Self::default();
        }
    }

    /// Notes that the API accepted a request in the session that replaced a refused one, or refused it again.
    pub(super) fn replaced(&mut self, is_accepted: bool, now: Instant) {
        match is_accepted {
            true => *self = Self::default(),
            false => self.reject(now),
        }
    }

    fn reject(&mut self, now: Instant) {
        let wait = FIRST.saturating_mul(1 << self.rejections.min(10)).min(LONGEST);
        self.rejections = self.rejections.saturating_add(1);
        self.until = Some(now + wait);
    }
}

/// Returns true if the API received the login and did not accept it, also with a response that the service rejects.
fn is_rejection(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Type | ErrorKind::Service => true,
        ErrorKind::Status => {
            error.status().is_some_and(|status| (300..500).contains(&status) && !TEMPORARY.contains(&status))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> Error {
        Error::new(ErrorKind::Status, "no").with_status(status)
    }

    #[test]
    fn a_rejected_login_is_repeated_after_waits_that_double_up_to_an_hour() {
        let (mut hold, mut now) = (LoginHold::default(), Instant::now());
        for minutes in [2, 4, 8, 16, 32, 60, 60] {
            hold.failed(status(401), now);
            hold.begin();
            let wait = Duration::from_secs(minutes * 60);
            assert!(hold.error(now + wait - Duration::from_nanos(1)).is_some(), "{minutes}");
            now += wait;
            assert!(hold.error(now).is_none(), "{minutes}");
        }
        hold.opened();
        hold.failed(status(401), now);
        hold.begin();
        assert!(hold.error(now + FIRST).is_none(), "a login resets the waits");
    }

    #[test]
    fn a_login_that_failed_for_another_reason_is_repeated_by_the_next_poll_and_not_before() {
        let now = Instant::now();
        let network = Error::new(ErrorKind::Network, "reset");
        for error in [network, status(500), status(429), status(409)] {
            let mut hold = LoginHold::default();
            hold.failed(error.clone(), now);
            assert!(hold.error(now).is_some(), "{error}");
            hold.begin();
            assert!(hold.error(now).is_none(), "{error}");
        }
    }

    #[test]
    fn a_session_that_is_refused_at_once_is_replaced_after_a_wait() {
        let (mut hold, now) = (LoginHold::default(), Instant::now());
        hold.opened();
        hold.replaced(false, now);
        hold.opened();
        assert!(hold.is_on(now) && !hold.is_on(now + FIRST) && hold.error(now).is_none());
        hold.replaced(true, now);
        assert!(!hold.is_on(now));
    }
}
