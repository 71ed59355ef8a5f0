//! The constant facts about one service of a port.

use std::sync::Arc;
use std::time::Duration;

use crate::author::configured_family::ConfiguredFamily;
use crate::support::heartbeat::Heartbeat;

/// The constant facts about a service of a [`Site`](crate::exposition::Site).
#[derive(Debug, Clone, Default)]
pub struct ServiceInfo {
    /// The name of the service in config.json.
    pub name: String,
    /// The poll interval of the service while its polls succeed.
    pub period: Duration,
    /// The time without success after which gauges are removed, or `None` if they never are.
    pub stale_after: Option<Duration>,
    /// True if the certificate of the API is not verified (`insecure_skip_verify`).
    pub insecure_skip_verify: bool,
    /// The metrics of the service, in the order of config.json.
    pub families: Vec<Arc<ConfiguredFamily>>,
    /// The heartbeat of the poll loop.
    pub heartbeat: Arc<Heartbeat>,
}
