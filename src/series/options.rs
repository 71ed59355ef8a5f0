//! The options of the series of one service.

use std::time::Duration;

use crate::config::{Config, ServiceConfig};
use crate::support::memory_limit;

/// The options of the series of one service, from its config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesOptions {
    /// The maximum number of series of one metric (`series_limit`).
    pub limit: usize,
    /// The bytes that all series of the service may take in memory and in an exposition, a part of
    /// `memory_limit_bytes`.
    pub bytes: usize,
    /// The time after which a series that is no longer listed is removed (`series_expire_after_sec`). Zero disables
    /// this.
    pub expire_after: Duration,
    /// The number of IDs of `Once` that one metric retains (`once_ids_limit`).
    pub ids_limit: usize,
    /// True if `_created` series are exposed (`created_series`).
    pub created: bool,
}

/// The default of `once_ids_limit`.
const IDS: usize = 100_000;

impl SeriesOptions {
    /// Returns the options of a service.
    pub fn new(config: &Config, service: &ServiceConfig) -> Self {
        Self {
            limit: service.series_limit,
            bytes: usize::try_from(memory_limit::of_series(service.memory_limit)).unwrap_or(usize::MAX),
            expire_after: service.series_expire_after,
            ids_limit: service.once_ids_limit,
            created: service.created_series.unwrap_or(config.created_series),
        }
    }
}

/// Default options with a limit of series and no limit of bytes.
impl From<usize> for SeriesOptions {
    fn from(limit: usize) -> Self {
        Self { limit, bytes: usize::MAX, expire_after: Duration::ZERO, ids_limit: IDS, created: true }
    }
}
