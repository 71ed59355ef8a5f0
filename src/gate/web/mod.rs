//! TLS, passwords, headers and the pace of requests, as the file of `--web-config` has them.
//!
//! The file is the one that Prometheus and its exporters share, described in docs/web-configuration.md of
//! [exporter-toolkit](https://github.com/prometheus/exporter-toolkit). It and the certificates that it names are
//! read anew when one of them has changed.

mod certificates;
mod file;
mod pace;
mod tls;
mod users;
mod yaml;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use file::Settings;
use pace::Pace;
pub(super) use tls::Tls;
use users::Users;

use crate::error::Result;
use crate::http::warn_if_open;
use crate::log;

/// Who is let in, and how; anyone and without TLS where there is no file.
#[derive(Default)]
pub(super) struct Web(Option<Watched>);

/// A file that may change.
struct Watched {
    file: PathBuf,
    read: Mutex<Read>,
}

struct Read {
    rules: Arc<Rules>,
    stamps: Vec<Stamp>,
}

/// When a file was written, and how long it is.
type Stamp = Option<(SystemTime, u64)>;

/// What holds for a connection.
#[derive(Default)]
pub(super) struct Rules {
    pub tls: Option<Tls>,
    pub users: Users,
    pub headers: Vec<(&'static str, String)>,
    pub pace: Option<Pace>,
    /// All that it was read from.
    files: Vec<PathBuf>,
}

impl Web {
    /// Reads the file, if one is given.
    ///
    /// # Errors
    /// It or a file that it names cannot be used; all that is wrong in it is said at once.
    pub fn new(file: Option<&Path>) -> Result<Self> {
        Ok(Self(file.map(Watched::new).transpose()?))
    }

    /// What holds now.
    pub fn rules(&self) -> Arc<Rules> {
        self.0.as_ref().map(Watched::rules).unwrap_or_default()
    }
}

impl Watched {
    fn new(file: &Path) -> Result<Self> {
        let rules = Rules::read(file)?;
        let read = Read { stamps: stamps(&rules.files), rules: Arc::new(rules) };
        Ok(Self { file: file.to_owned(), read: Mutex::new(read) })
    }

    /// A file that was changed and cannot be used is said once, and what was read before goes on.
    fn rules(&self) -> Arc<Rules> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let stamps = stamps(&read.rules.files);
        if read.stamps != stamps {
            read.stamps = stamps;
            let fields: [log::Field<'_>; 1] = [("file", &self.file.display())];
            match Rules::read(&self.file) {
                Ok(rules) => {
                    read.stamps = self::stamps(&rules.files);
                    read.rules = Arc::new(rules);
                    log::info("the web config was read anew", &fields);
                }
                Err(cause) => log::warning(
                    "the changed web config cannot be used: what was read before goes on",
                    &[fields[0], ("cause", &cause)],
                ),
            }
        }
        Arc::clone(&read.rules)
    }
}

impl Rules {
    /// For people.
    pub fn words(&self) -> String {
        let tls = if self.tls.is_some() { "TLS" } else { "no TLS" };
        format!("{tls}, users: {}, headers: {}", self.users.count(), self.headers.len())
    }

    fn read(file: &Path) -> Result<Self> {
        let settings = Settings::read(file)?;
        let files = settings.files(file);
        if settings.has_secrets() {
            warn_if_open(file);
        }
        Ok(Self {
            tls: settings.tls.as_ref().map(Tls::new).transpose()?,
            users: Users::new(settings.users),
            headers: settings.headers,
            pace: settings.pace,
            files,
        })
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| {
        let about = fs::metadata(file).ok()?;
        Some((about.modified().ok()?, about.len()))
    };
    files.iter().map(stamp).collect()
}
