//! The return types of metric methods, and their conversion to items.
//!
//! The parameter `How` of the traits distinguishes their implementations; it is always inferred.

use std::fmt::{self, Write as _};

use super::qualified_total::QualifiedTotal;
use super::{Faults, Increase, Labels, Number, Once, ReadItem, ReadResult, Reading, Total, Unchanged};
use crate::support::error::{Error, ErrorKind};
use crate::support::memory_limit::here::{take_here, take_id_here};
use crate::support::memory_limit::of_text;

/// The longest ID of [`Once`] in bytes; IDs are kept in memory.
pub(super) const MAX_ID_BYTES: usize = 256;

/// The size of an ID's place in the table of the reading's IDs in bytes, while the table grows.
const ID_BYTES: usize = 48;

/// The items of one series, while the return value of a method is converted.
#[derive(Debug, Default)]
pub struct ReadItems {
    report: ReadResult<Vec<ReadItem>>,
    rejected: Faults,
}

impl ReadItems {
    /// Returns the valid and the invalid items. A series with only invalid items is absent, not empty.
    pub(super) fn into_parts(self) -> (ReadResult<Vec<ReadItem>>, Faults) {
        let Self { report, rejected } = self;
        match report {
            ReadResult::Value(points) if points.is_empty() && rejected.count > 0 => {
                (ReadResult::Absent, rejected)
            }
            report => (report, rejected),
        }
    }

    fn push(&mut self, point: ReadItem) {
        // The first allocation of a `Vec` has four places.
        let places =
            if matches!(&self.report, ReadResult::Value(points) if points.is_empty()) { 4 } else { 1 };
        let bytes = size_of::<ReadItem>() * places;
        let taken = match point.id() {
            Some(id) => take_id_here(bytes + ID_BYTES + of_text(id.len())),
            None => take_here(bytes),
        };
        let ReadResult::Value(points) = &mut self.report else { return };
        match taken {
            Ok(()) => points.push(point),
            Err(error) => self.report = ReadResult::Failed(error),
        }
    }

    fn once(&mut self, id: impl fmt::Display, point: impl FnOnce(Box<str>) -> ReadItem) {
        let Id { text: id, len } = Id::of(id);
        if len == 0 || len > MAX_ID_BYTES {
            let found = if len == 0 { "an empty ID".to_owned() } else { format!("an ID of {len} bytes") };
            let error = Error::new(ErrorKind::Service, format!("`Once` has {found}"));
            let help = format!("use a unique ID of 1 to {MAX_ID_BYTES} bytes");
            return self.rejected.add(1, error.with_help(help));
        }
        self.push(point(id.into()));
    }
}

/// The text of an ID, which is truncated if the ID is too long.
#[derive(Default)]
struct Id {
    text: String,
    /// The length of the whole ID in bytes.
    len: usize,
}

impl Id {
    fn of(id: impl fmt::Display) -> Self {
        let mut written = Self::default();
        // An ID whose `Display` returns an error has the text that was written before.
        let _ = write!(written, "{id}");
        written
    }
}

impl fmt::Write for Id {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.len = self.len.saturating_add(part.len());
        if self.len <= MAX_ID_BYTES {
            self.text.push_str(part);
        }
        Ok(())
    }
}

/// Markers for the shapes of return values, so that one trait covers numbers, iterators, `Option` and `Result`.
///
/// They are always inferred.
pub(super) mod how {
    /// A single number, or a single observation.
    pub struct One;
    /// An iterator of numbers or [`Once`](crate::Once) items.
    pub struct Many;
    /// A `Vec` of numbers or [`Once`](crate::Once) items.
    pub struct Listed;
    /// An `Option` of another shape.
    pub struct Maybe<How>(std::marker::PhantomData<How>);
    /// A `Result` of another shape.
    pub struct Tried<How>(std::marker::PhantomData<How>);
    /// The value [`Unchanged`](crate::Unchanged) without a `Result`.
    pub struct Same;
    /// A `Result` whose error is [`Unchanged`](crate::Unchanged).
    pub struct OrSame<How>(std::marker::PhantomData<How>);
}
use how::{Listed, Many, Maybe, One, OrSame, Same, Tried};

/// A return type for the method of a counter.
#[diagnostic::on_unimplemented(
    message = "a counter cannot be read from `{Self}`",
    label = "this counter's method returns `{Self}`",
    note = "return `Total(n)` if the API keeps the running total, or `Increase(n)` if `n` counts only what is new",
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
    note = "return a number, a `bool`, or a duration (exported in seconds); `Option` and `Result` of these are fine too"
)]
pub trait GaugeReading<How> {
    /// True if the return value lists every label set that exists. Other series are then removed.
    const COMPLETE: bool = true;

    /// Converts the return value to items.
    fn points(self, into: &mut ReadItems);
}

/// A return type for the method of a summary or histogram.
#[diagnostic::on_unimplemented(
    message = "a summary or histogram cannot observe `{Self}`",
    label = "this method returns `{Self}`",
    note = "return a number, or an iterator or `Vec` of numbers; a duration counts in seconds",
    note = "`Once(id, number)` items are observed once ever; `Option` and `Result` of these are fine too"
)]
pub trait Observations<How> {
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

impl<O: Observation> Observations<One> for O {
    fn points(self, into: &mut ReadItems) {
        self.point(into);
    }
}

impl<I: Iterator<Item: Observation>> Observations<Many> for I {
    fn points(self, into: &mut ReadItems) {
        self.for_each(|item| item.point(into));
    }
}

impl<O: Observation> Observations<Listed> for Vec<O> {
    fn points(self, into: &mut ReadItems) {
        self.into_iter().for_each(|item| item.point(into));
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
maybe_and_tried!(CounterReading, GaugeReading, Observations);

/// Defines the labelled form of each trait: an iterator or a `Vec` of `(labels, value)`, an `Option` or `Result` of one,
/// or `Unchanged`.
macro_rules! labelled {
    ($($(#[$doc:meta])* $name:ident of $kind:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub trait $name<L, How> {
    /// Converts the return value to items.
            fn series(self, into: &mut Reading);
        }

        impl<L: Labels, How, R: $kind<How>, I: Iterator<Item = (L, R)>> $name<L, (Many, How)> for I {
            fn series(self, into: &mut Reading) {
                into.complete |= R::COMPLETE;
                for (labels, value) in self {
                    into.labelled(&labels, |points| value.points(points));
                }
            }
        }

        impl<L: Labels, How, R: $kind<How>> $name<L, (Listed, How)> for Vec<(L, R)> {
            fn series(self, into: &mut Reading) {
                self.into_iter().series(into);
            }
        }

        impl<L, How, A: $name<L, How>> $name<L, Maybe<How>> for Option<A> {
            fn series(self, into: &mut Reading) {
                match self {
                    Some(value) => value.series(into),
                    None => into.report = ReadResult::Absent,
                }
            }
        }

        impl<L> $name<L, Same> for Unchanged {
            fn series(self, into: &mut Reading) {
                into.report = ReadResult::Unchanged;
            }
        }

        impl<L, How, A: $name<L, How>> $name<L, OrSame<How>> for std::result::Result<A, Unchanged> {
            fn series(self, into: &mut Reading) {
                match self {
                    Ok(value) => value.series(into),
                    Err(Unchanged) => into.report = ReadResult::Unchanged,
                }
            }
        }

        impl<L, How, A: $name<L, How>, E: Into<Error>> $name<L, Tried<How>> for std::result::Result<A, E> {
            fn series(self, into: &mut Reading) {
                match self {
                    Ok(value) => value.series(into),
                    Err(error) => into.report = ReadResult::Failed(error.into()),
                }
            }
        }
    )+};
}

labelled! {
    /// A return type for the method of a counter with labels.
    #[diagnostic::on_unimplemented(
        message = "a counter with labels cannot be read from `{Self}`",
        label = "this counter's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, Total(n))` or `({L}, Increase(n))`: one item for each label set"
    )]
    LabelledCounter of CounterReading,
    /// A return type for the method of a gauge with labels.
    #[diagnostic::on_unimplemented(
        message = "a gauge with labels cannot be read from `{Self}`",
        label = "this gauge's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, number)`: one item for each label set"
    )]
    LabelledGauge of GaugeReading,
    /// A return type for the method of a summary or histogram with labels.
    #[diagnostic::on_unimplemented(
        message = "a summary or histogram with labels cannot be read from `{Self}`",
        label = "this method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, numbers)`: one item for each label set"
    )]
    LabelledObservations of Observations,
}
