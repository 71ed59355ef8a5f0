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
use std::time::{Duration, Instant, SystemTime};

use file::Settings;
use pace::Pace;
pub(super) use tls::Tls;
pub(super) use users::Admission;
use users::Users;

use crate::error::Result;
use crate::http::{located, warn_if_open};
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
    stamps: Stamps,
    /// Why what there is now cannot be used.
    failing: Option<String>,
    /// When that was looked at last.
    tried: Instant,
}

/// When each file was written, and how long it was.
type Stamps = Vec<(PathBuf, Option<(SystemTime, u64)>)>;

/// A file that cannot be used is looked at again so often, whatever it says of itself: what it names may come later.
const TRIES_EVERY: Duration = Duration::from_secs(1);

/// What holds for a connection.
#[derive(Default)]
pub(super) struct Rules {
    pub tls: Option<Tls>,
    pub users: Users,
    pub headers: Vec<(&'static str, String)>,
    pub pace: Option<Pace>,
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
        let file = located(file);
        let (rules, stamps) = Rules::read(&file)?;
        let read = Read { rules: Arc::new(rules), stamps, failing: None, tried: Instant::now() };
        Ok(Self { file, read: Mutex::new(read) })
    }

    /// A file that was changed and cannot be used is said once, and what was read before goes on.
    fn rules(&self) -> Arc<Rules> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = read.stamps.iter().any(|(file, was)| *was != stamp(file));
        if is_new || read.failing.is_some() && read.tried.elapsed() >= TRIES_EVERY {
            self.read_anew(&mut read);
        }
        Arc::clone(&read.rules)
    }

    fn read_anew(&self, read: &mut Read) {
        read.tried = Instant::now();
        let fields: [log::Field<'_>; 1] = [("file", &self.file.display())];
        match Rules::read(&self.file).and_then(|(rules, stamps)| Ok((rules.instead_of(&read.rules)?, stamps)))
        {
            Ok((rules, stamps)) => {
                (read.rules, read.stamps, read.failing) = (Arc::new(rules), stamps, None);
                log::info("the web config was read anew", &fields);
            }
            Err(cause) => {
                read.stamps.iter_mut().for_each(|(file, is)| *is = stamp(file));
                let cause = cause.to_string();
                if read.failing.as_ref() != Some(&cause) {
                    log::warning(
                        "the changed web config cannot be used: what was read before goes on",
                        &[fields[0], ("cause", &cause)],
                    );
                }
                read.failing = Some(cause);
            }
        }
    }
}

impl Rules {
    /// For people.
    pub fn words(&self) -> String {
        let tls = if self.tls.is_some() { "TLS" } else { "no TLS" };
        format!("{tls}, users: {}, headers: {}", self.users.count(), self.headers.len())
    }

    /// A file that is empty for the moment in which it is written must not open the port to everyone.
    ///
    /// # Errors
    /// It asks for less than what holds now.
    fn instead_of(self, now: &Self) -> Result<Self> {
        let less = |what: &str| {
            Err(yaml::wrong(format!(
                "it has no {what} any more: put it back, or start cton anew to serve without it"
            )))
        };
        if now.tls.is_some() && self.tls.is_none() {
            less("tls_server_config")
        } else if now.users.count() > 0 && self.users.count() == 0 {
            less("basic_auth_users")
        } else {
            Ok(self)
        }
    }

    /// And of what it was read, as that was before.
    fn read(file: &Path) -> Result<(Self, Stamps)> {
        let mut stamps = vec![(file.to_owned(), stamp(file))];
        let settings = Settings::read(file)?;
        stamps.extend(settings.files().into_iter().map(|file| (file.clone(), stamp(&file))));
        if settings.has_secrets() {
            warn_if_open(file);
        }
        let rules = Self {
            tls: settings.tls.as_ref().map(Tls::new).transpose()?,
            users: Users::new(settings.users),
            headers: settings.headers,
            pace: settings.pace,
        };
        Ok((rules, stamps))
    }
}

fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let about = fs::metadata(file).ok()?;
    Some((about.modified().ok()?, about.len()))
}
