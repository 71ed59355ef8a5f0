//! Compares a config that was read at run time with the compiled-in one.

use std::collections::BTreeSet;

use super::json_syntax::quoted;
use super::suggest::similar;
use super::{Config, MetricConfig, Mistake, Mistakes, Problem, ServiceConfig};

/// The help for a value that was changed.
const REVERT: &str = "rebuild with this config, or revert the change";
/// The number of differences after which no similar name is searched, to bound the work.
const SUGGESTIONS: usize = 20;
/// The help for an entry that the binary does not have.
const REMOVE: &str = "rebuild with this config, or remove it";

impl Config {
    /// Compares this config, which was read from `file` at run time, with the compiled-in one.
    ///
    /// This config may omit services and metrics. A service that it has must be compiled in with the same class and module,
    /// and each of its metrics must be compiled in for this service with the same kind and the same set of labels.
    ///
    /// Everything else may differ. Of the options of metrics these are:
    ///
    /// - HELP and unit, which are only text: neither changes the name or the value of a series.
    /// - Buckets, because a histogram with other buckets restarts from zero without observing an ID of `Once` again.
    ///
    /// # Errors
    /// Returns each difference with its position in `file`.
    pub fn differences(&self, file: &str, compiled: &Self) -> Result<(), Mistakes> {
        let mut list = Vec::new();
        for service in &self.services {
            match compiled.services.iter().find(|other| other.name == service.name) {
                Some(other) => service.differences(other, &mut list),
                None => {
                    let names = compiled.services.iter().map(|other| other.name.as_str());
                    let names = names.filter(|_| list.len() < SUGGESTIONS);
                    let problem =
                        not_compiled(format!("service {}", quoted(&service.name)), &service.name, names);
                    list.push(problem.at(service.place));
                }
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
                    let names = compiled.metrics.iter().map(|other| other.name.as_str());
                    let names = names.filter(|_| list.len() < SUGGESTIONS);
                    let what = format!("metric {} of service {}", quoted(&metric.name), quoted(&self.name));
                    Some(not_compiled(what, &metric.name, names))
                }
            };
            list.extend(problem.map(|problem| problem.at(metric.place)));
        }
    }
}

/// Returns the problem of a service or metric that the binary does not have.
fn not_compiled<'a>(what: String, name: &str, compiled: impl Iterator<Item = &'a str>) -> Problem {
    Problem::new(what + " is not in this binary").help_if(similar(name, compiled)).help(REMOVE)
}

impl MetricConfig {
    /// Returns the first difference between two entries of one metric; `None` if there is none.
    fn difference(&self, compiled: &Self) -> Option<Problem> {
        let set = |labels: &[String]| labels.iter().cloned().collect::<BTreeSet<_>>();
        let (what, found, expected) = if self.kind != compiled.kind {
            ("kind", self.kind.as_str().to_owned(), compiled.kind.as_str().to_owned())
        } else if set(&self.labels) != set(&compiled.labels) {
            ("labels", format!("{:?}", self.labels), format!("{:?}", compiled.labels))
        } else {
            return None;
        };
        let name = quoted(&self.name);
        let text = format!("{name} has the {what} {found}, but this binary was built with {expected}");
        Some(Problem::new(text).help(REVERT))
    }
}
