//! The labels that tell the families `cton_*` of the services and targets apart.

use crate::config::target_name;

/// Returns the names and values of the labels of a service or target with that full name.
pub(super) fn of(name: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let (service, target) = target_name::split(name);
    [("service", service)].into_iter().chain(target.map(|target| ("target", target)))
}
