//! Writes down what was asked and answered, without the secrets.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::http_file::Exchange;
use crate::config::credential_names::is_credential;
use crate::fetch::secrets::redactor::Redactor;
use crate::fetch::secrets::secret::MASK;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::writable_directory::check_writable;

/// What stands in the names of request headers with a credential; none of them matters when it is replayed.
const CREDENTIAL: [&str; 8] = ["auth", "cookie", "credential", "key", "passw", "secret", "session", "token"];
/// The most recordings of a service that are redacted again when it learns of a further secret.
const LOOKED_BACK: usize = 256;

/// A folder that exchanges are written to, one file each, in the order in which they ended.
///
/// The exchanges of a service are held until its poll has ended: a token is a secret from its first use on, which
/// follows the response that issued it. A token that is first used in a later poll is redacted in the latest files too.
#[derive(Debug)]
pub struct Recorder {
    dir: PathBuf,
    next: AtomicUsize,
    services: Mutex<Vec<Held>>,
}

/// The recordings of one service.
#[derive(Debug)]
struct Held {
    redactor: Redactor,
    /// Not written yet, with their numbers.
    exchanges: Vec<(usize, Exchange)>,
    /// The latest files.
    written: VecDeque<PathBuf>,
    /// That of the redactor when they were written.
    edition: u64,
}

impl Recorder {
    /// Opens the folder, or makes it, for this user alone. Numbers go on from the files there are.
    ///
    /// # Errors
    /// It cannot be made, read or written to.
    pub fn open(dir: &Path) -> Result<Self> {
        let made = make(dir).and_then(|()| check_writable(dir));
        let last = made.and_then(|()| last_number(dir)).map_err(|cause| error(dir, "written to", &cause))?;
        Ok(Self { dir: dir.to_owned(), next: AtomicUsize::new(last + 1), services: Mutex::default() })
    }

    /// Checks that the folder can be opened; it leaves nothing there.
    ///
    /// # Errors
    /// It cannot be made or written to.
    pub fn check(dir: &Path) -> Result<()> {
        check_writable(dir).map_err(|cause| error(dir, "written to", &cause))
    }

    /// Holds an exchange of the service with that redactor until [`write`](Self::write).
    pub fn hold(&self, exchange: Exchange, redactor: &Redactor) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut held = self.take(redactor);
        held.exchanges.push((number, exchange));
        self.services().push(held);
    }

    /// Writes what is held of the service with that redactor, to files like `0001-get-incidents.http` that only this user
    /// can read. Every secret that the redactor remembers by now is redacted, and what is named like a credential.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write(&self, redactor: &Redactor) -> Result<()> {
        let mut held = self.take(redactor);
        let outcome = self.write_all(&mut held);
        held.exchanges.clear();
        self.services().push(held);
        outcome
    }

    fn write_all(&self, held: &mut Held) -> Result<()> {
        let issued = issued(held.exchanges.iter().map(|(_, exchange)| exchange.body.as_slice()));
        let edition = held.redactor.edition();
        if edition != held.edition {
            held.written.iter().try_for_each(|path| redact_again(path, &held.redactor))?;
            held.edition = edition;
        }
        for (number, exchange) in &held.exchanges {
            let exchange = with_request_redacted(redacted(exchange, &held.redactor), &issued);
            let path = self.dir.join(format!("{number:04}-{}.http", slug(&exchange)));
            write_whole(&path, &exchange)?;
            held.written.push_back(path);
        }
        let surplus = held.written.len().saturating_sub(LOOKED_BACK);
        held.written.drain(..surplus);
        Ok(())
    }

    /// Takes what is held of a service, so that nothing is locked while files are written.
    fn take(&self, redactor: &Redactor) -> Held {
        let mut services = self.services();
        match services.iter().position(|held| held.redactor.is_same(redactor)) {
            Some(at) => services.swap_remove(at),
            None => Held {
                redactor: redactor.clone(),
                exchanges: Vec::new(),
                written: VecDeque::new(),
                edition: redactor.edition(),
            },
        }
    }

    /// Nothing that panics runs under this lock.
    fn services(&self) -> MutexGuard<'_, Vec<Held>> {
        self.services.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes the exchanges of polls that have not ended.
impl Drop for Recorder {
    fn drop(&mut self) {
        let services = std::mem::take(&mut *self.services());
        for mut held in services {
            // Nobody is left who could be told.
            let _ = self.write_all(&mut held);
        }
    }
}

/// The credentials that responses hand out: what the requests after them have anywhere is redacted, since replaying does
/// not depend on it.
fn issued<'a>(bodies: impl Iterator<Item = &'a [u8]>) -> Redactor {
    let issued = Redactor::default();
    bodies.for_each(|body| issued.remember_named_in(body));
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
    // Who has moved it away since, or edited it, has it in hand.
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

fn make(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir)
}

fn last_number(dir: &Path) -> io::Result<usize> {
    let mut last = 0;
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name();
        // An unfinished one, from a process that was killed, has its number too.
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
    let response = exchange.headers.iter().map(|(name, value)| (named(name), masked(name, value)));
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

/// Method and last segment of the path, as far as they do in a file name.
fn slug(exchange: &Exchange) -> String {
    let (path, _) = exchange.path_and_query();
    let segment = path.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or("root");
    let name = format!("{}-{segment}", exchange.method).to_ascii_lowercase();
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").chars().take(50).collect()
}

fn error(path: &Path, doing: &str, cause: &io::Error) -> Error {
    Error::new(ErrorKind::Recording, format!("the recording `{}` cannot be {doing}: {cause}", path.display()))
}

#[cfg(test)]
mod tests;
