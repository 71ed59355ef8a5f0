//! What a person starts from: a service in a package, or a package.
//!
//! ```text
//! sample --> Seen --> Model --> code, entry, recording --> Draft --> files, all of them or none
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
