//! Returns recorded responses instead of those of the network.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, Utc};

use super::http_file::Exchange;
use super::query_match::{QueryParameters, fits_value};
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
/// values in common. Points in time may differ, and `***` in a recording fits any value.
#[derive(Debug)]
pub struct Replay {
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
    pub fn open(dir: &Path) -> Result<Self> {
        let mut exchanges = Vec::new();
        for path in recordings(dir)? {
            let bytes = fs::read(&path).map_err(|cause| {
                Error::new(
                    ErrorKind::Recording,
                    format!("the recording `{}` cannot be read: {cause}", path.display()),
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

    /// Reads the subdirectory with the service's name if there is one, otherwise the directory itself.
    ///
    /// # Errors
    /// Returns the errors of [`open`](Self::open).
    pub fn for_service(dir: &Path, service: &str) -> Result<Self> {
        let own = dir.join(service);
        let is_name = !service.is_empty() && !service.starts_with('.') && !service.contains(['/', '\\']);
        Self::open(if is_name && own.is_dir() { &own } else { dir })
    }

    /// Returns the number of exchanges.
    pub fn count(&self) -> usize {
        self.exchanges.len()
    }

    /// Returns the exchange that fits a request. The host matters only if more than one was recorded.
    ///
    /// # Errors
    /// Returns an error if no exchange fits. The message lists the recorded exchanges. Of the request it shows the
    /// method, the path and the names of the parameters.
    pub fn response(&self, method: &str, host: &str, target: &str) -> Result<Arc<Exchange>> {
        let (path, query) = split_target(target);
        let asked = QueryParameters::of(query);
        let nothing_fits = || self.nothing_fits(method, path, &asked);
        let fitting: Vec<_> =
            self.exchanges.iter().map(|recorded| recorded.likeness(method, host, path, &asked)).collect();
        let most = fitting.iter().flatten().max().ok_or_else(nothing_fits)?;
        let alike = || (0..fitting.len()).filter(|at| fitting[*at].as_ref() == Some(most));
        let mut progress = self.progress();
        let unused = alike().filter(|at| progress.used[*at].is_none());
        let next = unused.max_by_key(|at| (self.exchanges[*at].parameters.fit(&asked), Reverse(*at)));
        // Masks do not distinguish requests, so an exchange that was used for the same request comes first.
        let same = || alike().rfind(|at| progress.used[*at].as_deref() == Some(target));
        let at = next.or_else(same).or_else(|| alike().next_back()).ok_or_else(nothing_fits)?;
        progress.used[at] = Some(target.to_owned());
        progress.last = Some(at);
        Ok(Arc::clone(&self.exchanges[at].exchange))
    }

    /// Returns the target in the request line of the first exchange, or `/` if there is none.
    pub fn first_target(&self) -> String {
        self.exchanges.first().map_or_else(|| "/".to_owned(), |recorded| recorded.exchange.target.clone())
    }

    /// Returns the `date` of the next unused exchange, or of the last used one. `None` without a valid header.
    pub fn now(&self) -> Option<DateTime<Utc>> {
        let progress = self.progress();
        let after = progress.last.map_or(0, |last| last + 1);
        let next = (after..self.exchanges.len()).find(|at| progress.used[*at].is_none());
        let dated = |at: usize| self.exchanges[at].exchange.header("date");
        let date = next.and_then(dated).or_else(|| progress.last.and_then(dated))?;
        // The format of RFC 9110 section 5.6.7 is one of RFC 2822's.
        DateTime::parse_from_rfc2822(date).ok().map(|date| date.to_utc())
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
        let dir = self.dir.display();
        Error::new(
            ErrorKind::Recording,
            format!(
                "no recording in `{dir}` fits {method} {path}{with}: record it, or ask for what it has: {listed}"
            ),
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
        let expected = "files like 0001-get-incidents.http, as `--record` writes them, are expected";
        Error::new(
            ErrorKind::Recording,
            format!("the folder of recordings `{}` {what}; {expected}", dir.display()),
        )
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
    if paths.is_empty() { Err(wrong("has none")) } else { Ok(paths) }
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
mod tests {
    use super::*;
    use crate::support::scratch::empty_dir;

    /// Creates a directory with these requests, whose response bodies are their positions in the list.
    fn folder(name: &str, targets: &[&str]) -> PathBuf {
        let dir = empty_dir(&format!("replay-{name}"));
        for (at, target) in targets.iter().enumerate() {
            let text = format!(
                "GET {target} HTTP/1.1\n\nHTTP/1.1 200 OK\ndate: Mon, 23 Nov 2026 10:00:{at:02} GMT\n\n{at}"
            );
            fs::write(dir.join(format!("{at:04}-x.http")), text).unwrap();
        }
        dir
    }

    fn replay(name: &str, targets: &[&str]) -> Replay {
        Replay::open(&folder(name, targets)).unwrap()
    }

    fn get(replay: &Replay, target: &str) -> String {
        String::from_utf8(replay.response("GET", "h", target).unwrap().body.clone()).unwrap()
    }

    fn all(replay: &Replay, targets: &[&str]) -> String {
        targets.iter().map(|target| get(replay, target)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn responses_come_in_the_order_of_names_and_the_last_repeats() {
        let replay = replay("order", &["/a", "/b", "/a", "/a"]);
        assert_eq!(all(&replay, &["/a", "/a", "/b", "/a", "/a", "/b"]), "0 2 1 3 3 1");
    }

    #[test]
    fn recordings_beyond_9999_replay_in_the_order_of_their_numbers() {
        let dir = empty_dir("replay-numbers");
        let names = [
            "0009-a",
            "9999-a",
            "10000-a",
            "10001-b",
            "99999-a",
            "100000-a",
            "184467440737095516160-a",
            "by-hand",
        ];
        for name in names.iter().rev() {
            let text = format!("GET /a HTTP/1.1\n\nHTTP/1.1 200 OK\n\n{name}");
            fs::write(dir.join(format!("{name}.http")), text).unwrap();
        }
        assert_eq!(all(&Replay::open(&dir).unwrap(), &["/a"; 8]), names.join(" "));
    }

    #[test]
    fn the_same_query_is_taken_first_in_whatever_order_and_encoding() {
        let replay = replay("exact", &["/a?q=1", "/a?q=2&r=x%20y", "/a?r=x+z&q=2"]);
        assert_eq!(all(&replay, &["/a?r=x%20z&q=2", "/a?q=2&r=x+y", "/a?q=1"]), "2 1 0");
    }

    #[test]
    fn another_time_is_no_other_request() {
        let at = |time: &str, phase: &str| format!("/a?after={time}&phase={phase}");
        let recorded =
            [at("2026-11-23T10:00:00Z", "x"), at("2026-11-23T10:01:00Z", "y"), at("2026-11-23", "x")];
        let replay = replay("time", &recorded.each_ref().map(String::as_str));
        let (x, y) = (at("2030-01-01T00%3A00%3A00Z", "x"), at("2030-01-01T00:00:00Z", "y"));
        assert_eq!(all(&replay, &[&x, &x, &y, &x, &y, &recorded[0]]), "0 2 1 2 1 2");
    }

    #[test]
    fn a_clock_that_stands_still_replays_all_polls() {
        let replay = replay("still", &["/a?since=1763892000", "/a?since=1763892060", "/a?since=1763892120"]);
        let same = "/a?since=1763892060";
        assert_eq!(all(&replay, &[same, same, same, same]), "1 0 2 2");
    }

    #[test]
    fn the_most_values_in_common_win_also_when_used() {
        let replay = replay("values", &["/a?p=1&q=1", "/a?p=2&q=2", "/a?p=2&q=2"]);
        assert_eq!(all(&replay, &["/a?p=1&q=1", "/a?p=1&q=1", "/a?p=1&q=9", "/a?p=2&q=9"]), "0 0 0 1");
    }

    #[test]
    fn another_page_is_another_request() {
        let replay = replay("pages", &["/a?offset=0&limit=2", "/a?offset=2&limit=2", "/a?offset=0&limit=2"]);
        let page = |offset| format!("/a?limit=3&offset={offset}");
        assert_eq!(all(&replay, &[&page(0), &page(2), &page(0), &page(2), &page(0)]), "0 1 2 1 2");
        assert!(replay.response("GET", "h", &page(4)).is_err());
    }

    #[test]
    fn services_of_one_folder_are_told_apart_by_host() {
        let dir = empty_dir("replay-hosts");
        for host in ["a:81", "b"] {
            let text = format!("GET / HTTP/1.1\nHost: {host}\n\nHTTP/1.1 200\n\n{host}");
            fs::write(dir.join(format!("{host}.http")), text).unwrap();
        }
        let replay = Replay::open(&dir).unwrap();
        let from = |host| String::from_utf8(replay.response("GET", host, "/").unwrap().body.clone()).unwrap();
        assert_eq!(["b", "b", "a:81", "a:81"].map(from), ["b", "b", "a:81", "a:81"]);
        assert_eq!(["elsewhere"].map(from), ["b"]);
        fs::write(dir.join("c.http"), "GET / HTTP/1.1\n\nHTTP/1.1 200\n\nby hand").unwrap();
        let replay = Replay::open(&dir).unwrap();
        let from = |host| String::from_utf8(replay.response("GET", host, "/").unwrap().body.clone()).unwrap();
        assert_eq!(["b", "b"].map(from), ["b", "by hand"]);
    }

    #[test]
    fn a_mask_fits_any_value() {
        let replay = replay("mask", &["/hooks/***/x?key=***&cursor=***", "/a?key=K***&page=1"]);
        assert_eq!(all(&replay, &["/hooks/s3cret/x?key=y&cursor=z", "/a?page=1&key=K1"]), "0 1");
        assert!(replay.response("GET", "h", "/hooks/a/b/x?key=y&cursor=z").is_err());
    }

    #[test]
    fn requests_that_a_mask_made_alike_are_answered_the_same_again() {
        let replay = replay("masks", &["/a?key=***", "/a?key=***", "/x/***", "/x/***"]);
        let asked = ["/a?key=p", "/a?key=q", "/x/s", "/x/t", "/a?key=p", "/a?key=q", "/x/s", "/x/t"];
        assert_eq!(all(&replay, &asked), "0 1 2 3 0 1 2 3");
    }

    #[test]
    fn what_was_not_recorded_is_told_without_values() {
        let targets: Vec<_> = (0..12).map(|i| format!("/a?page={i}")).collect();
        let replay = replay("missing", &targets.iter().map(String::as_str).collect::<Vec<_>>());
        let error = replay.response("GET", "h", "/b?key=hush&x=hush").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Recording);
        let text = error.to_string();
        assert!(
            text.contains("fits GET /b with key, x: record it, or ask for what it has: GET /a?page=0 (0000-x.http), GET /a?page=1"),
            "{text}"
        );
        assert!(text.ends_with("GET /a?page=9 (0009-x.http), and 2 more"), "{text}");
        assert!(!text.contains("hush"), "{text}");
        for other in ["/a?page=12", "/a", "/a?page=1&page=1", "/a?Page=1", "/a/?page=1"] {
            assert!(replay.response("GET", "h", other).is_err(), "{other}");
        }
        assert!(replay.response("POST", "h", "/a?page=1").is_err());
    }

    #[test]
    fn the_clock_is_that_of_the_next_response_then_of_the_last() {
        let replay = replay("clock", &["/a", "/b", "/a"]);
        let second = || replay.now().unwrap().timestamp() % 60;
        assert_eq!(second(), 0);
        get(&replay, "/a");
        assert_eq!(second(), 1);
        get(&replay, "/a");
        assert_eq!(second(), 2);
    }

    #[test]
    fn a_service_has_its_own_folder_where_there_is_one() {
        let dir = folder("service", &["/shared"]);
        fs::create_dir(dir.join("splunk")).unwrap();
        fs::write(dir.join("splunk/1.http"), "GET /own\n\nHTTP/1.1 200\n\nown").unwrap();
        assert_eq!(get(&Replay::for_service(&dir, "splunk").unwrap(), "/own"), "own");
        for other in ["github", "", "..", "../x", "."] {
            assert_eq!(get(&Replay::for_service(&dir, other).unwrap(), "/shared"), "0", "{other}");
        }
    }

    #[test]
    fn a_folder_without_recordings_says_what_is_expected() {
        let dir = empty_dir("replay-none");
        fs::write(dir.join(".0001-x.http"), "unfinished").unwrap();
        fs::write(dir.join("README.md"), "").unwrap();
        for (dir, what) in [(dir.clone(), "has none"), (dir.join("nowhere"), "cannot be read (")] {
            let error = Replay::open(&dir).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Recording);
            let text = error.to_string();
            assert!(
                text.contains(&format!("`{}` {what}", dir.display())) && text.contains("0001-get-"),
                "{text}"
            );
        }
    }

    #[test]
    fn a_broken_recording_is_named_with_its_line() {
        let dir = folder("broken", &["/a"]);
        fs::write(dir.join("0002.http"), "GET /a\n\nHTTP/1.1 yes\n").unwrap();
        let error = Replay::open(&dir).unwrap_err().to_string();
        assert!(error.contains("0002.http:3: found `HTTP/1.1 yes`"), "{error}");
    }
}
