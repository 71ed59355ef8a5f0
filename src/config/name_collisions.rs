//! Detects series that two metrics would both expose.

use std::collections::HashMap;

use super::json_syntax::quoted;
use super::report::Report;
use super::service_entry::ServiceEntry;
use super::{Kind, MetricConfig, Position, Problem, ServiceConfig, target_name};

/// Reports the metrics of one port whose names collide, and the ports that services cannot share.
pub(super) fn check(services: &[ServiceEntry], report: &Report) {
    let mut pages: HashMap<u16, PortNames> = HashMap::new();
    for ServiceEntry { config, port } in services {
        match port {
            Some(port) => {
                let page = pages.entry(config.port).or_insert_with(|| PortNames::new(config));
                page.add(config, *port, report);
            }
            None => PortNames::new(config).add(config, Position::default(), report),
        }
    }
}

/// Returns all collisions on ports.
pub(super) fn clashes<'a>(services: impl IntoIterator<Item = &'a ServiceConfig>) -> Vec<Problem> {
    let report = Report::default();
    let mut pages: HashMap<u16, PortNames> = HashMap::new();
    let mut last = None;
    for service in services {
        // The targets of a service expose the same metrics.
        let name = target_name::split(&service.name).0;
        if last.replace(name) == Some(name) {
            continue;
        }
        let page = pages.entry(service.port).or_insert_with(|| PortNames::new(service));
        page.add(service, service.place, &report);
    }
    report.into_list().into_iter().map(|mistake| mistake.problem).collect()
}

/// Returns the names that a metric of a kind takes in either format, for its series and for its family.
///
/// OpenMetrics 1.0 puts a counter `x_total` into the family `x`, so that `x` and `x_total` collide (section
/// "MetricFamily"). Every kind except gauges may have the suffix `_created` (section "Created").
fn names(kind: Kind, name: &str) -> Vec<String> {
    let base = kind.base(name);
    let suffixes: &[&str] = match kind {
        Kind::Counter => &["", "_total", "_created"],
        Kind::Gauge | Kind::StateSet => &[""],
        Kind::Info => &["", "_info"],
        Kind::Summary => &["", "_sum", "_count", "_created"],
        Kind::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
    };
    suffixes.iter().map(|suffix| format!("{base}{suffix}")).collect()
}

/// The names that the services on one port expose.
struct PortNames<'a> {
    first: &'a ServiceConfig,
    taken: HashMap<String, (&'a ServiceConfig, &'a MetricConfig)>,
}

impl<'a> PortNames<'a> {
    fn new(first: &'a ServiceConfig) -> Self {
        Self { first, taken: HashMap::new() }
    }

    fn add(&mut self, service: &'a ServiceConfig, port: Position, report: &Report) {
        if service.listen != self.first.listen {
            report.add(port, listens_elsewhere(self.first, service));
        }
        let mut shared = None;
        for metric in service.metrics.iter() {
            match self.take(service, metric) {
                Some((other, name)) if std::ptr::eq(other.0, service) => {
                    report.add(metric.place, collision(other.1, metric, &name));
                }
                Some((other, name)) => shared = shared.or(Some((other.0, name))),
                None => {}
            }
        }
        if let Some((other, name)) = shared {
            report.add(port, shares(other, service, &name));
        }
    }

    /// Takes the names of a metric. Returns the first name that was taken before, with its service and metric.
    fn take(
        &mut self,
        service: &'a ServiceConfig,
        metric: &'a MetricConfig,
    ) -> Option<((&'a ServiceConfig, &'a MetricConfig), String)> {
        let mut clash = None;
        for name in names(metric.kind, &metric.name) {
            match self.taken.get(&name) {
                Some(other) => clash = clash.or(Some((*other, name))),
                None => {
                    self.taken.insert(name, (service, metric));
                }
            }
        }
        clash
    }
}

fn listens_elsewhere(first: &ServiceConfig, second: &ServiceConfig) -> Problem {
    let text = format!(
        "services {} and {} share port {}, but listen on {} and {}",
        quoted(&first.name),
        quoted(&second.name),
        second.port,
        first.listen,
        second.listen
    );
    Problem::new(text).help("use the same `listen`, or another `port`")
}

fn shares(first: &ServiceConfig, second: &ServiceConfig, name: &str) -> Problem {
    let (first, port) = (quoted(&first.name), second.port);
    let (second, name) = (quoted(&second.name), quoted(name));
    Problem::new(format!("services {first} and {second} would both expose {name} on port {port}"))
        .help("use another `port` for one of them, or rename the metric")
}

fn collision(first: &MetricConfig, second: &MetricConfig, name: &str) -> Problem {
    let (kind, line) = (second.kind.as_str(), first.place.line);
    let (word, other) = (quoted(&second.name), first.kind.as_str());
    if first.name != second.name {
        let (first, name) = (quoted(&first.name), quoted(name));
        let text = format!("{kind} {word} would expose {name}, as {other} {first} on line {line} does");
        return Problem::new(text).help("rename one of them");
    }
    let text = if first.kind == second.kind {
        format!("{kind} {word} is listed twice, first on line {line}")
    } else {
        format!("{word} is listed as {kind}, and as {other} on line {line}")
    };
    Problem::new(text).help("remove one of them")
}
