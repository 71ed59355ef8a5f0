//! What Grafana and Prometheus are told of the services, made from the config: `cton dashboard`, `cton alerts` and
//! `cton prometheus-config`.
//!
//! ```text
//! Plan --> Rhythm (how often numbers change) --> dashboard: rows, panels, queries --> JSON
//!      \-> families (HELP, labels, units)    --> alerts, scrape config            --> YAML
//! ```

pub(crate) mod alerts;
pub(crate) mod dashboard;
mod exporter_panels;
mod grafana_unit;
mod metric_panel;
mod panel;
mod panel_title;
pub(crate) mod scrape_config;
mod timing;

use crate::poll::plan::Plan;

/// The options that pick these services, as they were typed.
fn picked(plan: &Plan) -> String {
    plan.services.iter().map(|planned| format!(" -s {}", planned.config.name)).collect()
}
