//! The origin of what adds to a value: a response that was recorded before is not recorded again.
//!
//! A poll may use new responses and such as were recorded before and are confirmed since (304). What replaces a value, and what has an
//! ID, may be recorded again. An [`Increase`](super::Increase) of a number and an observation without an ID may not,
//! unless it comes from new responses alone. A metric method does not tell: so the poll is read again from its own
//! responses: with every value of the confirmed ones altered, also to the least and to larger ones, and with every value of the new
//! ones. A metric that adds the same whatever the confirmed ones say, and not whatever the new ones say, depends on new responses
//! alone.

use super::{Point, Reading, Report};
use crate::api::{Part, Values};
use crate::error::Result;

/// The readings of a poll that is read again with one part of its responses altered; `None` if it cannot be.
pub type Rehearse<'a> = &'a mut dyn FnMut(Part) -> Option<Vec<Result<Reading>>>;

/// Removes what adds to a value and may come from a confirmed response. What depends on a new response too is counted as
/// [`Reading::ambiguous`].
pub fn keep_new(readings: &mut [Result<Reading>], rehearse: Rehearse<'_>) {
    if !readings.iter().flatten().any(|reading| !plain(reading).is_empty()) {
        return;
    }
    let [confirmed, new] = [Part::Confirmed(Values::Other), Part::New].map(&mut *rehearse);
    // A metric that compares with a bound adds the same for some values. Data that cannot be read with these proves nothing.
    let extremes = [Values::Least, Values::Larger].map(|values| rehearse(Part::Confirmed(values)));
    for (at, reading) in readings.iter_mut().enumerate() {
        let Ok(reading) = reading else { continue };
        // What is altered and read the same may still depend on whether there is a value; so it takes both.
        let differs = extremes.iter().flatten().any(|others| reads_otherwise(reading, others, at));
        let is_of_confirmed = differs || !reads_the_same(reading, confirmed.as_deref(), at);
        let is_of_new = !reads_the_same(reading, new.as_deref(), at);
        if plain(reading).is_empty() || is_of_new && !is_of_confirmed {
            continue;
        }
        let removed = remove_plain(reading);
        reading.ambiguous = if is_of_confirmed && !is_of_new { 0 } else { removed };
    }
}

/// Returns true if the other readings are known and the one at `at`, of the same metric, adds the same.
fn reads_the_same(reading: &Reading, others: Option<&[Result<Reading>]>, at: usize) -> bool {
    let found = plain(reading);
    let other = others.and_then(|others| others.get(at)).and_then(|other| other.as_ref().ok());
    other.is_some_and(|other| plain(other) == found)
}

/// Returns true if the other readings are known and the one at `at` adds something else.
fn reads_otherwise(reading: &Reading, others: &[Result<Reading>], at: usize) -> bool {
    matches!(others.get(at), Some(Ok(_))) && !reads_the_same(reading, Some(others), at)
}

/// The label sets and the bits of all numbers that add to a value and have no ID, in an order of their own; an increase of 0 adds nothing.
fn plain(reading: &Reading) -> Vec<(&[Box<str>], u64)> {
    let mut plain = Vec::new();
    let Report::Value(series) = &reading.report else { return plain };
    for one in series {
        let Report::Value(points) = &one.report else { continue };
        plain.extend(points.iter().filter_map(|point| match point {
            Point::Increase(n) if *n != 0.0 => Some((one.labels.as_slice(), n.to_bits())),
            Point::Observe(n) => Some((one.labels.as_slice(), n.to_bits())),
            _ => None,
        }));
    }
    plain.sort_unstable();
    plain
}

/// Removes them; returns how many.
fn remove_plain(reading: &mut Reading) -> u64 {
    let mut removed = 0;
    let Report::Value(series) = &mut reading.report else { return removed };
    for one in series {
        let Report::Value(points) = &mut one.report else { continue };
        let all = points.len();
        points.retain(|point| !point.is_plain());
        removed += (all - points.len()) as u64;
    }
    removed
}
