//! The bytes that the series of a service may take, in memory and in an exposition.

use super::encode::escaped;
use crate::author::configured_family::ConfiguredFamily;
use crate::config::Kind;
use crate::support::memory_limit::of_text;

/// The bytes of a series apart from its lines: its value, its label text, and its entries in trees and tables.
const SERIES: usize = 320;

/// The bytes of a line apart from its name and labels: the longest value, the blank, the braces, one comma, and the
/// line end.
const REST_OF_LINE: usize = 32;

/// The length of the longest suffix of a name, `_created`.
const SUFFIX: usize = 8;

/// The maximum size in bytes of a series of one family.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    /// The length of the name of the family.
    name: usize,
    /// The number of lines of a series, each with its label text.
    lines: usize,
    /// The bytes that do not depend on the label text.
    fixed: usize,
}

impl Cost {
    /// Returns the cost of a family's series. `les` are the `le` labels of a histogram.
    pub(super) fn of(family: &ConfiguredFamily, les: &[String], has_created: bool) -> Self {
        let lines = match family.kind {
            Kind::Gauge | Kind::Info => 1,
            // The lines of the states count by their number.
            Kind::StateSet => 0,
            Kind::Counter => 1 + usize::from(has_created),
            // A computed histogram without configured buckets has the bucket `+Inf`, too.
            Kind::Summary | Kind::Histogram => les.len() + 2 + usize::from(has_created),
        };
        let counts = size_of::<u64>() * (family.buckets.len() + 1);
        let names =
            lines * (family.name.len() + SUFFIX + REST_OF_LINE) + les.iter().map(String::len).sum::<usize>();
        Self { name: family.name.len(), lines, fixed: SERIES + counts + names }
    }

    /// Returns the bytes of the series with this label text, without the lines that depend on its value.
    pub(super) fn of_series(self, labels: &str) -> usize {
        self.fixed + self.lines * labels.len()
    }

    /// Returns the bytes of the buckets or quantiles of a computed series with this label text.
    pub(super) fn of_points(self, labels: &str, points: usize) -> usize {
        let own = "quantile=\"-1.7976931348623157e+308\"".len() + size_of::<(f64, f64)>();
        points * (self.name + SUFFIX + REST_OF_LINE + labels.len() + own)
    }

    /// Returns the bytes of the states of a series with this label text.
    pub(super) fn of_states(self, labels: &str, states: &[(Box<str>, bool)]) -> usize {
        let line =
            2 * self.name + "=\"\"".len() + REST_OF_LINE + labels.len() + size_of::<(Box<str>, bool)>();
        // Each state is in memory and, with escapes, in a line.
        states.iter().map(|(state, _)| line + of_text(state.len()) + escaped(state).len()).sum()
    }
}

/// The limit in bytes of all series of a service.
///
/// Half of it is divided among the metrics. The other half is for metrics that need more than their share, so no metric
/// takes the room of another one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    share: usize,
    common: usize,
}

impl Room {
    /// Divides `bytes` among a number of metrics.
    pub(super) fn new(bytes: usize, metrics: usize) -> Self {
        let share = bytes / 2 / metrics.max(1);
        Self { share, common: bytes - share * metrics }
    }

    /// Returns the bytes that a metric may take while the other metrics take `others`.
    pub(super) fn beside(&self, others: impl Iterator<Item = usize>) -> usize {
        let taken: usize = others.map(|bytes| bytes.saturating_sub(self.share)).sum();
        self.share + self.common.saturating_sub(taken)
    }

    /// Returns the share of each metric.
    pub(super) fn share(&self) -> usize {
        self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_together_never_take_more_than_the_limit_and_each_can_take_its_share() {
        let room = Room::new(1000, 3);
        let mut taken = [0_usize; 3];
        for turn in 0..100 {
            let at = turn * 7 % 3;
            let others = |at: usize| taken.into_iter().enumerate().filter(move |(other, _)| *other != at);
            let allowed = room.beside(others(at).map(|(_, bytes)| bytes));
            assert!(allowed >= room.share(), "{allowed}");
            taken[at] = if turn % 5 == 0 { allowed } else { taken[at].min(allowed) / 2 };
            assert!(taken.iter().sum::<usize>() <= 1000, "{taken:?}");
        }
    }
}
