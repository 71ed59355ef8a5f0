//! Returns recorded responses instead of those of the network.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};

use super::body_match::fits_body;
use super::http_file::Exchange;
use super::query_match::{QueryParameters, fits_value};
use crate::config::target_name;
use crate::fetch::raw_request::RawRequest;
use crate::fetch::url::split_target;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;

/// The maximum number of exchanges in an error message.
const LISTED: usize = 10;

/// The recorded exchanges of a directory.
///
/// Each one is returned once, in the order of the numbers that begin the file names; then the last one repeats.
///
/// An exchange fits a request if the method, the path and the names of the parameters are equal. Parameters that select a
/// page must have equal values too. Of several, the one with the same host is returned, then the one with most other
/// values in common, then one with the same body. Points in time may differ, and `***` in a recording fits any value.
#[derive(Debug)]
pub(crate) struct Replay {
    dir: PathBuf,
    exchanges: Vec<RecordedExchange>,
    progress: Mutex<ReplayProgress>,
}

#[derive(Debug)]
struct RecordedExchange {
    file: String,
    exchange: Arc<Exchange>,
    parameters: QueryParameters,
}

#[derive(Debug)]
struct ReplayProgress {
    /// The target of the last request that each exchange was returned for, or `None` for an unused exchange.
    used: Vec<Option<String>>,
    last: Option<usize>,
}

impl Replay {
    /// Reads all `*.http` files of the directory.
    ///
    /// # Errors
    /// Returns an error if the directory is missing or has no recording, or if a recording cannot be read or is invalid.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let mut exchanges = Vec::new();
        for path in recordings(dir)? {
            let bytes = fs::read(&path).map_err(|cause| {
                Error::new(
                    ErrorKind::Recording,
                    format!("the recording {} cannot be read: {cause}", path.display()),
                )
            })?;
            let exchange = Exchange::parse(&path.display().to_string(), &bytes)?;
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let parameters = QueryParameters::of(exchange.path_and_query().1);
            exchanges.push(RecordedExchange { file, exchange: Arc::new(exchange), parameters });
        }
        let progress = ReplayProgress { used: vec![None; exchanges.len()], last: None };
        Ok(Self { dir: dir.to_owned(), exchanges, progress: Mutex::new(progress) })
    }

    /// Reads the subdirectory with the name of the service or target if there is one, otherwise the directory itself.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open).
    pub(crate) fn for_service(dir: &Path, service: &str) -> Result<Self> {
        let (name, target) = target_name::split(service);
        let is_name = !name.is_empty() && !name.starts_with('.') && !name.contains('\\');
        let of_target = target.map(|target| dir.join(name).join(target));
        let own = of_target.into_iter().chain([dir.join(name)]).find(|own| is_name && own.is_dir());
        Self::open(own.as_deref().unwrap_or(dir))
    }

    /// Returns the number of exchanges.
    pub(crate) fn count(&self) -> usize {
        self.exchanges.len()
    }

    /// Returns the exchange that fits a request. The host matters only if more than one was recorded.
    ///
    /// # Errors
    /// Returns an error if no exchange fits. The message lists the recorded exchanges. Of the request it shows the
    /// method, the path and the names of the parameters.
    pub(crate) fn response(&self, request: &RawRequest) -> Result<Arc<Exchange>> {
        let (method, host, target) = (request.method.as_str(), request.host(), request.url.target());
        let (path, query) = split_target(&target);
        let asked = QueryParameters::of(query);
        let nothing_fits = || self.nothing_fits(method, path, &asked);
        let fitting: Vec<_> =
            self.exchanges.iter().map(|recorded| recorded.likeness(method, host, path, &asked)).collect();
        let most = fitting.iter().flatten().max().ok_or_else(nothing_fits)?;
        let alike: Vec<usize> = (0..fitting.len()).filter(|at| fitting[*at].as_ref() == Some(most)).collect();
        let alike = self.with_body(alike, request.body.as_deref().unwrap_or_default());
        let mut progress = self.progress();
        let unused = alike.iter().copied().filter(|at| progress.used[*at].is_none());
        let next = unused.max_by_key(|at| (self.exchanges[*at].parameters.fit(&asked), Reverse(*at)));
        // Masks do not distinguish requests, so an exchange that was used for the same request comes first.
        let is_same = |at: &usize| progress.used[*at].as_ref() == Some(&target);
        let same = || alike.iter().copied().rfind(is_same);
        let at = next.or_else(same).or_else(|| alike.last().copied()).ok_or_else(nothing_fits)?;
        progress.used[at] = Some(target.clone());
        progress.last = Some(at);
        Ok(Arc::clone(&self.exchanges[at].exchange))
    }

    /// Returns the target in the request line of the first exchange, or `/` if there is none.
    pub(crate) fn first_target(&self) -> String {
        self.exchanges.first().map_or_else(|| "/".to_owned(), |recorded| recorded.exchange.target.clone())
    }

    /// Returns the `date` of the next unused exchange, or of the last used one. `None` without a valid header.
    pub(crate) fn now(&self) -> Option<DateTime<Utc>> {
        let progress = self.progress();
        let after = progress.last.map_or(0, |last| last + 1);
        let next = (after..self.exchanges.len()).find(|at| progress.used[*at].is_none());
        let dated = |at: usize| self.exchanges[at].exchange.header("date");
        let date = next.and_then(dated).or_else(|| progress.last.and_then(dated))?;
        // The format of RFC 9110 section 5.6.7 is one of RFC 2822's.
        DateTime::parse_from_rfc2822(date).ok().map(|date| date.to_utc())
    }

    /// Returns the exchanges with this body, or all of them if none has it: a body may contain a point in time.
    fn with_body(&self, exchanges: Vec<usize>, body: &[u8]) -> Vec<usize> {
        let fits = |at: &usize| fits_body(&self.exchanges[*at].exchange.request_body, body);
        let with_body: Vec<usize> = exchanges.iter().copied().filter(fits).collect();
        if with_body.is_empty() { exchanges } else { with_body }
    }

    fn nothing_fits(&self, method: &str, path: &str, asked: &QueryParameters) -> Error {
        let names = asked.names();
        let with = if names.is_empty() { String::new() } else { format!(" with {}", names.join(", ")) };
        let there = self.exchanges.iter().take(LISTED);
        let listed = there.map(|RecordedExchange { file, exchange, .. }| {
            format!("{} {} ({file})", exchange.method, exchange.target)
        });
        let mut listed = listed.collect::<Vec<_>>().join(", ");
        if self.exchanges.len() > LISTED {
            listed = format!("{listed}, and {} more", self.exchanges.len() - LISTED);
        }
        let text = format!("no recording in {} fits {method} {path}{with}", self.dir.display());
        Error::new(ErrorKind::Recording, text).with_detail("recordings", listed).with_help(
            "record the request with `cton once -s NAME -c FILE --record DIR`, or request what is recorded",
        )
    }

    fn progress(&self) -> MutexGuard<'_, ReplayProgress> {
        locked(&self.progress)
    }
}

impl RecordedExchange {
    /// Returns the likeness to a request: true if the host is the same, and the number of values that fit. `None` if the
    /// exchange does not fit.
    fn likeness(
        &self,
        method: &str,
        host: &str,
        path: &str,
        asked: &QueryParameters,
    ) -> Option<(bool, usize)> {
        let is_host = self.exchange.request_header("host").is_none_or(|recorded| recorded == host);
        let fits = self.exchange.method == method && fits_path(self.exchange.path_and_query().0, path);
        let same_values = fits.then(|| self.parameters.likeness(asked)).flatten()?;
        Some((is_host, same_values))
    }
}

/// Returns the recordings of a directory in their [`order`], at least one.
fn recordings(dir: &Path) -> Result<Vec<PathBuf>> {
    let wrong = |what: &str| {
        Error::new(ErrorKind::Recording, format!("the directory of recordings {} {what}", dir.display()))
            .with_help("name a directory that `--record` wrote, with files such as 0001-get-incidents.http")
    };
    let unreadable = |cause: std::io::Error| wrong(&format!("cannot be read ({cause})"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|extension| extension == "http") {
            paths.push(path);
        }
    }
    paths.sort_by_cached_key(|path| order(path));
    if paths.is_empty() { Err(wrong("has no recording")) } else { Ok(paths) }
}

/// Returns the sort key of a recording: the number that begins its name, then the name. Names without a number come last.
///
/// The number is the count of its digits and the digits, so that no length of a name overflows it.
fn order(path: &Path) -> (bool, usize, String, OsString) {
    let name = path.file_name().unwrap_or_default();
    let text = name.to_string_lossy();
    let after = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let digits = text[..after].trim_start_matches('0');
    (after == 0, digits.len(), digits.to_owned(), name.to_owned())
}

fn fits_path(recorded: &str, asked: &str) -> bool {
    let (recorded, asked): (Vec<_>, Vec<_>) = (recorded.split('/').collect(), asked.split('/').collect());
    recorded.len() == asked.len()
        && recorded.iter().zip(asked).all(|(recorded, asked)| fits_value(recorded, asked))
}

#[cfg(test)]
mod tests;
