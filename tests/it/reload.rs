//! The reload of the config: by SIGHUP, by a request, and after a change of a target file.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::counting_api::{CountingApi, secret};
use crate::support::process::{Cton, ScrapedResponse, Served, free_port, scrape, scratch, try_scrape};
use crate::support::shipped_config::{config_with, edit, value};

/// A running exporter with the config of a directory.
struct Reloaded {
    dir: PathBuf,
    file: PathBuf,
    port: u16,
    api: CountingApi,
    served: Served,
}

impl Reloaded {
    /// Starts the exporter with the targets `eu` (7) and `us` (8).
    fn start(name: &str, words: &[&str]) -> Self {
        let (dir, port, api) = (scratch(name), free_port(), CountingApi::start());
        let targets = json!({ "targets": { "eu": target(&dir, 7), "us": target(&dir, 8) }, "port": port, "listen": "127.0.0.1" });
        let file = config_with(&dir, &api.url(), &json!({}), &targets);
        let served = Cton::new(["-s", "splunk", "-c"]).arg(&file);
        let served = words.iter().copied().fold(served, Cton::arg).start();
        let reloaded = Self { dir, file, port, api, served };
        reloaded.until("both targets", || ["eu", "us"].iter().all(|target| reloaded.count(target).is_some()));
        reloaded
    }

    fn until(&self, what: &str, holds: impl FnMut() -> bool) {
        self.served.until(what, holds);
    }

    fn edit(&self, keys: &Value) {
        edit(&self.file, keys);
    }

    /// Sends SIGHUP, and waits for the outcome, which is the next line with these words.
    fn hang_up(&self, words: &str) {
        let before = self.outcomes(words);
        self.signal();
        self.until(words, || self.outcomes(words) > before);
    }

    fn signal(&self) {
        let process = rustix::process::Pid::from_child(&self.served.process.0);
        rustix::process::kill_process(process, rustix::process::Signal::HUP).unwrap();
    }

    fn outcomes(&self, words: &str) -> usize {
        self.served.log().iter().filter(|line| line.contains(words)).count()
    }

    /// Returns the number of incidents of a target that were counted, each once.
    fn count(&self, target: &str) -> Option<f64> {
        let exposition = try_scrape(self.port, "/metrics")?.body;
        value(&exposition, &format!("incidents_per_team_total{{target=\"{target}\",team=\"t\"}}"))
    }

    fn own(&self, series: &str) -> Option<f64> {
        value(&scrape(self.port, "/metrics").body, series)
    }
}

fn target(dir: &Path, key: u64) -> Value {
    json!({ "secret_file_path": secret(dir, key) })
}

fn post(port: u16, headers: &str) -> ScrapedResponse {
    request(
        port,
        &format!("POST /-/reload HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n"),
    )
}

fn request(port: u16, text: &str) -> ScrapedResponse {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (head, body) = response.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    ScrapedResponse { status, head: head.to_owned(), body: body.to_owned() }
}

const RELOADED: &str = "msg=\"config reloaded\"";
const NOT_RELOADED: &str = "msg=\"config not reloaded\"";

#[test]
fn a_signal_starts_stops_and_changes_the_targets_that_differ() {
    let reloaded = Reloaded::start("reload-targets", &[]);
    let changed = json!({ "secret_file_path": secret(&reloaded.dir, 7), "poll_timeout_sec": 200 });
    reloaded.edit(&json!({ "targets": { "eu": changed, "asia": target(&reloaded.dir, 9) } }));
    reloaded.hang_up("msg=\"config reloaded\" added=1 changed=1 removed=1 ports_opened=0 ports_closed=0");
    let body = scrape(reloaded.port, "/metrics").body;
    assert!(!body.contains("\"us\""), "{body}");
    assert!(reloaded.count("eu").is_some_and(|count| count > 0.0), "the counter continues: {body}");
    reloaded.until("the added target", || reloaded.count("asia").is_some());
    let requests = reloaded.api.responses(8);
    reloaded.until("further polls", || reloaded.api.responses(9) > 3);
    assert!(reloaded.api.responses(8) <= requests + 1, "the removed target is still polled");
    let [seven, nine] = reloaded.stop_and_count([("eu", 7), ("asia", 9)]);
    assert_eq!(seven.0, seven.1, "each response counts once");
    assert_eq!(nine.0, nine.1);
}

impl Reloaded {
    /// Stops the APIs of these targets, and returns the count of each and the number of responses that it was sent.
    fn stop_and_count<const N: usize>(&self, targets: [(&str, u64); N]) -> [(f64, f64); N] {
        self.api.pause();
        targets.map(|(target, key)| {
            let mut counts = (0.0, 0.0);
            // A response may be on its way.
            self.until("the last poll", || {
                counts = (self.count(target).unwrap_or_default(), self.api.responses(key) as f64);
                counts.0 == counts.1
            });
            counts
        })
    }
}

#[test]
fn unchanged_targets_keep_their_counters_and_their_next_poll() {
    let reloaded = Reloaded::start("reload-unchanged", &[]);
    reloaded.edit(&json!({ "api_call_intervals": 3600, "data_store_expiration_sec": 3600 }));
    reloaded.hang_up(RELOADED);
    reloaded.until("the polls after the change", || {
        let wait = |target: &str| {
            reloaded.own(&format!("cton_poll_wait_seconds{{service=\"splunk\",target=\"{target}\"}}"))
        };
        ["eu", "us"].iter().all(|target| wait(target).is_some_and(|wait| wait > 1000.0))
    });
    let before = (reloaded.count("eu"), reloaded.api.responses(7));
    for _ in 0..3 {
        reloaded.edit(&json!({ "targets": {
            "us": target(&reloaded.dir, 8), "eu": target(&reloaded.dir, 7), "asia": target(&reloaded.dir, 9),
        } }));
        reloaded.hang_up("added=1 changed=0 removed=0");
        reloaded
            .edit(&json!({ "targets": { "eu": target(&reloaded.dir, 7), "us": target(&reloaded.dir, 8) } }));
        reloaded.hang_up("added=0 changed=0 removed=1");
    }
    assert_eq!((reloaded.count("eu"), reloaded.api.responses(7)), before);
}

#[test]
fn an_invalid_config_changes_nothing_and_stays_visible() {
    let reloaded = Reloaded::start("reload-invalid", &["--web-enable-lifecycle"]);
    assert_eq!(reloaded.own("cton_config_last_reload_successful"), Some(1.0));
    let started = reloaded.own("cton_config_last_reload_success_timestamp_seconds").unwrap();
    reloaded.edit(&json!({ "port": 70_000, "retries": -1 }));
    reloaded.hang_up(NOT_RELOADED);
    reloaded.until("both errors", || {
        reloaded.served.log().iter().filter(|line| line.contains(NOT_RELOADED)).count() == 2
    });
    let response = post(reloaded.port, "");
    assert_eq!(response.status, 400);
    for words in ["config.json:1:", "`port`", "`retries`"] {
        assert!(response.body.contains(words), "{words}: {}", response.body);
    }
    reloaded.until("the metric", || reloaded.own("cton_config_last_reload_successful") == Some(0.0));
    assert_eq!(reloaded.own("cton_config_last_reload_success_timestamp_seconds"), Some(started));
    let status: Value = serde_json::from_str(&scrape(reloaded.port, "/api/v1/status").body).unwrap();
    assert!(status["failed_reload"]["errors"].as_str().unwrap().contains("`retries`"), "{status}");
    assert!(scrape(reloaded.port, "/").body.contains("Config not reloaded"));
    let before = reloaded.count("eu").unwrap();
    reloaded.until("further polls", || reloaded.count("eu").unwrap() > before + 2.0);

    reloaded.edit(&json!({ "port": reloaded.port, "retries": 1 }));
    assert_eq!(post(reloaded.port, "").status, 200);
    reloaded.until("the metric", || reloaded.own("cton_config_last_reload_successful") == Some(1.0));
    assert!(reloaded.own("cton_config_last_reload_success_timestamp_seconds").unwrap() > started);
    assert!(!scrape(reloaded.port, "/").body.contains("Config not reloaded"));
}

#[test]
fn a_missing_secret_and_a_port_in_use_change_nothing() {
    let reloaded = Reloaded::start("reload-checked", &["--web-enable-lifecycle"]);
    let added = |more: Value| json!({ "targets": { "eu": target(&reloaded.dir, 7), "us": target(&reloaded.dir, 8), "x": more } });
    reloaded.edit(&added(json!({ "ca_file_path": "/no/such/file" })));
    let response = post(reloaded.port, "");
    assert_eq!(response.status, 400, "{}", response.body);
    assert!(response.body.contains("/no/such/file"), "{}", response.body);
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut keys = added(target(&reloaded.dir, 9));
    keys["port"] = other.local_addr().unwrap().port().into();
    reloaded.edit(&keys);
    let response = post(reloaded.port, "");
    assert_eq!(response.status, 400, "{}", response.body);
    assert!(response.body.contains("another process uses this port"), "{}", response.body);
    assert_eq!(reloaded.api.responses(9), 0);
    assert!(!scrape(reloaded.port, "/metrics").body.contains("target=\"x\""));
    let before = reloaded.count("eu").unwrap();
    reloaded.until("further polls", || reloaded.count("eu").unwrap() > before + 2.0);
}

#[test]
fn another_state_directory_needs_a_restart() {
    let reloaded = Reloaded::start("reload-state-dir", &["--web-enable-lifecycle"]);
    let mut config: Value = serde_json::from_str(&fs::read_to_string(&reloaded.file).unwrap()).unwrap();
    config["state_dir"] = json!(reloaded.dir.join("other"));
    fs::write(&reloaded.file, config.to_string()).unwrap();
    let response = post(reloaded.port, "");
    assert_eq!(response.status, 400);
    assert!(response.body.contains("`state_dir` has changed"), "{}", response.body);
    assert!(response.body.contains("= help: restart cton"), "{}", response.body);
}

#[test]
fn without_a_config_file_a_reload_is_logged_and_does_no_harm() {
    let port = free_port();
    let words = ["-s", "splunk", "--replay", "services/replay/splunk", "--web-enable-lifecycle"];
    let served = Cton::new(words).arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    served.settle();
    assert_eq!(served.hangups(), 1);
    let response = post(port, "");
    assert_eq!(response.status, 400);
    assert!(response.body.contains("= help: start cton with `-c FILE`"), "{}", response.body);
    assert_eq!(value(&scrape(port, "/metrics").body, "cton_config_last_reload_successful"), Some(1.0));
}

#[test]
fn only_an_enabled_request_of_the_same_site_reloads() {
    let reloaded = Reloaded::start("reload-request", &["--web-enable-lifecycle"]);
    let response = post(reloaded.port, "");
    assert_eq!((response.status, response.body.lines().next()), (200, Some("config reloaded")));
    let head = format!("Host: localhost:{}\r\nConnection: close\r\n\r\n", reloaded.port);
    assert_eq!(request(reloaded.port, &format!("PUT /-/reload HTTP/1.1\r\n{head}")).status, 200);
    let refused = request(reloaded.port, &format!("GET /-/reload HTTP/1.1\r\n{head}"));
    assert_eq!(refused.status, 405);
    assert!(refused.head.contains("Allow: POST, PUT"), "{}", refused.head);
    for foreign in [
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
    ] {
        assert_eq!(post(reloaded.port, foreign).status, 403, "{foreign}");
    }
    for own in ["Sec-Fetch-Site: same-origin\r\n", "Origin: http://localhost\r\n"] {
        assert_eq!(post(reloaded.port, own).status, 200, "{own}");
    }
    let disabled = Reloaded::start("reload-disabled", &[]);
    let response = post(disabled.port, "");
    assert_eq!(response.status, 403);
    assert!(response.body.contains("--web-enable-lifecycle"), "{}", response.body);
    assert_eq!(disabled.outcomes(RELOADED), 0);
}

#[test]
fn a_port_and_an_address_move_with_their_series() {
    let mut reloaded = Reloaded::start("reload-port", &[]);
    let (first, second) = (reloaded.port, free_port());
    reloaded.edit(&json!({ "port": second }));
    reloaded.hang_up("added=0 changed=0 removed=0 ports_opened=1 ports_closed=1");
    assert!(try_scrape(first, "/metrics").is_none(), "the first port is still open");
    let before = reloaded.api.responses(7);
    reloaded.port = second;
    assert!(reloaded.count("eu").is_some_and(|count| count > 0.0));
    assert!(
        reloaded
            .own("cton_polls_total{outcome=\"success\",service=\"splunk\",target=\"eu\"}")
            .is_some_and(|polls| polls > 0.0)
    );
    reloaded.until("polls on the new port", || reloaded.count("eu").unwrap() > before as f64 + 2.0);
    // The number of a port is free for another address only after it was closed.
    reloaded.edit(&json!({ "listen": "0.0.0.0" }));
    reloaded.hang_up("ports_opened=1 ports_closed=1");
    assert!(reloaded.count("eu").is_some_and(|count| count > before as f64));
    let targets = scrape(second, "/-/targets").body;
    assert!(targets.contains(&format!(":{second}")) && !targets.contains(&format!(":{first}")), "{targets}");
    let [seven] = reloaded.stop_and_count([("eu", 7)]);
    assert_eq!(seven.0, seven.1);
}

#[test]
fn a_change_waits_for_the_poll_in_progress_and_loses_nothing() {
    let reloaded = Reloaded::start("reload-in-progress", &["--web-enable-lifecycle"]);
    reloaded.api.hold(7);
    reloaded.until("a held request", || reloaded.api.is_held());
    let counted = reloaded.count("eu").unwrap();
    let changed = json!({ "secret_file_path": secret(&reloaded.dir, 9) });
    reloaded.edit(&json!({ "targets": { "eu": changed, "us": target(&reloaded.dir, 8) } }));
    assert_eq!(post(reloaded.port, "").status, 200);
    let others = reloaded.count("us").unwrap();
    reloaded.until("polls of the other target", || reloaded.count("us").unwrap() > others + 2.0);
    assert_eq!((reloaded.count("eu"), reloaded.api.responses(9)), (Some(counted), 0));
    reloaded.api.release();
    reloaded.until("polls with the other key", || reloaded.api.responses(9) > 2);
    reloaded.api.pause();
    let all = || (reloaded.api.responses(7) + reloaded.api.responses(9)) as f64;
    reloaded.until("the count of both keys", || reloaded.count("eu") == Some(all()));
}

#[test]
fn a_target_that_is_added_again_during_its_last_poll_continues() {
    let reloaded = Reloaded::start("reload-revived", &["--web-enable-lifecycle"]);
    reloaded.api.hold(7);
    reloaded.until("a held request", || reloaded.api.is_held());
    reloaded.edit(&json!({ "targets": { "us": target(&reloaded.dir, 8) } }));
    assert_eq!(post(reloaded.port, "").status, 200);
    assert!(!scrape(reloaded.port, "/metrics").body.contains("\"eu\""));
    reloaded.edit(&json!({ "targets": { "eu": target(&reloaded.dir, 7), "us": target(&reloaded.dir, 8) } }));
    assert_eq!(post(reloaded.port, "").status, 200);
    reloaded.api.pause();
    reloaded.api.release();
    let [seven] = reloaded.stop_and_count([("eu", 7)]);
    assert_eq!(seven.0, seven.1);
}

#[test]
fn reloads_at_once_are_made_one_after_the_other() {
    let reloaded = Reloaded::start("reload-at-once", &["--web-enable-lifecycle"]);
    let port = reloaded.port;
    reloaded
        .edit(&json!({ "targets": { "eu": target(&reloaded.dir, 7), "asia": target(&reloaded.dir, 9) } }));
    let responses: Vec<ScrapedResponse> = thread::scope(|scope| {
        let posts: Vec<_> = (0..4).map(|_| scope.spawn(move || post(port, ""))).collect();
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    assert!(responses.iter().all(|response| response.status == 200));
    let changed = responses.iter().filter(|response| response.body.contains("added: 1\n")).count();
    assert_eq!(changed, 1, "{:?}", responses.iter().map(|response| &response.body).collect::<Vec<_>>());
}

#[test]
fn a_scraper_sees_no_gap_while_a_target_is_added() {
    let reloaded = Reloaded::start("reload-gap", &["--web-enable-lifecycle"]);
    let (port, is_done) = (reloaded.port, Arc::new(AtomicBool::new(false)));
    let scraper = thread::spawn({
        let is_done = Arc::clone(&is_done);
        move || {
            let mut scrapes = 0;
            while !is_done.load(Ordering::SeqCst) {
                let body = scrape(port, "/metrics").body;
                for target in ["eu", "us"] {
                    let series = format!("incidents_per_team_total{{target=\"{target}\",team=\"t\"}}");
                    assert!(value(&body, &series).is_some(), "{target} is missing");
                }
                scrapes += 1;
            }
            scrapes
        }
    });
    for key in 10..30 {
        let name = format!("x{key}");
        reloaded.edit(&json!({ "targets": {
            "eu": target(&reloaded.dir, 7), "us": target(&reloaded.dir, 8), name: target(&reloaded.dir, key),
        } }));
        assert_eq!(post(port, "").status, 200);
    }
    is_done.store(true, Ordering::SeqCst);
    assert!(scraper.join().unwrap() > 0);
}

#[test]
fn changed_target_files_are_applied_without_a_signal() {
    let (dir, port, api) = (scratch("reload-files"), free_port(), CountingApi::start());
    fs::create_dir(dir.join("targets.d")).unwrap();
    let write = |name: &str, text: &str| fs::write(dir.join("targets.d").join(name), text).unwrap();
    write("1.json", &json!({ "eu": target(&dir, 7) }).to_string());
    let keys = json!({ "targets_from": [dir.join("targets.d/*.json")], "port": port, "listen": "127.0.0.1" });
    let file = config_with(&dir, &api.url(), &json!({}), &keys);
    let served = Cton::new(["-s", "splunk", "-c"]).arg(&file).start();
    let reloaded = Reloaded { dir: dir.clone(), file, port, api, served };
    reloaded.until("the first target", || reloaded.count("eu").is_some());
    // The config itself is read only after a signal.
    reloaded.edit(&json!({ "retries": -1 }));
    write("2.json", &json!({ "us": target(&dir, 8) }).to_string());
    reloaded.until("the added target", || reloaded.count("us").is_some());
    write("2.json", "{");
    reloaded.until("the error", || reloaded.outcomes(NOT_RELOADED) > 0);
    let error = reloaded.served.logged(NOT_RELOADED).unwrap();
    assert!(error.contains("targets.d/2.json:1:1"), "{error}");
    let before = reloaded.count("us").unwrap();
    reloaded.until("further polls", || reloaded.count("us").unwrap() > before + 2.0);
    fs::remove_file(dir.join("targets.d/2.json")).unwrap();
    reloaded.until("the removal", || reloaded.count("us").is_none());
    assert!(reloaded.count("eu").is_some());
}

#[test]
fn metrics_that_a_config_omits_stop_and_continue_with_a_reload() {
    let reloaded = Reloaded::start("reload-metrics", &["--web-enable-lifecycle"]);
    let mapping = json!({ "counter": ["number_of_incidents", "incidents_per_team"],
        "summary": ["time_taken_to_acknowledge", "time_taken_to_resolve"], "gauge": ["open_incidents"] });
    let labels = json!({ "incidents_per_team": ["team"], "open_incidents": ["phase"] });
    let before = reloaded.count("eu").unwrap();
    reloaded.edit(&json!({ "prometheus_metrics_mapping": { "gauge": ["open_incidents"] },
        "prometheus_metric_labels": { "open_incidents": ["phase"] } }));
    assert_eq!(post(reloaded.port, "").status, 200);
    reloaded.until("the omission", || reloaded.count("eu").is_none());
    reloaded.edit(&json!({ "prometheus_metrics_mapping": mapping, "prometheus_metric_labels": labels }));
    assert_eq!(post(reloaded.port, "").status, 200);
    reloaded.until("the counter", || reloaded.count("eu").is_some_and(|count| count > before));
    let polls = "cton_polls_total{outcome=\"success\",service=\"splunk\",target=\"eu\"}";
    assert!(reloaded.own(polls).unwrap() >= before, "the exporter's own counters continue");
}

#[test]
fn a_supervisor_is_notified_of_a_reload() {
    let supervisor = crate::support::supervisor::Supervisor::new("reload-notify");
    let (dir, port, api) = (scratch("reload-notify"), free_port(), CountingApi::start());
    let keys = json!({ "secret_file_path": secret(&dir, 7), "port": port, "listen": "127.0.0.1" });
    let file = config_with(&dir, &api.url(), &json!({}), &keys);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "-c"]).arg(&file).env("NOTIFY_SOCKET", supervisor.socket());
    let served = Cton::from(command).start();
    assert_eq!(supervisor.hears(), "READY=1");
    let process = rustix::process::Pid::from_child(&served.process.0);
    rustix::process::kill_process(process, rustix::process::Signal::HUP).unwrap();
    let next = || std::iter::repeat_with(|| supervisor.hears()).find(|state| state != "WATCHDOG=1").unwrap();
    let reloading = next();
    assert!(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{reloading}");
    assert_eq!(next(), "READY=1");
}
