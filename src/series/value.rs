//! The value of a series and its changes.

use super::distribution_check;
use super::encode::SampleValue;
use super::label_text::{of, refused};
use super::state_faults;
use crate::author::reading::ReadItem;
use crate::author::reading::distribution::Distribution;
use crate::author::reading::qualified_total::QualifiedTotal;
use crate::config::Kind;
use crate::support::error::Result;

/// The value of one series.
#[derive(Debug)]
pub(super) enum SeriesValue {
    Gauge(f64),
    Counter(Sum),
    /// The observations of a summary or histogram: the count of each bucket (a summary has one bucket), and their sum.
    Observed(Box<[u64]>, Sum),
    /// The histogram or summary that the API computes.
    Computed(Box<Distribution>),
    /// The states of a state set in alphabetical order, each with true if it is active.
    States(Box<[(Box<str>, bool)]>),
}

/// A compensated sum (Neumaier 1974): the rounding errors of the additions are added up separately.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    sum: f64,
    lost: f64,
}

/// The largest number that can be added; the sum of 2^53 such numbers is finite.
pub(super) const LARGEST: f64 = 1e290;

/// The largest valid count of a bucket; no series reaches it.
const MOST: u64 = 1 << 53;

impl SeriesValue {
    pub(super) fn new(kind: Kind, buckets: &[f64]) -> Self {
        match kind {
            Kind::Gauge | Kind::Info => Self::Gauge(f64::NAN),
            Kind::StateSet => Self::States(Box::default()),
            Kind::Counter => Self::Counter(Sum::default()),
            Kind::Summary | Kind::Histogram => {
                Self::Observed(vec![0; buckets.len() + 1].into(), Sum::default())
            }
        }
    }

    /// Applies a [checked](check) item that is not a running total. Returns true if the value changes.
    pub(super) fn take(&mut self, point: &ReadItem, buckets: &[f64]) -> bool {
        match (self, point) {
            (Self::Gauge(value), ReadItem::Set(n)) => {
                *value = *n;
                true
            }
            (Self::States(states), ReadItem::States(read)) => {
                *states = read.known().into();
                true
            }
            (Self::Counter(value), ReadItem::Increase(n) | ReadItem::IncreaseOnce(_, n)) => {
                value.add(*n);
                *n != 0.0
            }
            (Self::Observed(counts, sum), ReadItem::Observe(n) | ReadItem::ObserveOnce(_, n)) => {
                if let Some(count) = counts.get_mut(buckets.partition_point(|bound| bound < n)) {
                    *count += 1;
                }
                sum.add(*n);
                true
            }
            _ => false, // refused by `check`
        }
    }

    /// Applies the running total of a counter; if it falls by less than `noise`, the value stays. Returns two flags:
    /// the value has changed, and the change is a counter reset.
    pub(super) fn take_total(&mut self, n: f64, noise: f64) -> (bool, bool) {
        let Self::Counter(value) = self else { return (false, false) };
        let before = value.total();
        let fall = before - n;
        let resets = fall > 0.0;
        if resets && fall < noise {
            return (false, false);
        }
        *value = Sum { sum: n, lost: 0.0 };
        (n != before, resets)
    }

    /// Replaces the value by a computed histogram or summary. Returns two flags: the value has changed, and the count of all
    /// observations has fallen, which is a counter reset.
    pub(super) fn take_distribution(&mut self, distribution: &Distribution) -> (bool, bool) {
        let resets = distribution.count < self.figure();
        let changes = !matches!(self, Self::Computed(known) if **known == *distribution);
        if changes {
            *self = Self::Computed(Box::new(distribution.clone()));
        }
        (changes, resets)
    }

    /// Returns the histogram or summary that the API computes; `None` for other values.
    pub(super) fn computed(&self) -> Option<&Distribution> {
        if let Self::Computed(distribution) = self { Some(distribution) } else { None }
    }

    /// Returns the state that a restart needs: the counts, and both parts of the sum. `None` for a gauge or a state
    /// set, which would be stale.
    pub(super) fn parts(&self) -> Option<(&[u64], [f64; 2])> {
        match self {
            Self::Gauge(_) | Self::States(_) => None,
            Self::Computed(_) => Some((&[], [0.0; 2])),
            Self::Counter(Sum { sum, lost }) => Some((&[], [*sum, *lost])),
            Self::Observed(counts, Sum { sum, lost }) => Some((counts, [*sum, *lost])),
        }
    }

    /// Returns the value of a computed histogram or summary; `None` if it is invalid.
    pub(super) fn from_distribution(kind: Kind, distribution: &Distribution) -> Option<Self> {
        let is_kind = matches!(kind, Kind::Summary | Kind::Histogram);
        let is_valid = is_kind && distribution_check::check(kind, distribution, "").is_ok();
        is_valid.then(|| Self::Computed(Box::new(distribution.clone())))
    }

    /// Returns the value with these parts; `None` if no metric of this kind can have them.
    pub(super) fn from_parts(
        kind: Kind,
        buckets: &[f64],
        counts: &[u64],
        [sum, lost]: [f64; 2],
    ) -> Option<Self> {
        let total = Sum { sum, lost };
        let is_sum = sum.is_finite() && lost.is_finite();
        match kind {
            Kind::Counter if is_sum && counts.is_empty() && total.total() >= 0.0 => {
                Some(Self::Counter(total))
            }
            Kind::Summary | Kind::Histogram
                if is_sum && counts.len() == buckets.len() + 1 && counts.iter().all(|n| *n <= MOST) =>
            {
                Some(Self::Observed(counts.into(), total))
            }
            _ => None,
        }
    }

    /// Returns the value of a gauge or counter, the number of observations, or the number of active states.
    pub(super) fn figure(&self) -> f64 {
        match self {
            Self::Gauge(value) => *value,
            Self::Counter(value) => value.total(),
            Self::Observed(counts, _) => counts.iter().sum::<u64>() as f64,
            Self::Computed(distribution) => distribution.count,
            Self::States(states) => states.iter().filter(|(_, is_active)| *is_active).count() as f64,
        }
    }

    pub(super) fn shown(&self) -> SampleValue<'_> {
        match self {
            Self::Gauge(value) => SampleValue::Number(*value),
            Self::Counter(value) => SampleValue::Number(value.total()),
            Self::Observed(counts, sum) => SampleValue::Observed { counts, sum: sum.total() },
            Self::Computed(distribution) => SampleValue::Computed(distribution),
            Self::States(states) => SampleValue::States(states),
        }
    }
}

impl Sum {
    fn add(&mut self, n: f64) {
        let sum = self.sum + n;
        self.lost += if self.sum.abs() >= n.abs() { (self.sum - sum) + n } else { (n - sum) + self.sum };
        self.sum = sum;
    }

    fn total(self) -> f64 {
        self.sum + self.lost
    }
}

/// Checks that a metric of this kind can take the item.
///
/// # Errors
/// The kind does not take such an item, or its number is out of range. The error has the number and the label text.
pub(super) fn check(kind: Kind, point: &ReadItem, labels: &str) -> Result<()> {
    let invalid = |n: &f64, least: f64| {
        let problem = refused(format!("invalid value {n:?}{}", of(labels)));
        Err(problem.with_help(format!("return a finite number from {least:?} to {LARGEST:?}")))
    };
    match (kind, point) {
        (Kind::Gauge | Kind::Info, ReadItem::Set(_)) => Ok(()),
        (Kind::Histogram, ReadItem::Buckets(distribution))
        | (Kind::Summary, ReadItem::Quantiles(distribution)) => {
            distribution_check::check(kind, distribution, labels)
        }
        (Kind::StateSet, ReadItem::States(states)) => state_faults::check(states, labels),
        (Kind::Counter, ReadItem::QualifiedTotal(QualifiedTotal { total: n, .. }))
        | (Kind::Counter, ReadItem::Total(n) | ReadItem::Increase(n) | ReadItem::IncreaseOnce(_, n)) => {
            if (0.0..=LARGEST).contains(n) {
                Ok(())
            } else {
                invalid(n, 0.0)
            }
        }
        (Kind::Summary | Kind::Histogram, ReadItem::Observe(n) | ReadItem::ObserveOnce(_, n)) => {
            if (-LARGEST..=LARGEST).contains(n) { Ok(()) } else { invalid(n, -LARGEST) }
        }
        _ => Err(refused(format!("a {} cannot record {point:?}", kind.as_str()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parts_that_a_value_can_have_make_one() {
        let observed =
            |counts: &[u64], parts| SeriesValue::from_parts(Kind::Histogram, &[1.0], counts, parts);
        let counter = |counts: &[u64], parts| SeriesValue::from_parts(Kind::Counter, &[], counts, parts);
        assert!(observed(&[1, 2], [3.0, 0.0]).is_some() && counter(&[], [3.0, 0.0]).is_some());
        for parts in [[f64::NAN, 0.0], [0.0, f64::NAN], [f64::INFINITY, 0.0], [0.0, f64::NEG_INFINITY]] {
            assert!(observed(&[1, 2], parts).is_none() && counter(&[], parts).is_none(), "{parts:?}");
        }
        assert!(observed(&[1], [3.0, 0.0]).is_none() && observed(&[1, MOST + 1], [3.0, 0.0]).is_none());
        assert!(counter(&[1], [3.0, 0.0]).is_none() && counter(&[], [-1.0, 0.0]).is_none());
        assert!(SeriesValue::from_parts(Kind::Gauge, &[], &[], [3.0, 0.0]).is_none());
    }
}
