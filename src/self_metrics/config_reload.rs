//! The result of the last reload of the config.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::locks::locked;

/// The result of the last reload of the config. The start counts as a successful one.
#[derive(Debug)]
pub(crate) struct ConfigReload(Mutex<LastReload>);

#[derive(Debug)]
struct LastReload {
    succeeded_at: SystemTime,
    failure: Option<Arc<ReloadFailure>>,
}

/// A reload that changed nothing, because the config or a target file has errors.
#[derive(Debug)]
pub(crate) struct ReloadFailure {
    pub(crate) at: SystemTime,
    /// The errors, as on a terminal.
    pub(crate) errors: String,
}

impl ConfigReload {
    pub(crate) fn succeed(&self) {
        *locked(&self.0) = LastReload::successful();
    }

    pub(crate) fn fail(&self, errors: String) {
        let failure = ReloadFailure { at: SystemTime::now(), errors };
        locked(&self.0).failure = Some(Arc::new(failure));
    }

    /// Returns the failure of the last reload; `None` if it succeeded.
    pub(crate) fn failure(&self) -> Option<Arc<ReloadFailure>> {
        locked(&self.0).failure.clone()
    }

    /// Returns the Unix timestamp of the last successful reload, or of the start.
    pub(crate) fn last_success(&self) -> f64 {
        let succeeded_at = locked(&self.0).succeeded_at;
        succeeded_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
    }
}

impl Default for ConfigReload {
    fn default() -> Self {
        Self(Mutex::new(LastReload::successful()))
    }
}

impl LastReload {
    fn successful() -> Self {
        Self { succeeded_at: SystemTime::now(), failure: None }
    }
}
