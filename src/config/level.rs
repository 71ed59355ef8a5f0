//! The log levels.

/// A log level, with the meaning of the same word in Python's logging.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The lowest level, at which everything is logged.
    Notset,
    /// Details such as each request.
    Debug,
    /// Normal changes, such as a reloaded file.
    #[default]
    Info,
    /// Problems that stop nothing.
    Warning,
    /// Failures of an operation.
    Error,
    /// Failures that stop the process.
    Critical,
}

impl Level {
    /// The six levels, the most verbose first.
    pub const ALL: [Self; 6] =
        [Self::Notset, Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// Returns the name of the level in config.json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notset => "NOTSET",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}
