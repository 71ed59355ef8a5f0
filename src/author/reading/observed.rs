//! The return types of methods of summaries and histograms, and their conversion to items.

use std::fmt;

use super::distribution::{Buckets, Quantiles};
use super::metric_value::how::{Listed, Many, Maybe, One, OrSame, Same, Tried};
use super::metric_value::maybe_and_tried;
use super::read_items::ReadItems;
use super::{Number, Once, ReadItem, ReadResult, Unchanged};
use crate::support::error::Error;

/// A return type for the method of a summary.
#[diagnostic::on_unimplemented(
    message = "a summary cannot be read from `{Self}`",
    label = "this summary's method returns `{Self}`",
    note = "return a number, or an iterator or `Vec` of numbers; a duration counts in seconds",
    note = "`Once(id, number)` items are observed once ever; `Option` and `Result` of these are fine too",
    note = "return `Quantiles::of(quantiles, sum, count)` if the API computes the summary; `Buckets` belong to a `histogram`"
)]
pub trait SummaryReading<How> {
    /// True if the return value lists every label set that exists. Other series are then removed.
    const COMPLETE: bool = false;

    /// Converts the return value to items.
    fn points(self, into: &mut ReadItems);
}

/// A return type for the method of a histogram.
#[diagnostic::on_unimplemented(
    message = "a histogram cannot be read from `{Self}`",
    label = "this histogram's method returns `{Self}`",
    note = "return a number, or an iterator or `Vec` of numbers; a duration counts in seconds",
    note = "`Once(id, number)` items are observed once ever; `Option` and `Result` of these are fine too",
    note = "return `Buckets::of(buckets, sum, count)` if the API computes the histogram; `Quantiles` belong to a `summary`"
)]
pub trait HistogramReading<How> {
    /// True if the return value lists every label set that exists. Other series are then removed.
    const COMPLETE: bool = false;

    /// Converts the return value to items.
    fn points(self, into: &mut ReadItems);
}

/// A single observation: a number, or [`Once`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an observation",
    label = "a number or `Once(id, number)` is expected here"
)]
pub trait Observation {
    /// Converts the observation to an item.
    fn point(self, into: &mut ReadItems);
}

impl<N: Number> Observation for N {
    fn point(self, into: &mut ReadItems) {
        into.push(ReadItem::Observe(self.to_f64()));
    }
}

impl<Id: fmt::Display, N: Number> Observation for Once<Id, N> {
    fn point(self, into: &mut ReadItems) {
        let Once(id, n) = self;
        into.once(id, |id| ReadItem::ObserveOnce(id, n.to_f64()));
    }
}

/// Implements a trait for observations, and for the distribution that an API computes.
macro_rules! observed {
    ($($kind:ident or $computed:ident),+) => {$(
        impl<O: Observation> $kind<One> for O {
            fn points(self, into: &mut ReadItems) {
                self.point(into);
            }
        }

        impl<I: Iterator<Item: Observation>> $kind<Many> for I {
            fn points(self, into: &mut ReadItems) {
                self.for_each(|item| item.point(into));
            }
        }

        impl<O: Observation> $kind<Listed> for Vec<O> {
            fn points(self, into: &mut ReadItems) {
                self.into_iter().for_each(|item| item.point(into));
            }
        }

        impl $kind<One> for $computed {
            const COMPLETE: bool = true;

            fn points(self, into: &mut ReadItems) {
                into.push(ReadItem::$computed(Box::new(self.0)));
            }
        }
    )+};
}
observed!(SummaryReading or Quantiles, HistogramReading or Buckets);
maybe_and_tried!(SummaryReading, HistogramReading);
