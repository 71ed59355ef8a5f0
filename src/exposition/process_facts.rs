//! The facts about the process that the sites of all ports serve.

use std::sync::{Arc, Mutex};
use std::time::{Instant, SystemTime};

use super::process_health::ProcessHealth;
use super::targets::Targets;
use crate::self_metrics::config_reload::ConfigReload;
use crate::support::locks::locked;

/// The facts about the process that the sites of all ports serve. A reload of the config changes them.
#[derive(Debug)]
pub struct ProcessFacts {
    /// The time of the start, as a calendar time and as an instant. The two differ after a change of the clock.
    pub(super) started: (SystemTime, Instant),
    pub(crate) health: ProcessHealth,
    /// The result of the last reload.
    pub(crate) reload: Arc<ConfigReload>,
    targets: Mutex<Arc<Targets>>,
}

impl ProcessFacts {
    /// Creates the facts about a process that starts now.
    pub fn new() -> Self {
        Self {
            started: (SystemTime::now(), Instant::now()),
            health: ProcessHealth::default(),
            reload: Arc::default(),
            targets: Mutex::default(),
        }
    }

    /// Returns the scrape targets of the process.
    pub(super) fn targets(&self) -> Arc<Targets> {
        Arc::clone(&locked(&self.targets))
    }

    /// Sets the scrape targets of the process.
    pub fn set_targets(&self, targets: Targets) {
        *locked(&self.targets) = Arc::new(targets);
    }
}

impl Default for ProcessFacts {
    fn default() -> Self {
        Self::new()
    }
}
