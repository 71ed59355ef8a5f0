//! The stage of a poll loop, and the time at which it began.
//!
//! It is read without a lock, because a stuck loop could hold the lock.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The time beyond `poll_timeout_sec` after which a poll counts as hung. It leaves time to read the last response.
const GRACE: Duration = Duration::from_secs(5);

/// The time after which the exporter's own part of a poll counts as stuck. That part records, writes the state and
/// publishes.
pub(crate) const OWN_PART: Duration = Duration::from_secs(30);

/// A stage of a poll loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollStage {
    /// The loop waits between two polls.
    Waiting,
    /// The loop runs the code of the service, including its requests.
    Polling,
    /// The loop runs the exporter's own part: it records, writes the state and publishes.
    Own,
}

/// A fault of a poll loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PollFault {
    /// The code of service hung.
    Hangs,
    /// The exporter's own part does not finish.
    Stuck,
}

// The stages in the two lowest bits. A hung poll publishes nothing before its end, so the service counts as hung until
// then.
const WAITING: u64 = 0;
const POLLING: u64 = 1;
const OWN: u64 = 2;
const OWN_AFTER_HANGING: u64 = 3;

// The report on the fault of a stage. A fault that flaps is reported without a line.
const UNREPORTED: u8 = 0;
const QUIET: u8 = 1;
const LOGGED: u8 = 2;

/// The stage of one poll loop.
#[derive(Debug)]
pub struct Heartbeat {
    started: Instant,
    /// The timeout of a poll in milliseconds.
    poll_timeout: AtomicU64,
    /// The milliseconds since `started`, and the stage in the two lowest bits, so that both change together.
    stage: AtomicU64,
    report: AtomicU8,
}

impl Heartbeat {
    /// Creates the heartbeat of a waiting loop whose polls may take `poll_timeout`.
    pub fn new(poll_timeout: Duration) -> Self {
        let (stage, report) = (AtomicU64::new(0), AtomicU8::new(UNREPORTED));
        let heartbeat = Self { started: Instant::now(), poll_timeout: AtomicU64::new(0), stage, report };
        heartbeat.set_poll_timeout(poll_timeout);
        heartbeat
    }

    /// Sets the time that polls may take, also of a poll in progress.
    pub(crate) fn set_poll_timeout(&self, poll_timeout: Duration) {
        let milliseconds = u64::try_from(poll_timeout.as_millis()).unwrap_or(u64::MAX);
        self.poll_timeout.store(milliseconds, Ordering::SeqCst);
    }

    /// Enters a stage. Returns true if a fault of the previous stage was logged.
    pub fn enter(&self, stage: PollStage, now: Instant) -> bool {
        let since = u64::try_from(now.saturating_duration_since(self.started).as_millis());
        let stage = match stage {
            PollStage::Waiting => WAITING,
            PollStage::Polling => POLLING,
            PollStage::Own if self.fault(now).is_some() => OWN_AFTER_HANGING,
            PollStage::Own => OWN,
        };
        self.stage.store(since.unwrap_or(u64::MAX >> 2) << 2 | stage, Ordering::SeqCst);
        self.report.swap(UNREPORTED, Ordering::SeqCst) == LOGGED
    }

    /// Returns the fault of the loop at `now` and the duration of its stage, or `None` without a fault.
    pub fn fault(&self, now: Instant) -> Option<(PollFault, Duration)> {
        let word = self.stage.load(Ordering::SeqCst);
        let entered = self.started + Duration::from_millis(word >> 2);
        let took = now.saturating_duration_since(entered);
        let (fault, limit) = match word & 3 {
            POLLING => (PollFault::Hangs, self.poll_timeout().saturating_add(GRACE)),
            OWN_AFTER_HANGING if took < OWN_PART => (PollFault::Hangs, Duration::ZERO),
            OWN | OWN_AFTER_HANGING => (PollFault::Stuck, OWN_PART),
            _ => return None,
        };
        (took >= limit).then_some((fault, took))
    }

    fn poll_timeout(&self) -> Duration {
        Duration::from_millis(self.poll_timeout.load(Ordering::SeqCst))
    }

    /// Returns true while the loop runs the code of the service.
    pub(crate) fn is_polling(&self) -> bool {
        self.stage.load(Ordering::SeqCst) & 3 == POLLING
    }

    /// Returns true if the fault of this stage was reported already.
    pub fn is_reported(&self) -> bool {
        self.report.load(Ordering::SeqCst) != UNREPORTED
    }

    /// Notes that the fault is reported, and whether the log has a line for it.
    pub fn report(&self, is_logged: bool) {
        self.report.store(if is_logged { LOGGED } else { QUIET }, Ordering::SeqCst);
    }
}

/// Creates the heartbeat of an unknown loop, which never counts as hung.
impl Default for Heartbeat {
    fn default() -> Self {
        Self::new(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(100);

    #[test]
    fn each_stage_has_its_own_limit() {
        let (heartbeat, start) = (Heartbeat::new(TIMEOUT), Instant::now());
        let fault = |after: Duration| heartbeat.fault(start + after).map(|(fault, _)| fault);
        assert_eq!(fault(TIMEOUT * 9), None, "it waits");
        heartbeat.enter(PollStage::Polling, start);
        assert_eq!(fault(TIMEOUT), None);
        assert_eq!(fault(TIMEOUT + GRACE * 2), Some(PollFault::Hangs));
        heartbeat.enter(PollStage::Own, start);
        assert_eq!(fault(OWN_PART / 2), None);
        assert_eq!(fault(OWN_PART * 2), Some(PollFault::Stuck));
        heartbeat.enter(PollStage::Waiting, start);
        assert_eq!(fault(TIMEOUT * 9), None);
        heartbeat.enter(PollStage::Polling, start);
        heartbeat.enter(PollStage::Own, start + TIMEOUT * 2);
        assert_eq!(fault(TIMEOUT * 2), Some(PollFault::Hangs), "what it brings is not published yet");
        assert_eq!(fault(TIMEOUT * 3), Some(PollFault::Stuck));
    }

    #[test]
    fn a_fault_is_reported_once_in_each_stage() {
        let heartbeat = Heartbeat::default();
        let next = || heartbeat.enter(PollStage::Own, Instant::now());
        for is_logged in [true, false] {
            assert!(!heartbeat.is_reported());
            heartbeat.report(is_logged);
            assert!(heartbeat.is_reported());
            assert_eq!([next(), next()], [is_logged, false]);
        }
    }
}
