//! The status of one metric.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

use super::error_status::ErrorStatus;
use super::humanize::Time;
use super::poll_history::PollHistory;
use crate::author::configured_family::ConfiguredFamily;
use crate::config::Kind;
use crate::series::family_snapshot::{FamilyValues, SeriesSnapshot};
use crate::series::number;

/// The status of one metric. The JSON omits unknown fields.
#[derive(Serialize)]
pub(super) struct MetricStatus {
    pub name: &'static str,
    pub kind: &'static str,
    pub help: Cow<'static, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub unit: Cow<'static, str>,
    pub labels: Vec<&'static str>,
    pub series_count: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<String>,
    pub series: Vec<SeriesStatus>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub error: Option<MetricError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Time>,
    pub is_stale: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series_dropped: Option<u64>,
    pub recent: Vec<RecentTotal>,
}

/// The error of a metric in the last poll with data.
pub(super) struct MetricError(pub ErrorStatus);

impl Serialize for MetricError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ErrorStatus { problem, details, help } = &self.0;
        let mut fields = serializer.serialize_struct("MetricError", 3)?;
        fields.serialize_field("error", problem)?;
        if !details.is_empty() {
            fields.serialize_field("error_details", details)?;
        }
        if !help.is_empty() {
            fields.serialize_field("error_help", help)?;
        }
        fields.end()
    }
}

/// The status of one series: its value, or the count and sum of its observations. They are text because JSON has no
/// infinity.
#[derive(Serialize)]
pub(super) struct SeriesStatus {
    pub labels: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
}

/// The value of [`MetricStatus::total`] at a time, or `None` if the total was not finite.
#[derive(Serialize)]
pub(super) struct RecentTotal {
    pub time: Time,
    pub total: Option<f64>,
}

impl MetricStatus {
    /// Creates the status of the metric at index `at` in the list of the metrics of the service.
    pub(super) fn new(
        family: &ConfiguredFamily,
        values: &FamilyValues<'_>,
        poll_history: &PollHistory,
        at: usize,
    ) -> Self {
        let ConfiguredFamily { name, kind, help, unit, .. } = family.clone();
        let observes = matches!(kind, Kind::Summary | Kind::Histogram);
        Self {
            name,
            kind: kind.as_str(),
            help,
            unit,
            labels: family.sample_labels().collect(),
            series_count: values.count,
            total: values.total.map(number::text),
            series: values.first.iter().map(|value| SeriesStatus::new(value, observes)).collect(),
            error: poll_history.faults.get(name).cloned().map(MetricError),
            last_success: poll_history.successes.get(name).copied().map(Time),
            is_stale: poll_history.overdue.contains(name),
            series_dropped: poll_history.dropped.get(name).copied(),
            recent: points(poll_history, at),
        }
    }

    /// Returns the suffix that `/metrics` adds to the name.
    pub(super) fn suffix(&self) -> &'static str {
        if self.kind == "counter" && !self.name.ends_with("_total") { "_total" } else { "" }
    }

    /// Returns the number of series beyond those in `series`.
    pub(super) fn more(&self) -> usize {
        self.series_count - self.series.len()
    }
}

impl SeriesStatus {
    fn new(series: &SeriesSnapshot, observes: bool) -> Self {
        let figure = Some(number::text(series.value));
        let (value, count) = if observes { (None, figure) } else { (figure, None) };
        let labels = series.labels.iter().cloned().collect();
        Self { labels, value, count, sum: series.sum.map(number::text) }
    }

    /// The mean of the observations.
    pub(super) fn mean(&self) -> Option<f64> {
        let (count, sum): (f64, f64) = (self.count.as_ref()?.parse().ok()?, self.sum.as_ref()?.parse().ok()?);
        (count > 0.0).then_some(sum / count)
    }
}

fn points(poll_history: &PollHistory, at: usize) -> Vec<RecentTotal> {
    let totals = poll_history.totals.get(at).into_iter().flat_map(super::ring::Ring::numbers);
    let points = poll_history.times.numbers().zip(totals);
    points
        .map(|(time, total)| RecentTotal {
            time: Time(time),
            total: Some(total).filter(|total| total.is_finite()),
        })
        .collect()
}
