//! The whole exporter against an API that fails, hangs, sends false data and recovers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::fake_proxy::FakeProxy;
use crate::support::process::{Cton, Served, free_port, scrape, scratch};
use crate::support::shipped_config::{config_with, edit, served_value};

const KEY: &str = "planted-4f9c2d77e1";
const CLIENT_SECRET: &str = "planted-b8e03a5514";
const TOKEN: &str = "planted-77c1d90e2f";
const PASSWORD: &str = "planted-0d42e6ab93";

/// An API whose responses a test changes while the exporter runs.
#[derive(Clone)]
struct Script(Arc<Mutex<Response>>);

impl Script {
    fn new(total: u64) -> Self {
        Self(Arc::new(Mutex::new(incidents(total))))
    }

    fn start(&self) -> FakeApi {
        let script = self.0.clone();
        FakeApi::start(move |_: &Request| script.lock().unwrap().clone())
    }

    fn respond(&self, response: Response) {
        *self.0.lock().unwrap() = response;
    }
}

fn incidents(total: u64) -> Response {
    Response::json(format!(
        r#"{{"total": {total}, "offset": 0, "limit": 100, "incidents": [{{
            "incidentNumber": "1", "currentPhase": "triggered", "startTime": "2026-11-23T20:00:00Z",
            "pagedTeams": ["web"], "transitions": [{{"name": "triggered", "at": "2026-11-23T20:00:00Z"}}]
        }}]}}"#
    ))
}

/// The shipped config with that API, polled several times a second.
fn config(dir: &Path, api: &FakeApi) -> PathBuf {
    let top = json!({ "api_call_intervals": 0.2, "log_level": "DEBUG" });
    let url = api.url("/api-reporting/v2/incidents");
    let file = config_with(dir, &url, &top, &json!({ "data_store_expiration_sec": 0.2 }));
    fs::write(dir.join("secrets"), format!("API_ID = id\nAPI_KEY=\"{KEY}\"\n")).unwrap();
    file
}

fn serve(dir: &Path, api: &FakeApi, more: &[&str]) -> (Served, u16) {
    serve_config(&config(dir, api), more)
}

fn serve_config(file: &Path, more: &[&str]) -> (Served, u16) {
    let port = free_port();
    let cton = Cton::new(["-s", "splunk", "-c"]).arg(file).arg(format!("--listen=127.0.0.1:{port}"));
    (more.iter().fold(cton, |cton, argument| cton.arg(*argument)).serve(port), port)
}

#[test]
fn each_fault_of_the_api_is_logged_once_and_leaves_the_last_good_samples() {
    let answered = [
        ("status", Response::new(500).body("oops")),
        ("status", Response::new(401)),
        ("type", Response::new(200).header("content-type", "text/html").body("<html>Log in</html>")),
        ("type", Response::json("{}")),
        ("body", incidents(9).header("content-encoding", "gzip")),
        ("network", incidents(9).truncated()),
        ("network", Response::close()),
    ];
    thread::scope(|scope| {
        scope.spawn(|| are_logged_once(60, &answered));
        // A good response is not late, even on a busy machine.
        scope.spawn(|| are_logged_once(5, &[("timeout", Response::hang())]));
    });
}

/// Has an API fail in each way in turn, and recover, with that `request_timeout_sec`.
fn are_logged_once(timeout: u64, faults: &[(&str, Response)]) {
    let dir = scratch("faults");
    let script = Script::new(7);
    let api = script.start();
    let file = config(&dir, &api);
    edit(&file, &json!({ "request_timeout_sec": timeout }));
    let (served, port) = serve_config(&file, &[]);
    let failures = |reason: &str| {
        served_value(port, &format!("cton_poll_failures_total{{reason=\"{reason}\",service=\"splunk\"}}"))
    };
    for (nth, (reason, fault)) in faults.iter().enumerate() {
        served.settle();
        let (before, logged) = (failures(reason).unwrap(), served.log().len());
        script.respond(fault.clone());
        served.until(reason, || failures(reason).unwrap() >= before + 1.0);
        served.settle();
        let lines = &served.log()[logged..];
        let failed: Vec<_> = lines.iter().filter(|line| line.contains("poll failed")).collect();
        assert_eq!(failed.len(), 1, "{lines:#?}");
        assert!(
            failed[0].contains(&format!("reason={reason}")) && failed[0].contains(" url=\"http://127.0.0.1"),
            "{failed:?}"
        );
        assert_eq!(served_value(port, "number_of_incidents_total"), Some(7.0), "{reason}");
        assert_eq!(served_value(port, "cton_service_up{service=\"splunk\"}"), Some(0.0), "{reason}");

        let successes =
            || served_value(port, "cton_polls_total{outcome=\"success\",service=\"splunk\"}").unwrap();
        let before = successes();
        script.respond(incidents(7));
        served.until("recovery", || successes() > before);
        assert_eq!(served_value(port, "cton_service_up{service=\"splunk\"}"), Some(1.0), "{reason}");
        served.settle();
        let told = served.log()[logged..].iter().any(|line| line.contains("poll recovered"));
        // The fourth outage within an hour is one of flapping.
        assert_eq!(told, nth < 3, "{reason}");
    }
}

#[test]
fn a_continuing_failure_is_logged_once() {
    let dir = scratch("goes-on");
    let script = Script::new(7);
    let api = script.start();
    let (served, port) = serve(&dir, &api, &[]);
    script.respond(Response::new(503));
    let failed = || served_value(port, "cton_polls_total{outcome=\"failure\",service=\"splunk\"}").unwrap();
    served.until("a third failure", || failed() >= 3.0);
    served.settle();
    assert_eq!(served.log().iter().filter(|line| line.contains("poll failed")).count(), 1);
}

#[test]
fn a_failure_whose_message_changes_at_each_poll_is_logged_once() {
    thread::scope(|scope| {
        for (name, body) in [
            ("error", r#"{"error": "internal", "request": "ID"}"#),
            ("type", r#"{"total": "ID", "incidents": []}"#),
            ("page", "<html><body>Request ID: try again at TIME</body></html>"),
            ("text", "ID is not known here"),
        ] {
            scope.spawn(move || is_logged_once(name, body));
        }
    });
}

/// Has an API fail with that body, each time with another ID.
fn is_logged_once(name: &str, body: &str) {
    let dir = scratch(&format!("changing-{name}"));
    let script = Script::new(7);
    let api = script.start();
    let (served, port) = serve(&dir, &api, &[]);
    let status = if name == "type" { 200 } else { 500 };
    let failed = || served_value(port, "cton_polls_total{outcome=\"failure\",service=\"splunk\"}").unwrap();
    for (n, id) in [(1.0, "ab-cd"), (2.0, "f0e1-9c"), (3.0, "MTIz/Q=="), (4.0, "zz yy"), (5.0, "7")] {
        script.respond(Response::new(status).body(body.replace("ID", id).replace("TIME", id)));
        served.until("a failure", || failed() >= n);
    }
    served.settle();
    let log = served.log();
    assert_eq!(log.iter().filter(|line| line.contains("poll failed")).count(), 1, "{name}: {log:#?}");
}

#[test]
fn an_id_is_observed_once_however_often_it_is_listed() {
    let dir = scratch("once");
    let script = Script::new(7);
    let api = script.start();
    let (served, port) = serve(&dir, &api, &[]);
    let polls = || served_value(port, "cton_polls_total{outcome=\"success\",service=\"splunk\"}").unwrap();
    served.until("more polls", || polls() >= 5.0);
    assert_eq!(served_value(port, "incidents_per_team_total{team=\"web\"}"), Some(1.0));
}

#[test]
fn a_team_with_a_name_that_is_too_long_is_rejected_alone() {
    for size in [300, 5000] {
        let dir = scratch(&format!("long-team-{size}"));
        let script = Script::new(7);
        let api = script.start();
        let body = r#"{"total": 7, "offset": 0, "limit": 100, "incidents": [{
            "incidentNumber": "1", "currentPhase": "triggered", "startTime": "2026-11-23T20:00:00Z",
            "pagedTeams": ["LONG", "web"], "transitions": [{"name": "triggered", "at": "2026-11-23T20:00:00Z"}]
        }]}"#;
        script.respond(Response::json(body.replace("LONG", &"x".repeat(size))));
        let (served, port) = serve(&dir, &api, &[]);
        served.until("a poll", || served_value(port, "number_of_incidents_total") == Some(7.0));
        assert_eq!(served_value(port, "incidents_per_team_total{team=\"web\"}"), Some(1.0));
        let of = |family| {
            served_value(port, &format!("{family}{{metric=\"incidents_per_team\",service=\"splunk\"}}"))
        };
        assert!(of("cton_items_rejected_total") >= Some(1.0));
        assert_eq!((of("cton_items_lost_total"), of("cton_metric_errors_total")), (Some(0.0), Some(0.0)));
        served.settle();
        assert_eq!(served.log().iter().filter(|line| line.contains("items rejected")).count(), 1);
    }
}

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
fn a_falling_total_is_exposed_unchanged() {
    let dir = scratch("falling");
    let script = Script::new(60);
    let api = script.start();
    let (served, port) = serve(&dir, &api, &[]);
    assert_eq!(served_value(port, "number_of_incidents_total"), Some(60.0));
    script.respond(incidents(3));
    served.until("the reset", || served_value(port, "number_of_incidents_total") == Some(3.0));
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

#[test]
fn a_changed_key_file_is_used_at_the_next_poll() {
    let dir = scratch("rotated");
    let script = Script::new(7);
    let api = script.start();
    let (served, _) = serve(&dir, &api, &[]);
    fs::write(dir.join("secrets"), "API_ID=id\nAPI_KEY=rotated\n").unwrap();
    served.until("the new key", || {
        api.requests().last().is_some_and(|request| request.header("x-vo-api-key") == Some("rotated"))
    });
}

#[test]
fn a_certificate_file_that_becomes_invalid_is_logged_once_and_polls_continue() {
    let dir = scratch("broken-ca");
    let script = Script::new(7);
    let api = script.start();
    let (file, authority) = (config(&dir, &api), dir.join("authority.pem"));
    edit(&file, &json!({ "ca_file_path": authority.to_str().unwrap() }));
    fs::copy("tests/api/tls/authority.pem", &authority).unwrap();
    let (served, port) = serve_config(&file, &[]);
    fs::write(&authority, "-----BEGIN CERTIFICATE-----").unwrap();
    let warned = || served.log().iter().filter(|line| line.contains("certificates not reloaded")).count();
    served.until("the warning", || warned() == 1);
    let polls = || served_value(port, "cton_polls_total{outcome=\"success\",service=\"splunk\"}").unwrap();
    let before = polls();
    served.until("more polls", || polls() >= before + 3.0);
    served.settle();
    assert_eq!((warned(), served.logged("poll failed")), (1, None));
    fs::copy("tests/api/tls/authority.pem", &authority).unwrap();
    served.until("the new file", || served.logged("certificates reloaded").is_some());
}

#[test]
fn stale_gauges_are_removed_and_counters_remain() {
    let dir = scratch("stale");
    let script = Script::new(7);
    let api = script.start();
    let (served, port) = serve(&dir, &api, &[]);
    let open = || served_value(port, "open_incidents{phase=\"triggered\"}");
    served.until("the gauge", || open() == Some(1.0));
    script.respond(Response::new(500));
    // A gauge may be a little older than the poll that read it.
    let stale = || served_value(port, "cton_service_stale{service=\"splunk\"}");
    served.until("staleness", || open().is_none() && stale() == Some(1.0));
    assert_eq!(served_value(port, "number_of_incidents_total"), Some(7.0));
    script.respond(incidents(8));
    served.until("the gauge again", || open() == Some(1.0));
}

#[test]
fn a_history_that_needs_too_many_requests_is_cut_at_the_limit() {
    let dir = scratch("calls");
    let api = FakeApi::start(|_: &Request| {
        let page: Vec<_> = (0..100).map(|n| json!({ "incidentNumber": n.to_string() })).collect();
        Response::json(json!({ "total": 250, "incidents": page }).to_string())
    });
    let file = config(&dir, &api);
    edit(&file, &json!({ "calls_per_minute": 2 }));
    // Less than the next call would have to wait.
    edit(&file, &json!({ "request_timeout_sec": 25 }));
    let (served, port) = serve_config(&file, &[]);
    assert_eq!(served_value(port, "number_of_incidents_total"), Some(250.0), "{:#?}", served.log());
    assert_eq!(api.requests().len(), 2);
}
