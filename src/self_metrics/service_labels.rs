//! The labels that tell the families `cton_*` of the services and targets apart.

use crate::config::target_name;
use crate::series::encode;

/// Returns the labels of a service or target with that full name, as text: `service="splunk",target="eu"`.
pub(super) fn text(name: &str) -> String {
    let (service, target) = target_name::split(name);
    let labels = [("service", Some(service)), ("target", target)].into_iter();
    let label =
        |(label, value): (&str, Option<&str>)| Some(format!("{label}=\"{}\"", encode::escaped(value?)));
    labels.filter_map(label).collect::<Vec<_>>().join(",")
}
