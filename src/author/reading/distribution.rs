//! Histograms and summaries that the API computes.

use serde::{Deserialize, Serialize};

use super::Number;

/// The buckets of a histogram that the API computes, as the value of a metric of the kind `histogram`.
///
/// It replaces the last value, like [`Total`](crate::Total): nothing is counted twice, a fall of the count is a counter reset, and a
/// label set that the next poll does not list is removed. The bounds may differ from poll to poll and between label sets;
/// `prometheus_metric_buckets` has no effect on them. The bucket `+Inf` is added.
///
/// Invalid buckets are rejected, and the last valid ones stay: the bounds are not ascending, a count is smaller than the one before
/// it, is not a whole number or exceeds the count of all observations, or a number is NaN.
///
/// Without a sum, there is no `_sum`. OpenMetrics 1.0 ("Histogram") then allows no `_count` either; the bucket `+Inf` has the count.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use collectington::Buckets;
///
/// struct Latency {
///     /// The number of requests that took at most so many milliseconds.
///     at_most: BTreeMap<u32, u64>,
///     requests: u64,
///     seconds: f64,
/// }
///
/// impl Latency {
///     /// Latency of requests in seconds.
///     pub fn request_seconds(&self) -> Buckets {
///         let buckets = self.at_most.iter().map(|(millis, count)| (f64::from(*millis) / 1000.0, *count));
///         Buckets::of(buckets, self.seconds, self.requests)
///     }
/// }
/// # let _ = Latency { at_most: BTreeMap::new(), requests: 0, seconds: 0.0 }.request_seconds();
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Buckets(pub(super) Distribution);

/// The quantiles of a summary that the API computes, as the value of a metric of the kind `summary`.
///
/// It replaces the last value, like [`Total`](crate::Total): nothing is counted twice, a fall of the count is a counter reset, and a
/// label set that the next poll does not list is removed. The quantiles may differ from poll to poll and between label sets.
///
/// Invalid quantiles are rejected, and the last valid ones stay: the quantiles are not ascending numbers from 0 to 1, the count is
/// not a whole number, or a value is NaN or infinite. Omit a quantile that has no value.
///
/// Without a sum, there is no `_sum`. OpenMetrics 1.0 ("Summary") allows no negative values, so they are only in the text format.
///
/// ```
/// use collectington::Quantiles;
///
/// struct Latency {
///     median: f64,
///     p99: f64,
///     requests: u64,
/// }
///
/// impl Latency {
///     /// Latency of requests in seconds.
///     pub fn request_seconds(&self) -> Quantiles {
///         Quantiles::of([(0.5, self.median), (0.99, self.p99)], None, self.requests)
///     }
/// }
/// # let _ = Latency { median: 0.1, p99: 0.5, requests: 3 }.request_seconds();
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Quantiles(pub(super) Distribution);

/// The numbers of a computed histogram or summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Each upper bound with the number of observations up to it, or each quantile with its value.
    pub points: Vec<(f64, f64)>,
    /// The sum of all observations.
    pub sum: Option<f64>,
    /// The number of all observations.
    pub count: f64,
}

impl Buckets {
    /// Returns the buckets of a histogram.
    ///
    /// `buckets` has each upper bound in ascending order, with the number of observations up to it. `sum` is a number or an
    /// `Option` of one. A bucket with the bound `f64::INFINITY` may be last, if its count is `count`.
    ///
    /// ```
    /// use collectington::Buckets;
    ///
    /// fn request_seconds() -> Buckets {
    ///     Buckets::of([(0.1, 50), (0.5, 90), (1.0, 99)], 12.5, 100)
    /// }
    /// # let _ = request_seconds();
    /// ```
    pub fn of<N: Number>(
        buckets: impl IntoIterator<Item = (f64, N)>,
        sum: impl Into<Option<f64>>,
        count: impl Number,
    ) -> Self {
        let mut distribution = Distribution::new(buckets, sum.into(), count.to_f64());
        let all = (f64::INFINITY, distribution.count);
        if distribution.points.last() == Some(&all) {
            distribution.points.pop();
        }
        Self(distribution)
    }
}

impl Quantiles {
    /// Returns the quantiles of a summary.
    ///
    /// `quantiles` has each quantile from 0 to 1 in ascending order, with its value. `sum` is a number or an `Option` of one.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use collectington::Quantiles;
    ///
    /// fn request_seconds() -> Quantiles {
    ///     let median = Duration::from_millis(250);
    ///     Quantiles::of([(0.5, median)], 12.5, 100)
    /// }
    /// # let _ = request_seconds();
    /// ```
    pub fn of<N: Number>(
        quantiles: impl IntoIterator<Item = (f64, N)>,
        sum: impl Into<Option<f64>>,
        count: impl Number,
    ) -> Self {
        Self(Distribution::new(quantiles, sum.into(), count.to_f64()))
    }
}

impl Distribution {
    fn new<N: Number>(points: impl IntoIterator<Item = (f64, N)>, sum: Option<f64>, count: f64) -> Self {
        // The label of -0 would differ from that of 0.
        let points = points.into_iter().map(|(bound, n)| (bound + 0.0, n.to_f64())).collect();
        Self { points, sum, count }
    }

    /// Returns the size in bytes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.points.len() * size_of::<(f64, f64)>()
    }
}
