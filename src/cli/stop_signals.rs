//! The signals that stop the process.

use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::{emulate_default_handler, signal_name};

use crate::poll::session_closer::SessionClosers;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::start_help;
use crate::support::exit::Exit;
use crate::support::log;

const STACK: usize = 128 * 1024;

/// The signals SIGTERM and SIGINT, which stop the process, and SIGHUP, which does not.
pub(super) struct StopSignals(Signals);

impl StopSignals {
    pub(super) fn new() -> Result<Self, Exit> {
        let signals = Signals::new([SIGTERM, SIGINT, SIGHUP]);
        signals.map(Self).map_err(|error| {
            Exit::failed(Diagnostic::new(format!("cannot handle signals: {error}")).help(start_help(&error)))
        })
    }

    /// Waits for SIGTERM or SIGINT, and returns its name. Calls `reload` for each SIGHUP.
    pub(super) fn wait(&mut self, reload: impl Fn()) -> &'static str {
        for signal in self.0.forever() {
            if signal != SIGHUP {
                return signal_name(signal).unwrap_or_default();
            }
            reload();
        }
        ""
    }

    /// Closes the sessions at a signal, and then lets the signal take its default effect.
    pub(super) fn close_before_exit(mut self, sessions: SessionClosers) {
        let stop = move || {
            for signal in self.0.forever() {
                sessions.close();
                let _ = emulate_default_handler(signal);
            }
        };
        let _ = thread::Builder::new().name("signals".into()).stack_size(STACK).spawn(stop);
    }

    /// Stops the process immediately at the next signal.
    pub(super) fn exit_at_next(mut self) {
        let stop = move || {
            let signal = self.wait(|| ());
            log::info("stopped", &[("signal", &signal)]);
            log::flush();
            std::process::exit(0)
        };
        let _ = thread::Builder::new().name("signals".into()).stack_size(STACK).spawn(stop);
    }
}
