//! Writes down what was asked and answered, without the secrets.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::exchange::Exchange;
use super::redactor::Redactor;
use super::secret::MASK;
use crate::config::is_credential;
use crate::error::{Error, ErrorKind, Result};

/// What stands in the names of request headers with a credential; none of them matters when it is replayed.
const CREDENTIAL: [&str; 8] = ["auth", "cookie", "credential", "key", "passw", "secret", "session", "token"];
/// A folder that exchanges are written to, one file each, in the order in which they ended.
#[derive(Debug)]
pub struct Recorder {
    dir: PathBuf,
    next: AtomicUsize,
}

impl Recorder {
    /// Opens the folder, or makes it, for this user alone. Numbers go on from the files there are.
    ///
    /// # Errors
    /// It cannot be made or read.
    pub fn open(dir: &Path) -> Result<Self> {
        let last =
            make(dir).and_then(|()| last_number(dir)).map_err(|cause| error(dir, "written to", &cause))?;
        Ok(Self { dir: dir.to_owned(), next: AtomicUsize::new(last + 1) })
    }

    /// Writes the exchange to a file like `0001-get-incidents.http`, readable for this user alone, with every secret
    /// that the redactor remembers and every credential header masked. Returns where.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, exchange: &Exchange, redactor: &Redactor) -> Result<PathBuf> {
        let exchange = redacted(exchange, redactor);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let name = format!("{number:04}-{}.http", slug(&exchange));
        let (path, unfinished) = (self.dir.join(&name), self.dir.join(format!(".{name}.new")));
        write_private(&unfinished, &exchange.to_bytes())
            .and_then(|()| fs::rename(&unfinished, &path))
            .map_err(|cause| error(&path, "written", &cause))?;
        Ok(path)
    }
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

    fn name(path: &Path) -> String {
        path.file_name().unwrap().to_string_lossy().into_owned()
    }

    #[test]
    fn files_are_numbered_on_and_named_by_method_and_path() {
        let dir = scratch("recorder-names").join("new/folder");
        let write = |recorder: &Recorder, target| {
            name(&recorder.write(&exchange(target), &Redactor::default()).unwrap())
        };
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
        let file = Recorder::open(&dir).unwrap().write(&exchange("/"), &Redactor::default()).unwrap();
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
        let path = Recorder::open(&scratch("recorder-secrets")).unwrap().write(&full, &redactor).unwrap();
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
                scope.spawn(|| recorder.write(&exchange("/"), &Redactor::default()).unwrap());
            });
        });
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 8);
    }
}
