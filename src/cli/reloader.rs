//! The thread that reloads the config: after a signal, after a request, and after a change of a target file.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::change_summary::ChangeSummary;
use super::config_files;
use super::declared::Declared;
use super::options::Options;
use super::running::Running;
use crate::author::service::Program;
use crate::poll::plan::{Plan, TargetFileStamps, target_files};
use crate::server::lifecycle::{ReloadOutcome, ReloadRequest};
use crate::support::diagnostic::Diagnostic;
use crate::support::exit::Exit;
use crate::support::{log, systemd};

/// The interval between two checks of the target files.
const EVERY: Duration = Duration::from_secs(1);
/// The time for which the target files must be unchanged before they are read, because a write may be in progress.
const QUIET: Duration = Duration::from_secs(2);

/// The thread that reloads the config.
pub(super) struct ConfigReloader {
    program: &'static Program,
    options: Options,
    running: Running,
    /// The target files as they were when they were last read.
    seen: TargetFileStamps,
    /// A change that was not read yet, and the time at which it was found.
    pending: Option<(TargetFileStamps, Instant)>,
}

/// The files that a reload reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The file of `-c` and the target files.
    Config,
    /// The target files alone.
    TargetFiles,
}

impl ConfigReloader {
    pub(super) fn new(program: &'static Program, options: Options, running: Running) -> Self {
        let seen = running.plan().map(|plan| plan.target_files.clone()).unwrap_or_default();
        Self { program, options, running, seen, pending: None }
    }

    /// Reloads the config for each request, until the process exits.
    pub(super) fn run(mut self, requests: &Receiver<ReloadRequest>) {
        loop {
            match requests.recv_timeout(EVERY) {
                Ok(ReloadRequest { reply }) => {
                    let outcome = self.requested();
                    // The client may have closed its connection.
                    let _ = reply.map(|reply| reply.try_send(outcome));
                }
                Err(RecvTimeoutError::Timeout) => self.look(Instant::now()),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Reloads the config, as a signal or a request demands it.
    fn requested(&mut self) -> ReloadOutcome {
        if self.options.config.is_some() {
            return self.reload(Scope::Config);
        }
        if !self.seen.is_empty() {
            return self.reload(Scope::TargetFiles);
        }
        let (cause, hint) =
            ("the config is part of the binary", "start cton with `-c FILE` to reload that file");
        log::warning("config not reloaded", &[("cause", &cause), ("hint", &hint)]);
        Err(format!("error: {cause}\n  = help: {hint}\n"))
    }

    /// Checks the target files, and reads them once they have been unchanged for [`QUIET`].
    fn look(&mut self, now: Instant) {
        let Some(files) = self.running.plan().map(|plan| target_files(&plan.config)) else { return };
        let last = self.pending.as_ref().map_or(&self.seen, |(files, _)| files);
        if files != *last {
            self.pending = Some((files, now));
        } else if self.pending.as_ref().is_some_and(|(_, since)| now.duration_since(*since) >= QUIET) {
            // Its outcome is in the log and in the metrics.
            let _ = self.reload(Scope::TargetFiles);
        }
    }

    fn reload(&mut self, scope: Scope) -> ReloadOutcome {
        systemd::notify_reloading();
        let outcome = self.load(scope);
        let outcome = match outcome {
            Ok(summary) => Ok(self.succeeded(&summary)),
            Err(error) => Err(self.failed(&error)),
        };
        systemd::notify("READY=1");
        outcome
    }

    /// Reads the files, checks them, and changes the running parts.
    fn load(&mut self, scope: Scope) -> Result<ChangeSummary, Exit> {
        let selection = self.options.selection();
        let running = self.running.plan();
        // A file that changes after this is read again, and one with errors is not.
        self.pending = None;
        self.seen = running.map(|running| target_files(&running.config)).unwrap_or_default();
        let plan = match running.filter(|_| scope == Scope::TargetFiles) {
            Some(running) => running.with_current_target_files(self.program, &selection)?,
            None => Plan::new(self.program, &selection)?,
        };
        if running.is_some_and(|running| running.config.state_dir != plan.config.state_dir) {
            return Err(Exit::usage(
                Diagnostic::new("`state_dir` has changed, which a reload cannot apply")
                    .help("restart cton to use another directory, or restore the key"),
            ));
        }
        Declared::of(&plan).check(self.options.replay.is_some())?;
        config_files::check(&plan, self.options.web_config.as_deref())?;
        self.seen.clone_from(&plan.target_files);
        self.running.change_to(plan)
    }

    fn succeeded(&self, summary: &ChangeSummary) -> String {
        self.running.facts().reload.succeed();
        summary.tell()
    }

    /// Reports a reload that changed nothing, with all errors.
    fn failed(&self, error: &Exit) -> String {
        for error in error.diagnostics() {
            let fields = error.log_fields();
            log::error("config not reloaded", &log::with_facts(&[], &fields));
        }
        let errors: String = error.diagnostics().iter().map(|error| error.rendered(false)).collect();
        self.running.facts().reload.fail(errors.clone());
        errors
    }
}
