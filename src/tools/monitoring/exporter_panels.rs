//! The panels of the exporter itself.

use super::metric_panel::CHOSEN;
use super::panel::{Bad, Panel, PanelShape, Query};
use crate::self_metrics::own_family::{self, OwnFamily};

/// Returns the panels for these services, with the matcher of their targets. `step` is the longest step of the services.
pub(super) fn panels(services: &[&str], targets: Option<String>, step: u64) -> Vec<Panel> {
    let services = format!("service=~\"{}\", {CHOSEN}", services.join("|"));
    let chosen = targets.into_iter().fold(services, |all, matcher| format!("{all}, {matcher}"));
    let own = ExporterPanels { chosen, step };
    vec![
        own.state(&own_family::UP, "Up", (["down", "up"], Bad::Zero)),
        own.state(&own_family::STALE, "Gauges", (["current", "stale"], Bad::One)),
        own.age(),
        own.duration(),
        own.failures(),
        own.requests(),
        own.remaining(),
        own.counted(&own_family::METRIC_ERRORS, "Metric errors by metric", "metric"),
        own.counted(&own_family::REJECTED, "Items rejected", ""),
        own.counted(&own_family::LOST, "Items lost", ""),
        own.counted(&own_family::DROPPED, "Series dropped", ""),
        own.counted(&own_family::STATE_WRITE_FAILURES, "Failed state writes", ""),
        own.traffic(),
        own.memory(),
    ]
}

/// The settings that all panels share.
struct ExporterPanels {
    /// The label matchers of the selected services, processes and targets.
    chosen: String,
    step: u64,
}

impl ExporterPanels {
    fn state(&self, family: &OwnFamily, title: &str, (words, bad): ([&'static str; 2], Bad)) -> Panel {
        let worst = if bad == Bad::Zero { "min" } else { "max" };
        let query = self.by_target(worst, family);
        Panel { shape: PanelShape::State(words, bad), ..self.panel(family, title, "short", query) }
    }

    fn duration(&self) -> Panel {
        let family = &own_family::POLL_DURATION;
        self.panel(family, "Duration of the last poll", "s", self.by_target("max", family))
    }

    /// Returns the panel of requests remaining. Of several processes, it shows the one with the fewest.
    fn remaining(&self) -> Panel {
        let family = &own_family::REQUESTS_REMAINING;
        self.panel(family, "Requests remaining in the rate limit", "short", self.by_target("min", family))
    }

    fn age(&self) -> Panel {
        let family = &own_family::LAST_SUCCESS;
        let Query { expr, legend } = self.by_target("max", family);
        self.panel(family, "Age of the data", "s", Query { expr: format!("time() - {expr}"), legend })
    }

    /// Returns the panel of the recent increase of a counter.
    fn counted(&self, family: &OwnFamily, title: &str, label: &str) -> Panel {
        let (by, legend) = labels(label);
        let expr = format!("sum by ({by}) (increase({}[$__rate_interval]))", self.series(family));
        self.panel(family, title, "short", Query { expr, legend })
    }

    /// Returns the panel of failed polls. A reason has no series before its first failure, which `increase` therefore
    /// does not see.
    fn failures(&self) -> Panel {
        let (family, (by, legend)) = (&own_family::FAILURES, labels("reason"));
        let series = self.series(family);
        let first = format!("({series} unless {series} offset $__rate_interval)");
        let expr = format!("sum by ({by}) ({first} or increase({series}[$__rate_interval]))");
        self.panel(family, "Failed polls by reason", "short", Query { expr, legend })
    }

    fn requests(&self) -> Panel {
        let (family, (by, legend)) = (&own_family::REQUESTS, labels("code"));
        let expr = format!("sum by ({by}) (rate({}[$__rate_interval]))", self.series(family));
        self.panel(family, "API requests by status class", "reqps", Query { expr, legend })
    }

    fn traffic(&self) -> Panel {
        let (family, (by, legend)) = (&own_family::RESPONSE_BYTES, labels(""));
        let expr = format!("sum by ({by}) (rate({}[$__rate_interval]))", self.series(family));
        self.panel(family, "API response size", "binBps", Query { expr, legend })
    }

    fn memory(&self) -> Panel {
        let name = "process_resident_memory_bytes";
        let expr = format!("{name}{{{CHOSEN}}} and on (instance) cton_service_up{{{}}}", self.chosen);
        let query = Query { expr, legend: "{{instance}}".to_owned() };
        self.titled((name, "Resident memory size in bytes."), "Memory", "bytes", query)
    }

    /// Returns a query of one value for each target of a service.
    fn by_target(&self, aggregation: &str, family: &OwnFamily) -> Query {
        let (by, legend) = labels("");
        Query { expr: format!("{aggregation} by ({by}) ({})", self.series(family)), legend }
    }

    fn series(&self, family: &OwnFamily) -> String {
        format!("{}{{{}}}", family.name, self.chosen)
    }

    fn panel(&self, family: &OwnFamily, title: &str, unit: &str, query: Query) -> Panel {
        self.titled((family.name, family.help), title, unit, query)
    }

    fn titled(&self, (name, help): (&str, &str), title: &str, unit: &str, query: Query) -> Panel {
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

/// Returns the labels that distinguish series, and their legend. Only a service with targets has the label `target`.
fn labels(label: &str) -> (String, String) {
    if label.is_empty() {
        return ("service, target".to_owned(), "{{service}} {{target}}".to_owned());
    }
    (format!("service, target, {label}"), format!("{{{{service}}}} {{{{target}}}} {{{{{label}}}}}"))
}
