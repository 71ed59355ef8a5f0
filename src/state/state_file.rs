//! The state file of a running service.

use std::borrow::Cow;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::disk::NotRead;
use super::format::journal::Journal;
use super::format::{self, ReadState, SavedState};
use super::last_written::{Beside, Due, LastWritten};
use super::write::{Disk, StateWrite, WriteContent, WriteResult};
use crate::author::api::fingerprints::Fingerprints;
use crate::series::restore_report::RestoreReport;
use crate::series::samples::Samples;
use crate::support::diagnostic::Diagnostic;
use crate::support::error::Error;
use crate::support::flap_log::FlapLog;
use crate::support::flapping::window;
use crate::support::log::{self, LogField};
use crate::support::outages::{OutageReport, Outages, RecoveryReport};

const NOT_WRITTEN: &str = "state not written";

/// The state of a service, and the file that it is written to.
///
/// An unusable directory never stops the service: it continues in memory until the directory can be used.
#[derive(Debug)]
pub(crate) struct StateFile {
    service: String,
    /// The file on the disk; `None` while a write in progress has it.
    disk: Option<Disk>,
    /// The content of the file; `None` if it is unknown or there is no file.
    known: Option<LastWritten>,
    /// The number of polls that the kept value has been held for.
    held: u32,
    /// The responses that were recorded.
    responses: Fingerprints,
    /// The failures of its writes, and of the open.
    outages: Outages,
    /// The window in which its outages are counted.
    window: Duration,
}

impl StateFile {
    /// Takes the lock of the service's file.
    ///
    /// # Errors
    /// Another process has the lock. Any other problem is logged once, and is no error.
    pub(crate) fn open(dir: &Path, service: &str) -> Result<Self, Diagnostic> {
        let (disk, failed) = Disk::open(dir, service).map_err(|text| {
            Diagnostic::new(text).help("stop that process, or give this one another `--state-dir`")
        })?;
        let mut file = Self {
            service: service.to_owned(),
            disk: Some(disk),
            known: None,
            held: 0,
            responses: Fingerprints::default(),
            outages: Outages::default(),
            window: window(Duration::ZERO),
        };
        if let Some(text) = failed {
            file.tell_failure(text, false);
        }
        Ok(file)
    }

    /// Sets the poll interval, which the limit of log lines depends on.
    pub(crate) fn set_poll_interval(&mut self, interval: Duration) {
        self.window = window(interval);
    }

    /// Lets the next write replace the whole file, because the samples are others.
    pub(crate) fn rewrite(&mut self) {
        self.known = None;
    }

    /// Restores the samples from the file, and returns the value given to `Api::keep`.
    ///
    /// An invalid file is renamed; a file that cannot be read stays.
    pub(crate) fn load(&mut self, samples: &mut Samples) -> Option<String> {
        match self.read(samples) {
            Ok(None) => None,
            Ok(Some((report, kept))) => {
                self.tell_loaded(samples, &report);
                kept
            }
            Err(NotRead::Useless(why)) => {
                if let Some(disk) = &mut self.disk {
                    disk.put_aside(&why);
                }
                None
            }
            Err(NotRead::Failed(error)) => {
                let said = self.disk.as_mut().and_then(|disk| disk.leave(&error));
                if let Some(text) = said {
                    self.tell_failure(text, true);
                }
                None
            }
        }
    }

    /// Returns the number of polls that the kept value has been held for, as last loaded or set.
    pub(crate) fn held(&self) -> u32 {
        self.held
    }

    /// Sets the number of polls that the kept value has been held for, which the next write includes.
    pub(crate) fn set_held(&mut self, polls: u32) {
        self.held = polls;
    }

    /// Returns the responses that were recorded, as last loaded or set.
    pub(crate) fn responses(&self) -> &Fingerprints {
        &self.responses
    }

    /// Sets the responses that were recorded, which the next write includes.
    pub(crate) fn set_responses(&mut self, responses: &Fingerprints) {
        self.responses.clone_from(responses);
    }

    /// Writes the changes and waits for the disk; returns false if the last write failed.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn save(&mut self, samples: &mut Samples, kept: Option<&str>) -> bool {
        let written = self.changes(samples, kept).map(StateWrite::run);
        written.map_or(self.is_written(), |written| self.end(written))
    }

    /// Returns true if the last write succeeded.
    pub(crate) fn is_written(&self) -> bool {
        !self.outages.is_failing()
    }

    /// Returns the write that is due; `None` if nothing has changed or a write is in progress.
    ///
    /// Any thread can run it: [`StateWrite::run`] does all I/O, and [`Self::end`] takes its outcome.
    pub(crate) fn changes(&mut self, samples: &mut Samples, kept: Option<&str>) -> Option<StateWrite> {
        let is_locked = self.disk.as_ref()?.is_locked();
        let beside = Beside { value: kept, held: self.held, responses: &self.responses };
        let due = match self.known.as_mut().filter(|_| is_locked) {
            Some(known) => known.changes(samples, beside)?,
            None => Due::Snapshot,
        };
        let what = match due {
            Due::Record(record, end) => Ok(WriteContent::Record(record, end)),
            Due::Snapshot => self.snapshot(samples, kept).map(WriteContent::Snapshot),
        };
        Some(StateWrite { disk: self.disk.take()?, what })
    }

    /// Returns the whole state, and assumes that its write succeeds; [`Self::end`] corrects that.
    fn snapshot(&mut self, samples: &mut Samples, kept: Option<&str>) -> io::Result<Vec<u8>> {
        for metric in samples.expire_unloaded(unix_now()) {
            let error = "not configured for 90 days, or larger than the limit";
            self.log(log::warning, "unloaded state dropped", &[("metric", &metric), ("error", &error)]);
        }
        let saved = SavedState {
            service: self.service.as_str().into(),
            kept: kept.map(Into::into),
            held: self.held,
            responses: Cow::Borrowed(&self.responses),
            samples: samples.save(),
        };
        let body = format::body(&saved)?;
        let beside = Beside { value: kept, held: self.held, responses: &self.responses };
        self.known = Some(LastWritten::new(samples, beside, Some(&body)));
        Ok(body)
    }

    /// Takes the outcome of a write, logs a change of it, and returns false if the write failed.
    ///
    /// After a failure the next [`Self::changes`] returns a write of the whole state.
    pub(crate) fn end(&mut self, written: WriteResult) -> bool {
        let WriteResult { disk, outcome } = written;
        match outcome {
            Err(text) => {
                self.known = None;
                self.tell_failure(text, disk.is_unread());
            }
            Ok(()) => self.tell_success(&disk),
        }
        self.disk = Some(disk);
        self.is_written()
    }

    /// Restores the samples, and returns the report and the kept value; `None` if there is no file.
    fn read(&mut self, samples: &mut Samples) -> Result<Option<(RestoreReport, Option<String>)>, NotRead> {
        let Some(disk) = &mut self.disk else { return Ok(None) };
        let Some(bytes) = disk.read()? else { return Ok(None) };
        let ReadState { saved, journal } = format::read(&self.service, &bytes).map_err(NotRead::Useless)?;
        disk.knows(&bytes);
        let SavedState { kept, held, responses, samples: saved, .. } = saved;
        let report = samples.restore(saved, unix_now());
        (self.held, self.responses) = (held, responses.into_owned());
        let beside = Beside { value: kept.as_deref(), held, responses: &self.responses };
        self.known = Some(LastWritten::new(samples, beside, None));
        self.tell_cut(journal);
        Ok(Some((report, kept.map(Into::into))))
    }
}

fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// The log messages of a state file.
impl StateFile {
    fn tell_loaded(&self, samples: &Samples, report: &RestoreReport) {
        let Some(disk) = &self.disk else { return };
        for (metric, why) in &report.unloaded {
            let hint = "configure the metric as before; its state stays in the file for 90 days";
            self.log(
                log::warning,
                "saved state not loaded",
                &[("metric", metric), ("error", why), ("hint", &hint)],
            );
        }
        for (metric, why) in &report.restarted {
            self.log(log::info, "histogram restarted from zero", &[("metric", metric), ("reason", why)]);
        }
        let (series, ids) = (samples.series_count(), samples.id_count());
        let file = disk.state().display();
        self.log(log::info, "state read", &[("file", &file), ("series", &series), ("ids", &ids)]);
    }

    fn tell_cut(&self, journal: Journal) {
        let Journal { records, cut, is_damaged, .. } = journal;
        let file = self.disk.as_ref().map(|disk| disk.state().display().to_string()).unwrap_or_default();
        let fields: [LogField<'_>; 3] = [("file", &file), ("records", &records), ("bytes", &cut)];
        if is_damaged {
            let hint = "check the disk; the changes after the damage are only in the copy";
            let copy = self.disk.as_ref().map(Disk::copy_aside).unwrap_or_default();
            let more: [LogField<'_>; 2] = [("copy", &copy), ("hint", &hint)];
            self.log(log::error, "state journal damaged", &[&fields[..], &more].concat());
        } else if cut > 0 {
            self.log(log::info, "unfinished state write ignored", &fields);
        }
    }

    fn tell_failure(&mut self, text: String, stays: bool) {
        let error = Error::from(text);
        let Some(report) = self.outages.fail(&error, Instant::now(), self.window) else { return };
        let hint = match stays {
            true => {
                "make the file readable and restart cton, or remove the file: the state in memory is then written"
            }
            false => {
                "check the disk and the permissions of `state_dir`; a restart before the next write loses changes"
            }
        };
        match report {
            OutageReport::Failed => {
                self.log(log::error, NOT_WRITTEN, &[("error", &error), ("hint", &hint)]);
            }
            OutageReport::Flaps(times) => {
                self.flap_log().started(log::error, times, &[("error", &error)]);
            }
        }
    }

    fn tell_success(&mut self, disk: &Disk) {
        match self.outages.succeed(Instant::now(), self.window) {
            Some(RecoveryReport::Ended) => {
                self.log(log::info, "state written again", &[("file", &disk.state().display())]);
            }
            Some(RecoveryReport::Stable(omitted)) => self.flap_log().ended(omitted, &[]),
            None => {}
        }
    }

    fn flap_log(&self) -> FlapLog<'_> {
        FlapLog { service: &self.service, event: NOT_WRITTEN, window: self.window }
    }

    fn log(&self, level: fn(&str, &[LogField<'_>]), message: &str, fields: &[LogField<'_>]) {
        let mut all: Vec<LogField<'_>> = vec![("service", &self.service)];
        all.extend_from_slice(fields);
        level(message, &all);
    }
}
