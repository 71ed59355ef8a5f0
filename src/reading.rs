//! What a metric method returns, and what it means: the types that keep anything from being counted twice.
//!
//! | kind | a method returns | what is done with it |
//! |---|---|---|
//! | counter | [`Total`] of a number | exported as it stands; a fall is a counter reset |
//! | counter | [`Increase`] of a number | added once per fresh answer |
//! | counter | [`Increase`] of an iterator of [`Once`] | each id's number is added once ever |
//! | gauge | a number, `bool`, duration (seconds) | set |
//! | summary, histogram | a number, or an iterator or `Vec` of numbers | each observed once per fresh answer |
//! | summary, histogram | an iterator or `Vec` of [`Once`] | each id observed once ever |
//! | any, with labels | an iterator or `Vec` of `(labels, one of the above)` | one series per label set |
//!
//! Each may stand in an `Option` (`None`: the API said nothing; the sample stays as it was) or in a
//! `Result` (an error is counted and logged, the other metrics go on).

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// A counter's value as the API keeps it: the running total.
///
/// It is exported as it stands. When it falls, the API has begun anew (a counter reset, which
/// Prometheus' `rate()` understands).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total<N>(pub N);

/// What a counter grows by: a number of new things, or an iterator of [`Once`] items.
///
/// A number is added once per fresh answer of the API. With [`Once`] items the number of each id is
/// added once ever, so answers may overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Increase<T>(pub T);

/// A number that belongs to an identified thing, and is looked at once ever: `Once(incident.id, minutes)`.
///
/// The id is remembered (the most recently listed ids of a metric, up to its limit), so an incident that ten
/// overlapping answers list is observed once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Once<Id, N>(pub Id, pub N);

/// The label values of one series. The build writes a struct for each metric with labels; its fields
/// are the names in `prometheus_metric_labels`.
pub trait Labels {
    /// The label names, in the order of config.json.
    const NAMES: &'static [&'static str];

    /// Hands each value to `each`, in the order of [`Self::NAMES`].
    fn values(&self, each: &mut dyn FnMut(&str));
}

/// A number that a metric can show: the integers, the floats, and durations (in seconds).
pub trait Number {
    /// The number as Prometheus keeps it.
    fn to_f64(self) -> f64;
}

/// What one metric's method said in one poll, before anything of it is recorded.
///
/// Nothing is recorded of a reading that holds an error: a metric takes all of a poll or nothing.
#[derive(Debug, Default)]
pub struct Reading {
    series: Vec<SeriesReading>,
    /// The whole answer was `None`: the series stay as they were, also those of a gauge.
    silent: bool,
    /// Set where a series cannot be told from another, or a number cannot be shown.
    error: Option<Error>,
}

/// What was said of one label set.
#[derive(Debug, Default, PartialEq)]
pub struct SeriesReading {
    /// The label values in the order of the metric's label names; empty without labels.
    pub labels: Vec<Box<str>>,
    /// What was read, in order; `None` where the API said nothing of this label set: it stays as it was.
    pub points: Option<Vec<Point>>,
}

/// One number, and what is to be done with it.
#[derive(Debug, Clone, PartialEq)]
pub enum Point {
    /// Replaces a counter's value.
    Total(f64),
    /// Is added to a counter.
    Increase(f64),
    /// Is added to a counter, once for that id.
    IncreaseOnce(Box<str>, f64),
    /// Replaces a gauge's value.
    Set(f64),
    /// Is observed by a summary or histogram.
    Observe(f64),
    /// Is observed by a summary or histogram, once for that id.
    ObserveOnce(Box<str>, f64),
}

impl Point {
    /// The id of what is to be counted once.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::IncreaseOnce(id, _) | Self::ObserveOnce(id, _) => Some(id),
            Self::Total(_) | Self::Increase(_) | Self::Set(_) | Self::Observe(_) => None,
        }
    }
}

/// An id of [`Once`] longer than this is an error of the metric: ids are kept in memory.
pub const MAX_ID_BYTES: usize = 256;

impl Reading {
    /// What was read of each label set, in the order of the method's answer; `None` where the method
    /// said nothing, so that every sample stays as it was.
    ///
    /// # Errors
    /// The first thing that was wrong with the reading.
    pub fn into_series(self) -> Result<Option<Vec<SeriesReading>>> {
        match self.error {
            Some(error) => Err(error),
            None if self.silent => Ok(None),
            None => Ok(Some(self.series)),
        }
    }

    /// Takes a counter's answer.
    pub fn counter<How>(&mut self, answer: impl CounterReading<How>) {
        self.unlabelled(|points| answer.points(points));
    }

    /// Takes a gauge's answer.
    pub fn gauge<How>(&mut self, answer: impl GaugeReading<How>) {
        self.unlabelled(|points| answer.points(points));
    }

    /// Takes the answer of a summary or histogram.
    pub fn observations<How>(&mut self, answer: impl Observations<How>) {
        self.unlabelled(|points| answer.points(points));
    }

    /// Takes the answer of a counter with labels.
    pub fn counters<L: Labels, How>(&mut self, answer: impl LabelledCounter<L, How>) {
        answer.series(self);
    }

    /// Takes the answer of a gauge with labels.
    pub fn gauges<L: Labels, How>(&mut self, answer: impl LabelledGauge<L, How>) {
        answer.series(self);
    }

    /// Takes the answer of a summary or histogram with labels.
    pub fn labelled_observations<L: Labels, How>(&mut self, answer: impl LabelledObservations<L, How>) {
        answer.series(self);
    }

    fn unlabelled(&mut self, read: impl FnOnce(&mut Points)) {
        self.one(Vec::new(), read);
    }

    fn one(&mut self, labels: Vec<Box<str>>, read: impl FnOnce(&mut Points)) {
        let mut points = Points::default();
        read(&mut points);
        match points.error {
            Some(error) => self.fail(error),
            None => {
                let points = (!points.silent).then_some(points.taken);
                self.series.push(SeriesReading { labels, points });
            }
        }
    }

    fn labelled<L: Labels>(&mut self, labels: &L, read: impl FnOnce(&mut Points)) {
        let mut values = Vec::with_capacity(L::NAMES.len());
        labels.values(&mut |value| values.push(value.into()));
        self.one(values, read);
    }

    /// The first error stands: what follows it is most often a consequence.
    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

/// The numbers of one series, while a method's answer is taken apart.
#[derive(Debug, Default)]
pub struct Points {
    taken: Vec<Point>,
    /// The method said `None`: not even an empty series comes of it.
    silent: bool,
    error: Option<Error>,
}

impl Points {
    fn push(&mut self, point: Point) {
        self.taken.push(point);
    }

    fn once(&mut self, id: impl fmt::Display, point: impl FnOnce(Box<str>) -> Point) {
        let id = id.to_string();
        if id.is_empty() || id.len() > MAX_ID_BYTES {
            let found =
                if id.is_empty() { "an empty id".to_owned() } else { format!("an id of {} bytes", id.len()) };
            return self.fail(Error::new(
                ErrorKind::Service,
                format!("`Once` got {found}; an id has 1 to {MAX_ID_BYTES} bytes and tells one thing from all others"),
            ));
        }
        self.push(point(id.into()));
    }

    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

/// Names the way an answer is taken apart, so that numbers, iterators, `Option` and `Result` can all be
/// answers of one kind. Never written by hand.
pub mod how {
    /// One number.
    pub struct One;
    /// Any number of numbers, from an iterator.
    pub struct Many;
    /// Any number of numbers, from a `Vec`.
    pub struct Listed;
    /// In an `Option`.
    pub struct Maybe<How>(std::marker::PhantomData<How>);
    /// In a `Result`.
    pub struct Tried<How>(std::marker::PhantomData<How>);
}
use how::{Listed, Many, Maybe, One, Tried};

/// What a counter's method may return.
#[diagnostic::on_unimplemented(
    message = "a counter cannot be read from `{Self}`",
    label = "this counter's method returns `{Self}`",
    note = "return `Total(n)` if the API keeps the running total, or `Increase(n)` if `n` counts only what is new",
    note = "`Increase(items.map(|item| Once(item.id, 1)))` counts each id once ever; `Option` and `Result` of these are fine too"
)]
pub trait CounterReading<How> {
    /// Takes the answer apart.
    fn points(self, into: &mut Points);
}

/// What a gauge's method may return.
#[diagnostic::on_unimplemented(
    message = "a gauge cannot be read from `{Self}`",
    label = "this gauge's method returns `{Self}`",
    note = "return a number, a `bool`, or a duration (exported in seconds); `Option` and `Result` of these are fine too"
)]
pub trait GaugeReading<How> {
    /// Takes the answer apart.
    fn points(self, into: &mut Points);
}

/// What the method of a summary or histogram may return.
#[diagnostic::on_unimplemented(
    message = "a summary or histogram cannot observe `{Self}`",
    label = "this method returns `{Self}`",
    note = "return a number, or an iterator or `Vec` of numbers; a duration counts in seconds",
    note = "`Once(id, number)` items are observed once ever; `Option` and `Result` of these are fine too"
)]
pub trait Observations<How> {
    /// Takes the answer apart.
    fn points(self, into: &mut Points);
}

/// One observation: a number, or [`Once`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an observation",
    label = "a number or `Once(id, number)` is expected here"
)]
pub trait Observation {
    /// Takes it.
    fn point(self, into: &mut Points);
}

impl<N: Number> CounterReading<One> for Total<N> {
    fn points(self, into: &mut Points) {
        into.push(Point::Total(self.0.to_f64()));
    }
}

impl<N: Number> CounterReading<One> for Increase<N> {
    fn points(self, into: &mut Points) {
        into.push(Point::Increase(self.0.to_f64()));
    }
}

impl<Id: fmt::Display, N: Number, I: IntoIterator<Item = Once<Id, N>>> CounterReading<Many> for Increase<I> {
    fn points(self, into: &mut Points) {
        for Once(id, n) in self.0 {
            into.once(id, |id| Point::IncreaseOnce(id, n.to_f64()));
        }
    }
}

impl<N: Number> GaugeReading<One> for N {
    fn points(self, into: &mut Points) {
        into.push(Point::Set(self.to_f64()));
    }
}

impl GaugeReading<One> for bool {
    fn points(self, into: &mut Points) {
        into.push(Point::Set(f64::from(self)));
    }
}

impl<N: Number> Observation for N {
    fn point(self, into: &mut Points) {
        into.push(Point::Observe(self.to_f64()));
    }
}

impl<Id: fmt::Display, N: Number> Observation for Once<Id, N> {
    fn point(self, into: &mut Points) {
        let Once(id, n) = self;
        into.once(id, |id| Point::ObserveOnce(id, n.to_f64()));
    }
}

impl<O: Observation> Observations<One> for O {
    fn points(self, into: &mut Points) {
        self.point(into);
    }
}

impl<I: Iterator<Item: Observation>> Observations<Many> for I {
    fn points(self, into: &mut Points) {
        self.for_each(|item| item.point(into));
    }
}

impl<O: Observation> Observations<Listed> for Vec<O> {
    fn points(self, into: &mut Points) {
        self.into_iter().for_each(|item| item.point(into));
    }
}

/// `Option` and `Result` of an answer are answers.
macro_rules! maybe_and_tried {
    ($($kind:ident),+) => {$(
        impl<How, R: $kind<How>> $kind<Maybe<How>> for Option<R> {
            fn points(self, into: &mut Points) {
                match self {
                    Some(answer) => answer.points(into),
                    None => into.silent = true,
                }
            }
        }

        impl<How, R: $kind<How>, E: Into<Error>> $kind<Tried<How>> for std::result::Result<R, E> {
            fn points(self, into: &mut Points) {
                match self {
                    Ok(answer) => answer.points(into),
                    Err(error) => into.fail(error.into()),
                }
            }
        }
    )+};
}
maybe_and_tried!(CounterReading, GaugeReading, Observations);

/// The labelled form of each kind: an iterator or a `Vec` of `(labels, answer)`, or an `Option` or
/// `Result` of one.
macro_rules! labelled {
    ($($(#[$doc:meta])* $name:ident of $kind:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub trait $name<L, How> {
            /// Takes the answer apart.
            fn series(self, into: &mut Reading);
        }

        impl<L: Labels, How, R: $kind<How>, I: Iterator<Item = (L, R)>> $name<L, (Many, How)> for I {
            fn series(self, into: &mut Reading) {
                for (labels, answer) in self {
                    into.labelled(&labels, |points| answer.points(points));
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
                    Some(answer) => answer.series(into),
                    None => into.silent = true,
                }
            }
        }

        impl<L, How, A: $name<L, How>, E: Into<Error>> $name<L, Tried<How>> for std::result::Result<A, E> {
            fn series(self, into: &mut Reading) {
                match self {
                    Ok(answer) => answer.series(into),
                    Err(error) => into.fail(error.into()),
                }
            }
        }
    )+};
}

labelled! {
    /// What the method of a counter with labels may return.
    #[diagnostic::on_unimplemented(
        message = "a counter with labels cannot be read from `{Self}`",
        label = "this counter's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, Total(n))` or `({L}, Increase(n))`: one item for each label set"
    )]
    LabelledCounter of CounterReading,
    /// What the method of a gauge with labels may return.
    #[diagnostic::on_unimplemented(
        message = "a gauge with labels cannot be read from `{Self}`",
        label = "this gauge's method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, number)`: one item for each label set"
    )]
    LabelledGauge of GaugeReading,
    /// What the method of a summary or histogram with labels may return.
    #[diagnostic::on_unimplemented(
        message = "a summary or histogram with labels cannot be read from `{Self}`",
        label = "this method returns `{Self}`",
        note = "return an iterator or `Vec` of `({L}, numbers)`: one item for each label set"
    )]
    LabelledObservations of Observations,
}

/// The numbers, all of them exact up to 2^53 in size.
macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Number for $number {
            #[allow(clippy::cast_lossless, clippy::cast_precision_loss)]
            fn to_f64(self) -> f64 {
                self as f64
            }
        }
    )+};
}
numbers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64);

impl Number for Duration {
    fn to_f64(self) -> f64 {
        self.as_secs_f64()
    }
}

#[cfg(feature = "run")]
impl Number for chrono::TimeDelta {
    fn to_f64(self) -> f64 {
        self.as_seconds_f64()
    }
}

/// A label value that may be borrowed from the data of the poll.
pub type LabelValue<'a> = Cow<'a, str>;
