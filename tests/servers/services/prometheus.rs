//! The scrape targets of a Prometheus server.

use collectington::{Api, Result, Service};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::labels::prometheus::ActiveTargets;

/// The response of `/api/v1/targets`.
#[derive(Deserialize)]
pub struct Prometheus {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "activeTargets")]
    active: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    #[serde(rename = "scrapePool")]
    job: String,
    health: String,
}

impl Service for Prometheus {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().path("targets").query("state", "active").json()
    }
}

impl Prometheus {
    /// Number of scrape targets of a job by health.
    pub fn active_targets(&self) -> impl Iterator<Item = (ActiveTargets<'_>, u64)> {
        let mut counts: BTreeMap<_, u64> = BTreeMap::new();
        for target in &self.data.active {
            *counts.entry((&target.job, &target.health)).or_default() += 1;
        }
        counts.into_iter().map(|((job, health), count)| (ActiveTargets::new(job, health), count))
    }
}
