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

mod answer;

use std::time::Duration;

pub use answer::{
    CounterReading, GaugeReading, LabelledCounter, LabelledGauge, LabelledObservations, Observation,
    Observations, Points, how,
};

use crate::error::{Error, Result};

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
        match points.into_result() {
            Ok(points) => self.series.push(SeriesReading { labels, points }),
            Err(error) => self.fail(error),
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
