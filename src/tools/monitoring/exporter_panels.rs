//! The panels of the exporter itself.

use super::metric_panel::CHOSEN;
use super::panel::{Bad, Panel, PanelShape, Query};
use crate::self_metrics::health;

/// Returns the panels for these services. `step` is the longest step of the services.
pub(super) fn panels(services: &[&str], step: u64) -> Vec<Panel> {
    let own = ExporterPanels { chosen: format!("service=~\"{}\", {CHOSEN}", services.join("|")), step };
    vec![
        own.state("cton_service_up", "Up", health::UP, (["down", "up"], Bad::Zero)),
        own.state("cton_service_stale", "Gauges", health::STALE, (["current", "stale"], Bad::One)),
        own.age(),
        own.duration(),
        own.counted("cton_poll_failures_total", "Failed polls by reason", health::FAILURES, "reason"),
        own.requests(),
        own.budget(),
        own.counted("cton_series_dropped_total", "Series dropped by metric", health::DROPPED, "metric"),
        own.counted("cton_metric_errors_total", "Metric errors by metric", health::METRIC_ERRORS, "metric"),
        own.counted("cton_items_rejected_total", "Items rejected by metric", health::REJECTED, "metric"),
        own.counted("cton_items_lost_total", "Items lost by metric", health::LOST, "metric"),
        own.counted(
            "cton_state_write_failures_total",
            "Failed state writes",
            health::STATE_WRITE_FAILURES,
            "",
        ),
        own.traffic(),
        own.memory(),
    ]
}

/// The settings that all panels share.
struct ExporterPanels {
    /// The label matchers of the selected services and processes.
    chosen: String,
    step: u64,
}

impl ExporterPanels {
    fn state(&self, name: &str, title: &str, help: &str, (words, bad): ([&'static str; 2], Bad)) -> Panel {
        let worst = if bad == Bad::Zero { "min" } else { "max" };
        let query = by_service(format!("{worst} by (service) ({name}{{{}}})", self.chosen));
        Panel { shape: PanelShape::State(words, bad), ..self.panel(name, title, help, "short", query) }
    }

    fn duration(&self) -> Panel {
        let name = "cton_poll_duration_seconds";
        let query = by_service(format!("max by (service) ({name}{{{}}})", self.chosen));
        self.panel(name, "Duration of the last poll", health::POLL_DURATION, "s", query)
    }

    /// Returns the panel of requests remaining. Of several processes, it shows the one with the fewest.
    fn budget(&self) -> Panel {
        let name = "cton_api_budget_remaining";
        let query = by_service(format!("min by (service) ({name}{{{}}})", self.chosen));
        self.panel(name, "Requests remaining in the rate limit", health::BUDGET_REMAINING, "short", query)
    }

    fn age(&self) -> Panel {
        let name = "cton_last_success_timestamp_seconds";
        let query = by_service(format!("time() - max by (service) ({name}{{{}}})", self.chosen));
        self.panel(name, "Age of the data", health::LAST_SUCCESS, "s", query)
    }

    /// Returns the panel of the recent increase of a counter.
    fn counted(&self, name: &str, title: &str, help: &str, label: &str) -> Panel {
        let (by, legend) = labels(label);
        let expr = format!("sum by ({by}) (increase({name}{{{}}}[$__rate_interval]))", self.chosen);
        self.panel(name, title, help, "short", Query { expr, legend })
    }

    fn requests(&self) -> Panel {
        let name = "cton_api_requests_total";
        let (by, legend) = labels("code");
        let expr = format!("sum by ({by}) (rate({name}{{{}}}[$__rate_interval]))", self.chosen);
        self.panel(name, "API requests by status class", health::REQUESTS, "reqps", Query { expr, legend })
    }

    fn traffic(&self) -> Panel {
        let name = "cton_api_response_bytes_total";
        let query =
            by_service(format!("sum by (service) (rate({name}{{{}}}[$__rate_interval]))", self.chosen));
        self.panel(name, "API response size", health::RESPONSE_BYTES, "binBps", query)
    }

    fn memory(&self) -> Panel {
        let name = "process_resident_memory_bytes";
        let expr = format!("{name}{{{CHOSEN}}} and on (instance) cton_service_up{{{}}}", self.chosen);
        let query = Query { expr, legend: "{{instance}}".to_owned() };
        self.panel(name, "Memory", "Resident memory size in bytes.", "bytes", query)
    }

    fn panel(&self, name: &str, title: &str, help: &str, unit: &str, query: Query) -> Panel {
        Panel {
            // No service has an empty name.
            key: format!("/{name}"),
            title: title.to_owned(),
            description: format!("{help}\n\n`{name}`"),
            unit: unit.to_owned(),
            queries: vec![query],
            step: self.step,
            shape: PanelShape::Lines,
        }
    }
}

/// Returns a query whose legend is the service.
fn by_service(expr: String) -> Query {
    Query { expr, legend: "{{service}}".to_owned() }
}

/// Returns the labels that distinguish series, and their legend.
fn labels(label: &str) -> (String, String) {
    if label.is_empty() {
        return ("service".to_owned(), "{{service}}".to_owned());
    }
    (format!("service, {label}"), format!("{{{{service}}}} {{{{{label}}}}}"))
}
