//! The plot of the recent totals of a metric.

use std::fmt::{self, Write};

use super::humanize::{Rounded, Span};
use super::metric_status::RecentTotal;

/// The width of the plot, in the units of the SVG.
const WIDE: f64 = 240.0;
/// The height of the plot, in the units of the SVG.
const HIGH: f64 = 48.0;
/// The margin around the line, which leaves room for its width.
const EDGE: f64 = 4.0;

/// Writes an SVG with a title, or nothing for fewer than two numbers.
pub(super) fn plot(points: &[RecentTotal], out: &mut String) -> fmt::Result {
    let Some(frame) = PlotBounds::around(points) else { return Ok(()) };
    write!(out, "<svg viewBox=\"0 0 {WIDE} {HIGH}\" role=\"img\"><title>{}</title>", frame.words())?;
    // The line has a gap at each total that is not a number.
    for run in points.split(|point| point.total.is_none()).filter(|run| !run.is_empty()) {
        let line: Vec<String> = run.iter().map(|point| frame.place(point)).collect();
        let (line, from, to) = (line.join(" "), frame.x(&run[0]), frame.x(&run[run.len() - 1]));
        write!(out, "<path class=\"area\" d=\"M{from:.1} {HIGH} L{line} L{to:.1} {HIGH}Z\"/>")?;
        write!(out, "<polyline points=\"{line}\"/>")?;
    }
    let (x, y) = (frame.x(frame.last), frame.y(frame.last));
    write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/></svg>")
}

/// The bounds of the plotted totals.
struct PlotBounds<'a> {
    first: &'a RecentTotal,
    last: &'a RecentTotal,
    count: usize,
    low: f64,
    high: f64,
}

impl<'a> PlotBounds<'a> {
    fn around(points: &'a [RecentTotal]) -> Option<Self> {
        let known = || points.iter().filter(|point| point.total.is_some());
        let totals = || known().filter_map(|point| point.total);
        let (first, last, count) = (known().next()?, known().next_back()?, known().count());
        let (low, high) =
            (totals().fold(f64::INFINITY, f64::min), totals().fold(f64::NEG_INFINITY, f64::max));
        (count > 1).then_some(Self { first, last, count, low, high })
    }

    fn words(&self) -> String {
        let figure = |number: f64| Rounded(&number.to_string()).to_string();
        let (count, span) = (self.count, Span(self.last.time.since(self.first.time)));
        let now = figure(self.last.total.unwrap_or_default());
        format!(
            "{count} polls in {span}: minimum {}, maximum {}, last {now}",
            figure(self.low),
            figure(self.high)
        )
    }

    fn place(&self, point: &RecentTotal) -> String {
        format!("{:.1},{:.1}", self.x(point), self.y(point))
    }

    fn x(&self, point: &RecentTotal) -> f64 {
        let part = part(point.time.0, self.first.time.0, self.last.time.0).unwrap_or(1.0);
        EDGE + part * (WIDE - 2.0 * EDGE)
    }

    fn y(&self, point: &RecentTotal) -> f64 {
        let part = part(point.total.unwrap_or_default(), self.low, self.high).unwrap_or(0.5);
        HIGH - EDGE - part * (HIGH - 2.0 * EDGE)
    }
}

/// Returns the position of a number between two others, in `0..=1`, or `None` if it is not finite. The numbers are
/// halved because their difference could overflow.
fn part(number: f64, low: f64, high: f64) -> Option<f64> {
    let part = (number / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
    part.is_finite().then(|| part.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::humanize::Time;

    fn drawn(totals: &[f64]) -> String {
        let point = |(at, total): (usize, &f64)| RecentTotal {
            time: Time(at as f64 * 60.0),
            total: Some(*total).filter(|total| total.is_finite()),
        };
        let points: Vec<RecentTotal> = totals.iter().enumerate().map(point).collect();
        let mut out = String::new();
        plot(&points, &mut out).unwrap();
        out
    }

    #[test]
    fn the_line_goes_from_the_lowest_to_the_highest() {
        let picture = drawn(&[1.0, 3.0, 2.0]);
        assert!(picture.contains("<polyline points=\"4.0,44.0 120.0,4.0 236.0,24.0\"/>"), "{picture}");
        assert!(
            picture.contains("<title>3 polls in 2 min: minimum 1, maximum 3, last 2</title>"),
            "{picture}"
        );
    }

    #[test]
    fn what_is_no_number_is_a_gap_and_one_number_no_picture() {
        assert_eq!(drawn(&[1.0, f64::NAN, 2.0, 3.0, f64::INFINITY]).matches("<polyline").count(), 2);
        assert_eq!((drawn(&[]), drawn(&[1.0]), drawn(&[f64::NAN; 9])), Default::default());
    }

    #[test]
    fn every_number_stays_within_the_picture() {
        for totals in [[5.0, 5.0], [f64::MAX, f64::MIN], [0.0, 5e-324], [1e300, -1e-300]] {
            let picture = drawn(&totals);
            assert!(!picture.contains("NaN,") && !picture.contains("inf"), "{picture}");
            let line = picture.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
            for number in line.split([' ', ',']) {
                assert!((0.0..=WIDE).contains(&number.parse().unwrap()), "{picture}");
            }
        }
    }
}
