//! Closes the sessions of all services when the process stops.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::plan::Planned;
use crate::author::api::Api;
use crate::author::api::sessions::{LOG_OUT_LIMIT, LoginHooks};
use crate::config::ServiceConfig;
use crate::fetch::auth::refresh_token_file::settle_refresh_tokens;
use crate::fetch::auth::session_slot::SessionSlot;
use crate::fetch::client::Client;
use crate::fetch::secrets::redactor::Redactor;
use crate::support::error::Result;
use crate::support::heartbeat::Heartbeat;
use crate::support::locks::locked;
use crate::support::panics;

/// The longest wait for a poll in progress to end.
const POLL_WAIT: Duration = Duration::from_secs(2);
/// The longest time for all sessions together. A supervisor kills the process after 10 s.
const LIMIT: Duration = POLL_WAIT.saturating_add(LOG_OUT_LIMIT);
/// The time between two checks of a state.
const EVERY: Duration = Duration::from_millis(10);
/// The stack size of a thread in bytes.
const STACK: usize = 1 << 20;

/// The sessions of all services.
#[derive(Clone, Default)]
pub(crate) struct SessionClosers {
    closers: Arc<Mutex<BTreeMap<Arc<str>, Arc<SessionCloser>>>>,
    /// Held while the sessions are closed.
    closing: Arc<Mutex<()>>,
}

/// The session of one service, and what is needed to close it while a poll of the service may be in progress.
pub(crate) struct SessionCloser {
    hooks: LoginHooks,
    slot: Arc<SessionSlot>,
    redactor: Redactor,
    config: ServiceConfig,
    client: Arc<Client>,
    heartbeat: Arc<Heartbeat>,
}

impl SessionClosers {
    /// Sets the closer of a service's session; `None` removes it.
    pub(crate) fn set(&self, service: &Arc<str>, closer: Option<SessionCloser>) {
        let mut closers = locked(&self.closers);
        match closer {
            Some(closer) => closers.insert(Arc::clone(service), Arc::new(closer)),
            None => closers.remove(service),
        };
    }

    /// Closes all open sessions at the same time, waits for the requests of refresh tokens, and returns after five seconds
    /// at most.
    ///
    /// A poll in progress may first end within two seconds. No login follows. A signal and the end of a poll may both close
    /// the sessions: each of them exits afterwards, so the later one waits for the logouts of the other.
    pub(crate) fn close(&self) {
        let _closing = locked(&self.closing);
        let until = Instant::now() + LIMIT;
        let closers: Vec<_> = locked(&self.closers).values().cloned().collect();
        let open = closers.iter().filter(|closer| closer.slot.is_in_use());
        let threads: Vec<_> = open.filter_map(|closer| closer.start(until)).collect();
        while Instant::now() < until && !threads.iter().all(thread::JoinHandle::is_finished) {
            thread::sleep(EVERY);
        }
        // A logout may need an access token, so this comes last.
        settle_refresh_tokens(until);
    }
}

impl SessionCloser {
    /// Returns the closer of the sessions that `api` opens; `None` if the service has no login.
    pub(crate) fn new(
        planned: &Planned,
        api: &Api,
        client: &Arc<Client>,
        heartbeat: &Arc<Heartbeat>,
    ) -> Option<Self> {
        Some(Self {
            hooks: planned.bound.login()?,
            slot: Arc::clone(api.slot()),
            redactor: api.redactor().clone(),
            config: planned.config.clone(),
            client: Arc::clone(client),
            heartbeat: Arc::clone(heartbeat),
        })
    }

    fn start(self: &Arc<Self>, until: Instant) -> Option<thread::JoinHandle<()>> {
        let closer = Arc::clone(self);
        let work = move || drop(panics::caught(|| closer.close(until)));
        thread::Builder::new().name("logout".into()).stack_size(STACK).spawn(work).ok()
    }

    fn close(&self, until: Instant) -> Result<()> {
        let poll_until = Instant::now() + POLL_WAIT;
        while self.heartbeat.is_polling() && Instant::now() < poll_until {
            thread::sleep(EVERY);
        }
        let api = Api::for_log_out(&self.config, &self.client, self.redactor.clone())?;
        api.close_session(&self.slot, self.hooks, until);
        Ok(())
    }
}
