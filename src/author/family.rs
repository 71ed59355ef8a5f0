//! A metric family as compiled in, without its values.

use crate::config::Kind;

/// A metric's name and its metadata in the exposition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Family {
    /// The name in config.json, without the suffixes of the kind.
    pub name: &'static str,
    /// The kind of the metric, such as a counter.
    pub kind: Kind,
    /// The HELP text.
    pub help: &'static str,
    /// The unit, such as `seconds`; empty if none is configured.
    pub unit: &'static str,
    /// The label names in the order of config.json.
    pub labels: &'static [&'static str],
    /// The upper bounds of a histogram's buckets, ascending and without `+Inf`; empty for other kinds.
    pub buckets: &'static [f64],
}
