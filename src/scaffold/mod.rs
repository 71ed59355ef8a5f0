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

use argh::FromArgs;

use crate::run::Stop;
pub use project::NewProject;
pub use service::NewService;

/// What `cton` does beside running.
#[derive(FromArgs, Debug, Clone, PartialEq)]
#[cfg_attr(test, derive(argh::ArgsInfo))]
#[argh(subcommand)]
pub enum Command {
    /// `cton new`.
    Service(NewService),
    /// `cton new-project`.
    Project(NewProject),
}

impl Command {
    /// Does it; the text is for standard output.
    ///
    /// # Errors
    /// It could not be done, and nothing was written.
    pub fn carry_out(&self) -> Result<String, Stop> {
        match self {
            Self::Service(new) => new.write(),
            Self::Project(new) => new.write(),
        }
    }
}

#[cfg(test)]
#[cfg(feature = "build")]
mod laws;
