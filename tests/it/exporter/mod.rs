//! The whole exporter against an API that fails, hangs, sends false data and recovers.

mod failures;
mod secrets;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

use secrets::KEY;

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::process::{Cton, Served, free_port, scratch};
use crate::support::shipped_config::{config_with, edit, served_value};
use crate::support::wire_server::WireServer;

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
    fs::write(dir.join("secrets"), format!("API_ID = id-4711\nAPI_KEY=\"{KEY}\"\n")).unwrap();
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
        let of = |series: &str| served_value(port, series);
        assert!(of("cton_items_rejected_total{service=\"splunk\"}") >= Some(1.0));
        assert_eq!(of("cton_items_lost_total{service=\"splunk\"}"), Some(0.0));
        let errors = "cton_metric_errors_total{metric=\"incidents_per_team\",service=\"splunk\"}";
        assert_eq!(of(errors), Some(0.0));
        served.settle();
        assert_eq!(served.log().iter().filter(|line| line.contains("items rejected")).count(), 1);
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

#[test]
fn a_connection_that_the_next_poll_cannot_use_is_closed_at_the_end_of_the_poll() {
    let dir = scratch("idle-limit");
    let server = WireServer::start(|wire| {
        while wire.request().is_some() {
            wire.respond(r#"{ "total": 7, "incidents": [] }"#);
        }
    });
    let file = config_with(&dir, &server.url(), &json!({}), &json!({}));
    edit(&file, &json!({ "data_store_expiration_sec": 600 }));
    let (served, _) = serve_config(&file, &[]);
    served.until("the closure", || server.has_closure());
    assert_eq!(server.connections().iter().max(), Some(&1));
}
