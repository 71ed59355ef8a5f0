//! The removal of series that are no longer listed, expire, or make room for others.

use super::FamilySeries;
use crate::author::reading::ReadResult;
use crate::series::items::SeriesItem;
use crate::series::time_series::TimeSeries;

/// The time in seconds after which the state notes that a series is no longer listed.
///
/// A series that is listed now and then changes nothing in the state. After a restart a series without the note counts
/// as listed at the restart.
const NOTED_AFTER: f64 = 3600.0;

impl FamilySeries {
    /// Removes the series that a complete reading does not list.
    ///
    /// After any other reading, removes the series that expire, and those that make room for new ones in `allowed`
    /// bytes.
    pub(super) fn remove_ended(&mut self, listed: &[SeriesItem], complete: bool, allowed: usize, now: f64) {
        let slept = self.slept(now);
        if complete {
            // A gauge without a value is not exposed; a total without one keeps its value.
            let is_gauge = self.family.kind.is_current();
            let mut is_listed =
                listing(listed.iter().filter(|item| !is_gauge || item.report != ReadResult::Absent));
            self.series.retain(|key, _| is_listed(key));
            self.parked.retain(listing(listed));
            return;
        }
        if !self.options.expire_after.is_zero() {
            self.expire_unlisted(listed, now, slept);
        }
        self.make_room(listed, allowed, now);
    }

    /// Lists the series of the last reading again, as the API confirmed it.
    pub(super) fn list_again(&mut self, now: f64) {
        if self.options.expire_after.is_zero() {
            return;
        }
        let (read, slept) = (self.read, self.slept(now));
        for series in self.series.values_mut() {
            series.listed = if Some(series.listed) == read { now } else { series.listed + slept };
        }
    }

    /// Returns the Unix timestamp since which the series is not listed, if the state is to note it.
    pub(super) fn unlisted(&self, series: &TimeSeries) -> Option<u64> {
        let read = self.read.filter(|_| !self.options.expire_after.is_zero())?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
        (read - series.listed >= NOTED_AFTER).then_some(series.listed.ceil() as u64)
    }

    /// Returns the seconds since the last reading that do not count for expiry, and notes `now` as the time of a
    /// reading.
    ///
    /// No series can be listed during an outage or a jump of the clock. The result is negative if the clock was set
    /// back.
    fn slept(&mut self, now: f64) -> f64 {
        let passed = now - self.read.replace(now).unwrap_or(now);
        let counts = self.options.expire_after.as_secs_f64() / 2.0;
        if passed < 0.0 { passed } else { (passed - counts).max(0.0) }
    }

    fn expire_unlisted(&mut self, listed: &[SeriesItem], now: f64, slept: f64) {
        let expire_after = self.options.expire_after.as_secs_f64();
        let mut is_listed = listing(listed);
        self.series.retain(|key, series| {
            series.listed += slept;
            is_listed(key) || now - series.listed < expire_after
        });
    }
}

/// Returns a function that reports if a key is listed. Its keys must come in ascending order, and the items must be
/// sorted by key.
pub(super) fn listing<'a>(items: impl IntoIterator<Item = &'a SeriesItem>) -> impl FnMut(&str) -> bool {
    let mut listed = items.into_iter().map(|item| &*item.key).peekable();
    move |key| {
        while listed.next_if(|listed| *listed < key).is_some() {}
        listed.next_if_eq(&key).is_some()
    }
}
