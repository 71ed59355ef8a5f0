//! The structs of label values: one for each list of labels in a module of services/, with a field for each label.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::label_names::{neutral_name, parameter_name, struct_name};
use crate::config::{Config, MetricConfig, ServiceConfig};

/// The metrics of one module that have the same labels, and therefore one type.
struct LabelGroup<'a> {
    labels: &'a [String],
    /// The metrics in the order of config.json, each name once.
    metrics: Vec<&'a MetricConfig>,
}

/// Returns the module `labels`, with one module for each module of services/.
///
/// A module without labels has an empty module, so that a glob import compiles with every config. The name of a service
/// leads to the module of its file, unless another file has that name.
pub(super) fn module(config: &Config) -> TokenStream {
    let modules: BTreeMap<&str, &ServiceConfig> =
        config.services.iter().map(|service| (service.module.value.as_str(), service)).collect();
    let structs = modules.keys().map(|module| of_module(config, module));
    let others = config.services.iter().filter(|service| !modules.contains_key(service.name.as_str()));
    let others = others.map(|service| {
        let (name, module) = (ident(&service.name), ident(&service.module.value));
        quote! { pub use self::#module as #name; }
    });
    quote! {
        /// The label values of each metric that has labels.
        #[allow(
            dead_code, non_camel_case_types, non_snake_case, unreachable_pub, unused_imports,
            clippy::too_many_arguments,
            reason = "services use any of these names"
        )]
        pub mod labels { #(#structs)* #(#others)* }
    }
}

/// Returns the type of a row's labels, such as `labels::splunk_api::IncidentsPerTeam<'_>`.
pub(super) fn path(service: &ServiceConfig, metric: &MetricConfig) -> TokenStream {
    let (module, name) = (ident(&service.module.value), ident(&struct_name(&metric.name)));
    quote! { labels::#module::#name<'_> }
}

/// Returns an identifier, raw if the word is a Rust keyword. The checks of the config guarantee an identifier.
pub(super) fn ident(word: &str) -> Ident {
    syn::parse_str::<Ident>(word).unwrap_or_else(|_| Ident::new_raw(word, Span::call_site()))
}

/// Returns true if the metric has labels, and therefore a struct.
pub(super) fn has_labels(metric: &MetricConfig) -> bool {
    !metric.labels.is_empty()
}

fn of_module(config: &Config, module: &str) -> TokenStream {
    let groups = groups(config, module);
    let doc = format!(" The label values of the metrics in `{module}`.");
    let name = ident(module);
    let structs = groups.iter().map(|group| group.items(free_name(group, &groups).as_deref()));
    quote! { #[doc = #doc] pub mod #name { #(#structs)* } }
}

/// Returns the metrics of a module by their labels, over all entries of the config that have this module.
fn groups<'a>(config: &'a Config, module: &str) -> Vec<LabelGroup<'a>> {
    let mut groups: Vec<LabelGroup> = Vec::new();
    let services = config.services.iter().filter(|service| service.module.value == module);
    for metric in services.flat_map(|service| service.metrics.iter()).filter(|metric| has_labels(metric)) {
        match groups.iter_mut().find(|group| group.labels == metric.labels) {
            Some(group) => group.add(metric),
            None => groups.push(LabelGroup { labels: &metric.labels, metrics: vec![metric] }),
        }
    }
    groups
}

/// Returns the name of a group by its labels, such as `RepoLabels`; `None` if another item of the module has that name.
fn free_name(group: &LabelGroup, groups: &[LabelGroup]) -> Option<String> {
    let name = neutral_name(group.labels);
    let is_metric = groups.iter().any(|other| other.names().any(|taken| taken == name));
    let is_twin = groups.iter().filter(|other| neutral_name(other.labels) == name).count() > 1;
    (!is_metric && !is_twin).then_some(name)
}

impl<'a> LabelGroup<'a> {
    fn add(&mut self, metric: &'a MetricConfig) {
        let name = struct_name(&metric.name);
        if !self.names().any(|known| known == name) {
            self.metrics.push(metric);
        }
    }

    fn names(&self) -> impl Iterator<Item = String> {
        self.metrics.iter().map(|metric| struct_name(&metric.name))
    }

    /// Returns the struct of the group with its other names. A struct of one metric has the name of the metric.
    fn items(&self, neutral: Option<&str>) -> TokenStream {
        let mut names: Vec<Ident> = self.names().map(|name| ident(&name)).collect();
        let place = usize::from(names.len() == 1);
        names.splice(place..place, neutral.map(ident));
        let Some((name, others)) = names.split_first() else { return TokenStream::new() };
        let (doc, definition) = (self.doc(), self.definition(name));
        quote! {
            #[doc = #doc]
            #definition
            #(#[doc = #doc] pub type #others<'a> = #name<'a>;)*
        }
    }

    fn doc(&self) -> String {
        match self.metrics.as_slice() {
            [metric] => format!(" The label values of the {} `{}`.", metric.kind.as_str(), metric.name),
            metrics => {
                let names: Vec<_> = metrics.iter().map(|metric| format!("`{}`", metric.name)).collect();
                format!(" The label values of the metrics {}.", names.join(", "))
            }
        }
    }

    fn definition(&self, name: &Ident) -> TokenStream {
        let labels = self.labels;
        let fields: Vec<_> = labels.iter().map(|label| ident(label)).collect();
        let docs = labels.iter().map(|label| format!(" The value of the label `{label}`."));
        let constructor = self.constructor(&fields);
        quote! {
            #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
            pub struct #name<'a> {
                #(#[doc = #docs] pub #fields: ::std::borrow::Cow<'a, str>,)*
            }
            impl<'a> #name<'a> { #constructor }
            impl ::collectington::Labels for #name<'_> {
                const NAMES: &'static [&'static str] = &[#(#labels),*];
                fn values(&self, each: &mut dyn ::std::ops::FnMut(&str)) {
                    #(each(&self.#fields);)*
                }
            }
        }
    }

    fn constructor(&self, fields: &[Ident]) -> TokenStream {
        let names = self.labels.iter().map(|label| ident(&parameter_name(label, self.labels)));
        let names: Vec<_> = names.collect();
        quote! {
            /// Creates the label values from texts or whole numbers, borrowed or owned.
            pub fn new(#(#names: impl ::collectington::LabelValue<'a>),*) -> Self {
                Self { #(#fields: ::collectington::LabelValue::to_label(#names)),* }
            }
        }
    }
}
