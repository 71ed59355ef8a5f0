//! The options of the series of one service.

use std::time::Duration;

use crate::config::{Config, ServiceConfig};
use crate::support::memory_limit;

/// The options of the series of one service, as in its config.
#[derive(Debug, Clone, Copy)]
pub struct SeriesOptions {
    /// `series_limit`: the maximum number of series of one metric.
    pub limit: usize,
    /// A part of `memory_limit_bytes`: the bytes that all series of the service may take, in memory and in an exposition.
    pub bytes: usize,
    /// `series_expire_after_sec`: the time after which a series that is no longer listed is removed; zero: never.
    pub expire_after: Duration,
    /// `once_ids_limit`: the number of IDs of `Once` that one metric retains.
    pub ids_limit: usize,
    /// `created_series`: whether `_created` series are exposed.
    pub created: bool,
}

/// The default of `once_ids_limit`.
const IDS: usize = 100_000;

impl SeriesOptions {
    /// The options of a service of that config.
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

/// The default options with that limit of series, and without one of bytes.
impl From<usize> for SeriesOptions {
    fn from(limit: usize) -> Self {
        Self { limit, bytes: usize::MAX, expire_after: Duration::ZERO, ids_limit: IDS, created: true }
    }
}
