//! The rows of a service's table: each binds a configured metric to its method.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::label_structs::{self, ident};
use super::scan::Scan;
use crate::config::{Kind, MetricConfig, ServiceConfig};

/// Returns the table of a service: `static SPLUNK_METRICS: &[Metric<splunk_api::SplunkApi>] = &[...]`.
pub(super) fn table(service: &ServiceConfig, scan: &Scan) -> TokenStream {
    let doc = format!(" The metrics of service `{}`.", service.name);
    let (name, data) = (name(service), class(service));
    let rows = service.metrics.iter().map(|metric| row(service, metric, scan));
    quote! {
        #[doc = #doc]
        static #name: &[::collectington::Metric<#data>] = &[#(#rows),*];
    }
}

/// Returns the entry of a service in `PROGRAM`: `&Table { service: "splunk", metrics: SPLUNK_METRICS }`.
pub(super) fn entry(service: &ServiceConfig) -> TokenStream {
    let (text, name) = (&service.name, name(service));
    quote! { &::collectington::Table { service: #text, metrics: #name } }
}

/// Returns the name of a service's table. Its suffix distinguishes the name from every other static of the file.
fn name(service: &ServiceConfig) -> proc_macro2::Ident {
    format_ident!("{}_METRICS", service.name.to_uppercase())
}

fn class(service: &ServiceConfig) -> TokenStream {
    let (module, class) = (ident(&service.module.value), ident(&service.class.value));
    quote! { #module::#class }
}

fn row(service: &ServiceConfig, metric: &MetricConfig, scan: &Scan) -> TokenStream {
    let family = family(metric, help(service, metric, scan));
    let read = read(service, metric);
    quote! { ::collectington::Metric { family: #family, read: #read } }
}

fn family(metric: &MetricConfig, help: &str) -> TokenStream {
    let MetricConfig { name, labels, .. } = metric;
    let buckets = metric.bounds();
    let kind = match metric.kind {
        Kind::Counter => format_ident!("Counter"),
        Kind::Gauge => format_ident!("Gauge"),
        Kind::Summary => format_ident!("Summary"),
        Kind::Histogram => format_ident!("Histogram"),
        Kind::StateSet => format_ident!("StateSet"),
        Kind::Info => format_ident!("Info"),
    };
    let unit = metric.unit.as_deref().unwrap_or_default();
    quote! {
        ::collectington::Family {
            name: #name,
            kind: ::collectington::Kind::#kind,
            help: #help,
            unit: #unit,
            labels: &[#(#labels),*],
            buckets: &[#(#buckets),*],
        }
    }
}

/// Returns the HELP text of the config, otherwise the doc comment of the method, otherwise the name.
fn help<'a>(service: &ServiceConfig, metric: &'a MetricConfig, scan: &'a Scan) -> &'a str {
    let documented = || scan.method(&service.class.value, &metric.name)?.help.as_deref();
    metric.help.as_deref().or_else(documented).unwrap_or(&metric.name)
}

fn read(service: &ServiceConfig, metric: &MetricConfig) -> TokenStream {
    let method = ident(&metric.name);
    let take = match (metric.kind, metric.labels.is_empty()) {
        (Kind::Counter, true) => quote! { counter },
        (Kind::Gauge, true) => quote! { gauge },
        (Kind::Summary, true) => quote! { summary },
        (Kind::Histogram, true) => quote! { histogram },
        (Kind::StateSet, true) => quote! { state_set },
        (kind, _) => {
            let labels = label_structs::path(service, metric);
            let take = match kind {
                Kind::Counter => format_ident!("counters"),
                Kind::Gauge => format_ident!("gauges"),
                Kind::Summary => format_ident!("summaries"),
                Kind::Histogram => format_ident!("histograms"),
                Kind::StateSet => format_ident!("state_sets"),
                Kind::Info => format_ident!("info"),
            };
            quote! { #take::<#labels, _> }
        }
    };
    if metric.labels.is_empty() {
        return quote! { |data, out| out.#take(data.#method()) };
    }
    // The closure is longer than a line, so it has a block with a statement, which `;` terminates.
    quote! { |data, out| { out.#take(data.#method()); } }
}
