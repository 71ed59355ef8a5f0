//! The thread that reloads the web config after a change.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::lowered_restrictions::lowers;
use super::settings::WebSettings;
use super::{Rules, WatchedFile};
use crate::support::file_identity::FileIdentity;
use crate::support::log;
use crate::support::panics::{self, BUG_HINT};

/// Time for which the files must be unchanged before they are loaded, because a write may be in progress.
const QUIET: Duration = Duration::from_secs(2);
/// Interval between two checks of the files.
const EVERY: Duration = Duration::from_millis(250);
/// Interval between two attempts to load a file with errors: the cause may be elsewhere, such as a lack of descriptors.
const RETRY: Duration = Duration::from_secs(5);
/// Stack size of the thread in bytes; the YAML parser is recursive.
const STACK: usize = 1 << 20;

/// The identity of each file's content; `None` for a file without readable metadata.
pub(super) type FileIdentities = Vec<(PathBuf, Option<FileIdentity>)>;

/// Watches a web config and the files that it names.
pub(super) struct Reloader {
    watched: Arc<WatchedFile>,
    /// The files as they were when they were last loaded or rejected.
    seen: FileIdentities,
    /// A change that is not loaded yet, and the time at which it was found.
    pending: Option<(FileIdentities, Instant)>,
    /// The error that prevents a load, and the time of the last attempt.
    failing: Option<(String, Instant)>,
}

/// Starts the thread that reloads a web config.
pub(super) fn start(watched: &Arc<WatchedFile>) -> io::Result<()> {
    let mut watcher = Reloader::new(watched);
    let work = move || {
        loop {
            thread::sleep(EVERY);
            if let Err(said) = panics::catch(|| watcher.look(Instant::now())) {
                log::error("web config reload failed", &[("error", &said), ("hint", &BUG_HINT)]);
            }
        }
    };
    thread::Builder::new().name("web-config".into()).stack_size(STACK).spawn(work)?;
    Ok(())
}

impl Reloader {
    pub(super) fn new(watched: &Arc<WatchedFile>) -> Self {
        Self { watched: Arc::clone(watched), seen: watched.first.clone(), pending: None, failing: None }
    }

    /// Checks the files, and loads them once they have been unchanged for [`QUIET`].
    pub(super) fn look(&mut self, now: Instant) {
        let last = self.pending.as_ref().map_or(&self.seen, |(stamps, _)| stamps);
        let stamps: FileIdentities = stamps(last.iter().map(|(file, _)| file.clone())).collect();
        let waited = |since: Instant, span| now.saturating_duration_since(since) >= span;
        let is_due = match (&self.pending, &self.failing) {
            _ if stamps != *last => {
                self.pending = Some((stamps, now));
                return;
            }
            (Some((_, since)), _) => waited(*since, QUIET),
            (None, Some((_, tried))) => waited(*tried, RETRY),
            (None, None) => false,
        };
        if is_due {
            self.load(&stamps, now);
        }
    }

    fn load(&mut self, before: &FileIdentities, now: Instant) {
        let (file, old) = (&self.watched.file, self.watched.rules());
        let settings = WebSettings::read(file);
        let named = match &settings {
            Ok(new) => [file.clone()].into_iter().chain(new.files()).collect(),
            Err(_) => before.iter().map(|(file, _)| file.clone()).collect::<Vec<_>>(),
        };
        let lowered = settings.as_ref().map(|new| lowers(&old.settings, new)).unwrap_or_default();
        let rules = settings.and_then(|new| Rules::new(file, new, Some(&old)));
        let after: FileIdentities = stamps(named).collect();
        if after != *before {
            // A file changed during the load, or the config names further files, which must be unchanged for as long.
            self.pending = Some((after, now));
            return;
        }
        (self.seen, self.pending) = (after, None);
        match rules {
            _ if !lowered.is_empty() => self.refused(&lowered),
            Ok(rules) => self.succeeded(rules),
            Err(cause) => self.failed(cause.to_string(), now),
        }
    }

    fn succeeded(&mut self, new: Rules) {
        self.failing = None;
        self.watched.replace(new);
        log::info("web config reloaded", &[("file", &self.watched.file.display())]);
    }

    fn refused(&mut self, lowered: &[String]) {
        self.failing = None;
        let (file, lowered) = (self.watched.file.display(), lowered.join("; "));
        let hint = "restart cton to serve with fewer restrictions, or restore them in the file";
        log::warning(
            "web config rejected: it lowers restrictions; the previous one stays in effect",
            &[("file", &file), ("lowered", &lowered), ("hint", &hint)],
        );
    }

    fn failed(&mut self, cause: String, now: Instant) {
        let is_new = self.failing.as_ref().is_none_or(|(last, _)| *last != cause);
        if is_new {
            log::warning(
                "web config rejected: it has errors; the previous one stays in effect",
                &[("file", &self.watched.file.display()), ("error", &cause)],
            );
        }
        self.failing = Some((cause, now));
    }
}

/// Returns the current identity of each file.
pub(super) fn stamps(
    files: impl IntoIterator<Item = PathBuf>,
) -> impl Iterator<Item = (PathBuf, Option<FileIdentity>)> {
    files.into_iter().map(|file| (file.clone(), FileIdentity::of(&file)))
}

#[cfg(test)]
mod tests;
