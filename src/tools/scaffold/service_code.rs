//! The text of a service's file.

use super::identifiers::escaped;
use super::metric_method;
use super::model::{MetricSource, ModelField, ModelMetric, ModelRoot, ServiceModel};
use crate::config::Kind;
use crate::fetch::url::Url;

/// What the file says of where it comes from.
pub struct CodeOrigin<'a> {
    /// The name of the service.
    pub service: &'a str,
    /// The type.
    pub class: &'a str,
    /// What it asks.
    pub url: &'a Url,
    /// What it was made from.
    pub source: &'a str,
}

/// The file.
pub fn file(model: &ServiceModel, origin: &CodeOrigin) -> String {
    let CodeOrigin { service, class, url, source } = origin;
    format!(
        include_str!("templates/service.rs.txt"),
        service = service,
        class = class,
        host = url.host(),
        source = source,
        imports = imports(model, service),
        structs = structs(model, class),
        poll = poll(&model.root),
        methods = joined(&model.metrics, "\n\n", metric_method::of),
        allowed = allowed(model),
        query = query(url),
        asserts = joined(&model.metrics, "\n", assertion),
    )
}

fn imports(model: &ServiceModel, service: &str) -> String {
    let total = if model.metrics.iter().any(|metric| metric.kind == Kind::Counter) { ", Total" } else { "" };
    let mut lines = format!("use collectington::{{Api, Result, Service{total}}};\n");
    if structs(model, "").contains("IgnoredAny") {
        lines += "use serde::de::IgnoredAny;\n";
    }
    if model.metrics.iter().any(|metric| metric.label().is_some()) {
        lines += &format!("\nuse crate::labels::{service} as labels;\n");
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

/// A recording knows the path that was asked for, and not what stood behind it.
fn query(url: &Url) -> String {
    if url.target() == url.path() { String::new() } else { format!(".with_url(\"{url}\").unwrap()") }
}

/// A number of the sample may happen to look like one of mathematics, which clippy would rather have by its name.
fn allowed(model: &ServiceModel) -> &'static str {
    let has_fraction = |metric: &ModelMetric| matches!(&metric.what, MetricSource::Number(number) if number.contains('.') && !number.ends_with(".0"));
    if model.metrics.iter().any(has_fraction) { "\n    #[allow(clippy::approx_constant)]" } else { "" }
}

/// What the sample says of a metric.
fn assertion(metric: &ModelMetric) -> String {
    let call = format!("answer.{}()", metric.name);
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
