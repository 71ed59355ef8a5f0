//! The kinds of metrics.

/// The kinds of metrics: the four of Prometheus, and state sets and info metrics, which OpenMetrics 1.0 adds.
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
    /// The states of a thing, each 0 or 1.
    StateSet,
    /// Text as labels, with the value 1.
    Info,
}

/// The suffix of the sample of an info metric (OpenMetrics 1.0, "Info").
const INFO: &str = "_info";

impl Kind {
    /// All kinds, in the order of declaration.
    pub const ALL: [Self; 6] =
        [Self::Counter, Self::Gauge, Self::Summary, Self::Histogram, Self::StateSet, Self::Info];

    /// Returns the name of the kind in config.json and in the exposition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
            Self::Histogram => "histogram",
            Self::StateSet => "stateset",
            Self::Info => "info",
        }
    }

    /// Returns true if the series show the current state, as those of a gauge do: the kind is a gauge, a state set or an
    /// info metric.
    ///
    /// Such a series is removed if the API no longer reports it or if it is stale, and is not part of the saved state.
    #[cfg(feature = "run")]
    pub(crate) fn is_current(self) -> bool {
        matches!(self, Self::Gauge | Self::StateSet | Self::Info)
    }

    /// Returns the name that a metric's series begin with: the name of a counter without `_total`, and that of an info
    /// metric without `_info`.
    pub(crate) fn base(self, name: &str) -> &str {
        let suffix = match self {
            Self::Counter => "_total",
            Self::Info => INFO,
            _ => return name,
        };
        name.strip_suffix(suffix).unwrap_or(name)
    }

    /// Returns the valid form of a metric name that lacks the suffix of its kind; `None` for a valid name.
    ///
    /// OpenMetrics 1.0 ("Info") adds `_info` to the name of the family, which must not be empty.
    pub(crate) fn suffixed(self, name: &str) -> Option<String> {
        let is_valid = self != Self::Info || self.base(name) != name && name != INFO;
        (!is_valid).then(|| format!("{}{INFO}", if name == INFO { "service" } else { name }))
    }

    /// Returns the kind with that name, if it exists.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}
