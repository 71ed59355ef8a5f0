//! The state file of a running service.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::disk::NotRead;
use super::format::{self, Saved};
use super::write::{Disk, Write, Written};
use crate::log::{self, Field};
use crate::sample::Samples;

/// The state of a service, and the file that it is written to.
///
/// An unusable directory never stops the service: it continues in memory until the directory can be used.
#[derive(Debug)]
pub struct StateFile {
    service: String,
    /// `None` while a write is under way, which has it.
    disk: Option<Disk>,
    failing: Option<String>,
}

impl StateFile {
    /// Takes the lock of the service's file.
    ///
    /// # Errors
    /// Another process has it. Nothing else is an error: it is logged, once.
    pub fn open(dir: &Path, service: &str) -> Result<Self, String> {
        let (disk, failed) = Disk::open(dir, service)?;
        let mut file = Self { service: service.to_owned(), disk: Some(disk), failing: None };
        if let Some(text) = failed {
            file.tell_failure(text, false);
        }
        Ok(file)
    }

    /// Goes on from the file: fills the samples, and returns what `Api::keep` was given. A file that is of no use is put
    /// aside, one that cannot be read stays.
    pub fn load(&mut self, samples: &mut Samples) -> Option<String> {
        match self.read(samples) {
            Ok(None) => None,
            Ok(Some((left, kept))) => {
                self.tell_loaded(samples, &left);
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

    /// Writes the changes and waits for that; `false` if it failed.
    pub fn save(&mut self, samples: &Samples, kept: Option<&str>) -> bool {
        let written = self.changes(samples, kept).map(Write::run);
        written.map_or(self.failing.is_none(), |written| self.end(written))
    }

    /// Returns the write that is due, which owns all that it needs: [`Write::run`] does all I/O, on any thread, and
    /// [`Self::end`] takes its outcome. `None` if nothing has changed, or while a write is under way.
    pub fn changes(&mut self, samples: &Samples, kept: Option<&str>) -> Option<Write> {
        let saved = Saved {
            service: self.service.as_str().into(),
            kept: kept.map(Into::into),
            samples: samples.save(),
        };
        let body = format::body(&saved);
        let disk = self.disk.take_if(|disk| !body.as_deref().is_ok_and(|body| disk.has(body)))?;
        Some(Write { disk, body })
    }

    /// Takes the outcome of a write and logs a change; `false` if it failed. A failed write is due again, whole, with the next
    /// [`Self::changes`].
    pub fn end(&mut self, written: Written) -> bool {
        let Written { disk, outcome } = written;
        match outcome {
            Err(text) => self.tell_failure(text, disk.is_unread()),
            Ok(()) if self.failing.take().is_some() => {
                self.log(log::info, "state written again", &[("file", &disk.state().display())]);
            }
            Ok(()) => {}
        }
        self.disk = Some(disk);
        self.failing.is_none()
    }

    /// The metrics of which nothing was taken over, and what was kept; `None` if there is no file.
    fn read(&mut self, samples: &mut Samples) -> Result<Option<(Left, Option<String>)>, NotRead> {
        let Some(disk) = &mut self.disk else { return Ok(None) };
        let Some(bytes) = disk.read()? else { return Ok(None) };
        let saved = format::read(&self.service, &bytes).map_err(NotRead::Useless)?;
        let Saved { kept, samples: saved, .. } = saved;
        let left = samples.restore(&saved, unix_now());
        disk.knows(&bytes);
        Ok(Some((left, kept.map(Into::into))))
    }
}

fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

/// Metrics of which nothing was taken over, and why.
type Left = Vec<(String, String)>;

/// The log lines of a state file.
impl StateFile {
    fn tell_loaded(&self, samples: &Samples, left: &[(String, String)]) {
        let Some(disk) = &self.disk else { return };
        for (metric, why) in left {
            let message = "the kept state of a metric is not used";
            self.log(log::warning, message, &[("metric", metric), ("cause", why)]);
        }
        let (series, ids) = (samples.series_count(), samples.id_count());
        let file = disk.state().display();
        self.log(log::info, "state read", &[("file", &file), ("series", &series), ("ids", &ids)]);
    }

    fn tell_failure(&mut self, text: String, stays: bool) {
        if self.failing.as_ref() != Some(&text) {
            let advice = if stays {
                "it goes on in memory"
            } else {
                "it goes on in memory and is written after the next poll that can: a restart before loses what was counted"
            };
            self.log(log::error, "state not written", &[("cause", &text), ("advice", &advice)]);
        }
        self.failing = Some(text);
    }

    fn log(&self, level: fn(&str, &[Field<'_>]), message: &str, fields: &[Field<'_>]) {
        let mut all: Vec<Field<'_>> = vec![("service", &self.service)];
        all.extend_from_slice(fields);
        level(message, &all);
    }
}
