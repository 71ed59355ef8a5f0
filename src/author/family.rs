//! A metric family as configured: what an exposition says of it besides its values.

use crate::config::Kind;

/// A metric's name and what the exposition says of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Family {
    /// As in config.json, without the suffixes of the kind.
    pub name: &'static str,
    /// What it counts or measures.
    pub kind: Kind,
    /// The HELP text.
    pub help: &'static str,
    /// The unit, such as `seconds`; empty where none is configured.
    pub unit: &'static str,
    /// The label names in the order of config.json.
    pub labels: &'static [&'static str],
    /// Upper bounds of a histogram, ascending and without `+Inf`; empty for the other kinds.
    pub buckets: &'static [f64],
}
