//! Stands in for the sample part's until that is here.

/// The exposition formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 0.0.4
    Text,
    /// 1.0.0
    OpenMetrics,
}
