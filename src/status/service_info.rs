//! The constant facts about one service of a port.

use std::sync::Arc;
use std::time::Duration;

use crate::author::family::Family;
use crate::support::heartbeat::Heartbeat;

/// A service of a [`Site`](crate::exposition::Site).
#[derive(Debug, Clone, Default)]
pub struct ServiceInfo {
    /// Its name in config.json.
    pub name: String,
    /// The time from one poll to the next while all goes well.
    pub period: Duration,
    /// The time without success after which gauges go; `None`: never.
    pub stale_after: Option<Duration>,
    /// Its metrics, in the order of config.json.
    pub families: Vec<Family>,
    /// The stage of its poll loop.
    pub pulse: Arc<Heartbeat>,
}
