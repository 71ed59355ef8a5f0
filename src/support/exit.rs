//! The reasons to exit, and the exit code of each.

use super::diagnostic::Diagnostic;
use super::terminal;
use crate::config::Mistakes;

/// The reason to exit with an error. The exit code reports it to scripts.
#[derive(Debug)]
pub(crate) enum Exit {
    /// The command line or the config is invalid: exit code 2.
    Usage(Vec<Diagnostic>),
    /// The operation failed: exit code 1.
    Failed(Vec<Diagnostic>),
    /// A bug in cton was detected: exit code 70 (`EX_SOFTWARE` of sysexits.h).
    Defect(Vec<Diagnostic>),
}

impl Exit {
    /// Returns the exit for one error of the command line or the config.
    pub(crate) fn usage(error: impl Into<Diagnostic>) -> Self {
        Self::Usage(vec![error.into()])
    }

    /// Returns the exit for one failure of the operation.
    pub(crate) fn failed(error: impl Into<Diagnostic>) -> Self {
        Self::Failed(vec![error.into()])
    }

    /// Returns the exit for a bug in cton.
    pub(crate) fn defect(error: impl Into<Diagnostic>) -> Self {
        Self::Defect(vec![error.into()])
    }

    /// Returns the exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Defect(_) => 70,
        }
    }

    /// Returns the errors.
    pub(crate) fn diagnostics(&self) -> &[Diagnostic] {
        let (Self::Usage(errors) | Self::Failed(errors) | Self::Defect(errors)) = self;
        errors
    }

    /// Renders the errors for standard error, with colours if it is a terminal that takes them.
    pub(crate) fn rendered(&self) -> String {
        let coloured = terminal::takes_colours(&std::io::stderr());
        self.diagnostics().iter().map(|error| error.rendered(coloured)).collect()
    }
}

impl From<Mistakes> for Exit {
    fn from(mistakes: Mistakes) -> Self {
        Self::Usage(Vec::from(&mistakes))
    }
}

/// The exit codes, each with its meaning.
pub(crate) const EXIT_CODES: [(u8, &str); 4] = [
    (0, "success, or stopped by SIGTERM or SIGINT"),
    (1, "failure, such as a failed poll of `cton once` or a port in use"),
    (2, "invalid command line or config"),
    (70, "bug in cton"),
];
