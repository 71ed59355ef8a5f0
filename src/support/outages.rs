//! The outages of a service, metric or state file: decides which errors and recoveries are logged.

use std::time::{Duration, Instant};

use super::flapping::{FlapHistory, StartReport};
use super::logged_causes::LoggedCauses;
use crate::support::error::Error;

/// The outages of one service, metric or state file.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    is_failing: bool,
    /// The causes that were logged since the last logged success.
    causes: LoggedCauses,
    flaps: FlapHistory,
}

/// The report that an error deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutageReport {
    /// The error is logged.
    Failed,
    /// The number of outages within the window is logged, with the last error.
    Flaps(usize),
}

/// The report that a success deserves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RecoveryReport {
    /// The end of an outage is logged.
    Ended,
    /// The end of flapping is logged, as no state changed within the window. The number is that of the outages that were not
    /// logged.
    Stable(usize),
}

impl Outages {
    /// Notes a failure, and returns the report on it, if it is to be logged.
    ///
    /// Each cause of an outage is logged once, and flapping at its start. During flapping only a new cause is logged.
    pub(crate) fn fail(&mut self, error: &Error, now: Instant, window: Duration) -> Option<OutageReport> {
        if self.flaps.settle(now, window).is_some() {
            // After a window of failures it flaps no more, so its causes are logged again.
            self.causes.clear();
        }
        let starts = !std::mem::replace(&mut self.is_failing, true);
        let start = if starts { self.flaps.start(now, window) } else { StartReport::Quiet };
        let is_new = self.causes.is_new(error);
        match start {
            StartReport::Flaps(outages) => Some(OutageReport::Flaps(outages)),
            StartReport::Logged | StartReport::Again(_) | StartReport::Quiet => {
                is_new.then_some(OutageReport::Failed)
            }
        }
    }

    /// Notes a success, and returns the report on it, if it is to be logged.
    pub(crate) fn succeed(&mut self, now: Instant, window: Duration) -> Option<RecoveryReport> {
        let settles = self.flaps.settle(now, window);
        let ends = std::mem::take(&mut self.is_failing) && self.flaps.end(now, window);
        if !self.flaps.is_quiet() {
            self.causes.clear();
        }
        match (ends, settles) {
            (true, _) => Some(RecoveryReport::Ended),
            (false, Some(omitted)) => Some(RecoveryReport::Stable(omitted)),
            (false, None) => None,
        }
    }

    /// Returns true if the last noted outcome is a failure.
    pub(crate) fn is_failing(&self) -> bool {
        self.is_failing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);
    const WINDOW: Duration = Duration::from_secs(3600);

    /// Returns the lines of polls that are a minute apart: `x` fails, `y` fails for another cause, `.` succeeds.
    fn lines(outages: &mut Outages, begin: Instant, polls: &str) -> String {
        let line = |(nth, poll): (u32, char)| {
            let now = begin + MINUTE * nth;
            let error = |word: &str| Error::from(format!("no {word}"));
            let told = match poll {
                '.' => {
                    let recovery = outages.succeed(now, WINDOW)?;
                    return Some(if recovery == RecoveryReport::Ended { '.' } else { 'S' });
                }
                'x' => outages.fail(&error("answer"), now, WINDOW),
                _ => outages.fail(&error("route"), now, WINDOW),
            };
            told.map(|report| if report == OutageReport::Failed { poll } else { 'F' })
        };
        (0..).zip(polls.chars()).filter_map(line).collect()
    }

    #[test]
    fn an_outage_has_a_line_for_each_cause_and_one_for_its_end() {
        let now = Instant::now();
        assert_eq!(lines(&mut Outages::default(), now, "..xxx.."), "x.");
        assert_eq!(lines(&mut Outages::default(), now, ".xyxy.x."), "xy.x.");
    }

    #[test]
    fn a_service_that_alternates_for_ever_has_seven_lines() {
        let polls = "x.".repeat(5000);
        assert_eq!(lines(&mut Outages::default(), Instant::now(), &polls), "x.x.x.F");
        let polls = "x.y.".repeat(5000);
        assert_eq!(lines(&mut Outages::default(), Instant::now(), &polls), "x.y.x.Fx");
    }

    #[test]
    fn the_end_of_flapping_is_reported_when_it_is_stable() {
        let (stable, failing) = (".".repeat(70), "x".repeat(70));
        let alternating = "x.".repeat(20);
        let of = |polls: String| lines(&mut Outages::default(), Instant::now(), &polls);
        assert_eq!(of(alternating.clone() + &stable), "x.x.x.FS");
        assert_eq!(of(alternating.clone() + &failing), "x.x.x.Fx");
        assert_eq!(of(alternating.clone() + &failing + "."), "x.x.x.Fx.");
        assert_eq!(of(alternating + &stable + "x."), "x.x.x.FSx.");
    }
}
