//! Recordings of an API and their replay without it.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use collectington::internals::config::ServiceConfig;
use collectington::internals::{Client, Mode};
use collectington::{Api, ErrorKind, Result, Service};
use serde_json::json;

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::minimal_service::{api_of, service_at};
use crate::support::process::{Cton, scratch};

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

/// Says in its headers and its body all that it was told.
fn echo(request: &Request) -> Response {
    let key = request.header("x-key").unwrap_or_default();
    let headers = format!("{:?}", request.headers);
    let text = format!("{} {headers} {}", request.target, String::from_utf8_lossy(&request.body));
    Response::new(200).header("x-seen", key).header("set-cookie", PASSWORD).body(text)
}

/// Tells the API every secret in every way there is; its response.
fn tell_all(api: &Api) -> Result<Vec<String>> {
    let secret = |key| api.secret(key);
    let (key, short) = (secret("KEY")?, secret("SHORT")?);
    Ok(vec![
        api.get().path("header").header("x-other", secret("PASSWORD")?).header("x-region", &short).text()?,
        api.get().path("query").secret_query("key", &key).secret_query("region", &short).text()?,
        api.get().path("basic").basic("hush-user", secret("PASSWORD")?).text()?,
        api.get().path("bearer").bearer(secret("PASSWORD")?).text()?,
        api.post(&json!({ "key": key.expose(), "n": 1 })).path("body").text()?,
    ])
}

#[test]
fn a_recording_holds_no_secret_in_any_form() {
    let dir = scratch("replay-secrets");
    let fake = FakeApi::start(echo);
    let service = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    tell_all(&api_of(&service, Mode::Record(recorded.clone()))).unwrap();

    let told = fake.requests();
    let basic = STANDARD.encode(format!("hush-user:{PASSWORD}"));
    assert!(told.iter().any(|request| request.header("authorization") == Some(&format!("Basic {basic}"))));
    assert_eq!((told.len(), files(&recorded).len()), (5, 5));
    for file in files(&recorded) {
        let text = fs::read_to_string(&file).unwrap();
        for secret in [PASSWORD, "k3y", "hush\"", &basic] {
            assert!(!text.contains(secret), "{secret} is in {}:\n{text}", file.display());
        }
        // One that is too short to be told from other text is redacted only where it stands alone.
        let (request, response) = text.split_once("\n\n").unwrap();
        assert!(!request.contains(SHORT) && response.contains("***"), "{text}");
    }
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
fn a_redacted_recording_matches_the_requests_with_the_secrets() {
    let dir = scratch("replay-redacted");
    let fake = FakeApi::start(echo);
    let service = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    tell_all(&api_of(&service, Mode::Record(recorded.clone()))).unwrap();
    let replayed = tell_all(&api_of(&service, Mode::Replay(recorded))).unwrap();
    assert_eq!(replayed.len(), 5);
    assert!(replayed[1].starts_with("/v1/query?key=***&region="), "{}", replayed[1]);
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
fn the_command_replays_its_recording_and_prints_no_secret() {
    let dir = scratch("replay-command");
    let fake = FakeApi::start(|request| {
        let key = request.header("x-vo-api-key").unwrap();
        let incident = json!({
            "incidentNumber": "1", "currentPhase": "resolved", "startTime": "2026-11-20T08:00:00Z", "pagedTeams": ["web"],
            "transitions": [
                { "name": "triggered", "at": "2026-11-20T08:00:00Z" },
                { "name": "resolved", "at": "2026-11-20T08:30:00Z" },
            ],
        });
        Response::json(json!({ "total": 1, "you_sent": key, "incidents": [incident] }).to_string())
    });
    let shipped = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.json")).unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&shipped).unwrap();
    config["log_level"] = "DEBUG".into();
    config["services"]["splunk"]["api_url"] = fake.url("/incidents").into();
    config["services"]["splunk"]["secret_file_path"] = "secrets".into();
    fs::write(dir.join("config.json"), config.to_string()).unwrap();
    fs::write(dir.join("secrets"), format!("API_ID='hush-id'\nAPI_KEY='{KEY}'\n")).unwrap();

    let run = |mode| {
        let arguments = ["-s", "splunk", "-c", "config.json", "--once", mode, "recorded"];
        let output = Cton::new(arguments).dir(&dir).output();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{out}{err}");
        assert!(!format!("{out}{err}").contains("hush"), "{out}{err}");
        out.lines().filter(|line| !line.contains("_created")).map(str::to_owned).collect::<Vec<_>>()
    };
    let live = run("--record");
    assert!(live.contains(&"time_taken_to_resolve_sum 30".to_owned()), "{live:#?}");
    for file in files(&dir.join("recorded")) {
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains("hush") && text.contains("\"you_sent\":\"***\""), "{text}");
    }
    fs::remove_file(dir.join("secrets")).unwrap();
    drop(fake);
    assert_eq!(run("--replay"), live);
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

/// Logs in at the first poll, keeps the ticket, and sends it at the next ones.
struct Ticket(u64);

impl Service for Ticket {
    fn poll(api: &mut Api) -> Result<Self> {
        let ticket = match api.previous::<String>() {
            Some(ticket) => ticket,
            None => api.post(&json!({})).path("login").json::<serde_json::Value>()?["ticket"]
                .as_str()
                .unwrap()
                .to_owned(),
        };
        let first = api.previous::<String>().is_none();
        let data = api.get().path("data");
        let data: u64 = if first { data.json()? } else { data.bearer(&ticket).json()? };
        api.keep(ticket);
        Ok(Self(data))
    }
}

#[test]
fn a_token_sent_in_a_later_poll_is_redacted_in_earlier_recordings() {
    let dir = scratch("replay-ticket");
    let fake = FakeApi::start(|request| match request.path() {
        "/v1/login" => Response::json(r#"{"ticket": "hush-ticket-1"}"#),
        _ => Response::json("7"),
    });
    let mut config = service(&dir, &fake.url("/v1"));
    config.expiration = std::time::Duration::ZERO;
    let recorded = dir.join("recorded");
    let polls = |mut api: Api| (0..3).map(|_| api.poll::<Ticket>().unwrap().0).collect::<Vec<_>>();
    let live = polls(api_of(&config, Mode::Record(recorded.clone())));
    assert_eq!(fake.requests()[2].header("authorization"), Some("Bearer hush-ticket-1"));
    for file in files(&recorded) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("hush-ticket"), "{}:\n{text}", file.display());
    }
    assert_eq!(polls(api_of(&config, Mode::Replay(recorded))), live);
}

/// Follows pages and a session whose names a recording redacts, and those that it keeps.
struct Pages(Vec<u64>);

impl Service for Pages {
    fn poll(api: &mut Api) -> Result<Self> {
        let login: serde_json::Value = api.post(&json!({ "password": "hush-hush" })).path("login").json()?;
        let session = login["session_id"].as_str().unwrap();
        let (mut found, mut next) = (Vec::new(), None::<(String, String)>);
        loop {
            let page = api.get().path(&format!("sessions/{session}/items")).query("sid", session);
            let page = match &next {
                Some((token, key)) => page.query("page_token", token).query("key", key),
                None => page,
            };
            let page: serde_json::Value = page.json()?;
            found.push(page["n"].as_u64().unwrap());
            let text = |name: &str| page[name].as_str().map(str::to_owned);
            next = text("nextPageToken").zip(text("token"));
            if next.is_none() {
                return Ok(Self(found));
            }
        }
    }
}

#[test]
fn a_recording_redacted_by_name_is_replayed_to_the_same_values() {
    let dir = scratch("replay-by-name");
    let fake = FakeApi::start(|request| match request.path() {
        "/v1/login" => Response::json(r#"{"session_id": "hush-session", "password": 1}"#),
        _ if request.target.contains("page_token=p2") => {
            Response::json(r#"{"n": 2, "nextPageToken": "p3", "token": "hush-t3"}"#)
        }
        _ if request.target.contains("page_token=p3") => Response::json(r#"{"n": 3}"#),
        _ => Response::json(r#"{"n": 1, "nextPageToken": "p2", "token": "hush-t2"}"#),
    });
    let config = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    let live = api_of(&config, Mode::Record(recorded.clone())).poll::<Pages>().unwrap().0;
    assert_eq!(live, [1, 2, 3]);
    for file in files(&recorded) {
        let text = fs::read_to_string(&file).unwrap();
        assert!(!text.contains("hush"), "{}:\n{text}", file.display());
    }
    assert_eq!(api_of(&config, Mode::Replay(recorded)).poll::<Pages>().unwrap().0, live);
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
