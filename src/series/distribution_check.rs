//! The rules for histograms and summaries that an API computes.

use super::label_text::{of, refused};
use super::value::LARGEST;
use crate::author::reading::distribution::Distribution;
use crate::config::Kind;
use crate::support::error::Result;

/// The largest valid count; up to it, a float has all whole numbers.
const MOST: f64 = (1_u64 << 53) as f64;

/// Checks the buckets or quantiles of a label set by the rules of OpenMetrics 1.0 ("Histogram" and "Summary").
///
/// # Errors
/// The bounds or quantiles are not ascending or out of range, the counts are not cumulative whole numbers, or a number is NaN or
/// infinite.
pub(super) fn check(kind: Kind, distribution: &Distribution, labels: &str) -> Result<()> {
    let problem = match kind {
        Kind::Histogram => buckets(distribution),
        _ => quantiles(distribution),
    };
    match problem.or_else(|| totals(distribution)) {
        Some((problem, help)) => Err(refused(format!("{problem}{}", of(labels))).with_help(help)),
        None => Ok(()),
    }
}

/// A problem, and the imperative that fixes it.
type Fault = (String, &'static str);

fn buckets(Distribution { points, count, .. }: &Distribution) -> Option<Fault> {
    if let Some((bound, _)) = points.iter().find(|(bound, _)| !bound.is_finite()) {
        let help = "return finite bounds, and for `+Inf` the count of all observations";
        return Some((format!("invalid bucket bound {bound:?}"), help));
    }
    if let Some((_, n)) = points.iter().find(|(_, n)| !is_count(*n)) {
        return Some((format!("invalid count {n:?} of a bucket"), "return whole numbers of observations"));
    }
    for pair in points.windows(2) {
        let [(lower, fewer), (upper, more)] = [pair[0], pair[1]];
        if upper <= lower {
            let help = "sort the buckets in ascending order, each bound once";
            return Some((format!("bucket bound {upper:?} after {lower:?}"), help));
        }
        if more < fewer {
            let problem = format!("{more} observations up to {upper:?}, but {fewer} up to {lower:?}");
            return Some((problem, "add the counts of all smaller buckets to each bucket"));
        }
    }
    let (bound, last) = points.last().filter(|(_, last)| last > count)?;
    let problem = format!("{last} observations up to {bound:?}, but {count} in total");
    Some((problem, "return the number of all observations as the last argument of `Buckets::of`"))
}

fn quantiles(Distribution { points, .. }: &Distribution) -> Option<Fault> {
    if let Some((quantile, _)) = points.iter().find(|(quantile, _)| !(0.0..=1.0).contains(quantile)) {
        return Some((format!("invalid quantile {quantile:?}"), "return quantiles from 0 to 1"));
    }
    if let Some((quantile, value)) = points.iter().find(|(_, value)| !value.is_finite()) {
        let problem = format!("invalid value {value:?} of the quantile {quantile:?}");
        return Some((problem, "omit a quantile without a value"));
    }
    let pair = points.windows(2).find(|pair| pair[1].0 <= pair[0].0)?;
    let problem = format!("quantile {:?} after {:?}", pair[1].0, pair[0].0);
    Some((problem, "sort the quantiles in ascending order, each once"))
}

fn totals(Distribution { sum, count, .. }: &Distribution) -> Option<Fault> {
    if !is_count(*count) {
        return Some((format!("invalid count {count:?}"), "return the whole number of observations"));
    }
    let sum = sum.filter(|sum| !(-LARGEST..=LARGEST).contains(sum))?;
    Some((format!("invalid sum {sum:?}"), "return a finite number, or `None` if the API reports no sum"))
}

fn is_count(n: f64) -> bool {
    (0.0..=MOST).contains(&n) && n.fract() == 0.0
}
