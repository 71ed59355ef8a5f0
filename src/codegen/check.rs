//! Reports configured services and metrics that services/ lacks, before rustc does.

use std::fs;
use std::path::Path;

use super::method_signature::proposed;
use super::scan::{Method, Scan};
use super::{Scans, label_check, label_names};
use crate::config::suggest::similar;
use crate::config::unknown_name::alternatives;
use crate::config::{Config, MetricConfig, Mistake, Problem, ServiceConfig};

/// Returns an error for each configured item that the directory `services` surely lacks, and for conflicts of labels.
pub(super) fn mistakes(config: &Config, scans: &Scans, services: &Path) -> Vec<Mistake> {
    let mut list = label_check::mistakes(config);
    for service in config.services.iter().filter(|service| is_named(service)) {
        let file = file(service, services);
        match scans.get(&service.module.value) {
            None => list.push(missing_file(service, &file, services)),
            Some(scan) if scan.lacks_class(&service.class.value) => {
                list.push(missing_class(service, scan, &file));
            }
            Some(scan) => {
                list.extend(hidden_class(service, scan, &file));
                list.extend(missing_service(service, scan, &file));
                list.extend(
                    service.metrics.iter().filter_map(|metric| missing_metric(service, metric, scan, &file)),
                );
            }
        }
    }
    list
}

/// Returns true if the names of the module and of the type are Rust identifiers. Other names were reported before.
pub(super) fn is_named(service: &ServiceConfig) -> bool {
    let is_name = |name: &str| syn::parse_str::<syn::Ident>(name).is_ok();
    is_name(&service.module.value) && is_name(&service.class.value)
}

/// Returns a warning `FILE:LINE: problem; help: imperative` for each method that looks like a metric and is not configured.
pub(super) fn warnings(config: &Config, scans: &Scans, services: &Path) -> Vec<String> {
    let mut list = Vec::new();
    for service in &config.services {
        let Some(scan) = scans.get(&service.module.value) else { continue };
        let class = &service.class.value;
        let sharing = config
            .services
            .iter()
            .filter(|other| other.module.value == service.module.value && other.class.value == *class);
        let configured: Vec<&str> =
            sharing.flat_map(|other| other.metrics.iter()).map(|metric| metric.name.as_str()).collect();
        for method in scan.methods(class).filter(|method| method.is_reading) {
            if !configured.contains(&method.name.as_str()) {
                let name = &method.name;
                let problem =
                    Problem::new(format!("`{class}::{name}` could be a metric, but is not configured"));
                let problem = problem.help(format!(
                    "add it to `prometheus_metrics_mapping` of service `{}`, or make it private",
                    service.name
                ));
                list.push(format!("{}:{}: {problem}", file(service, services), method.line));
            }
        }
    }
    list.sort();
    list.dedup();
    list
}

fn missing_file(service: &ServiceConfig, file: &str, services: &Path) -> Mistake {
    let module = &service.module.value;
    let existing = modules_in(services);
    let existing: Vec<&str> = existing.iter().map(String::as_str).collect();
    let help = similar(module, existing.iter().copied()).unwrap_or_else(|| match existing.as_slice() {
        [] => format!("create {file}"),
        existing => format!("create {file}, or choose an existing module: {}", alternatives(existing)),
    });
    let text = format!("`service_module` is `{module}`, but {file} does not exist");
    Problem::new(text).help(help).at(service.module.place)
}

fn missing_class(service: &ServiceConfig, scan: &Scan, file: &str) -> Mistake {
    let class = &service.class.value;
    let help =
        similar(class, scan.types()).unwrap_or_else(|| format!("define `pub struct {class}` in {file}"));
    let text = format!("`service_class` is `{class}`, but {file} does not define this type");
    Problem::new(text).help(help).at(service.class.place)
}

fn hidden_class(service: &ServiceConfig, scan: &Scan, file: &str) -> Option<Mistake> {
    let class = &service.class.value;
    let problem = Problem::new(format!("`service_class` is `{class}`, but this type is private in {file}"));
    scan.hides_class(class).then(|| problem.help("add `pub` to its definition").at(service.class.place))
}

fn missing_service(service: &ServiceConfig, scan: &Scan, file: &str) -> Option<Mistake> {
    let class = &service.class.value;
    let text = format!("`service_class` is `{class}`, but this type does not implement `Service` in {file}");
    let help =
        format!("add `impl Service for {class} {{ fn poll(api: &mut Api) -> Result<Self> {{ ... }} }}`");
    scan.lacks_service(class).then(|| Problem::new(text).help(help).at(service.class.place))
}

fn missing_metric(
    service: &ServiceConfig,
    metric: &MetricConfig,
    scan: &Scan,
    file: &str,
) -> Option<Mistake> {
    let (class, name, kind) = (&service.class.value, &metric.name, metric.kind.as_str());
    let problem = match scan.method(class, name) {
        _ if !scan.is_sure_of(class) => return None,
        Some(method) if method.visible => mistyped(metric, method, scan, file)?,
        Some(method) => {
            let text = format!("the method of {kind} `{name}` is private in {file}:{}", method.line);
            Problem::new(text).help(format!("write `pub fn {name}`"))
        }
        None => unimplemented(service, metric, scan, file),
    };
    Some(problem.at(metric.place))
}

/// Returns the problem of a method that surely cannot be the one of a metric. rustc finds the others at the generated row.
fn mistyped(metric: &MetricConfig, method: &Method, scan: &Scan, file: &str) -> Option<Problem> {
    let (name, kind, line) = (&metric.name, metric.kind.as_str(), method.line);
    let returns = method.returns.as_ref()?;
    if method.is_uncallable {
        let text =
            format!("the method of {kind} `{name}` in {file}:{line} is not of the form `fn {name}(&self)`");
        return Some(Problem::new(text).help(format!("write `{}`", proposed(metric))));
    }
    let advice = returns.advice(metric).filter(|_| !scan.may_rename(returns))?;
    let labels = if metric.labels.is_empty() { "" } else { " with labels" };
    let text = format!(
        "{kind} `{name}`{labels} cannot be read from `{}`, which {file}:{line} returns",
        returns.text
    );
    Some(Problem::new(text).help(advice))
}

fn unimplemented(service: &ServiceConfig, metric: &MetricConfig, scan: &Scan, file: &str) -> Problem {
    let (class, name, kind) = (&service.class.value, &metric.name, metric.kind.as_str());
    let import = if metric.labels.is_empty() {
        String::new()
    } else {
        format!(", with `use crate::labels::{}::{};`", service.module.value, label_names::struct_name(name))
    };
    let unused = scan.methods(class).map(|method| method.name.as_str());
    let unused = unused.filter(|method| !service.metrics.iter().any(|metric| metric.name == *method));
    Problem::new(format!("{kind} `{name}` has no implementation"))
        .help_if(similar(name, unused))
        .help(format!("add `{}` to `impl {class}` in {file}{import}", proposed(metric)))
}

/// Returns the path of a service's file, as it is shown in errors.
pub(super) fn file(service: &ServiceConfig, services: &Path) -> String {
    services.join(format!("{}.rs", service.module.value)).display().to_string()
}

/// Returns the sorted names of the .rs files in a directory, without their extension.
fn modules_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut modules: Vec<_> = names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    modules.sort();
    modules
}
