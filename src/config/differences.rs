//! Compares a config that was read at run time with the compiled-in one.

use std::collections::BTreeSet;

use super::json_syntax::quoted;
use super::{Config, MetricConfig, Mistake, Mistakes, Position, Problem, ServiceConfig};

/// The help for a value that was changed.
const REVERT: &str = "rebuild with this config, or revert the change";
/// The help for an entry that was removed.
const RESTORE: &str = "rebuild with this config, or restore it";
/// The help for an entry that the binary does not have.
const REMOVE: &str = "rebuild with this config, or remove it";

impl Config {
    /// Compares this config, which was read from `file` at run time, with the compiled-in one.
    ///
    /// Both must have the same services with the same class and module, in any order. Their metrics must have the same
    /// kind, labels, HELP, unit and buckets. Everything else may differ.
    ///
    /// # Errors
    /// Returns each difference with its position in `file`.
    pub fn differences(&self, file: &str, compiled: &Self) -> Result<(), Mistakes> {
        let mut list = Vec::new();
        for service in &self.services {
            match compiled.services.iter().find(|other| other.name == service.name) {
                Some(other) => service.differences(other, &mut list),
                None => {
                    let text = format!("service {} is not in this binary", quoted(&service.name));
                    list.push(Problem::new(text).help(REMOVE).at(service.place));
                }
            }
        }
        for service in &compiled.services {
            if !self.services.iter().any(|other| other.name == service.name) {
                let text = format!("service {} is in this binary, but not here", quoted(&service.name));
                list.push(Problem::new(text).help(RESTORE).at(Position { line: 1, column: 1 }));
            }
        }
        list.sort_by_key(|mistake| mistake.place);
        if list.is_empty() { Ok(()) } else { Err(Mistakes { file: file.to_owned(), list }) }
    }
}

impl ServiceConfig {
    fn differences(&self, compiled: &Self, list: &mut Vec<Mistake>) {
        for (key, ours, theirs) in [
            ("service_class", &self.class, &compiled.class),
            ("service_module", &self.module, &compiled.module),
        ] {
            if ours.value != theirs.value {
                let (found, expected) = (quoted(&ours.value), quoted(&theirs.value));
                let text = format!("`{key}` is {found}, but this binary was built with {expected}");
                list.push(Problem::new(text).help(REVERT).at(ours.place));
            }
        }
        for metric in self.metrics.iter() {
            let problem = match compiled.metrics.iter().find(|other| other.name == metric.name) {
                Some(other) => metric.difference(other),
                None => {
                    let text = format!("metric {} is not in this binary", quoted(&metric.name));
                    Some(Problem::new(text).help(REMOVE))
                }
            };
            list.extend(problem.map(|problem| problem.at(metric.place)));
        }
        for metric in compiled.metrics.iter() {
            if !self.metrics.iter().any(|other| other.name == metric.name) {
                let (metric, service) = (quoted(&metric.name), quoted(&self.name));
                let text = format!("metric {metric} of service {service} is in this binary, but not here");
                list.push(Problem::new(text).help(RESTORE).at(self.place));
            }
        }
    }
}

impl MetricConfig {
    /// Returns the first difference between two entries of one metric; `None` if there is none.
    fn difference(&self, compiled: &Self) -> Option<Problem> {
        let set = |labels: &[String]| labels.iter().cloned().collect::<BTreeSet<_>>();
        let (what, found, expected) = if self.kind != compiled.kind {
            ("kind", self.kind.as_str().to_owned(), compiled.kind.as_str().to_owned())
        } else if set(&self.labels) != set(&compiled.labels) {
            ("labels", format!("{:?}", self.labels), format!("{:?}", compiled.labels))
        } else if self.buckets != compiled.buckets {
            ("buckets", format!("{:?}", self.buckets), format!("{:?}", compiled.buckets))
        } else if self.unit != compiled.unit {
            ("unit", or_none(&self.unit), or_none(&compiled.unit))
        } else if self.help != compiled.help {
            ("HELP text", or_none(&self.help), or_none(&compiled.help))
        } else {
            return None;
        };
        let name = quoted(&self.name);
        let text = format!("{name} has the {what} {found}, but this binary was built with {expected}");
        Some(Problem::new(text).help(REVERT))
    }
}

fn or_none(text: &Option<String>) -> String {
    text.as_deref().map_or("none".to_owned(), quoted)
}
