//! The events of a metric's series that are logged and counted.

/// The events of one metric in one poll.
#[derive(Debug, Default, PartialEq)]
pub struct SeriesEvents {
    /// The number of series that were removed to make room, and the label text of the first.
    pub evicted: (u64, Option<Box<str>>),
    /// The number of counter resets, and the first of them.
    pub resets: (u64, Option<Fall>),
    /// The number of IDs of `Once` that were forgotten because there is no room for them.
    pub forgotten: u64,
    /// The number of IDs that the reading listed, if it exceeds the limit.
    pub surplus: Option<usize>,
}

/// A fall of a running total that was exposed as a counter reset.
#[derive(Debug, PartialEq)]
pub struct Fall {
    /// The label text of the series.
    pub labels: Box<str>,
    /// The value before the fall.
    pub from: f64,
    /// The value after the fall.
    pub to: f64,
}

impl SeriesEvents {
    /// Returns true if nothing happened.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn evict(&mut self, labels: &str) {
        self.evicted.0 += 1;
        self.evicted.1.get_or_insert_with(|| labels.into());
    }

    pub(super) fn reset(&mut self, labels: &str, from: f64, to: f64) {
        self.resets.0 += 1;
        self.resets.1.get_or_insert_with(|| Fall { labels: labels.into(), from, to });
    }
}
