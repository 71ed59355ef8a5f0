//! The labels that distinguish the targets of a service, and the variables of a dashboard that filter by them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::dashboard::query_variable;
use crate::author::configured_family::ConfiguredFamily;
use crate::config::{Kind, target_name};
use crate::poll::plan::{Plan, Planned};

/// The label of the exporter's own series of a target, and the variable that filters by it.
const TARGET: &str = "target";

/// A label that is on all series of the targets of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TargetLabel {
    /// The name of the label.
    pub name: String,
    /// True if its values are the names of the targets, so that the variable of the exporter's own series filters by it.
    is_target: bool,
}

impl TargetLabel {
    /// Returns the labels of the targets of a service, except those that all of them have from their service.
    pub(super) fn all_of(targets: &[Planned], plan: &Plan) -> Vec<Self> {
        let Some(first) = targets.first().filter(|_| has_targets(targets)) else { return Vec::new() };
        let entry = plan.config.services.iter().find(|service| service.name == first.service());
        let inherited = |label: &(String, String)| {
            entry.is_some_and(|entry| entry.labels.contains(label))
                && targets.iter().all(|planned| planned.config.labels.contains(label))
        };
        let own = first.config.labels.iter().filter(|label| !inherited(label));
        own.map(|(name, _)| Self { name: name.clone(), is_target: is_target(name, targets) }).collect()
    }

    /// Returns a label for tests.
    #[cfg(test)]
    pub(super) fn of(name: &str, is_target: bool) -> Self {
        Self { name: name.to_owned(), is_target }
    }

    /// Returns the matcher of the selected values, in which Grafana replaces the variable.
    pub(super) fn matcher(&self) -> String {
        format!("{}=~\"${}\"", self.name, self.variable())
    }

    /// Returns the name of the variable. The label `datasource` must not be the variable of the data source.
    fn variable(&self) -> String {
        if self.is_target { TARGET.to_owned() } else { format!("label_{}", self.name) }
    }
}

/// Returns the matcher of the exporter's own series of the selected targets; `None` without targets.
pub(super) fn own_matcher(plan: &Plan) -> Option<String> {
    plan.by_service().any(has_targets).then(|| format!("{TARGET}=~\"${TARGET}\""))
}

/// Returns the variables of all targets on a dashboard; none without targets.
pub(super) fn variables(plan: &Plan) -> Vec<Value> {
    let services: Vec<&str> = plan
        .by_service()
        .filter(|all| has_targets(all))
        .filter_map(|all| Some(all.first()?.service()))
        .collect();
    if services.is_empty() {
        return Vec::new();
    }
    let own = format!("cton_service_up{{service=~\"{}\", instance=~\"$instance\"}}", services.join("|"));
    let mut variables = vec![variable(TARGET, "Target", &own, TARGET)];
    let mut labels: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for targets in plan.by_service() {
        for label in TargetLabel::all_of(targets, plan).into_iter().filter(|label| !label.is_target) {
            let series =
                targets.iter().flat_map(|planned| &planned.metrics.families).map(|family| sample(family));
            let (_, all) = labels.entry(label.variable()).or_insert((label.name, Vec::new()));
            all.extend(series.take(1));
        }
    }
    variables.extend(labels.into_iter().map(|(name, (label, series))| {
        let series = format!("{{__name__=~\"{}\", instance=~\"$instance\"}}", series.join("|"));
        variable(&name, &label, &series, &label)
    }));
    variables
}

/// Returns true if a service has targets.
fn has_targets(targets: &[Planned]) -> bool {
    targets.iter().any(|planned| planned.service() != planned.config.name)
}

/// Returns true if the value of a label is the name of each target, as in the exporter's own series.
fn is_target(name: &str, targets: &[Planned]) -> bool {
    let is_name = |planned: &Planned| {
        let target = target_name::split(&planned.config.name).1;
        planned.config.labels.iter().any(|(label, value)| label == TARGET && Some(value.as_str()) == target)
    };
    name == TARGET && targets.iter().all(is_name)
}

/// Returns the name of one sample of a family.
fn sample(family: &ConfiguredFamily) -> String {
    match family.kind {
        Kind::Counter => format!("{}_total", family.kind.base(family.name)),
        Kind::Summary | Kind::Histogram => format!("{}_count", family.name),
        _ => family.name.to_owned(),
    }
}

/// Returns the variable of the values of a label. `All` includes series without the label.
fn variable(name: &str, title: &str, series: &str, label: &str) -> Value {
    let mut variable = query_variable(name, title, series, label);
    variable["allValue"] = ".*".into();
    variable
}
