//! The origin of items that add to a value: a response that was recorded before is not recorded again.
//!
//! A poll may use new responses, and confirmed ones that were recorded before. Items that replace a value, and items with an ID,
//! may be recorded again. An [`Increase`](crate::Increase) of a number and an observation without an ID may be recorded only if
//! they come from new responses alone. A metric method does not report its origin, so the poll is read again from its responses:
//!
//! 1. With other new responses, and unchanged confirmed ones. If the metric then adds none of its present items, no part of them
//!    comes from a confirmed response. Such a part would remain, whatever it depends on.
//! 2. With other confirmed responses, and unchanged new ones. The metric must add the same items.
//!
//! The first reading excludes sums of both. The second excludes a confirmed response that counts only if a new one permits it.

use std::collections::HashSet;

use super::{ReadItem, ReadResult, Reading};
use crate::author::altered_response::AlteredValues;
use crate::author::api::rehearsal::{AlteredPart, Change};
use crate::support::error::Result;

/// A function that reads the poll again with some of its responses altered, and returns `None` if that fails.
pub(crate) type Rehearse<'a> = &'a mut dyn FnMut(Change) -> Option<Again>;

/// A poll that was read again.
#[derive(Debug)]
pub(crate) struct Again {
    /// The readings, in the order of the metrics.
    pub readings: Vec<Result<Reading>>,
    /// True if each unaltered response was used as often as before.
    pub is_complete: bool,
}

/// The evidence of the origin of one metric's items.
#[derive(Debug, Default)]
struct Evidence {
    /// True if the metric adds other items with other new responses.
    is_of_new: bool,
    /// True if the metric adds other items with other confirmed responses.
    is_of_confirmed: bool,
    /// The proof that no part of an item comes from a confirmed response.
    proof: Option<Proof>,
    /// The number of times that other confirmed responses made no difference.
    same: usize,
}

/// The strength of the proof that the metric adds none of its present items with other new responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Proof {
    /// The metric had no value then, or a confirmed response was not requested, so its part may be missing for that reason.
    Weak,
    Strong,
}

/// The alterations of new responses, the most revealing first.
const OF_NEW: [AlteredValues; 5] = [
    AlteredValues::LEAST,
    AlteredValues::SMALL_IN_MANY,
    AlteredValues::OTHER,
    AlteredValues::LARGE_IN_FEW,
    AlteredValues::LARGER,
];
/// The alterations of confirmed responses, the most revealing first.
const OF_CONFIRMED: [AlteredValues; 5] = [
    AlteredValues::OTHER,
    AlteredValues::LEAST,
    AlteredValues::LARGER,
    AlteredValues::SMALL_IN_MANY,
    AlteredValues::LARGE_IN_FEW,
];

impl Evidence {
    fn note_new(&mut self, reading: &Reading, again: &Reading, is_complete: bool) {
        self.is_of_new |= plain(reading) != plain(again);
        let proof = strength(again, is_complete).filter(|_| is_disjoint(reading, again));
        self.proof = self.proof.max(proof);
    }

    fn note_confirmed(&mut self, reading: &Reading, again: &Reading, is_complete: bool) {
        let is_same = plain(reading) == plain(again);
        self.is_of_confirmed |= is_complete && !is_same;
        self.same += usize::from(is_complete && is_same);
    }

    fn is_new(&self) -> bool {
        let enough = match self.proof {
            None => return false,
            Some(Proof::Weak) => OF_CONFIRMED.len(),
            Some(Proof::Strong) => 1,
        };
        !self.is_of_confirmed && self.same >= enough
    }

    /// Returns true if all items of the metric were recorded before.
    fn is_recorded(&self) -> bool {
        self.is_of_confirmed && !self.is_of_new
    }
}

/// Removes the items that add to a value and may come from a confirmed response.
///
/// An item that may depend on a new response too is counted in [`Reading::ambiguous`].
pub(crate) fn keep_new(readings: &mut [Result<Reading>], rehearse: Rehearse<'_>) {
    let mut found: Vec<_> = (0..readings.len())
        .filter(|at| readings[*at].as_ref().is_ok_and(|reading| !plain(reading).is_empty()))
        .map(|at| (at, Evidence::default()))
        .collect();
    for values in OF_NEW {
        if found.iter().any(|(_, found)| found.proof < Some(Proof::Strong)) {
            note(AlteredPart::New, values, readings, rehearse, &mut found);
        }
    }
    for values in OF_CONFIRMED {
        if found.iter().any(|(_, found)| !found.is_of_confirmed) {
            note(AlteredPart::Confirmed, values, readings, rehearse, &mut found);
        }
    }
    for (at, evidence) in found {
        let Ok(reading) = &mut readings[at] else { continue };
        if !evidence.is_new() {
            let removed = remove_plain(reading);
            reading.ambiguous = if evidence.is_recorded() { 0 } else { removed };
        }
    }
}

/// Removes all items without an ID that add to a value, for a poll whose responses were all recorded before.
pub(crate) fn keep_none(readings: &mut [Result<Reading>]) {
    for reading in readings.iter_mut().flatten() {
        remove_plain(reading);
    }
}

/// Returns true if recording these readings twice counts an item twice.
pub(crate) fn has_plain(readings: &[Result<Reading>]) -> bool {
    readings.iter().flatten().any(|reading| !plain(reading).is_empty())
}

/// Adds the evidence from one alteration to each metric. If it leads to other requests, a gentle one follows.
fn note(
    part: AlteredPart,
    values: AlteredValues,
    readings: &[Result<Reading>],
    rehearse: Rehearse<'_>,
    found: &mut [(usize, Evidence)],
) {
    for is_gentle in [false, true] {
        let Some(Again { readings: again, is_complete }) = rehearse(Change { part, values, is_gentle })
        else {
            continue;
        };
        for (at, evidence) in &mut *found {
            let (Some(Ok(reading)), Some(Ok(again))) = (readings.get(*at), again.get(*at)) else { continue };
            match part {
                AlteredPart::New => evidence.note_new(reading, again, is_complete),
                AlteredPart::Confirmed => evidence.note_confirmed(reading, again, is_complete),
            }
        }
        if is_complete {
            return;
        }
    }
}

/// Returns the strength of the proof that a metric does not add an item; `None` if the metric could not be read.
fn strength(again: &Reading, is_complete: bool) -> Option<Proof> {
    let mut is_absent = again.report == ReadResult::Absent;
    match &again.report {
        ReadResult::Value(series) => {
            for one in series {
                match one.report {
                    ReadResult::Value(_) => {}
                    ReadResult::Absent => is_absent = true,
                    ReadResult::Unchanged | ReadResult::Failed(_) => return None,
                }
            }
        }
        ReadResult::Absent => {}
        ReadResult::Unchanged | ReadResult::Failed(_) => return None,
    }
    Some(if is_complete && !is_absent { Proof::Strong } else { Proof::Weak })
}

/// Returns true if the other reading adds nothing to the same counters, and none of the same observations.
fn is_disjoint(reading: &Reading, again: &Reading) -> bool {
    let others: HashSet<Plain<'_>> = plain(again).into_iter().map(Plain::without_increase).collect();
    !plain(reading).into_iter().any(|plain| others.contains(&plain.without_increase()))
}

/// A number that adds to a value and has no ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Plain<'a> {
    Increase(&'a [Box<str>], u64),
    Observation(&'a [Box<str>], u64),
}

impl Plain<'_> {
    /// Omits the size of an increase, because the parts of an increase cannot be distinguished.
    fn without_increase(self) -> Self {
        match self {
            Self::Increase(labels, _) => Self::Increase(labels, 0),
            observation @ Self::Observation(..) => observation,
        }
    }
}

/// Returns the items that add to a value and have no ID, sorted, with the bits of their numbers. An increase of 0 is omitted.
fn plain(reading: &Reading) -> Vec<Plain<'_>> {
    let mut plain = Vec::new();
    let ReadResult::Value(series) = &reading.report else { return plain };
    for one in series {
        let (labels, ReadResult::Value(points)) = (&one.labels, &one.report) else { continue };
        plain.extend(points.iter().filter_map(|point| match point {
            ReadItem::Increase(n) if *n != 0.0 => Some(Plain::Increase(labels, n.to_bits())),
            ReadItem::Observe(n) => Some(Plain::Observation(labels, n.to_bits())),
            _ => None,
        }));
    }
    plain.sort_unstable();
    plain
}

/// Removes the items that add to a value and have no ID, and returns their number.
fn remove_plain(reading: &mut Reading) -> u64 {
    let mut removed = 0;
    let ReadResult::Value(series) = &mut reading.report else { return removed };
    for one in series {
        let ReadResult::Value(points) = &mut one.report else { continue };
        let all = points.len();
        points.retain(|point| !point.is_plain());
        removed += (all - points.len()) as u64;
    }
    removed
}
