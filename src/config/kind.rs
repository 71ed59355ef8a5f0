//! The kinds of metrics.

/// The four kinds of metric, as Prometheus defines them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A value that only increases.
    Counter,
    /// A value that increases and decreases.
    Gauge,
    /// The sum and count of observations.
    Summary,
    /// Observations counted in buckets by size.
    Histogram,
}

impl Kind {
    /// The four kinds, in the order of declaration.
    pub const ALL: [Self; 4] = [Self::Counter, Self::Gauge, Self::Summary, Self::Histogram];

    /// Returns the name of the kind in config.json and in the exposition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
            Self::Histogram => "histogram",
        }
    }

    /// Returns the name that a metric's series begin with, which is the name of a counter without `_total`.
    pub(crate) fn base(self, name: &str) -> &str {
        if self == Self::Counter { name.strip_suffix("_total").unwrap_or(name) } else { name }
    }

    /// Returns the kind with that name, if it exists.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
