//! The staleness of a gauge's series, which are removed if they are not read for too long.

use std::collections::BTreeMap;
use std::time::Instant;

use super::FamilySeries;

impl FamilySeries {
    /// Removes the series of a gauge that were last read at `before` or earlier. Returns true if there were any.
    pub(in crate::series) fn expire(&mut self, before: Instant) -> bool {
        if self.oldest.is_none_or(|oldest| oldest > before) {
            return false;
        }
        let (stale, fresh) =
            std::mem::take(&mut self.series).into_iter().partition(|(_, series)| series.fresh <= before);
        self.series = fresh;
        self.removed.extend::<BTreeMap<_, _>>(stale);
        self.age();
        true
    }

    /// Returns the earliest of the times at which the gauge's series were last read; `None` without such a series.
    pub(in crate::series) fn oldest(&self) -> Option<Instant> {
        self.oldest
    }

    /// Notes that the API confirmed the last recorded poll. The series that were read in it are current, including
    /// those that were removed as stale since.
    pub(in crate::series) fn confirm(&mut self, at: Instant, now: f64) {
        let updated = self.freshness.updated();
        let (current, stale) =
            std::mem::take(&mut self.removed).into_iter().partition(|(_, series)| series.fresh == updated);
        self.removed = stale;
        self.series.extend::<BTreeMap<_, _>>(current);
        let confirmed = self.series.values_mut().filter(|series| series.fresh == updated);
        confirmed.for_each(|series| series.fresh = at);
        self.list_again(now);
        self.freshness.confirm(at, now);
        self.age();
    }

    pub(super) fn age(&mut self) {
        if self.family.kind.is_current() {
            self.oldest = self.series.values().map(|series| series.fresh).min();
        }
    }
}
