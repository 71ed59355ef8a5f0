//! Planted secrets, which are searched for everywhere.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::support::fake_proxy::FakeProxy;
use crate::support::process::scrape;

pub(super) const KEY: &str = "planted-4f9c2d77e1";
const CLIENT_SECRET: &str = "planted-b8e03a5514";
const TOKEN: &str = "planted-77c1d90e2f";
const PASSWORD: &str = "planted-0d42e6ab93";

#[test]
fn a_label_value_with_a_secret_is_rejected_in_every_spelling() {
    for spelling in
        [KEY.to_owned(), KEY.to_uppercase(), format!("key={}", KEY.replace('-', "%2D")), STANDARD.encode(KEY)]
    {
        let dir = scratch("label-secret");
        let script = Script::new(7);
        let api = script.start();
        let body = r#"{"total": 7, "offset": 0, "limit": 100, "incidents": [{
            "incidentNumber": "1", "currentPhase": "triggered", "startTime": "2026-11-23T20:00:00Z",
            "pagedTeams": ["TEAM"], "transitions": [{"name": "triggered", "at": "2026-11-23T20:00:00Z"}]
        }]}"#;
        script.respond(Response::json(body.replace("TEAM", &spelling)));
        let (served, port) = serve(&dir, &api, &[]);
        served.until("a poll", || served_value(port, "number_of_incidents_total") == Some(7.0));
        served.settle();
        let shown = ["/metrics", "/", "/api/v1/status"].map(|path| scrape(port, path).body);
        for place in shown.iter().chain([&served.log().join("\n")]) {
            assert!(!place.contains(&spelling), "{place}");
        }
        assert!(served.log().iter().any(|line| line.contains("contains a secret")), "{:#?}", served.log());
    }
}

#[test]
fn planted_secrets_are_sent_to_their_origin_only() {
    let dir = scratch("planted");
    let recordings = dir.join("recordings");
    let script = Script::new(7);
    let api = script.start();
    let endpoint = FakeApi::json(&format!(r#"{{"access_token": "{TOKEN}", "token_type": "bearer"}}"#));
    let proxy = FakeProxy::to(api.port());
    let file = config(&dir, &api);
    edit(&file, &json!({ "api_url": "http://api.test/incidents" }));
    edit(&file, &json!({ "oauth2_token_url": endpoint.url("/token") }));
    let secrets = format!("API_ID=id\nAPI_KEY={KEY}\nCLIENT_ID=me\nCLIENT_SECRET={CLIENT_SECRET}\n");
    fs::write(dir.join("secrets"), secrets).unwrap();
    let port = free_port();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "-c"]).arg(&file).arg(format!("--listen=127.0.0.1:{port}"));
    command.arg("--record").arg(&recordings).env_remove("no_proxy").env_remove("NO_PROXY");
    command.env("http_proxy", format!("http://user:{PASSWORD}@{}", proxy.address()));
    let served = Cton::from(command).serve(port);

    let asked = &api.requests()[0];
    assert_eq!(asked.header("x-vo-api-key"), Some(KEY));
    assert_eq!(asked.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(endpoint.requests().len(), 1);
    let line = served.logged("proxy used").unwrap();
    assert!(line.contains(&format!("http://{} (http_proxy)", proxy.address())), "{line}");
    // An API that hands all of it back in an error.
    let all = format!("{KEY} {CLIENT_SECRET} {TOKEN} {PASSWORD}");
    script.respond(Response::new(403).body(format!("with {all} you may not")));
    let redacted = "with *** *** *** *** you may not";
    served.until("the cause in the log", || served.logged(redacted).is_some());
    // The status is published after the line in the log, and tells the cause as that does.
    let status = || ["/", "/api/v1/status"].map(|path| scrape(port, path).body);
    served.until("the cause in the status", || status().iter().all(|told| told.contains(redacted)));
    let told = status();

    let process = PathBuf::from(format!("/proc/{}", served.process.0.id()));
    served.settle();
    let mut places = vec![served.log().join("\n"), scrape(port, "/metrics").body];
    places.extend(told);
    places.push(fs::read_to_string(process.join("cmdline")).unwrap());
    places.push(String::from_utf8_lossy(&fs::read(env!("CARGO_BIN_EXE_cton")).unwrap()).into_owned());
    let files: Vec<_> = fs::read_dir(&recordings).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2);
    places.extend(files.iter().map(|file| fs::read_to_string(file).unwrap()));
    for secret in all.split(' ') {
        // The whole binary is too much to print.
        assert!(places.iter().all(|place| !place.contains(secret)), "{secret}");
    }
    // Who sets the proxy in the environment puts its password there, and nothing else is.
    let environ = fs::read_to_string(process.join("environ")).unwrap();
    assert!([KEY, CLIENT_SECRET, TOKEN].iter().all(|secret| !environ.contains(secret)), "{environ}");
}

#[test]
fn a_planted_key_is_not_in_the_state() {
    let dir = scratch("planted-state");
    let state = dir.join("state");
    let script = Script::new(7);
    let api = script.start();
    let (served, _) = serve(&dir, &api, &["--state-dir", state.to_str().unwrap()]);
    let files = || fs::read_dir(&state).into_iter().flatten().map(|entry| entry.unwrap().path());
    let texts =
        || files().map(|file| String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned());
    served.until("the state", || texts().any(|text| text.contains("number_of_incidents")));
    assert!(texts().all(|text| !text.contains(KEY)));
}
