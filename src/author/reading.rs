//! The return types of metric methods, which prevent double counting.

pub(crate) mod distribution;
mod info_reading;
mod labelled_value;
mod metric_value;
mod number;
mod observed;
pub(in crate::author) mod provenance;
pub(crate) mod qualified_total;
mod read_item;
mod read_items;
pub(crate) mod states;
pub(crate) mod timestamp;

use info_reading::InfoReading;
use labelled_value::{LabelledCounter, LabelledGauge, LabelledHistogram, LabelledStates, LabelledSummary};
use metric_value::{CounterReading, GaugeReading, StateSetReading};
use observed::{HistogramReading, SummaryReading};
use read_items::ReadItems;

use crate::support::error::Error;
use crate::support::memory_limit::here::take_here;
use crate::support::memory_limit::{OVERHEAD, of_text};

pub(crate) use number::Number;
pub(crate) use read_item::ReadItem;

/// The estimated size of a label set in bytes, in a list that grows by half.
const SERIES_BYTES: usize = size_of::<SeriesReading>() * 3 / 2 + OVERHEAD;

/// A running total that the API maintains, as the value of a counter.
///
/// It is exported unchanged. A fall means that the API restarted from zero (a counter reset, which Prometheus' `rate()`
/// handles). A label set that the next recorded poll does not list is removed.
///
/// It has no `_created` series unless the service declares the start of the total with [`Total::since`]. Declare small falls that
/// are not resets with [`Total::ignoring_falls_below`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total<N>(pub N);

/// The increase of a counter: a number of new things, or an iterator of [`Once`] items.
///
/// A number is added once per fresh response of the API. With [`Once`] items the number of each ID is added once, so responses
/// may overlap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Increase<T>(pub T);

/// A number that belongs to an ID and is counted once, such as `Once(incident.id, minutes)`.
///
/// A metric remembers the `once_ids_limit` (100,000) IDs that were listed last, and all IDs of the last response. An incident in
/// ten overlapping responses is therefore counted once. A forgotten ID that is listed again counts again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Once<Id, N>(pub Id, pub N);

/// The label values of one series. The build generates a struct for each metric with labels; its fields are the names in
/// `prometheus_metric_labels`.
pub trait Labels {
    /// The label names, in the order of config.json.
    const NAMES: &'static [&'static str];

    /// Passes each value to `each`, in the order of [`Self::NAMES`].
    fn values(&self, each: &mut dyn FnMut(&str));
}

/// The return value of a method whose data this poll did not request.
///
/// The samples stay unchanged and become stale after the stale time, as after an error, but no error is counted. In contrast,
/// `None` reports that there is no value, and removes the series of a gauge.
///
/// ```
/// use collectington::{Total, Unchanged};
///
/// struct Orders {
///     /// Only every second poll requests it.
///     total: Option<u64>,
/// }
///
/// impl Orders {
///     pub fn orders(&self) -> Result<Total<u64>, Unchanged> {
///         self.total.map(Total).ok_or(Unchanged)
///     }
/// }
/// # assert_eq!(Orders { total: None }.orders(), Err(Unchanged));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unchanged;

/// The result of one metric's method in one poll, before anything of it is recorded.
#[derive(Debug, Default)]
pub struct Reading {
    /// The label sets in the order of the method's return value.
    pub report: ReadResult<Vec<SeriesReading>>,
    /// The items that are invalid for every kind of metric.
    pub rejected: Faults,
    /// True if the method returns every label set that exists, as for gauges and [`Total`]. Other series are then removed.
    pub complete: bool,
    /// The number of removed items without an ID that may have been recorded before, and may depend on a new response.
    pub ambiguous: u64,
}

/// The result for one label set.
#[derive(Debug, Default, PartialEq)]
pub struct SeriesReading {
    /// The label values in the order of the metric's label names; empty without labels.
    pub labels: Vec<Box<str>>,
    /// The numbers of the label set, in the order of the method's return value.
    pub report: ReadResult<Vec<ReadItem>>,
}

/// A result for a label set or a whole metric.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadResult<T> {
    /// The method returned a value.
    Value(T),
    /// The absence of a value: the method returned `None`, or only invalid items.
    Absent,
    /// The method returned [`Unchanged`]: this poll did not request the value.
    Unchanged,
    /// The method returned an error.
    Failed(Error),
}

impl<T: Default> Default for ReadResult<T> {
    fn default() -> Self {
        Self::Value(T::default())
    }
}

/// The number of items that cannot be recorded, with a reason.
#[derive(Debug, Default, PartialEq)]
pub struct Faults {
    /// The number of items.
    pub count: u64,
    /// The reason for the first one.
    pub first: Option<Error>,
}

impl Faults {
    /// Adds `count` items with one reason.
    pub fn add(&mut self, count: u64, reason: Error) {
        self.count += count;
        if count > 0 {
            self.first.get_or_insert(reason);
        }
    }

    /// Adds the items of another count.
    pub fn append(&mut self, other: Self) {
        if let Some(reason) = other.first {
            self.add(other.count, reason);
        }
    }
}

impl Reading {
    /// Reads the return value of a counter's method.
    pub fn counter<How, A: CounterReading<How>>(&mut self, value: A) {
        self.complete |= A::COMPLETE;
        self.unlabelled(|points| value.points(points));
    }

    /// Reads the return value of a gauge's method.
    pub fn gauge<How, A: GaugeReading<How>>(&mut self, value: A) {
        self.complete |= A::COMPLETE;
        self.unlabelled(|points| value.points(points));
    }

    /// Reads the return value of a summary's method.
    pub fn summary<How, A: SummaryReading<How>>(&mut self, value: A) {
        self.complete |= A::COMPLETE;
        self.unlabelled(|points| value.points(points));
    }

    /// Reads the return value of a histogram's method.
    pub fn histogram<How, A: HistogramReading<How>>(&mut self, value: A) {
        self.complete |= A::COMPLETE;
        self.unlabelled(|points| value.points(points));
    }

    /// Reads the return value of a method for a counter with labels.
    pub fn counters<L: Labels, How>(&mut self, value: impl LabelledCounter<L, How>) {
        value.series(self);
    }

    /// Reads the return value of a method for a gauge with labels.
    pub fn gauges<L: Labels, How>(&mut self, value: impl LabelledGauge<L, How>) {
        value.series(self);
    }

    /// Reads the return value of a method for a summary with labels.
    pub fn summaries<L: Labels, How>(&mut self, value: impl LabelledSummary<L, How>) {
        value.series(self);
    }

    /// Reads the return value of a method for a histogram with labels.
    pub fn histograms<L: Labels, How>(&mut self, value: impl LabelledHistogram<L, How>) {
        value.series(self);
    }

    /// Reads the return value of a state set's method.
    pub fn state_set<How>(&mut self, value: impl StateSetReading<How>) {
        self.unlabelled(|points| value.points(points));
    }

    /// Reads the return value of a method for a state set with labels.
    pub fn state_sets<L: Labels, How>(&mut self, value: impl LabelledStates<L, How>) {
        value.series(self);
    }

    /// Reads the return value of an info metric's method.
    pub fn info<L: Labels, How>(&mut self, value: impl InfoReading<L, How>) {
        value.series(self);
    }

    fn unlabelled(&mut self, read: impl FnOnce(&mut ReadItems)) {
        self.one(Vec::new(), read);
    }

    fn one(&mut self, labels: Vec<Box<str>>, read: impl FnOnce(&mut ReadItems)) {
        let mut points = ReadItems::default();
        read(&mut points);
        let (report, rejected) = points.into_parts();
        self.rejected.append(rejected);
        if let ReadResult::Value(series) = &mut self.report {
            series.push(SeriesReading { labels, report });
        }
    }

    fn labelled<L: Labels>(&mut self, labels: &L, read: impl FnOnce(&mut ReadItems)) {
        let mut values = Vec::with_capacity(L::NAMES.len());
        let mut bytes = SERIES_BYTES + L::NAMES.len() * size_of::<Box<str>>();
        labels.values(&mut |value| {
            // The value becomes label text, which escapes some characters.
            let escapes = value.bytes().filter(|byte| matches!(byte, b'\\' | b'\n' | b'"'));
            bytes += of_text(value.len() + escapes.count());
            values.push(value.into());
        });
        match take_here(bytes) {
            Ok(()) => self.one(values, read),
            Err(error) => self.give_up(error),
        }
    }

    /// Replaces the reading with an error, because there is no memory for more items.
    fn give_up(&mut self, error: Error) {
        self.report = ReadResult::Failed(error);
    }
}
