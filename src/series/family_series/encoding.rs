//! The encoding of a family.

use super::FamilySeries;
use crate::author::configured_family::ConfiguredFamily;
use crate::config::Kind;
use crate::series::encode::{self, FamilyHead, Format, Sample};
use crate::series::samples::Gauges;

impl FamilySeries {
    /// Writes the family. Returns the positions of the values of a gauge.
    /// `labels` are on all lines.
    pub(in crate::series) fn encode(&self, format: Format, labels: &str, out: &mut Vec<u8>) -> Vec<Gauges> {
        let ConfiguredFamily { name, kind, help, unit, .. } = &*self.family;
        let (name, kind) = (*name, *kind);
        let head = FamilyHead { name, kind, help, unit, les: &self.les, labels };
        // The state of an older build may have creation times of running totals.
        let is_known = kind != Kind::Counter || self.totals.is_some();
        let shows_created = self.options.created && !kind.is_current() && is_known;
        let samples = self.series.iter().map(|(labels, series)| Sample {
            labels,
            value: series.value.shown(),
            created: series.created.filter(|_| shows_created),
        });
        let start = out.len();
        encode::family(format, &head, samples, out);
        if kind.is_current() { self.gauges(out.get(start..).unwrap_or_default(), start) } else { Vec::new() }
    }

    /// Returns the ranges of a gauge's lines, which begin at `start`. Neighbors that were read at the same time are one
    /// range.
    ///
    /// The metadata has the latest time of the series.
    fn gauges(&self, lines: &[u8], start: usize) -> Vec<Gauges> {
        let times = || self.series.values().map(|series| series.fresh);
        let Some(latest) = times().max() else { return Vec::new() };
        if times().all(|time| time == latest) {
            return vec![Gauges { bytes: start..start + lines.len(), fresh_at: latest }];
        }
        let times = self
            .series
            .values()
            .flat_map(|series| std::iter::repeat_n(series.fresh, series.value.shown().lines()));
        let (mut gauges, mut times, mut at) = (Vec::<Gauges>::new(), times, start);
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            let fresh_at = if line.starts_with(b"#") { latest } else { times.next().unwrap_or(latest) };
            let end = at + line.len();
            match gauges.last_mut().filter(|last| last.fresh_at == fresh_at) {
                Some(last) => last.bytes.end = end,
                None => gauges.push(Gauges { bytes: at..end, fresh_at }),
            }
            at = end;
        }
        gauges
    }
}
