//! The items of one metric in one poll, each judged alone.

use std::collections::HashMap;

use super::label_text::{LabelNames, in_braces, refused};
use super::samples::Judge;
use super::state_faults;
use super::value;
use crate::author::configured_family::ConfiguredFamily;
use crate::author::reading::{Faults, ReadItem, ReadResult, Reading, SeriesReading};
use crate::config::Kind;
use crate::support::error::{Error, Result};

/// The items of one metric that can be recorded, and a count of the others.
#[derive(Debug, Default)]
pub(super) struct MetricItems {
    /// The label sets in the order of their keys, each once; `None` if all series of the metric stay unchanged.
    pub(super) listed: Option<Vec<SeriesItem>>,
    /// The items that can never be valid.
    pub(super) rejected: Faults,
    /// The number of items that cannot be distinguished from recorded ones.
    pub(super) ambiguous: u64,
    /// The label sets that returned an error; one if the whole metric did.
    pub(super) failed: Faults,
    /// True if the label sets are all that exist, so that the series of others are removed.
    pub(super) is_complete: bool,
    /// True if the metric was read. False if it returned only errors, `Unchanged` or invalid items.
    pub(super) is_success: bool,
}

/// One label set and its items.
#[derive(Debug)]
pub(super) struct SeriesItem {
    /// The label text.
    pub(super) key: Box<str>,
    pub(super) report: ReadResult<Vec<ReadItem>>,
}

impl MetricItems {
    pub(super) fn new(
        family: &ConfiguredFamily,
        labels: &LabelNames,
        reading: Result<Reading>,
        judge: Judge<'_>,
    ) -> Self {
        let kind = family.kind;
        let failed = |error| Reading { report: ReadResult::Failed(error), ..Reading::default() };
        let Reading { report, rejected, ambiguous, complete } = reading.unwrap_or_else(failed);
        let is_complete = complete || kind.is_current();
        let mut items = Self { rejected, ambiguous, is_complete, ..Self::default() };
        match report {
            ReadResult::Value(series) => items.list(family, labels, series, judge),
            ReadResult::Absent => {
                items.is_success = true;
                items.listed = kind.is_current().then(Vec::new);
            }
            ReadResult::Unchanged => {}
            ReadResult::Failed(error) => items.failed.add(1, error),
        }
        items
    }

    /// Returns true if a valid value was read and nothing was rejected.
    pub(super) fn is_clean(&self) -> bool {
        self.rejected.count == 0 && self.has_value()
    }

    fn has_value(&self) -> bool {
        self.listed.iter().flatten().any(|item| matches!(item.report, ReadResult::Value(_)))
    }

    fn list(
        &mut self,
        family: &ConfiguredFamily,
        labels: &LabelNames,
        series: Vec<SeriesReading>,
        judge: Judge<'_>,
    ) {
        let mut listed: Vec<SeriesItem> =
            series.into_iter().filter_map(|series| self.judged(family, labels, series, judge)).collect();
        listed.sort_by(|a, b| a.key.cmp(&b.key));
        let mut listed = self.one_value_each(family.kind, merged(listed));
        if listed.len() > 1 {
            self.one_series_for_each_id(&mut listed);
        }
        let is_unchanged = listed.iter().any(|item| item.report == ReadResult::Unchanged);
        self.listed = Some(listed);
        self.is_success =
            self.failed.count == 0 && (self.has_value() || !is_unchanged && self.rejected.count == 0);
    }

    /// Returns a label set without its invalid items; `None` if its label values are invalid.
    fn judged(
        &mut self,
        family: &ConfiguredFamily,
        labels: &LabelNames,
        series: SeriesReading,
        judge: Judge<'_>,
    ) -> Option<SeriesItem> {
        let SeriesReading { labels: values, report } = series;
        let key = match labels.text(&values, judge) {
            Ok(key) => key,
            Err(reason) => {
                self.rejected.add(items_of(&report), reason);
                return None;
            }
        };
        let report = match report {
            ReadResult::Value(points) => self.valid(family, &key, points, judge),
            ReadResult::Failed(error) => {
                self.failed.add(1, error.clone());
                ReadResult::Failed(error)
            }
            report => report,
        };
        Some(SeriesItem { key, report })
    }

    /// Returns the items that the kind takes; [`ReadResult::Absent`] if all of them are invalid.
    fn valid(
        &mut self,
        family: &ConfiguredFamily,
        key: &str,
        mut points: Vec<ReadItem>,
        judge: Judge<'_>,
    ) -> ReadResult<Vec<ReadItem>> {
        let all = points.len();
        points.retain(|point| match check(family, point, key, judge) {
            Ok(()) => {
                if let ReadItem::States(states) = point {
                    self.rejected.append(state_faults::faults(states, key, judge));
                }
                true
            }
            Err(error) => {
                self.rejected.add(1, error);
                false
            }
        });
        if points.is_empty() && all > 0 { ReadResult::Absent } else { ReadResult::Value(points) }
    }

    /// Rejects the values of a label set that can have only one, unless they are equal. The label set of a gauge is
    /// then not listed; a total keeps its value.
    fn one_value_each(&mut self, kind: Kind, mut listed: Vec<SeriesItem>) -> Vec<SeriesItem> {
        listed.retain_mut(|SeriesItem { key, report }| {
            let ReadResult::Value(points) = report else { return true };
            if points.len() < 2 || !points.iter().any(ReadItem::replaces) {
                return true;
            }
            let are_equal = points.iter().all(|point| *point == points[0]);
            if are_equal {
                points.truncate(1);
            } else {
                self.rejected.add(points.len() as u64, ambiguous(kind, key));
                *report = ReadResult::Absent;
            }
            are_equal || !kind.is_current()
        });
        listed
    }

    /// Rejects an ID that an earlier label set has. An ID counts once in a metric, so it cannot belong to two of its
    /// series.
    fn one_series_for_each_id(&mut self, listed: &mut [SeriesItem]) {
        let mut again = Vec::new();
        let mut owners = HashMap::new();
        for (nth, item) in listed.iter().enumerate() {
            for (at, point) in item.points().iter().enumerate() {
                let Some(id) = point.id() else { continue };
                let owner = *owners.entry(id).or_insert(nth);
                if owner != nth {
                    self.rejected.add(1, in_two_series(id, &listed[owner].key, &item.key));
                    again.push((nth, at));
                }
            }
        }
        let mut again = again.into_iter().peekable();
        while let Some((nth, _)) = again.peek().copied() {
            let mut at = 0..;
            if let ReadResult::Value(points) = &mut listed[nth].report {
                points.retain(|_| again.next_if_eq(&(nth, at.next().unwrap_or_default())).is_none());
                if points.is_empty() {
                    listed[nth].report = ReadResult::Absent;
                }
            }
        }
    }
}

impl SeriesItem {
    /// Returns the items; none if there is no value.
    pub(super) fn points(&self) -> &[ReadItem] {
        if let ReadResult::Value(points) = &self.report { points } else { &[] }
    }
}

/// Returns the number of items in a report.
pub(super) fn items_of(report: &ReadResult<Vec<ReadItem>>) -> u64 {
    match report {
        ReadResult::Value(points) => points.len().max(1) as u64,
        ReadResult::Failed(_) => 1,
        ReadResult::Absent | ReadResult::Unchanged => 0,
    }
}

/// Returns each label set once with all of its items. Items take precedence over errors and absence.
fn merged(sorted: Vec<SeriesItem>) -> Vec<SeriesItem> {
    let mut merged: Vec<SeriesItem> = Vec::with_capacity(sorted.len());
    for item in sorted {
        match merged.last_mut() {
            Some(last) if last.key == item.key => last.report.merge(item.report),
            _ => merged.push(item),
        }
    }
    merged
}

impl ReadResult<Vec<ReadItem>> {
    fn merge(&mut self, other: Self) {
        match (&mut *self, other) {
            (Self::Value(points), Self::Value(more)) => points.extend(more),
            (Self::Value(_), _) | (Self::Failed(_), Self::Unchanged) | (_, Self::Absent) => {}
            (_, other) => *self = other,
        }
    }
}

/// Checks that a metric of this family can take the item.
///
/// # Errors
/// The kind does not take such an item, a number is out of range, or a state cannot be a label value.
fn check(family: &ConfiguredFamily, point: &ReadItem, key: &str, judge: Judge<'_>) -> Result<()> {
    value::check(family.kind, point, key)?;
    match point {
        ReadItem::States(states) => state_faults::check_values(family.name, states, judge),
        _ => Ok(()),
    }
}

fn ambiguous(kind: Kind, key: &str) -> Error {
    let problem = if key.is_empty() {
        "two items of a metric without labels".to_owned()
    } else {
        format!("two items have the same labels {}", in_braces(key))
    };
    refused(problem).with_help(match kind {
        Kind::Gauge => "add up the items, or add a label that distinguishes them",
        // The items are totals, because others are added.
        Kind::Counter => {
            "add up the items, add a label that distinguishes them, or return `Increase(Once(id, n))` to count each item"
        }
        Kind::StateSet => "add a label that distinguishes them, or return one `States::any_of(active, &[all])`",
        _ => "add a label that distinguishes them",
    })
}

fn in_two_series(id: &str, first: &str, second: &str) -> Error {
    let [first, second] = [first, second].map(in_braces);
    let problem = format!("the ID {id:?} is listed in {first} and in {second}, but counts once per metric");
    refused(problem).with_help("to count it in both, add the label values to the ID")
}
