//! Generators for a new service in a package, and for a new package.
//!
//! ```text
//! request --> sample --> SampleValues --> ServiceModel --> code, entry, recording --> FileTransaction --> files
//! ```

mod candidate;
mod code_tree;
mod config_entry;
mod constant_text;
mod counter_names;
mod described_sample;
mod duplicates;
mod file_transaction;
mod generated_paging;
mod generated_service;
mod help_text;
mod identifiers;
mod infer;
mod map_keys;
mod metric_method;
mod metric_name;
mod model;
pub(crate) mod new_project;
pub(crate) mod new_service;
mod number_text;
mod number_units;
mod omissions;
pub(crate) mod openapi;
mod outer_keys;
mod package_source;
mod paging_hint;
mod redacted_sample;
mod request_text;
mod row_labels;
mod row_method;
mod rustfmt;
mod sample_fetch;
#[cfg(test)]
#[cfg(feature = "build")]
mod sample_metrics;
mod sample_recording;
pub(crate) mod sample_request;
mod sample_shape;
pub(crate) mod selection;
mod service_code;
mod service_setting;
mod state_words;
mod time_keys;
mod unbounded_labels;
mod value_rule;

#[cfg(test)]
mod accounting;
#[cfg(test)]
#[cfg(feature = "build")]
mod properties;
