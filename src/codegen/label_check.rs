//! Reports metrics of one module whose labels conflict.

use super::label_names::struct_name;
use super::label_structs::has_labels;
use crate::config::{Config, MetricConfig, Mistake, Problem, ServiceConfig};

/// Returns an error for each metric whose labels or label struct conflict with those of an earlier metric of its module.
pub(super) fn mistakes(config: &Config) -> Vec<Mistake> {
    let mut earlier: Vec<(&ServiceConfig, &MetricConfig)> = Vec::new();
    let mut list = Vec::new();
    for service in &config.services {
        for metric in service.metrics.iter() {
            let in_module = earlier.iter().filter(|(other, _)| other.module.value == service.module.value);
            let mut problems = in_module.filter_map(|other| conflict((service, metric), *other));
            list.extend(problems.next().map(|problem| problem.at(metric.place)));
            earlier.push((service, metric));
        }
    }
    list
}

/// Returns the problem of a metric whose labels conflict with those of an earlier one; `None` if they do not.
fn conflict(
    later: (&ServiceConfig, &MetricConfig),
    first: (&ServiceConfig, &MetricConfig),
) -> Option<Problem> {
    let ((service, metric), (other, known)) = (later, first);
    let is_one_method = metric.name == known.name && service.class.value == other.class.value;
    let have_structs = has_labels(metric) && has_labels(known);
    if metric.labels == known.labels || !(is_one_method || have_structs) {
        None
    } else if metric.name == known.name {
        Some(different(later, first))
    } else {
        (have_structs && struct_name(&metric.name) == struct_name(&known.name)).then(|| twins(metric, known))
    }
}

fn different(
    (service, metric): (&ServiceConfig, &MetricConfig),
    first: (&ServiceConfig, &MetricConfig),
) -> Problem {
    let (other, known) = first;
    let (name, module) = (&metric.name, &service.module.value);
    let problem = Problem::new(format!(
        "the labels of `{name}` are {:?}, but {:?} in service `{}`, which has the same `service_module` `{module}`",
        metric.labels, known.labels, other.name
    ));
    let problem = problem.help("write the same labels in the same order in both services");
    if service.class.value == other.class.value {
        problem
    } else {
        problem.help(format!("move `{}` into its own file in services/", service.class.value))
    }
}

fn twins(metric: &MetricConfig, known: &MetricConfig) -> Problem {
    let (first, name, type_name) = (&known.name, &metric.name, struct_name(&metric.name));
    let text = format!("the labels of `{first}` and of `{name}` would both have the type `{type_name}`");
    Problem::new(text).help("rename one of these metrics")
}
