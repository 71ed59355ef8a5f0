//! One service with several targets: its series, files, commands and requests.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::process::{Cton, free_port, scrape, scratch};
use crate::support::shipped_config::{config_with, edit, value};

const PATH: &str = "/api-reporting/v2/incidents";

/// An API with one incident of the team that is named after the key of the request, as in `key-7`.
fn keyed_api() -> FakeApi {
    FakeApi::start(keyed_response)
}

fn keyed_response(request: &Request) -> Response {
    let key = request.header("x-vo-api-key").and_then(|key| key.strip_prefix("key-"));
    match key.and_then(|key| key.parse::<u64>().ok()) {
        Some(team) => Response::json(format!(
            r#"{{"total": 1, "offset": 0, "limit": 100, "incidents": [{{
                "incidentNumber": "1", "currentPhase": "triggered", "startTime": "2026-11-23T20:00:00Z",
                "pagedTeams": ["{team}"], "transitions": []
            }}]}}"#
        )),
        None => Response::new(401),
    }
}

/// Returns the value of the series of a target whose requests had the key with that number.
fn incidents(exposition: &str, labels: &str, number: u64) -> Option<f64> {
    value(exposition, &format!("incidents_per_team_total{{{labels},team=\"{number}\"}}"))
}

/// Writes a secret file with `key-N`, and returns its path.
fn secret(dir: &Path, number: u64) -> PathBuf {
    let file = dir.join(format!("secret-{number}"));
    fs::write(&file, format!("API_ID = id-4711\nAPI_KEY = key-{number}\n")).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    file
}

/// Writes the shipped config with the targets `eu` (7) and `us` (8).
fn config(dir: &Path, api: &FakeApi, more: &Value) -> PathBuf {
    let targets = json!({ "targets": {
        "eu": { "secret_file_path": secret(dir, 7) },
        "us": { "secret_file_path": secret(dir, 8) },
    } });
    let file = config_with(dir, &api.url(PATH), &json!({}), &targets);
    edit(&file, more);
    file
}

fn cton(words: &[&str], file: &Path) -> Cton {
    Cton::new(words).arg("-c").arg(file)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn each_target_has_its_own_requests_and_series_on_one_port() {
    let dir = scratch("targets-series");
    let (api, port) = (keyed_api(), free_port());
    let file = config(&dir, &api, &json!({}));
    let served = cton(&["-s", "splunk"], &file).arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    let shown = |series: &str| value(&scrape(port, "/metrics").body, series);
    served.until("both", || {
        ["eu", "us"]
            .iter()
            .all(|target| shown(&format!("number_of_incidents_total{{target=\"{target}\"}}")).is_some())
    });
    let body = scrape(port, "/metrics").body;
    assert_eq!(incidents(&body, "target=\"eu\"", 7), Some(1.0), "{body}");
    assert_eq!(incidents(&body, "target=\"us\"", 8), Some(1.0));
    assert_eq!(value(&body, "number_of_incidents_total{target=\"eu\"}"), Some(1.0));
    for family in
        ["number_of_incidents_total", "incidents_per_team_total", "open_incidents", "cton_polls_total"]
    {
        assert_eq!(body.matches(&format!("# TYPE {family} ")).count(), 1, "{family}: {body}");
    }
    assert_eq!(value(&body, "cton_service_up{service=\"splunk\",target=\"us\"}"), Some(1.0), "{body}");
    let once = text(&cton(&["once", "-s", "splunk"], &file).output().stdout);
    assert_eq!(once.matches("# TYPE open_incidents ").count(), 1, "{once}");
    let totals: Vec<&str> =
        once.lines().filter(|line| line.starts_with("number_of_incidents_total{")).collect();
    assert_eq!(
        totals,
        ["number_of_incidents_total{target=\"eu\"} 1", "number_of_incidents_total{target=\"us\"} 1"]
    );
}

#[test]
fn labels_of_a_target_replace_its_name_and_join_those_of_its_service() {
    let dir = scratch("targets-labels");
    let api = keyed_api();
    let file = config(
        &dir,
        &api,
        &json!({
            "labels": { "squad": "core", "account": "none" },
            "targets": {
                "a": { "secret_file_path": secret(&dir, 1), "labels": { "account": "one \"1\"\\" } },
                "b": { "secret_file_path": secret(&dir, 2), "labels": { "account": "two" } },
            },
        }),
    );
    let out = text(&cton(&["once", "-s", "splunk"], &file).output().stdout);
    assert_eq!(incidents(&out, r#"account="one \"1\"\\",squad="core""#, 1), Some(1.0), "{out}");
    assert_eq!(incidents(&out, r#"account="two",squad="core""#, 2), Some(1.0), "{out}");
}

#[test]
fn labels_of_a_service_are_on_all_of_its_series() {
    let dir = scratch("service-labels");
    let api = keyed_api();
    let file = config_with(
        &dir,
        &api.url(PATH),
        &json!({}),
        &json!({ "secret_file_path": secret(&dir, 3), "labels": { "account": "x" } }),
    );
    let out = text(&cton(&["once", "-s", "splunk"], &file).output().stdout);
    let samples: Vec<&str> = out.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(!samples.is_empty() && samples.iter().all(|line| line.contains("{account=\"x\"")), "{out}");
}

#[test]
fn one_target_can_be_selected_and_an_unknown_one_is_an_error() {
    let dir = scratch("targets-selected");
    let api = keyed_api();
    let file = config(&dir, &api, &json!({}));
    let out = cton(&["once", "-s", "splunk/us"], &file).output();
    assert_eq!(incidents(&text(&out.stdout), "target=\"us\"", 8), Some(1.0));
    assert!(!text(&out.stdout).contains("\"eu\""));
    assert!(api.requests().iter().all(|request| request.header("x-vo-api-key") == Some("key-8")));
    let out = cton(&["once", "-s", "splunk/ux"], &file).output();
    assert_eq!(out.status.code(), Some(2));
    let printed = text(&out.stderr);
    assert!(printed.contains("service `splunk` has no target `ux`"), "{printed}");
    assert!(printed.contains("= help: a similar name exists: `splunk/us`"), "{printed}");
}

#[test]
fn each_target_has_its_own_state_and_recordings_which_replay() {
    let dir = scratch("targets-files");
    let api = keyed_api();
    let file = config(&dir, &api, &json!({}));
    let (state, recordings) = (dir.join("state"), dir.join("recordings"));
    let out = cton(&["once", "-s", "splunk"], &file).arg("--state-dir").arg(&state).output();
    assert!(out.status.success(), "{}", text(&out.stderr));
    for target in ["eu", "us"] {
        assert!(state.join(format!("splunk.{target}.state")).exists(), "{target}");
    }
    let out = cton(&["once", "-s", "splunk"], &file).arg("--record").arg(&recordings).output();
    assert!(out.status.success(), "{}", text(&out.stderr));
    for target in ["eu", "us"] {
        assert!(fs::read_dir(recordings.join("splunk").join(target)).unwrap().count() > 0, "{target}");
    }
    drop(api);
    let replayed = cton(&["once", "-s", "splunk"], &file).arg("--replay").arg(&recordings).output();
    let replayed = text(&replayed.stdout);
    assert_eq!(incidents(&replayed, "target=\"eu\"", 7), Some(1.0), "{replayed}");
    assert_eq!(incidents(&replayed, "target=\"us\"", 8), Some(1.0), "{replayed}");
}

#[test]
fn every_command_lists_the_targets() {
    let dir = scratch("targets-commands");
    let api = keyed_api();
    let file = config(&dir, &api, &json!({}));
    for words in [&["list", "-s", "splunk"][..], &["check", "-s", "splunk"]] {
        let out = text(&cton(words, &file).output().stdout);
        assert!(out.contains("splunk/eu") && out.contains("splunk/us"), "{words:?}: {out}");
    }
    let listed = text(&cton(&["list", "-s", "splunk"], &file).output().stdout);
    assert_eq!(listed.matches("incidents_per_team_total").count(), 1, "a table for both: {listed}");
    let targets = text(&cton(&["targets", "-s", "splunk"], &file).output().stdout);
    assert!(targets.contains("\",splunk,\""), "{targets}");
    assert!(api.requests().is_empty());
}

#[test]
fn targets_in_files_are_added_and_each_error_names_its_file() {
    let dir = scratch("targets-files-from");
    let (api, more) = (keyed_api(), dir.join("targets.d"));
    let file = config(&dir, &api, &json!({ "targets_from": [more.join("*.json")] }));
    fs::create_dir(&more).unwrap();
    let write = |name: &str, targets: &Value| fs::write(more.join(name), targets.to_string()).unwrap();
    write("a.json", &json!({ "asia": { "secret_file_path": secret(&dir, 9) } }));
    write("b.json", &json!({}));
    write(".c.json", &json!({ "hidden": {} }));
    let out = cton(&["once", "-s", "splunk"], &file).output();
    let shown = text(&out.stdout);
    for (target, number) in [("eu", 7), ("us", 8), ("asia", 9)] {
        assert_eq!(incidents(&shown, &format!("target=\"{target}\""), number), Some(1.0), "{shown}");
    }
    assert!(!shown.contains("hidden"));
    write("b.json", &json!({ "asia": {}, "eu": {}, "x": { "port": 1 }, "y": { "labels": { "zone": "1" } } }));
    write("d.json", &json!(["z"]));
    let out = cton(&["check", "-s", "splunk"], &file).output();
    assert_eq!(out.status.code(), Some(2));
    let printed = text(&out.stderr);
    for problem in [
        &format!("b.json:1:2: target `splunk/asia` exists already in {}/a.json:1:2", more.display()),
        &format!("target `splunk/eu` exists already in {}", file.display()),
        "`port` belongs to service `splunk`",
        "target `splunk/y` has the labels `zone`, but target `splunk/eu` has the labels `target`",
        "d.json:1:1: the target file is a list, expected an object",
    ] {
        assert!(printed.contains(problem), "{problem}: {printed}");
    }
}

#[test]
fn each_of_many_targets_sends_its_own_token_and_no_other() {
    let dir = scratch("targets-many");
    let api = keyed_api();
    let target = |number: u64| {
        let url = api.url(&format!("{PATH}?target=key-{number}"));
        (format!("t{number}"), json!({ "secret_file_path": secret(&dir, number), "api_url": url }))
    };
    let targets: serde_json::Map<String, Value> = (1..=200).map(target).collect();
    let file = config(&dir, &api, &json!({ "targets": targets }));
    let out = cton(&["once", "-s", "splunk"], &file).output();
    let (shown, requests) = (text(&out.stdout), api.requests());
    assert!(requests.len() >= 200, "{}", text(&out.stderr));
    assert!(requests.iter().all(|request| request.header("x-vo-api-key") == request.query("target")));
    for number in 1..=200_u64 {
        let labels = format!("target=\"t{number}\"");
        assert_eq!(incidents(&shown, &labels, number), Some(1.0), "{number}");
    }
}

#[test]
fn a_target_whose_api_never_responds_changes_nothing_for_the_others() {
    let dir = scratch("targets-hung");
    let api = FakeApi::start(|request: &Request| match request.header("x-vo-api-key") {
        Some("key-7") => keyed_response(request),
        _ => Response::hang(),
    });
    let hung = |number: u64, timeout: f64| json!({ "secret_file_path": secret(&dir, number), "request_timeout_sec": timeout, "poll_timeout_sec": timeout });
    let targets = json!({ "late": hung(8, 0.3), "never": hung(9, 3600.0), "well": { "secret_file_path": secret(&dir, 7) } });
    let (file, port) = (config(&dir, &api, &json!({ "targets": targets })), free_port());
    let served = cton(&["-s", "splunk"], &file).arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    let polls = |body: &str, outcome: &str, target: &str| {
        let series =
            format!("cton_polls_total{{outcome=\"{outcome}\",service=\"splunk\",target=\"{target}\"}}");
        value(body, &series).unwrap_or_default()
    };
    served.until("failures of one target and many polls of another", || {
        let body = scrape(port, "/metrics").body;
        polls(&body, "failure", "late") >= 2.0 && polls(&body, "success", "well") >= 20.0
    });
    let body = scrape(port, "/metrics").body;
    let up =
        |target: &str| value(&body, &format!("cton_service_up{{service=\"splunk\",target=\"{target}\"}}"));
    assert_eq!(["late", "never", "well"].map(up), [Some(0.0), Some(0.0), Some(1.0)], "{body}");
    assert_eq!(polls(&body, "success", "never") + polls(&body, "failure", "never"), 0.0, "it still hangs");
    assert_eq!(polls(&body, "failure", "well"), 0.0, "{body}");
    assert_eq!(incidents(&body, "target=\"well\"", 7), Some(1.0), "{body}");
    assert_eq!(scrape(port, "/-/healthy").status, 200);
}
