//! Writes recordings of exchanges without their secrets.

mod set_cookie;

use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use super::http_file::Exchange;
use crate::config::credential_names::is_credential;
use crate::config::target_name;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::MASK;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::locks::locked;
use crate::support::writable_directory::{check_writable, create_private};

/// The words in the names of request headers that hold a credential. A replay needs none of these headers.
const CREDENTIAL: [&str; 8] = ["auth", "cookie", "credential", "key", "passw", "secret", "session", "token"];
/// The header that sets a cookie.
const SET_COOKIE: &str = "set-cookie";
/// The maximum number of a service's recordings that are redacted again after it learns a new secret.
const LOOKED_BACK: usize = 256;

/// A directory of recordings, with one file for each exchange, in the order in which they finished.
///
/// The exchanges of a service are held until its poll has finished. A token is known as a secret from its first use on,
/// which follows the response that issued it. If a later poll uses a token first, it is redacted in the latest files too.
#[derive(Debug)]
pub(crate) struct Recorder {
    dir: PathBuf,
    next: AtomicUsize,
    services: Mutex<Vec<Held>>,
}

/// The held exchanges and the latest files of one service.
#[derive(Debug)]
struct Held {
    redactor: Redactor,
    /// The directory of the files.
    dir: PathBuf,
    /// The exchanges that are not yet written, with their numbers.
    exchanges: Vec<(usize, Exchange)>,
    /// The paths of the latest files.
    written: VecDeque<PathBuf>,
    /// The edition of the redactor when the files were written.
    edition: u64,
}

impl Recorder {
    /// Opens the directory, or creates it for this user alone. The numbers continue from the files in it.
    ///
    /// # Errors
    /// Returns an error if the directory cannot be created, read or written to.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        let made = create_private(dir).and_then(|()| check_writable(dir));
        let last = made.and_then(|()| last_number(dir)).map_err(|cause| error(dir, "written to", &cause))?;
        Ok(Self { dir: dir.to_owned(), next: AtomicUsize::new(last + 1), services: Mutex::default() })
    }

    /// Checks that the directory can be written to, and leaves nothing in it.
    ///
    /// # Errors
    /// Returns an error if the directory cannot be created or written to.
    pub(crate) fn check(dir: &Path) -> Result<()> {
        check_writable(dir).map_err(|cause| error(dir, "written to", &cause))
    }

    /// Holds an exchange of the service or target that uses `redactor` until [`write`](Self::write). The exchanges of each
    /// target are in a separate directory.
    pub(crate) fn hold(&self, exchange: Exchange, name: &str, redactor: &Redactor) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut held = self.take(redactor);
        if target_name::split(name).1.is_some() {
            held.dir = self.dir.join(name);
        }
        held.exchanges.push((number, exchange));
        self.services().push(held);
    }

    /// Writes the held exchanges of the service that uses `redactor`.
    ///
    /// The files have names like `0001-get-incidents.http`, and only this user can read them. Every secret that the
    /// redactor knows and every value with the name of a credential is redacted.
    ///
    /// # Errors
    /// Returns an error if a file cannot be written.
    pub(crate) fn write(&self, redactor: &Redactor) -> Result<()> {
        let mut held = self.take(redactor);
        let outcome = self.write_all(&mut held);
        held.exchanges.clear();
        self.services().push(held);
        outcome
    }

    fn write_all(&self, held: &mut Held) -> Result<()> {
        let issued = issued(held.exchanges.iter().map(|(_, exchange)| exchange));
        let edition = held.redactor.edition();
        if edition != held.edition {
            held.written.iter().try_for_each(|path| redact_again(path, &held.redactor))?;
            held.edition = edition;
        }
        for (number, exchange) in &held.exchanges {
            let exchange = with_request_redacted(redacted(exchange, &held.redactor), &issued);
            if held.dir != self.dir {
                // The directory of the service comes first, because it is private too.
                let dirs = [held.dir.parent().unwrap_or(&self.dir), &held.dir];
                dirs.iter()
                    .try_for_each(|dir| create_private(dir))
                    .map_err(|cause| error(&held.dir, "written to", &cause))?;
            }
            let path = held.dir.join(format!("{number:04}-{}.http", slug(&exchange)));
            write_whole(&path, &exchange)?;
            held.written.push_back(path);
        }
        let surplus = held.written.len().saturating_sub(LOOKED_BACK);
        held.written.drain(..surplus);
        Ok(())
    }

    /// Takes the held exchanges of a service, so that no lock is held while files are written.
    fn take(&self, redactor: &Redactor) -> Held {
        let mut services = self.services();
        match services.iter().position(|held| held.redactor.is_same(redactor)) {
            Some(at) => services.swap_remove(at),
            None => Held {
                redactor: redactor.clone(),
                dir: self.dir.clone(),
                exchanges: Vec::new(),
                written: VecDeque::new(),
                edition: redactor.edition(),
            },
        }
    }

    fn services(&self) -> MutexGuard<'_, Vec<Held>> {
        locked(&self.services)
    }
}

/// Writes the exchanges of unfinished polls.
impl Drop for Recorder {
    fn drop(&mut self) {
        let services = std::mem::take(&mut *self.services());
        for mut held in services {
            // No caller is left to report an error to.
            let _ = self.write_all(&mut held);
        }
    }
}

/// Returns a redactor of the credentials in responses. They are redacted in every part of the requests, because a replay
/// does not depend on them.
fn issued<'a>(exchanges: impl Iterator<Item = &'a Exchange>) -> Redactor {
    let issued = Redactor::default();
    for exchange in exchanges {
        issued.remember_named_in(&exchange.body);
        let cookies = exchange.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(SET_COOKIE));
        cookies.for_each(|(_, value)| issued.remember_issued(set_cookie::value(value)));
    }
    issued
}

fn with_request_redacted(exchange: Exchange, issued: &Redactor) -> Exchange {
    let headers = exchange.request_headers.iter();
    let header = |(name, value): &(String, String)| (name.clone(), issued.redact(value).into_owned());
    Exchange {
        target: issued.redact(&exchange.target).into_owned(),
        request_headers: headers.map(header).collect(),
        request_body: issued.redact_body(&exchange.request_body),
        ..exchange
    }
}

/// Redacts a file that was written before a secret was known.
fn redact_again(path: &Path, redactor: &Redactor) -> Result<()> {
    // A user who has moved the file, or has made it invalid, is responsible for it.
    let Ok(bytes) = fs::read(path) else { return Ok(()) };
    let Ok(exchange) = Exchange::parse(&path.display().to_string(), &bytes) else { return Ok(()) };
    let again = redacted(&exchange, redactor);
    if again == exchange { Ok(()) } else { write_whole(path, &again) }
}

fn write_whole(path: &Path, exchange: &Exchange) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = path.with_file_name(format!(".{name}.new"));
    write_private(&unfinished, &exchange.to_bytes())
        .and_then(|()| fs::rename(&unfinished, path))
        .map_err(|cause| error(path, "written", &cause))
}

/// Returns the highest number of a file in the directory, or in the directories of targets in it.
fn last_number(dir: &Path) -> io::Result<usize> {
    last_number_within(dir, 2)
}

fn last_number_within(dir: &Path, depth: u32) -> io::Result<usize> {
    let mut last = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if depth > 0 && entry.file_type()?.is_dir() {
            last = last.max(last_number_within(&entry.path(), depth - 1)?);
            continue;
        }
        let name = entry.file_name();
        // An unfinished file, from a process that was killed, has a number too.
        let digits = name.to_string_lossy().trim_start_matches('.').split('-').next().map(str::parse::<u32>);
        last = last.max(digits.and_then(Result::ok).unwrap_or(0) as usize);
    }
    Ok(last)
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create_new(true).open(path)?.write_all(bytes)
}

fn redacted(exchange: &Exchange, redactor: &Redactor) -> Exchange {
    let masked = |name: &str, value: &str| match is_credential(name) {
        true => MASK.to_owned(),
        false => redactor.redact_value(value).into_owned(),
    };
    let is_sent = |name: &str| CREDENTIAL.iter().any(|word| name.to_ascii_lowercase().contains(word));
    let sent = |name: &str, value: &str| if is_sent(name) { MASK.to_owned() } else { masked(name, value) };
    let named = |name: &str| redactor.redact(name).into_owned();
    let request = exchange.request_headers.iter().map(|(name, value)| (named(name), sent(name, value)));
    let received = |name: &str, value: &str| match name.eq_ignore_ascii_case(SET_COOKIE) {
        true => set_cookie::masked(value, redactor),
        false => masked(name, value),
    };
    let response = exchange.headers.iter().map(|(name, value)| (named(name), received(name, value)));
    Exchange {
        method: exchange.method.clone(),
        target: redactor.redact_target(&exchange.target),
        request_headers: request.collect(),
        request_body: redactor.redact_body(&exchange.request_body),
        status: exchange.status,
        headers: response.collect(),
        body: redactor.redact_body(&exchange.body),
    }
}

/// Returns the method and the last segment of the path as lowercase words with hyphens, for a file name.
fn slug(exchange: &Exchange) -> String {
    let (path, _) = exchange.path_and_query();
    let segment = path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or("root");
    let name = format!("{}-{segment}", exchange.method).to_ascii_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").chars().take(50).collect()
}

fn error(path: &Path, doing: &str, cause: &io::Error) -> Error {
    Error::new(ErrorKind::Recording, format!("the recording {} cannot be {doing}: {cause}", path.display()))
}

#[cfg(test)]
mod tests;
