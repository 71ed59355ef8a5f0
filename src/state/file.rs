//! The state file of a running service.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use siphasher::sip128::SipHasher24;

use super::disk::{NotRead, Paths};
use super::format::{self, Saved};
use super::lock;
use crate::log::{self, Field};
use crate::sample::Samples;

/// Where a service's state is kept.
///
/// Whatever is wrong with the folder, the service goes on: in memory, until the folder is right again.
#[derive(Debug)]
pub struct StateFile {
    service: String,
    paths: Paths,
    /// Held while the process lives; `None` while the folder is not right.
    lock: Option<File>,
    /// What lies there was read or written by this process, so it may be overwritten.
    is_ours: bool,
    /// What is said of a file that could not be read, and is left where it is.
    unread: Option<String>,
    /// The fingerprint of what was read or written last.
    known: Option<u128>,
    failing: Option<String>,
}

impl StateFile {
    /// Takes the lock of the service's file.
    ///
    /// # Errors
    /// Another process has it. Nothing else is an error: it is logged, once.
    pub fn open(dir: &Path, service: &str) -> Result<Self, String> {
        let (service, paths) = (service.to_owned(), Paths::new(dir, service));
        let mut file =
            Self { service, paths, lock: None, is_ours: true, unread: None, known: None, failing: None };
        match file.prepare() {
            Ok(()) => {}
            Err(Why::InUse(text)) => return Err(text),
            Err(Why::Failed(text)) => file.tell_failure(text),
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
                self.put_aside(&why);
                None
            }
            Err(NotRead::Failed(error)) => {
                self.leave(&error);
                None
            }
        }
    }

    /// Writes what has changed; `false` if that failed.
    pub fn save(&mut self, samples: &Samples, kept: Option<&str>) -> bool {
        match self.write(samples, kept) {
            Err(text) => self.tell_failure(text),
            Ok(()) if self.failing.take().is_some() => {
                self.log(log::info, "state written again", &[("file", &self.paths.state.display())]);
            }
            Ok(()) => {}
        }
        self.failing.is_none()
    }

    /// The metrics of which nothing was taken over, and what was kept; `None` if there is no file.
    fn read(&mut self, samples: &mut Samples) -> Result<Option<(Left, Option<String>)>, NotRead> {
        let Some(bytes) = self.paths.read()? else { return Ok(None) };
        let saved = format::read(&self.service, &bytes).map_err(NotRead::Useless)?;
        let Saved { kept, samples: saved, .. } = saved;
        let left = samples.restore(&saved, unix_now());
        self.known = format::whole(&bytes).ok().map(fingerprint);
        Ok(Some((left, kept.map(Into::into))))
    }

    fn write(&mut self, samples: &Samples, kept: Option<&str>) -> Result<(), String> {
        let saved = Saved {
            service: self.service.as_str().into(),
            kept: kept.map(Into::into),
            samples: samples.save(),
        };
        let state = self.paths.state.clone();
        let failed = |error: io::Error| format!("`{}` cannot be written: {error}", state.display());
        let body = format::body(&saved).map_err(failed)?;
        let fingerprint = fingerprint(&body);
        if self.lock.is_some() && self.known == Some(fingerprint) {
            return Ok(());
        }
        if self.lock.is_none() {
            self.prepare().map_err(|(Why::InUse(text) | Why::Failed(text))| text)?;
        }
        if !self.is_ours {
            self.clear_the_way()?;
        }
        if let Err(error) = self.paths.write(&body) {
            if !self.paths.dir.exists() {
                // Made again, it may be a folder that others use.
                self.lock = None;
            }
            self.known = None;
            return Err(failed(error));
        }
        self.known = Some(fingerprint);
        Ok(())
    }

    /// Has a folder and the lock in it. What lies there only now was not read, so it is not to be overwritten.
    fn prepare(&mut self) -> Result<(), Why> {
        let Paths { dir, lock, .. } = &self.paths;
        let failed =
            |what: &Path, error| Why::Failed(format!("`{}` cannot be used: {error}", what.display()));
        self.paths.make_dir().map_err(|error| failed(dir, error))?;
        let Some(taken) = lock::take(lock).map_err(|error| failed(lock, error))? else {
            return Err(Why::InUse(format!(
                "another process keeps the state of service `{}` in `{}`: end it, or give this one another --state-dir",
                self.service,
                dir.display()
            )));
        };
        self.paths.clean().map_err(|error| failed(dir, error))?;
        self.is_ours = self.failing.is_none();
        self.lock = Some(taken);
        Ok(())
    }
}

fn unix_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

fn fingerprint(body: &[u8]) -> u128 {
    SipHasher24::new().hash(body).as_u128()
}

/// Metrics of which nothing was taken over, and why.
type Left = Vec<(String, String)>;

/// Why there is no lock.
enum Why {
    InUse(String),
    Failed(String),
}

/// What is said, and what is done with a file that is of no use.
impl StateFile {
    fn put_aside(&mut self, why: &str) {
        self.is_ours = false;
        let file = self.paths.state.display();
        let advice = "the service begins anew, without what was counted before";
        let to = match self.paths.put_aside() {
            Ok(to) => {
                self.is_ours = true;
                to.display().to_string()
            }
            Err(error) => format!("nowhere: {error}"),
        };
        self.log(
            log::warning,
            "state file put aside",
            &[("file", &file), ("cause", &why), ("to", &to), ("advice", &advice)],
        );
    }

    /// A file that cannot be read may be a good one. What is counted from now on can never be added to it, so it stays,
    /// and nothing is written, until it is removed or a new start reads it.
    fn leave(&mut self, error: &io::Error) {
        self.is_ours = false;
        let file = self.paths.state.display();
        let text = format!(
            "`{file}` cannot be read: {error}: it stays as it is, and nothing is written over it: make it readable and start \
             cton anew, without what is counted meanwhile, or remove the file, and what is in memory is written"
        );
        self.unread = Some(text.clone());
        if self.lock.is_some() {
            self.tell_failure(text);
        }
    }

    /// A file that could not be put aside, or came after the start, is not overwritten.
    fn clear_the_way(&mut self) -> Result<(), String> {
        if self.paths.is_there() {
            if let Some(text) = &self.unread {
                return Err(text.clone());
            }
            self.put_aside_unknown()?;
        }
        self.unread = None;
        self.is_ours = true;
        Ok(())
    }

    fn put_aside_unknown(&self) -> Result<(), String> {
        let state = self.paths.state.display();
        if self.is_known().map_err(|error| format!("`{state}` cannot be read: {error}"))? {
            return Ok(());
        }
        let aside = self.paths.put_aside();
        let to =
            aside.map_err(|error| format!("`{state}` was not read, and cannot be put aside: {error}"))?;
        let why = "it was not there when the service began, or could not be put aside";
        let fields: [Field<'_>; 3] = [("file", &state), ("cause", &why), ("to", &to.display())];
        self.log(log::warning, "state file put aside", &fields);
        Ok(())
    }

    /// Whether it is the one that was read before there was a lock.
    fn is_known(&self) -> io::Result<bool> {
        match self.paths.read() {
            Err(NotRead::Failed(error)) => Err(error),
            Err(NotRead::Useless(_)) | Ok(None) => Ok(false),
            Ok(Some(bytes)) => {
                Ok(self.known.is_some() && format::whole(&bytes).ok().map(fingerprint) == self.known)
            }
        }
    }

    fn tell_loaded(&self, samples: &Samples, left: &[(String, String)]) {
        for (metric, why) in left {
            let message = "the kept state of a metric is not used";
            self.log(log::warning, message, &[("metric", metric), ("cause", why)]);
        }
        let (series, ids) = (samples.series_count(), samples.id_count());
        let file = self.paths.state.display();
        self.log(log::info, "state read", &[("file", &file), ("series", &series), ("ids", &ids)]);
    }

    fn tell_failure(&mut self, text: String) {
        if self.failing.as_ref() != Some(&text) {
            let advice = if self.unread.is_some() {
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
