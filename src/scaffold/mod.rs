//! What a person starts from: a service in a package, or a package.
//!
//! ```text
//! sample --> Seen --> Model --> code, entry, recording --> Draft --> files, all of them or none
//! ```

mod code;
mod draft;
mod entry;
mod infer;
mod made;
mod method;
mod model;
mod numbers;
mod project;
mod recording;
mod seen;
mod service;
mod source;
mod tidy;
mod words;

pub use project::NewProject;
pub use service::NewService;

#[cfg(test)]
#[cfg(feature = "build")]
mod laws;
