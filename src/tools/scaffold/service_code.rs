//! The code in the file of a service.

use super::identifiers::escaped;
use super::model::{MetricSource, ModelField, ModelMetric, ModelRoot, ServiceModel};
use super::{generated_service, metric_method};
use crate::config::Kind;
use crate::fetch::url::Url;

/// The origin of the code, as stated in the file.
pub(super) struct CodeOrigin<'a> {
    /// The name of the service.
    pub service: &'a str,
    /// The name of the type.
    pub class: &'a str,
    /// The URL that the service requests.
    pub url: &'a Url,
    /// A description of the sample.
    pub source: &'a str,
}

/// Returns the code of the file.
pub(super) fn file(model: &ServiceModel, origin: &CodeOrigin) -> String {
    let CodeOrigin { service, class, url, source } = origin;
    format!(
        include_str!("templates/service.rs.txt"),
        service = service,
        class = class,
        host = url.host(),
        source = source,
        imports = imports(model, &generated_service::module(service)),
        structs = structs(model, class),
        poll = poll(&model.root),
        methods = joined(&model.metrics, "\n\n", metric_method::of),
        allowed = allowed(model),
        query = query(url),
        asserts = joined(&model.metrics, "\n", assertion),
    )
}

fn imports(model: &ServiceModel, module: &str) -> String {
    let total = if model.metrics.iter().any(|metric| metric.kind == Kind::Counter) { ", Total" } else { "" };
    let mut lines = format!("use collectington::{{Api, Result, Service{total}}};\n");
    if structs(model, "").contains("IgnoredAny") {
        lines += "use serde::de::IgnoredAny;\n";
    }
    if model.metrics.iter().any(|metric| metric.label().is_some()) {
        lines += &format!("\nuse crate::labels::{module} as labels;\n");
    }
    lines
}

fn structs(model: &ServiceModel, class: &str) -> String {
    let mut text = String::new();
    if let ModelRoot::Field { name, of, .. } = &model.root {
        text += &format!("pub struct {class} {{\n    {name}: {of},\n}}\n\n");
    }
    for (at, one) in model.structs.iter().enumerate() {
        let visible = if at == 0 && model.root == ModelRoot::Response { "pub " } else { "" };
        let fields = joined(&one.fields, "", field);
        text += &format!("#[derive(serde::Deserialize)]\n{visible}struct {} {{\n{fields}}}\n\n", one.name);
    }
    text
}

fn field(field: &ModelField) -> String {
    let ModelField { name, key, of } = field;
    let rename =
        if name == key { String::new() } else { format!("    #[serde(rename = \"{}\")]\n", escaped(key)) };
    format!("{rename}    {name}: {of},\n")
}

fn poll(root: &ModelRoot) -> String {
    match root {
        ModelRoot::Response => "api.get().json()".to_owned(),
        ModelRoot::Field { name, read, .. } => format!("Ok(Self {{ {name}: api.get().{read}()? }})"),
    }
}

/// Returns the call that sets the URL, if it has a query. The URL of a replay has only the path of the recording.
fn query(url: &Url) -> String {
    if url.target() == url.path() { String::new() } else { format!(".with_url(\"{url}\").unwrap()") }
}

/// Returns an attribute for clippy, which rejects numbers that look like a mathematical constant.
fn allowed(model: &ServiceModel) -> &'static str {
    let has_fraction = |metric: &ModelMetric| matches!(&metric.what, MetricSource::Number(number) if number.contains('.') && !number.ends_with(".0"));
    if model.metrics.iter().any(has_fraction) { "\n    #[allow(clippy::approx_constant)]" } else { "" }
}

/// Returns the assertion that a metric has its value in the sample.
fn assertion(metric: &ModelMetric) -> String {
    let call = format!("response.{}()", metric.name);
    match &metric.what {
        MetricSource::Number(number) if metric.kind == Kind::Counter => {
            format!("        assert_eq!({call}, Total({number}));")
        }
        MetricSource::Number(number) => format!("        assert_eq!({call}, {number});"),
        MetricSource::Length(length) | MetricSource::Bytes(length) => {
            format!("        assert_eq!({call}, {length});")
        }
        MetricSource::Rows(rows) => format!("        assert_eq!({call}.len(), {});", rows.count),
    }
}

fn joined<T>(items: &[T], joint: &str, one: impl Fn(&T) -> String) -> String {
    items.iter().map(one).collect::<Vec<_>>().join(joint)
}
