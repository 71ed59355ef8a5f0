//! Recordings of an API and their replay without it.

mod redaction;
mod secret_places;

use std::fs;
use std::path::{Path, PathBuf};

use collectington::internals::config::ServiceConfig;
use collectington::internals::{Client, Mode};
use collectington::{Api, ErrorKind, Result, Service};
use serde_json::json;

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::minimal_service::{api_of, service_at};
use crate::support::process::scratch;

/// Long enough to be found anywhere, with all that is written in another way somewhere.
const KEY: &str = "k3y/+ \"ä=&\\hush";
const PASSWORD: &str = "p4ss-hush";
const SHORT: &str = "eu7";

/// A service whose API is at `url`, with the secrets above.
fn service(dir: &Path, url: &str) -> ServiceConfig {
    let file = dir.join("secrets");
    fs::write(&file, format!("KEY='{KEY}'\nPASSWORD={PASSWORD}\nSHORT={SHORT}\n")).unwrap();
    service_at(url, json!({ "secret_file_path": file }))
}

/// The files of a directory, in their order.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_recording_is_replayed_without_api_and_secrets() {
    let dir = scratch("replay-same");
    let fake = FakeApi::start(|request| match request.path() {
        "/v1/gzip" => Response::json("{\"a\": 1}").gzip(),
        "/v1/bytes" => Response::new(200).body(*b"\xff\x00\r\n"),
        "/v1/moved" => Response::new(302).header("Location", "/v1/gzip"),
        _ => Response::new(404).header("X-Why", "gone").body("no\r\n\r\nHTTP/1.1 200 OK\n"),
    });
    let service = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    let ask = |api: Api| {
        let get = |path: &str| {
            let response = api.get().path(path).query("q", "a b").send().unwrap();
            (response.status(), response.header("x-why").map(str::to_owned))
        };
        let bytes = |path: &str| api.get().path(path).bytes().unwrap();
        (get("missing"), get("missing"), bytes("gzip"), bytes("bytes"), bytes("moved"))
    };
    let live = ask(api_of(&service, Mode::Record(recorded.clone())));
    let asked = fake.requests().len();
    assert_eq!(live.0, (404, Some("gone".to_owned())));
    assert_eq!((live.2.as_slice(), live.3.as_slice()), (&b"{\"a\": 1}"[..], &b"\xff\x00\r\n"[..]));

    fs::remove_file(dir.join("secrets")).unwrap();
    assert_eq!(ask(api_of(&service, Mode::Replay(recorded.clone()))), live);
    assert_eq!(ask(Api::replay(&recorded).unwrap().with_url("http://elsewhere.invalid/v1").unwrap()), live);
    assert_eq!(fake.requests().len(), asked);
}

#[test]
fn a_recording_edited_by_hand_is_replayed_as_edited() {
    let dir = scratch("replay-edited");
    let fake = FakeApi::json("{\"total\": 1}");
    let service = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    let total = |api: &Api| api.get().json::<serde_json::Value>().map(|body| body["total"].clone());
    assert_eq!(total(&api_of(&service, Mode::Record(recorded.clone()))).unwrap(), 1);

    let file = files(&recorded).remove(0);
    let text = fs::read_to_string(&file).unwrap();
    let edited = format!(
        "# Two more.\n{}\n",
        text.replace("{\"total\": 1}", "{\n  \"total\": 3,\n  \"new\": true\n}")
    );
    fs::write(&file, edited.replace('\n', "\r\n")).unwrap();
    assert_eq!(total(&api_of(&service, Mode::Replay(recorded.clone()))).unwrap(), 3);

    let error = api_of(&service, Mode::Replay(recorded.clone())).get().json::<u64>().unwrap_err().to_string();
    assert!(error.ends_with("; help: compare the recording with the types of the service"), "{error}");

    fs::write(&file, text.replace("HTTP/1.1 200 OK", "HTTP/1.1 503\nRetry-After: 7")).unwrap();
    let error = total(&api_of(&service, Mode::Replay(recorded.clone()))).unwrap_err();
    assert_eq!((error.status(), error.retry_after().map(|wait| wait.as_secs())), (Some(503), Some(7)));

    fs::write(&file, text.replace("HTTP/1.1 200", "HTTP/1.1 OK")).unwrap();
    let error = Api::replay(&recorded).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Recording);
    assert!(error.to_string().contains("0001-get-v1.http:"), "{error}");
}

#[test]
fn an_unrecorded_request_is_an_error_and_is_not_sent() {
    let dir = scratch("replay-unknown");
    let fake = FakeApi::json("{}");
    let service = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    api_of(&service, Mode::Record(recorded.clone())).get().text().unwrap();
    let api = api_of(&service, Mode::Replay(recorded));
    let error = api.get().path("other").query("team", "web").text().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Recording);
    assert!(
        error.to_string().contains("fits GET /v1/other with team; recordings: GET /v1 (0001-get-v1.http)"),
        "{error}"
    );
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn services_recorded_together_each_replay_their_own_api() {
    let dir = scratch("replay-together");
    let fakes = ["one", "two"].map(|name| FakeApi::json(&format!("\"{name}\"")));
    let services = fakes.each_ref().map(|fake| service(&dir, &fake.url("/v1")));
    let recorded = dir.join("recorded");
    let ask = |mode: Mode| {
        let client = Client::new(mode, &services).unwrap();
        services.each_ref().map(|service| Api::new(service, &client).unwrap().get().json::<String>().unwrap())
    };
    assert_eq!(ask(Mode::Record(recorded.clone())), ["one", "two"]);
    assert_eq!(ask(Mode::Replay(recorded)), ["one", "two"]);
}

#[test]
fn a_confirmed_response_is_recorded_as_the_service_read_it() {
    let dir = scratch("replay-confirmed");
    let fake = FakeApi::start(|request| match request.header("if-none-match") {
        Some("\"a\"") => Response::new(304).header("date", "Fri, 20 Nov 2026 08:51:00 GMT"),
        _ => Response::json("7").header("etag", "\"a\"").header("date", "Fri, 20 Nov 2026 08:50:00 GMT"),
    });
    let mut config = service(&dir, &fake.url("/v1"));
    config.expiration = std::time::Duration::ZERO;
    let recorded = dir.join("recorded");
    let mut live = api_of(&config, Mode::Record(recorded.clone()));
    for _ in 0..2 {
        live.poll::<Seven>().unwrap();
    }
    assert_eq!(fake.requests()[1].header("if-none-match"), Some("\"a\""));
    let texts: Vec<_> = files(&recorded).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let second = texts[0].replace("08:50:00", "08:51:00");
    let lines = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&texts[1]), lines(&second));
    let mut replayed = api_of(&config, Mode::Replay(recorded.clone()));
    for _ in 0..3 {
        replayed.poll::<Seven>().unwrap();
    }

    // Written by hand, a 304 stands for the response before it.
    fs::write(&files(&recorded)[1], "GET /v1\n\nHTTP/1.1 304 Not Modified\n").unwrap();
    let mut replayed = api_of(&config, Mode::Replay(recorded));
    for _ in 0..3 {
        replayed.poll::<Seven>().unwrap();
    }
}

/// The service of an API that always says 7.
struct Seven;

impl Service for Seven {
    fn poll(api: &mut Api) -> Result<Self> {
        let seven: u64 = api.get().json()?;
        assert_eq!(seven, 7);
        Ok(Self)
    }
}

/// Logs in with cookies, and returns the names that the response sets.
fn log_in(api: &Api) -> Vec<String> {
    let response = api.post(&()).path("login").send().unwrap();
    let cookies: Vec<String> = response
        .headers("Set-Cookie")
        .filter_map(|cookie| cookie.split(';').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(api.get().path("data").header("cookie", cookies.join("; ")).json(), Ok(1));
    cookies.iter().filter_map(|cookie| cookie.split('=').next()).map(str::to_owned).collect()
}

#[test]
fn a_login_with_several_cookies_is_replayed_without_their_values() {
    let dir = scratch("replay-cookies");
    let fake = FakeApi::start(|request| match (request.path(), request.header("cookie")) {
        ("/v1/login", _) => Response::new(204)
            .header("Set-Cookie", "SID=hush-one; Path=/; HttpOnly")
            .header("Set-Cookie", "CSRF=hush-two; Path=/"),
        (_, Some("SID=hush-one; CSRF=hush-two")) => Response::json("1"),
        _ => Response::new(403),
    });
    let service = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    assert_eq!(log_in(&api_of(&service, Mode::Record(recorded.clone()))), ["SID", "CSRF"]);
    assert_eq!(log_in(&api_of(&service, Mode::Replay(recorded.clone()))), ["SID", "CSRF"]);
    let text: String = files(&recorded).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    assert!(text.contains("set-cookie: SID=***; Path=/; HttpOnly\nset-cookie: CSRF=***; Path=/\n"), "{text}");
    assert!(!text.contains("hush-"), "{text}");
}
