//! Writes down what was asked and answered, without the secrets.

use std::collections::VecDeque;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::exchange::Exchange;
use super::redactor::Redactor;
use super::secret::MASK;
use crate::config::is_credential;
use crate::directory::check_writable;
use crate::error::{Error, ErrorKind, Result};

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
            let exchange = redacted(exchange, &held.redactor);
            let name = format!("{number:04}-{}.http", slug(&exchange));
            let path = self.dir.join(&name);
            write_whole(&path, &with_request_redacted(exchange, &issued))?;
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
    let headers = |headers: &[(String, String)], is_credential: fn(&str) -> bool| {
        let masked = |name: &str, value| match is_credential(&name.to_ascii_lowercase()) {
            true => MASK.to_owned(),
            false => redactor.redact_value(value).into_owned(),
        };
        headers.iter().map(|(name, value)| (name.clone(), masked(name, value))).collect()
    };
    Exchange {
        method: exchange.method.clone(),
        target: redactor.redact_target(&exchange.target),
        request_headers: headers(&exchange.request_headers, |name| {
            CREDENTIAL.iter().any(|word| name.contains(word)) || is_credential(name)
        }),
        request_body: redactor.redact_body(&exchange.request_body),
        status: exchange.status,
        headers: headers(&exchange.headers, is_credential),
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
mod tests {
    use super::super::scratch;
    use super::*;

    fn exchange(target: &str) -> Exchange {
        Exchange { method: "GET".into(), target: target.into(), status: 200, ..Exchange::default() }
    }

    /// Records it; the file that is new.
    fn write(recorder: &Recorder, exchange: Exchange, redactor: &Redactor) -> PathBuf {
        let files = || fs::read_dir(&recorder.dir).unwrap().map(|entry| entry.unwrap().path());
        let before: Vec<_> = files().collect();
        recorder.hold(exchange, redactor);
        recorder.write(redactor).unwrap();
        files().find(|file| !before.contains(file)).unwrap()
    }

    fn name(path: &Path) -> String {
        path.file_name().unwrap().to_string_lossy().into_owned()
    }

    #[test]
    fn files_are_numbered_on_and_named_by_method_and_path() {
        let dir = scratch("recorder-names").join("new/folder");
        let write =
            |recorder: &Recorder, target| name(&write(recorder, exchange(target), &Redactor::default()));
        let recorder = Recorder::open(&dir).unwrap();
        assert_eq!(write(&recorder, "/v2/Incidents/?a=b"), "0001-get-incidents.http");
        assert_eq!(write(&recorder, "/"), "0002-get-root.http");
        fs::write(dir.join("10041-get-x.http"), "").unwrap();
        let recorder = Recorder::open(&dir).unwrap();
        assert_eq!(write(&recorder, "/a%2F..%2Fb/../c.json"), "10042-get-c-json.http");
        assert_eq!(write(&recorder, "/%2e%2e%2fb"), "10043-get-2e-2e-2fb.http");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 5);
        for odd in [".10050-get-x.http.new", "99999999999999999999-x.http", "notes"] {
            fs::write(dir.join(odd), "").unwrap();
        }
        assert_eq!(write(&Recorder::open(&dir).unwrap(), "/x"), "10051-get-x.http");
    }

    #[test]
    #[cfg(unix)]
    fn only_this_user_can_read_a_recording() {
        use std::os::unix::fs::PermissionsExt;
        let dir = scratch("recorder-mode").join("new");
        let file = write(&Recorder::open(&dir).unwrap(), exchange("/"), &Redactor::default());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&file)), (0o700, 0o600));
    }

    #[test]
    fn no_secret_is_written_wherever_it_stands() {
        let redactor = Redactor::default();
        ["hush-hush", "eu", "dXNlcjpwYXNz"].iter().for_each(|secret| redactor.remember(secret));
        let headers =
            |names: &[&str]| names.iter().map(|name| ((*name).into(), "hush-hush".into())).collect();
        let full = Exchange {
            method: "POST".into(),
            target: "/hush-hush/eu/eu-north?key=eu&team=euro&k=%68ush-hush&hush-hush".into(),
            request_headers: headers(&["x", "Authorization"]),
            request_body: b"{\"key\": \"hush-hush\"}".into(),
            status: 200,
            headers: headers(&["x", "Location"]),
            body: b"\xff hush-hush dXNlcjpwYXNz".into(),
        };
        let masked = redacted(&full, &redactor);
        assert_eq!(masked.target, "/***/***/eu-north?key=***&team=euro&k=***&***");
        assert_eq!(masked.request_headers[0].1, "***");
        assert_eq!(masked.headers[1].1, "***");
        assert_eq!(masked.request_body, b"{\"key\": \"***\"}");
        assert_eq!(masked.body, b"\xff *** ***");
        let path = write(&Recorder::open(&scratch("recorder-secrets")).unwrap(), full, &redactor);
        assert!(!fs::read_to_string(path).unwrap().contains("hush"));
    }

    #[test]
    fn credentials_are_masked_though_nobody_named_them_secret() {
        let mut full = exchange("/");
        for name in
            ["Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie", "X-VO-Api-Key", "X-Auth-Token"]
        {
            full.request_headers.push((name.into(), "hush".into()));
        }
        for name in ["Authorization", "Proxy-Authorization", "Set-Cookie", "X-Auth-Token"] {
            full.headers.push((name.into(), "hush".into()));
        }
        full.headers.push(("X-Next-Page-Token".into(), "2".into()));
        let text = String::from_utf8(redacted(&full, &Redactor::default()).to_bytes()).unwrap();
        assert!(!text.contains("hush"), "{text}");
        assert!(text.contains("X-Next-Page-Token: 2"), "{text}");
    }

    #[test]
    fn tokens_that_an_api_hands_out_are_masked() {
        let json = r#"{"access_token": "hu\"sh\\", "id_token" :"hush","x":["refresh_token"], "refreshToken":null,
            "token_type": "bearer", "accessToken": "hush"#;
        let masked = r#"{"access_token": "***", "id_token" :"***","x":["refresh_token"], "refreshToken":null,
            "token_type": "bearer", "accessToken": "***"#;
        let body = Redactor::default().redact_body(json.as_bytes());
        assert_eq!(String::from_utf8(body).unwrap(), masked);
    }

    fn answered(target: &str, body: &str) -> Exchange {
        Exchange { body: body.into(), ..exchange(target) }
    }

    fn texts(dir: &Path) -> String {
        let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    }

    #[test]
    fn a_token_is_redacted_in_the_answer_that_it_came_with_in_this_poll_and_in_earlier_ones() {
        let dir = scratch("recorder-token");
        let (recorder, redactor) = (Recorder::open(&dir).unwrap(), Redactor::default());
        recorder.hold(answered("/login", "ticket hush-one hush-two"), &redactor);
        assert_eq!(texts(&dir), "");
        redactor.remember("hush-one");
        recorder.write(&redactor).unwrap();
        assert!(texts(&dir).contains("ticket *** hush-two"));
        redactor.remember("hush-two");
        recorder.write(&redactor).unwrap();
        assert!(texts(&dir).contains("ticket *** ***"));
    }

    #[test]
    fn a_credential_that_was_handed_out_is_redacted_in_the_requests_after_it() {
        let dir = scratch("recorder-issued");
        let (recorder, redactor) = (Recorder::open(&dir).unwrap(), Redactor::default());
        recorder.hold(answered("/login", r#"{"session": "hush-hush"}"#), &redactor);
        recorder.hold(answered("/sessions/hush-hush/jobs?of=hush-hush", "hush-hush runs"), &redactor);
        recorder.write(&redactor).unwrap();
        let texts = texts(&dir);
        assert!(texts.contains("GET /sessions/***/jobs?of=*** "), "{texts}");
        assert!(texts.contains("hush-hush runs"), "what is parsed stays: {texts}");
    }

    #[test]
    fn what_is_held_is_written_when_the_recorder_ends() {
        let dir = scratch("recorder-end");
        let recorder = Recorder::open(&dir).unwrap();
        recorder.hold(answered("/a", "kept"), &Redactor::default());
        drop(recorder);
        assert!(texts(&dir).contains("kept"));
    }

    #[test]
    fn different_values_of_a_credential_stay_different_when_they_are_redacted_again() {
        let body = r#"[{"session":"a-1"},{"session":"b-2"},{"session":"a-1"}]"#;
        let masked = r#"[{"session":"***"},{"session":"***2"},{"session":"***"}]"#;
        let redactor = Redactor::default();
        for body in [body, masked] {
            assert_eq!(String::from_utf8(redactor.redact_body(body.as_bytes())).unwrap(), masked);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named() {
        let dir = scratch("recorder-file");
        fs::write(dir.join("file"), "").unwrap();
        let error = Recorder::open(&dir.join("file/below")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Recording);
        assert!(error.to_string().contains("file/below` cannot be written to: "), "{error}");
    }

    #[test]
    fn threads_write_to_different_files() {
        let dir = scratch("recorder-threads");
        let recorder = Recorder::open(&dir).unwrap();
        std::thread::scope(|scope| {
            (0..8).for_each(|_| {
                scope.spawn(|| {
                    let redactor = Redactor::default();
                    recorder.hold(exchange("/"), &redactor);
                    recorder.write(&redactor).unwrap();
                });
            });
        });
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 8);
    }
}
