//! One number of a reading.

use super::distribution::Distribution;
use super::qualified_total::QualifiedTotal;
use super::states::States;

/// One number and its effect on the value of a series.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadItem {
    /// Replaces a counter's value.
    Total(f64),
    /// Replaces a counter's value, with declarations of the service about the total.
    QualifiedTotal(QualifiedTotal<f64>),
    /// Adds to a counter's value.
    Increase(f64),
    /// Adds to a counter's value, once for the ID.
    IncreaseOnce(Box<str>, f64),
    /// Replaces a gauge's value.
    Set(f64),
    /// Replaces the states of a state set.
    States(Box<States>),
    /// Replaces the buckets of a histogram.
    Buckets(Box<Distribution>),
    /// Replaces the quantiles of a summary.
    Quantiles(Box<Distribution>),
    /// Adds an observation to a summary or histogram.
    Observe(f64),
    /// Adds an observation to a summary or histogram, once for the ID.
    ObserveOnce(Box<str>, f64),
}

impl ReadItem {
    /// Returns the ID of an item that counts once; `None` for others.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::IncreaseOnce(id, _) | Self::ObserveOnce(id, _) => Some(id),
            Self::Total(_)
            | Self::QualifiedTotal(_)
            | Self::Increase(_)
            | Self::Set(_)
            | Self::States(_)
            | Self::Buckets(_)
            | Self::Quantiles(_)
            | Self::Observe(_) => None,
        }
    }

    /// Returns the bytes of the item outside of its place in a list, except those of an ID.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::States(states) => size_of::<States>() + states.bytes(),
            Self::Buckets(distribution) | Self::Quantiles(distribution) => distribution.bytes(),
            _ => 0,
        }
    }

    /// Returns true if recording the item twice counts it twice: it adds to the value and has no ID.
    pub fn is_plain(&self) -> bool {
        matches!(self, Self::Increase(_) | Self::Observe(_))
    }

    /// Returns true if the item replaces the value, so that only one item per label set can be correct.
    pub fn replaces(&self) -> bool {
        !self.is_plain() && self.id().is_none()
    }
}
