//! The structs of label values: one for each metric with labels, a field for each label.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::config::{Config, MetricConfig, ServiceConfig};

/// The module `labels`, with a module for each service: an empty one too, so that it can be imported from whatever
/// metrics a config leaves out.
pub fn module(config: &Config) -> TokenStream {
    let services = config.services.iter().map(|service| {
        let doc = format!(" Of service `{}`.", service.name);
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
            reason = "names and use are up to the team"
        )]
        pub mod labels { #(#services)* }
    }
}

/// The type in a row: `labels::splunk::IncidentsPerTeam<'_>`.
pub fn path(service: &ServiceConfig, metric: &MetricConfig) -> TokenStream {
    let (service, name) = (ident(&service.name), ident(&struct_name(&metric.name)));
    quote! { labels::#service::#name<'_> }
}

/// `incidents_per_team` as `IncidentsPerTeam`; of any name, also of one that was reported and can be none.
pub fn struct_name(metric: &str) -> String {
    let words = metric.split('_').filter(|word| !word.is_empty());
    let name: String = words
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect();
    // No type can be called `Self`, or begin with a digit.
    let good = name != "Self" && name.starts_with(|c: char| c.is_ascii_alphabetic());
    if good { name } else { format!("Metric{name}") }
}

/// An identifier, raw where the word is Rust's. The config has been checked: it is one.
pub fn ident(word: &str) -> Ident {
    syn::parse_str::<Ident>(word).unwrap_or_else(|_| Ident::new_raw(word, Span::call_site()))
}

/// Whether the metric needs a struct.
pub fn has_labels(metric: &MetricConfig) -> bool {
    !metric.labels.is_empty()
}

/// Two services of one class (two accounts of one API) must have the same type for the same labels.
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
    let doc = format!(" The labels of the {} `{}`.", metric.kind.as_str(), metric.name);
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
