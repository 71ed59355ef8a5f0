//! Generators for a new service in a package, and for a new package.
//!
//! ```text
//! sample --> SampleValues --> ServiceModel --> code, entry, recording --> FileTransaction --> files
//! ```

mod config_entry;
mod file_transaction;
mod generated_service;
mod identifiers;
mod infer;
mod metric_method;
mod model;
pub(crate) mod new_project;
pub(crate) mod new_service;
mod number_kinds;
mod package_source;
mod rustfmt;
mod sample_recording;
mod sample_shape;
mod service_code;

#[cfg(test)]
#[cfg(feature = "build")]
mod properties;
