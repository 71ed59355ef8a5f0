//! The file of the current refresh token, which the token endpoint may replace (RFC 6749 section 6).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError, Weak};
use std::time::{Duration, Instant};

use crate::fetch::limits::deadline::PollDeadline;
use crate::fetch::secrets::secret::Secret;
use crate::fetch::secrets::secret_directory::bare_file;
use crate::support::error::{Error, ErrorKind, Result};
use crate::support::file_lock::FileLock;
use crate::support::locks::locked;
use crate::support::shell::word;
use crate::support::writable_directory::check_writable;
use crate::support::{atomic_write, log, progress};

/// The time between two looks whether another service has finished its token request.
const LOOK: Duration = Duration::from_millis(20);

/// The files that this process uses, by their paths.
static OPENED: Mutex<BTreeMap<PathBuf, Weak<RefreshTokenFile>>> = Mutex::new(BTreeMap::new());

/// The file of one refresh token, which one process uses.
///
/// Several services of the process may share it. Their token requests are sent one after the other, because each may make
/// the token of the others invalid.
#[derive(Debug)]
pub(super) struct RefreshTokenFile {
    path: PathBuf,
    current: Mutex<CurrentToken>,
    /// Reserves the file for this process.
    _lock: FileLock,
}

/// The refresh token that this process read or received last.
#[derive(Debug, Default)]
pub(super) struct CurrentToken {
    /// The token that the endpoint issued and that could not be written yet.
    unwritten: Option<Secret>,
    /// The token that the file had when it was read or written last.
    known: Option<Secret>,
    /// The number of times that an operator has replaced the token in the file.
    replacements: u64,
    /// True if the failure to write is in the log.
    is_logged: bool,
}

/// The exclusive use of a refresh token for one token request.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    path: &'a Path,
    current: MutexGuard<'a, CurrentToken>,
}

impl RefreshTokenFile {
    /// Reserves the file for this process.
    ///
    /// # Errors
    /// The [check](Self::check) fails, or another process uses the file.
    pub(super) fn open(path: &Path) -> Result<Arc<Self>> {
        Self::check(path)?;
        let whole = directory(path).canonicalize().map_err(|error| unusable(path, &error))?;
        let whole = whole.join(path.file_name().unwrap_or_default());
        let mut opened = locked(&OPENED);
        if let Some(opened) = opened.get(&whole).and_then(Weak::upgrade) {
            return Ok(opened);
        }
        let lock = beside(&whole, ".lock");
        let lock = FileLock::take(&lock).map_err(|error| unusable(&lock, &error))?.ok_or_else(|| {
            let problem = format!("another process uses the refresh token in {}", path.display());
            secret_error(problem).with_help("stop the other process, or set another `refresh_token_file`")
        })?;
        let file = Arc::new(Self { path: whole.clone(), current: Mutex::default(), _lock: lock });
        opened.insert(whole, Arc::downgrade(&file));
        Ok(file)
    }

    /// Checks that the directory of the file can be written, and that only this user can read the file, if it exists.
    ///
    /// # Errors
    /// The directory does not exist or cannot be written. The file is not a regular file, can be read by others, or has the
    /// name of a state file.
    pub(super) fn check(path: &Path) -> Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".state") || name.contains(".state.") || name.ends_with(".lock") {
            let problem = format!("`refresh_token_file` {} has the name of a state file", path.display());
            return Err(secret_error(problem).with_help("use another name, such as `refresh-token`"));
        }
        let dir = directory(path);
        if !dir.is_dir() {
            let problem = format!("the directory {} of `refresh_token_file` does not exist", dir.display());
            return Err(
                secret_error(problem).with_help("create it, so that the user that runs cton can write to it")
            );
        }
        check_writable(dir).map_err(|error| unusable(dir, &error))?;
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(unusable(path, &error)),
            Ok(about) if !about.is_file() => {
                let problem = format!("the refresh token file {} is not a regular file", path.display());
                Err(secret_error(problem).with_help("name a regular file in `refresh_token_file`"))
            }
            Ok(about) if is_open(&about) => {
                let problem = format!("others can read the refresh token file {}", path.display());
                Err(secret_error(problem).with_help(format!("run `chmod 600 {}`", word(path))))
            }
            Ok(_) => Ok(()),
        }
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until no other service sends a token request with this refresh token, and reads the file.
    ///
    /// # Errors
    /// The poll has no time left. The file cannot be read, or is empty or binary.
    pub(super) fn turn(&self, time: PollDeadline) -> Result<Turn<'_>> {
        let mut turn = self.free_turn(|| time.left())?;
        turn.look()?;
        Ok(turn)
    }

    /// Waits until no token request is in progress, as long as `left` returns a time.
    fn free_turn<E>(
        &self,
        left: impl Fn() -> std::result::Result<Duration, E>,
    ) -> std::result::Result<Turn<'_>, E> {
        loop {
            match self.current.try_lock() {
                Ok(current) => return Ok(Turn { path: &self.path, current }),
                Err(TryLockError::Poisoned(current)) => {
                    return Ok(Turn { path: &self.path, current: current.into_inner() });
                }
                Err(TryLockError::WouldBlock) => progress::wait(LOOK.min(left()?)),
            }
        }
    }
}

/// Waits until `until` at most for the token requests in progress when the process stops, and lets none follow.
///
/// The endpoint may revoke the old token when it sends the new one. A process that stops before the response would lose
/// both.
pub(crate) fn settle_refresh_tokens(until: Instant) {
    let opened = mem::take(&mut *locked(&OPENED));
    for file in opened.values().filter_map(Weak::upgrade) {
        let left = || until.checked_duration_since(Instant::now()).ok_or(());
        if let Ok(mut turn) = file.free_turn(left) {
            // A failure is logged.
            let _ = turn.save();
            // Other requests wait for this turn until the process exits.
            mem::forget(turn);
        }
    }
}

impl Turn<'_> {
    /// Reads the file. A token that an operator wrote to it replaces the one in memory.
    fn look(&mut self) -> Result<()> {
        let Some(found) = bare_file(self.path)? else { return Ok(()) };
        let current = &mut *self.current;
        let known = current.known.replace(found.clone());
        if known.is_some_and(|known| known.expose() != found.expose()) {
            current.unwritten = None;
            current.replacements += 1;
        }
        Ok(())
    }

    /// Returns the current token: the last one that the endpoint issued, or that of the file, or `None` without a file.
    pub(super) fn token(&self) -> Option<Secret> {
        self.current.unwritten.as_ref().or(self.current.known.as_ref()).cloned()
    }

    /// Returns the number of times that an operator has replaced the token in the file.
    pub(super) fn replacements(&self) -> u64 {
        self.current.replacements
    }

    /// Takes the token that the endpoint issued. [`save`](Self::save) writes it.
    pub(super) fn replace(&mut self, token: Secret) {
        self.current.unwritten = Some(token);
    }

    /// Writes the token that the endpoint issued, if it is not in the file yet, and syncs the file and its directory.
    ///
    /// # Errors
    /// The file cannot be written. The token stays in memory for the next call.
    pub(super) fn save(&mut self) -> Result<()> {
        let Some(token) = self.current.unwritten.take() else { return Ok(()) };
        let write = |file: &mut io::BufWriter<File>| file.write_all(token.expose().as_bytes());
        match atomic_write::replace(self.path, &beside(self.path, ".new"), write) {
            Ok(()) => {
                self.current.known = Some(token);
                if mem::take(&mut self.current.is_logged) {
                    log::info("refresh token saved", &[("file", &self.path.display())]);
                }
                Ok(())
            }
            Err(error) => {
                self.current.unwritten = Some(token);
                Err(self.unsaved(&error))
            }
        }
    }

    fn unsaved(&mut self, cause: &io::Error) -> Error {
        let file = self.path.display();
        let hint = "make the file writable before the process exits; otherwise, log in again and write the new refresh token to it";
        if !mem::replace(&mut self.current.is_logged, true) {
            log::error("refresh token not saved", &[("file", &file), ("error", cause), ("hint", &hint)]);
        }
        let problem = format!("the new refresh token cannot be written to {file}: {cause}");
        secret_error(problem).with_help(hint)
    }
}

/// Returns the directory of a file.
fn directory(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns a hidden file in the same directory, whose name ends with `suffix`. No directory of secrets lists it as a key.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(suffix);
    path.with_file_name(name)
}

#[cfg(unix)]
fn is_open(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    about.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn is_open(_: &fs::Metadata) -> bool {
    false
}

fn unusable(path: &Path, cause: &io::Error) -> Error {
    let problem = format!("cannot use {} for the refresh token: {cause}", path.display());
    secret_error(problem).with_help(
        "set `refresh_token_file` to a file in a directory to which the user that runs cton can write",
    )
}

fn secret_error(problem: String) -> Error {
    Error::new(ErrorKind::Secret, problem)
}
