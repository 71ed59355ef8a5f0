//! Files for Grafana and Prometheus, generated from the config: `cton dashboard`, `cton alerts` and
//! `cton prometheus-config`.
//!
//! ```text
//! Plan --> Timing (poll interval)          --> dashboard: rows, panels, queries --> JSON
//!      \-> families (HELP, labels, units)  --> scrape config                    --> YAML
//! alert rules, with options                --> alerts                           --> YAML, Jsonnet
//! ```

pub(crate) mod alert_options;
mod alert_rule;
mod alert_rules;
pub(crate) mod alerts;
pub(crate) mod dashboard;
mod exporter_panels;
mod grafana_unit;
mod jsonnet;
mod metric_panel;
mod panel;
mod panel_title;
pub(crate) mod scrape_config;
mod target_label;
mod timing;

pub(crate) use timing::Timing;

use crate::poll::plan::Plan;

/// Returns the options that select these services, as they were typed.
fn picked(plan: &Plan) -> String {
    plan.services.iter().map(|planned| format!(" -s {}", planned.config.name)).collect()
}
