//! The services that differ between two plans.

use std::collections::HashMap;

use super::plan::{Plan, Planned};
use crate::config::ServiceConfig;
use crate::series::options::SeriesOptions;

/// The services that differ between a running plan and the next one.
pub(crate) struct PlanChange<'plan> {
    /// The services that the running plan lacks.
    pub(crate) added: Vec<&'plan Planned>,
    /// The services that are polled in another way.
    pub(crate) changed: Vec<&'plan Planned>,
    /// The full names of the services that the next plan lacks.
    pub(crate) removed: Vec<&'plan str>,
}

impl<'plan> PlanChange<'plan> {
    pub(crate) fn between(running: Option<&'plan Plan>, next: &'plan Plan) -> Self {
        let by_name = |plan: &'plan Plan| -> HashMap<&'plan str, &'plan Planned> {
            plan.services.iter().map(|planned| (planned.config.name.as_str(), planned)).collect()
        };
        let (running_services, next_services) = (running.map(by_name).unwrap_or_default(), by_name(next));
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for planned in &next.services {
            match (running, running_services.get(planned.config.name.as_str())) {
                (Some(running), Some(known)) if is_same((known, running), (planned, next)) => {}
                (_, Some(_)) => changed.push(planned),
                (_, None) => added.push(planned),
            }
        }
        let names =
            running.into_iter().flat_map(|plan| &plan.services).map(|known| known.config.name.as_str());
        let removed = names.filter(|name| !next_services.contains_key(name)).collect();
        Self { added, changed, removed }
    }
}

/// Returns true if a service is polled in the same way by both plans. Its port and its position in the file may differ.
fn is_same((one, one_plan): (&Planned, &Plan), (other, other_plan): (&Planned, &Plan)) -> bool {
    polled(&one.config) == polled(&other.config)
        && one.metrics == other.metrics
        && one.poll_interval(&one_plan.config) == other.poll_interval(&other_plan.config)
        && one.stale_after(&one_plan.config) == other.stale_after(&other_plan.config)
        && SeriesOptions::new(&one_plan.config, &one.config)
            == SeriesOptions::new(&other_plan.config, &other.config)
}

/// Returns the keys of a service on which its polls depend.
fn polled(config: &ServiceConfig) -> ServiceConfig {
    let mut config = config.without_places();
    (config.port, config.listen) = (0, std::net::Ipv4Addr::UNSPECIFIED.into());
    // The targets are compared one by one, and the metrics with their options.
    (config.targets_from, config.metrics) = (Vec::new(), [].into());
    config
}
