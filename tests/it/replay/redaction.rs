//! Secrets, which a recording does not contain.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::support::process::Cton;

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
fn a_redacted_recording_matches_the_requests_with_the_secrets() {
    let dir = scratch("replay-redacted");
    let fake = FakeApi::start(echo);
    let service = service(&dir, &fake.url("/v1"));
    let recorded = dir.join("recorded");
    tell_all(&api_of(&service, Mode::Record(recorded.clone()))).unwrap();
    let replayed = tell_all(&api_of(&service, Mode::Replay(recorded))).unwrap();
    assert_eq!(replayed.len(), 5);
    let cookie = api_of(&service, Mode::Replay(dir.join("recorded"))).get().path("bearer").send().unwrap();
    assert_eq!(cookie.headers("set-cookie").collect::<Vec<_>>(), ["***"]);
    assert!(replayed[1].starts_with("/v1/query?key=***&region="), "{}", replayed[1]);
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
