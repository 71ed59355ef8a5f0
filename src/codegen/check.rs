//! Reports configured services and metrics that services/ lacks, before rustc does.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::method_signature::proposed;
use super::scan::Scan;
use super::{Scans, label_structs};
use crate::config::suggest::near;
use crate::config::{Config, MetricConfig, Mistake, ServiceConfig, Spanned};

/// Returns an error for each configured item that the directory `services` surely lacks, and for clashing label structs.
pub(super) fn mistakes(config: &Config, scans: &Scans, services: &Path) -> Vec<Mistake> {
    let mut list = Vec::new();
    for service in config.services.iter().filter(|service| is_named(service)) {
        let file = file(service, services);
        list.extend(twins(service));
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

/// Returns a warning `FILE:LINE: ...` for each method that looks like a metric and is not configured.
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
            sharing.flat_map(|other| &other.metrics).map(|metric| metric.name.as_str()).collect();
        for method in scan.methods(class).filter(|method| method.is_reading) {
            if !configured.contains(&method.name.as_str()) {
                let name = &method.name;
                list.push(format!(
                    "{}:{}: `{class}::{name}` could be a metric but is not configured: add it to \
                     `prometheus_metrics_mapping` of service `{}`, or make it private",
                    file(service, services),
                    method.line,
                    service.name
                ));
            }
        }
    }
    list.sort();
    list.dedup();
    list
}

fn missing_file(service: &ServiceConfig, file: &str, services: &Path) -> Mistake {
    let there = modules_in(services);
    let module = &service.module.value;
    let advice = match near(module, there.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write it, or name another".to_owned(),
    };
    let there = if there.is_empty() { "no .rs file".to_owned() } else { format!("`{}`", there.join("`, `")) };
    at(
        &service.module,
        format!(
            "`service_module` `{module}`: {file} does not exist, expected one of the modules in {}/, which has \
             {there}: {advice}",
            services.display()
        ),
    )
}

fn missing_class(service: &ServiceConfig, scan: &Scan, file: &str) -> Mistake {
    let class = &service.class.value;
    let advice = near(class, scan.types()).map_or_else(
        || format!("define it there (`pub struct {class}`), or name another"),
        |near| format!("did you mean `{near}`?"),
    );
    at(
        &service.class,
        format!(
            "`service_class` `{class}`: {file} defines no such type, expected a type that implements `Service`: \
             {advice}"
        ),
    )
}

fn hidden_class(service: &ServiceConfig, scan: &Scan, file: &str) -> Option<Mistake> {
    let class = &service.class.value;
    let text = format!(
        "`service_class` `{class}`: the type is private in {file}, expected one that others can name: write `pub` \
         in front of it"
    );
    scan.hides_class(class).then(|| at(&service.class, text))
}

fn missing_service(service: &ServiceConfig, scan: &Scan, file: &str) -> Option<Mistake> {
    let class = &service.class.value;
    let text = format!(
        "`service_class` `{class}`: the type in {file} is no `Service`: add `impl Service for {class} {{ fn \
         poll(api: &mut Api) -> Result<Self> {{ ... }} }}`"
    );
    scan.lacks_service(class).then(|| at(&service.class, text))
}

fn missing_metric(
    service: &ServiceConfig,
    metric: &MetricConfig,
    scan: &Scan,
    file: &str,
) -> Option<Mistake> {
    let (class, name, kind) = (&service.class.value, &metric.name, metric.kind.as_str());
    let text = match scan.method(class, name) {
        Some(method) if method.visible => return None,
        _ if !scan.is_sure_of(class) => return None,
        Some(method) => format!(
            "{kind} `{name}` is private in {file}:{}, expected a method that others can call: write `pub fn {name}`",
            method.line
        ),
        None => {
            let unused = scan.methods(class).map(|method| method.name.as_str());
            let unused = unused.filter(|method| !service.metrics.iter().any(|metric| metric.name == *method));
            let meant = near(name, unused)
                .map(|near| format!("; or did you mean `{near}`, which is there?"))
                .unwrap_or_default();
            let import = if metric.labels.is_empty() {
                String::new()
            } else {
                format!(", with `use crate::labels::{}::{};`", service.name, label_structs::struct_name(name))
            };
            format!(
                "{kind} `{name}` has no implementation: add `{}` to `impl {class}` in {file}{import}{meant}",
                proposed(metric)
            )
        }
    };
    Some(Mistake { place: metric.place, text })
}

/// Returns an error for each metric whose label struct would have the name of an earlier one.
fn twins(service: &ServiceConfig) -> Vec<Mistake> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    let mut list = Vec::new();
    for metric in service.metrics.iter().filter(|metric| label_structs::has_labels(metric)) {
        let (name, struct_name) = (&metric.name, label_structs::struct_name(&metric.name));
        if let Some(first) = taken.get(&struct_name).filter(|first| *first != name) {
            let text = format!(
                "the labels of `{name}` would be of the type `{struct_name}`, as those of `{first}` are: rename one \
                 of these metrics"
            );
            list.push(Mistake { place: metric.place, text });
        }
        taken.entry(struct_name).or_insert(name);
    }
    list
}

fn at(spot: &Spanned<String>, text: String) -> Mistake {
    Mistake { place: spot.place, text }
}

fn file(service: &ServiceConfig, services: &Path) -> String {
    services.join(format!("{}.rs", service.module.value)).display().to_string()
}

/// Returns the sorted names of the .rs files in a directory, without their extension.
fn modules_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut modules: Vec<_> = names.filter_map(|name| name.strip_suffix(".rs").map(str::to_owned)).collect();
    modules.sort();
    modules
}
