//! The health of the process, as `/-/healthy` reports it, so that a supervisor restarts an unhealthy one.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use crate::support::heartbeat::{Heartbeat, PollFault};
use crate::support::locks::locked;

/// The poll loops of the process, by service.
#[derive(Debug, Default)]
pub(crate) struct ProcessHealth(Mutex<Arc<[PollLoop]>>);

/// A poll loop, and the name of its service.
pub(crate) type PollLoop = (String, Arc<Heartbeat>);

impl ProcessHealth {
    /// Sets the loops of the process.
    pub(crate) fn set(&self, loops: impl IntoIterator<Item = PollLoop>) {
        *locked(&self.0) = loops.into_iter().collect();
    }

    /// Returns the reason why the process is unhealthy: the exporter's part of a poll loop is stuck, or every service
    /// hangs.
    ///
    /// One hung service does not make the process unhealthy: the others continue, and `cton_service_up` reports it.
    pub(crate) fn fault(&self, now: Instant) -> Option<String> {
        let loops = Arc::clone(&locked(&self.0));
        let faults = loops.iter().map(|(name, heartbeat)| (name, heartbeat.fault(now)));
        let mut faults = faults.collect::<Vec<_>>().into_iter();
        let stuck = faults.clone().find_map(|(name, fault)| match fault {
            Some((PollFault::Stuck, took)) => Some((name, took)),
            _ => None,
        });
        if let Some((service, took)) = stuck {
            return Some(format!("poll loop of `{service}` stuck for {} s", took.as_secs()));
        }
        let all_hang = !loops.is_empty() && faults.all(|(_, fault)| fault.is_some());
        all_hang.then(|| "all services are hung".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::support::heartbeat::{OWN_PART, PollStage};

    #[test]
    fn one_service_that_hangs_is_no_fault_but_all_are_and_one_stuck_loop_is() {
        let limit = Duration::from_secs(10);
        let loops = ["a", "b"].map(|name| (name.to_owned(), Arc::new(Heartbeat::new(limit))));
        let [a, b] = loops.each_ref().map(|(_, heartbeat)| Arc::clone(heartbeat));
        let process_health = ProcessHealth::default();
        process_health.set(loops);
        let start = Instant::now();
        let fault = || process_health.fault(start + OWN_PART * 2);
        assert_eq!(fault(), None);
        a.enter(PollStage::Polling, start);
        assert_eq!(fault(), None, "the other service still polls");
        b.enter(PollStage::Polling, start);
        assert_eq!(fault().unwrap(), "all services are hung");
        b.enter(PollStage::Waiting, start);
        assert_eq!(fault(), None);
        b.enter(PollStage::Own, start);
        assert_eq!(fault().unwrap(), "poll loop of `b` stuck for 60 s");
        assert_eq!(ProcessHealth::default().fault(start), None);
    }
}
