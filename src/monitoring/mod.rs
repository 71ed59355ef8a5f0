//! What Grafana and Prometheus are told of the services, made from the config: `cton dashboard`, `cton alerts` and
//! `cton prometheus-config`.
//!
//! ```text
//! Plan --> Rhythm (how often numbers change) --> dashboard: rows, panels, queries --> JSON
//!      \-> families (HELP, labels, units)    --> alerts, scrape config            --> YAML
//! ```

mod alerts;
mod commands;
mod dashboard;
mod health;
mod metric;
mod panel;
mod rhythm;
mod scrape;
mod title;
mod unit;

pub use commands::{Alerts, Dashboard, PrometheusConfig};

use crate::plan::Plan;

/// The options that pick these services, as they were typed.
fn picked(plan: &Plan) -> String {
    plan.services.iter().map(|planned| format!(" -s {}", planned.config.name)).collect()
}
