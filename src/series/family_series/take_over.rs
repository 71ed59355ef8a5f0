//! The series of a family whose options change during a run.

use std::mem::swap;

use super::FamilySeries;

impl FamilySeries {
    /// Returns true if the series have the same meaning and the same limits in the other family.
    ///
    /// Its HELP and its unit may differ, which are only text.
    pub(in crate::series) fn continues_as(&self, other: &Self) -> bool {
        let (one, two) = (&self.family, &other.family);
        (one.name, one.kind, one.labels, &one.buckets) == (two.name, two.kind, two.labels, &two.buckets)
            && self.options == other.options
    }

    /// Takes over the series of the family with its last options.
    ///
    /// The series of a counter, summary or histogram were restored before, unless they [continue](Self::continues_as).
    /// Gauges are not part of the state, so they are taken over in any case.
    pub(in crate::series) fn take_over(&mut self, mut last: Self) {
        if last.continues_as(self) {
            swap(&mut last.family, &mut self.family);
            last.park = self.park;
            *self = last;
            return;
        }
        (self.freshness, self.is_rejecting, self.read) = (last.freshness, last.is_rejecting, last.read);
        if !self.is_saved() {
            (self.series, self.oldest, self.polls) = (last.series, last.oldest, last.polls);
        }
    }
}
