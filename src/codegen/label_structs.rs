//! The structs of label values: one for each metric with labels, with a field for each label.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::config::{Config, MetricConfig, ServiceConfig};

/// Returns the module `labels`, with one module for each service.
///
/// A service without labels has an empty module, so that a glob import compiles with every config.
pub(super) fn module(config: &Config) -> TokenStream {
    let services = config.services.iter().map(|service| {
        let doc = format!(" The label values of service `{}`.", service.name);
        let name = ident(&service.name);
        let metrics = service.metrics.iter().filter(|metric| has_labels(metric));
        let structs = metrics.map(|metric| match first_with_the_same(config, service, metric) {
            Some(first) => shared(first, metric),
            None => label_struct(metric),
        });
        quote! { #[doc = #doc] pub mod #name { #(#structs)* } }
    });
    quote! {
        /// The label values of each metric that has labels.
        #[allow(
            dead_code, non_camel_case_types, non_snake_case, unreachable_pub,
            reason = "services use any of these names"
        )]
        pub mod labels { #(#services)* }
    }
}

/// Returns the type of a row's labels, such as `labels::splunk::IncidentsPerTeam<'_>`.
pub(super) fn path(service: &ServiceConfig, metric: &MetricConfig) -> TokenStream {
    let (service, name) = (ident(&service.name), ident(&struct_name(&metric.name)));
    quote! { labels::#service::#name<'_> }
}

/// Returns the name of a metric's label struct, such as `IncidentsPerTeam` for `incidents_per_team`.
///
/// It accepts any text, including an invalid metric name that was reported.
pub(super) fn struct_name(metric: &str) -> String {
    let words = metric.split('_').filter(|word| !word.is_empty());
    let name: String = words
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect();
    // The name of a type is not `Self` and does not start with a digit.
    let good = name != "Self" && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if good { name } else { format!("Metric{name}") }
}

/// Returns an identifier, raw if the word is a Rust keyword. The checks of the config guarantee an identifier.
pub(super) fn ident(word: &str) -> Ident {
    syn::parse_str::<Ident>(word).unwrap_or_else(|_| Ident::new_raw(word, Span::call_site()))
}

/// Returns true if the metric has labels, and therefore a struct.
pub(super) fn has_labels(metric: &MetricConfig) -> bool {
    !metric.labels.is_empty()
}

/// Returns the first earlier service of the same class whose metric of this name has the same labels.
///
/// Two services of one class (two accounts of one API) must share one type for these labels.
fn first_with_the_same<'a>(
    config: &'a Config,
    service: &ServiceConfig,
    metric: &MetricConfig,
) -> Option<&'a ServiceConfig> {
    let before = config.services.iter().take_while(|other| other.name != service.name);
    before
        .filter(|other| {
            other.module.value == service.module.value && other.class.value == service.class.value
        })
        .find(|other| {
            other.metrics.iter().any(|known| known.name == metric.name && known.labels == metric.labels)
        })
}

fn shared(first: &ServiceConfig, metric: &MetricConfig) -> TokenStream {
    let (first, name) = (ident(&first.name), ident(&struct_name(&metric.name)));
    quote! { pub use super::#first::#name; }
}

fn label_struct(metric: &MetricConfig) -> TokenStream {
    let name = ident(&struct_name(&metric.name));
    let doc = format!(" The label values of the {} `{}`.", metric.kind.as_str(), metric.name);
    let labels = &metric.labels;
    let fields: Vec<_> = labels.iter().map(|label| ident(label)).collect();
    let docs = labels.iter().map(|label| format!(" The value of the label `{label}`."));
    quote! {
        #[doc = #doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct #name<'a> {
            #(#[doc = #docs] pub #fields: ::std::borrow::Cow<'a, str>,)*
        }
        impl ::collectington::Labels for #name<'_> {
            const NAMES: &'static [&'static str] = &[#(#labels),*];
            fn values(&self, each: &mut dyn ::std::ops::FnMut(&str)) {
                #(each(&self.#fields);)*
            }
        }
    }
}
