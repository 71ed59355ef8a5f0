//! The return types of metric methods, and their conversion to items.
//!
//! The parameter `How` of the traits distinguishes their implementations; it is always inferred.

use std::fmt;

use chrono::{DateTime, TimeZone};

use super::qualified_total::QualifiedTotal;
use super::read_items::ReadItems;
use super::states::States;
use super::timestamp::Timestamp;
use super::{Increase, Number, Once, ReadItem, ReadResult, Total, Unchanged};
use crate::support::error::Error;

/// Markers for the shapes of return values, so that one trait covers numbers, iterators, `Option` and `Result`.
///
/// They are always inferred.
pub(super) mod how {
    /// A single number, or a single observation.
    pub struct One;
    /// A single [`Once`](crate::Once) item.
    pub struct Single;
    /// An iterator of numbers or [`Once`](crate::Once) items.
    pub struct Many;
    /// A `Vec` of numbers or [`Once`](crate::Once) items.
    pub struct Listed;
    /// An `Option` of another shape.
    pub struct Maybe<How>(std::marker::PhantomData<How>);
    /// A `Result` of another shape.
    pub struct Tried<How>(std::marker::PhantomData<How>);
    /// A [`Lenient`](crate::Lenient) value of another shape.
    pub struct Lenience<How>(std::marker::PhantomData<How>);
    /// The value [`Unchanged`](crate::Unchanged) without a `Result`.
    pub struct Same;
    /// A `Result` whose error is [`Unchanged`](crate::Unchanged).
    pub struct OrSame<How>(std::marker::PhantomData<How>);
}
use how::{Many, Maybe, One, OrSame, Same, Single, Tried};

/// A return type for the method of a counter.
#[diagnostic::on_unimplemented(
    message = "a counter cannot be read from `{Self}`",
    label = "this counter's method returns `{Self}`",
    note = "return `Total(n)` if the API keeps the running total, or `Increase(n)` if `n` counts only what is new",
    note = "a number that can fall belongs to a `gauge`",
    note = "`Increase(items.map(|item| Once(item.id, 1)))` counts each id once ever; `Option` and `Result` of these are fine too"
)]
pub trait CounterReading<How> {
    /// True if the return value lists every label set that exists. Other series are then removed.
    const COMPLETE: bool = false;

    /// Converts the return value to items.
    fn points(self, into: &mut ReadItems);
}

/// A return type for the method of a gauge.
#[diagnostic::on_unimplemented(
    message = "a gauge cannot be read from `{Self}`",
    label = "this gauge's method returns `{Self}`",
    note = "return a number, a `bool`, a duration (exported in seconds), or a time (exported as a Unix timestamp)",
    note = "`Total` and `Increase` belong to a `counter`, `States` to a `stateset`, `Buckets` to a `histogram`, and `Quantiles` to a `summary`",
    note = "`Option` and `Result` of these are fine too"
)]
pub trait GaugeReading<How> {
    /// True if the return value lists every label set that exists. Other series are then removed.
    const COMPLETE: bool = true;

    /// Converts the return value to items.
    fn points(self, into: &mut ReadItems);
}

/// A return type for the method of a state set.
#[diagnostic::on_unimplemented(
    message = "a state set cannot be read from `{Self}`",
    label = "this state set's method returns `{Self}`",
    note = "return `States::of(current, &[all])`, or `States::any_of(active, &[all])` if several states can be active",
    note = "a number or a `bool` belongs to a `gauge`, and text to the labels of an `info` metric",
    note = "`Option` and `Result` of these are fine too"
)]
pub trait StateSetReading<How> {
    /// True if the return value lists every label set that exists. Other series are then removed.
    const COMPLETE: bool = true;

    /// Converts the return value to items.
    fn points(self, into: &mut ReadItems);
}

impl<N: Number> CounterReading<One> for Total<N> {
    const COMPLETE: bool = true;

    fn points(self, into: &mut ReadItems) {
        into.push(ReadItem::Total(self.0.to_f64()));
    }
}

impl<N: Number> CounterReading<One> for QualifiedTotal<N> {
    const COMPLETE: bool = true;

    fn points(self, into: &mut ReadItems) {
        into.push(ReadItem::QualifiedTotal(self.into_f64()));
    }
}

impl<N: Number> CounterReading<One> for Increase<N> {
    fn points(self, into: &mut ReadItems) {
        into.push(ReadItem::Increase(self.0.to_f64()));
    }
}

impl<Id: fmt::Display, N: Number, I: IntoIterator<Item = Once<Id, N>>> CounterReading<Many> for Increase<I> {
    fn points(self, into: &mut ReadItems) {
        for Once(id, n) in self.0 {
            into.once(id, |id| ReadItem::IncreaseOnce(id, n.to_f64()));
        }
    }
}

impl<N: Number> GaugeReading<One> for N {
    fn points(self, into: &mut ReadItems) {
        into.push(ReadItem::Set(self.to_f64()));
    }
}

impl GaugeReading<One> for bool {
    fn points(self, into: &mut ReadItems) {
        into.push(ReadItem::Set(f64::from(self)));
    }
}

impl StateSetReading<One> for States {
    fn points(self, into: &mut ReadItems) {
        into.push(ReadItem::States(Box::new(self)));
    }
}

impl GaugeReading<One> for Timestamp {
    fn points(self, into: &mut ReadItems) {
        match self.seconds() {
            Some(seconds) => into.push(ReadItem::Set(seconds)),
            None => into.report = ReadResult::Absent,
        }
    }
}

impl<Tz: TimeZone> GaugeReading<One> for DateTime<Tz> {
    fn points(self, into: &mut ReadItems) {
        Timestamp::from(self).points(into);
    }
}

impl<Id: fmt::Display, N: Number> CounterReading<Single> for Increase<Once<Id, N>> {
    fn points(self, into: &mut ReadItems) {
        let Once(id, n) = self.0;
        into.once(id, |id| ReadItem::IncreaseOnce(id, n.to_f64()));
    }
}

/// Implements a trait for `Option` and `Result` of its return types, and for `Unchanged`.
macro_rules! maybe_and_tried {
    ($($kind:ident),+) => {$(
        impl<How, R: $kind<How>> $kind<Maybe<How>> for Option<R> {
            const COMPLETE: bool = R::COMPLETE;

            fn points(self, into: &mut ReadItems) {
                match self {
                    Some(value) => value.points(into),
                    None => into.report = ReadResult::Absent,
                }
            }
        }

        impl<How, R: $kind<How>> $kind<$crate::author::reading::metric_value::how::Lenience<How>> for $crate::author::lenient::Lenient<R> {
            const COMPLETE: bool = R::COMPLETE;

            fn points(self, into: &mut ReadItems) {
                $kind::points(self.get(), into);
            }
        }

        impl $kind<Same> for Unchanged {
            fn points(self, into: &mut ReadItems) {
                into.report = ReadResult::Unchanged;
            }
        }

        impl<How, R: $kind<How>> $kind<OrSame<How>> for std::result::Result<R, Unchanged> {
            const COMPLETE: bool = R::COMPLETE;

            fn points(self, into: &mut ReadItems) {
                match self {
                    Ok(value) => value.points(into),
                    Err(Unchanged) => into.report = ReadResult::Unchanged,
                }
            }
        }

        impl<How, R: $kind<How>, E: Into<Error>> $kind<Tried<How>> for std::result::Result<R, E> {
            const COMPLETE: bool = R::COMPLETE;

            fn points(self, into: &mut ReadItems) {
                match self {
                    Ok(value) => value.points(into),
                    Err(error) => into.report = ReadResult::Failed(error.into()),
                }
            }
        }
    )+};
}
pub(super) use maybe_and_tried;

maybe_and_tried!(CounterReading, GaugeReading, StateSetReading);
