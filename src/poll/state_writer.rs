//! The thread that writes the state of one service.

use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::state::write::{StateWrite, WriteResult};
use crate::support::{log, panics};

/// The stack size of the thread in bytes. A write needs little memory apart from its data.
const STACK: usize = 256 * 1024;

/// The thread that writes the state of one service, so that a disk that hangs blocks no other service.
///
/// The poll loop waits for each write. So at most one write is pending, and nothing is published or polled before its
/// end.
#[derive(Debug)]
pub(crate) struct StateWriter {
    writes: Sender<StateWrite>,
    written: Receiver<WriteResult>,
}

impl StateWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no more threads.
    pub(crate) fn start(service: &str) -> io::Result<Self> {
        let ((writes, due), (ended, written)) = (channel::<StateWrite>(), channel());
        let thread = thread::Builder::new().name(format!("state-{service}")).stack_size(STACK);
        let name = service.to_owned();
        thread.spawn(move || {
            // Nobody receives the outcome if the poll loop has ended.
            due.into_iter().map_while(|write| ended.send(run(&name, write)).ok()).for_each(drop);
        })?;
        Ok(Self { writes, written })
    }

    /// Writes the state on the thread, and waits for the result. `None` if the thread has died.
    pub(crate) fn write(&self, write: StateWrite) -> Option<WriteResult> {
        self.writes.send(write).ok()?;
        self.written.recv().ok()
    }
}

/// Runs a write. A panic exits the process, as without the thread no state could be written.
fn run(service: &str, write: StateWrite) -> WriteResult {
    panics::catch(|| write.run()).unwrap_or_else(|error| {
        let hint = "report this bug in cton";
        let fields: [log::LogField<'_>; 3] = [("service", &service), ("error", &error), ("hint", &hint)];
        log::critical("state writer panicked", &fields);
        log::flush();
        std::process::exit(70)
    })
}
