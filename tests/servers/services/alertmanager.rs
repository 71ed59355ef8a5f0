//! The alerts of an Alertmanager.

use collectington::{Api, Result, Service};
use serde::Deserialize;
use std::collections::BTreeMap;

use crate::labels::alertmanager::ActiveAlerts;

/// The response of `/api/v2/alerts`.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Alertmanager {
    alerts: Vec<Alert>,
}

#[derive(Deserialize)]
struct Alert {
    labels: Labels,
}

#[derive(Deserialize)]
struct Labels {
    severity: String,
}

impl Service for Alertmanager {
    fn poll(api: &mut Api) -> Result<Self> {
        api.get().path("alerts").json()
    }
}

impl Alertmanager {
    /// Number of alerts by severity.
    pub fn active_alerts(&self) -> impl Iterator<Item = (ActiveAlerts<'_>, u64)> {
        let mut counts: BTreeMap<_, u64> = BTreeMap::new();
        for alert in &self.alerts {
            *counts.entry(&alert.labels.severity).or_default() += 1;
        }
        counts.into_iter().map(|(severity, count)| (ActiveAlerts::new(severity), count))
    }
}
