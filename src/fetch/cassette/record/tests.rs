//! Tests that recordings contain no credential.

use super::*;
use crate::support::scratch::empty_dir;

fn exchange(target: &str) -> Exchange {
    Exchange { method: "GET".into(), target: target.into(), status: 200, ..Exchange::default() }
}

/// Records an exchange and returns the path of its file.
fn write(recorder: &Recorder, exchange: Exchange, redactor: &Redactor) -> PathBuf {
    let files = || fs::read_dir(&recorder.dir).unwrap().map(|entry| entry.unwrap().path());
    let before: Vec<_> = files().collect();
    recorder.hold(exchange, "api", redactor);
    recorder.write(redactor).unwrap();
    files().find(|file| !before.contains(file)).unwrap()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn files_are_numbered_on_and_named_by_method_and_path() {
    let dir = empty_dir("recorder-names").join("new/folder");
    let write = |recorder: &Recorder, target| name(&write(recorder, exchange(target), &Redactor::default()));
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
    let dir = empty_dir("recorder-mode").join("new");
    let file = write(&Recorder::open(&dir).unwrap(), exchange("/"), &Redactor::default());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&file)), (0o700, 0o600));
}

#[test]
fn no_secret_is_written_wherever_it_stands() {
    let redactor = Redactor::default();
    ["hush-hush", "eu", "dXNlcjpwYXNz"].iter().for_each(|secret| redactor.remember(secret));
    let headers = |names: &[&str]| names.iter().map(|name| ((*name).into(), "hush-hush".into())).collect();
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
    let path = write(&Recorder::open(&empty_dir("recorder-secrets")).unwrap(), full, &redactor);
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
fn a_secret_in_the_name_of_a_header_is_masked() {
    let redactor = Redactor::default();
    redactor.remember("hush-hush-7");
    let mut full = exchange("/");
    full.headers.push(("x-hush-hush-7".into(), "v".into()));
    full.headers.push(("x-68757368-2d68757368-2d37".into(), "v".into()));
    let bytes = redacted(&full, &redactor).to_bytes();
    let read = Exchange::parse("x", &bytes).unwrap();
    assert_eq!(read.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["x-***", "x-***"]);
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

fn recorded_response(target: &str, body: &str) -> Exchange {
    Exchange { body: body.into(), ..exchange(target) }
}

fn texts(dir: &Path) -> String {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

#[test]
fn a_token_is_redacted_in_the_response_that_it_came_with_in_this_poll_and_in_earlier_ones() {
    let dir = empty_dir("recorder-token");
    let (recorder, redactor) = (Recorder::open(&dir).unwrap(), Redactor::default());
    recorder.hold(recorded_response("/login", "ticket hush-one hush-two"), "api", &redactor);
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
    let dir = empty_dir("recorder-issued");
    let (recorder, redactor) = (Recorder::open(&dir).unwrap(), Redactor::default());
    recorder.hold(recorded_response("/login", r#"{"session": "hush-hush"}"#), "api", &redactor);
    recorder.hold(
        recorded_response("/sessions/hush-hush/jobs?of=hush-hush", "hush-hush runs"),
        "api",
        &redactor,
    );
    recorder.write(&redactor).unwrap();
    let texts = texts(&dir);
    recorder.hold(recorded_response("/sessions/hush-hush", "gone"), "api", &redactor);
    recorder.hold(recorded_response("/login", r#"{"session": "hush-hush"}"#), "api", &redactor);
    recorder.write(&redactor).unwrap();
    let names: Vec<_> = fs::read_dir(&dir).unwrap().map(|file| name(&file.unwrap().path())).collect();
    assert!(names.iter().all(|name| !name.contains("hush")), "{names:?}");
    assert!(texts.contains("GET /sessions/***/jobs?of=*** "), "{texts}");
    assert!(texts.contains("hush-hush runs"), "what is parsed stays: {texts}");
}

#[test]
fn what_is_held_is_written_when_the_recorder_ends() {
    let dir = empty_dir("recorder-end");
    let recorder = Recorder::open(&dir).unwrap();
    recorder.hold(recorded_response("/a", "kept"), "api", &Redactor::default());
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
    let dir = empty_dir("recorder-file");
    fs::write(dir.join("file"), "").unwrap();
    let error = Recorder::open(&dir.join("file/below")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Recording);
    assert!(error.to_string().contains("file/below cannot be written to: "), "{error}");
}

#[test]
fn threads_write_to_different_files() {
    let dir = empty_dir("recorder-threads");
    let recorder = Recorder::open(&dir).unwrap();
    std::thread::scope(|scope| {
        (0..8).for_each(|_| {
            scope.spawn(|| {
                let redactor = Redactor::default();
                recorder.hold(exchange("/"), "api", &redactor);
                recorder.write(&redactor).unwrap();
            });
        });
    });
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 8);
}
