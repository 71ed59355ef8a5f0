//! The services of docs/logins.md: each logs in, exposes its values and logs out, also when a signal stops the exporter.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::examples::Document;
use crate::support::fake_api::{FakeApi, Request, Response};
use crate::support::package::Package;
use crate::support::process::{Cton, Served, free_port, scratch, try_scrape};
use crate::support::seats_api::{PASSWORD, SeatsApi};
use crate::support::shipped_config::value;

/// The entries of config.json in the document, by name.
fn entries() -> BTreeMap<String, Value> {
    let blocks = Document::new("logins.md").blocks("json");
    let entries = blocks.iter().map(|block| serde_json::from_str::<Value>(&format!("{{{block}}}")).unwrap());
    entries.flat_map(|entry| entry.as_object().unwrap().clone()).collect()
}

/// The binary with all services of the document, built once for all tests.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let services = Document::new("logins.md").blocks("rust,ignore");
        let services: Vec<(String, &String)> = services
            .iter()
            .filter_map(|code| {
                let class = code.split("pub struct ").nth(1)?.split([' ', '(']).next()?;
                assert!(code.lines().count() <= 60, "{class} is too long for an example");
                Some((format!("{}_api", class.strip_suffix("Api")?.to_lowercase()), code))
            })
            .collect();
        assert_eq!(services.len(), 5);
        let services: Vec<(&str, &str)> =
            services.iter().map(|(module, code)| (module.as_str(), code.as_str())).collect();
        let config = json!({ "api_call_intervals": 60, "log_level": "INFO", "services": entries() });
        Package::with_services("logins", &config.to_string(), &services).build()
    })
}

/// An exporter of one service of the document.
struct Setting {
    directory: PathBuf,
    name: &'static str,
    port: u16,
}

impl Setting {
    fn new(name: &'static str, api_url: &str, interval: f64) -> Self {
        let (directory, port) = (scratch("logins"), free_port());
        let mut services = entries();
        let entry = services.get_mut(name).unwrap();
        entry["api_url"] = api_url.into();
        entry["port"] = port.into();
        entry["listen"] = "127.0.0.1".into();
        entry["retries"] = 0.into();
        entry["data_store_expiration_sec"] = interval.into();
        if name != "transmission" {
            entry["secret_file_path"] = directory.join("secrets").to_str().unwrap().into();
        }
        let config = json!({
            "api_call_intervals": interval, "log_level": "DEBUG", "state_dir": directory.join("state"),
            "services": services
        });
        fs::write(directory.join("config.json"), config.to_string()).unwrap();
        let setting = Self { directory, name, port };
        setting.set_password(PASSWORD);
        setting
    }

    fn set_password(&self, password: &str) {
        let text = format!("USERNAME=exporter-7\nPASSWORD=\"{password}\"\n");
        let file = self.directory.join("secrets");
        fs::write(&file, text).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).args(["-s", self.name, "-c"]).arg(self.directory.join("config.json"));
        command
    }

    fn once(&self, arguments: &[&str]) -> Output {
        Cton::from(self.command(&[&["once"], arguments].concat())).output()
    }

    fn start(&self) -> Served {
        Cton::from(self.command(&[])).start()
    }

    /// The number of polls with that outcome.
    fn polls(&self, outcome: &str) -> f64 {
        let series = format!("cton_polls_total{{outcome=\"{outcome}\",service=\"{}\"}}", self.name);
        let exposition = try_scrape(self.port, "/metrics").map(|response| response.body);
        exposition.and_then(|exposition| value(&exposition, &series)).unwrap_or_default()
    }

    /// All files and pages that the exporter has written, but the secrets.
    fn written(&self, served: &Served) -> String {
        let pages = ["/metrics", "/", "/status.json"].map(|path| try_scrape(self.port, path));
        let mut text: String = pages.into_iter().flatten().map(|page| page.body).collect();
        text += &served.log().join("\n");
        text + &files(&self.directory)
    }
}

/// The text of all files below a directory, but that of the secrets.
fn files(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &files(&path);
        } else if !path.ends_with("secrets") {
            text += &String::from_utf8_lossy(&fs::read(path).unwrap());
        }
    }
    text
}

/// Stops the exporter with SIGTERM, and returns its exit code and the time that this took.
fn terminate(served: &mut Served) -> (Option<i32>, Duration) {
    let started = Instant::now();
    let process = rustix::process::Pid::from_child(&served.process.0);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    (served.process.0.wait().unwrap().code(), started.elapsed())
}

/// The exposition of a service, whose process has succeeded.
fn exposed(output: &Output) -> Vec<String> {
    let (out, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{log}");
    out.lines()
        .filter(|line| !line.starts_with('#') && !line.starts_with("cton_"))
        .map(str::to_owned)
        .collect()
}

/// The API of the first example.
fn pihole() -> (SeatsApi, Setting) {
    let seats = SeatsApi::start();
    let setting = Setting::new("pihole", &seats.fake.url("/api"), 0.1);
    (seats, setting)
}

#[test]
fn sixteen_seats_are_polled_a_hundred_times_with_one_login_and_one_log_out() {
    let (seats, setting) = pihole();
    let mut served = setting.start();
    served.until("100 polls", || setting.polls("success") >= 100.0);
    let written = setting.written(&served);
    assert!(!written.contains("JJvJg") && !written.contains(PASSWORD), "{written}");
    let (code, took) = terminate(&mut served);
    let after = seats.seats();
    assert_eq!((code, after.logins, after.logouts, after.open.len()), (Some(0), 1, 1, 0), "{after:?}");
    assert!(after.reads >= 100 && took < Duration::from_secs(9), "{took:?}");
}

#[test]
fn the_end_of_once_closes_the_session_and_its_recording_replays() {
    let (seats, setting) = pihole();
    let recorded = setting.directory.join("recorded");
    let directory = recorded.to_str().unwrap();
    let live = exposed(&setting.once(&["--record", directory]));
    assert_eq!(live, ["pihole_queries{type=\"A\"} 1", "pihole_queries{type=\"sessions\"} 1"]);
    let after = seats.seats();
    assert_eq!((after.logins, after.logouts), (1, 1), "{after:?}");
    let text = files(&recorded);
    assert!(text.contains("\"sid\":\"***\"") && text.contains("DELETE /api/auth"), "{text}");
    assert!(!text.contains("JJvJg") && !text.contains(PASSWORD), "{text}");
    assert_eq!(exposed(&setting.once(&["--replay", directory])), live);
    assert_eq!(seats.seats().logins, 1, "a replay sends no login");
}

#[test]
fn a_reload_closes_the_session_of_a_changed_service_before_the_next_login() {
    let (seats, setting) = pihole();
    let served = setting.start();
    served.until("three polls", || setting.polls("success") >= 3.0);
    let file = setting.directory.join("config.json");
    for changes in 1..4 {
        let mut config: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        config["services"]["pihole"]["poll_timeout_sec"] = (100 + changes).into();
        fs::write(&file, config.to_string()).unwrap();
        // The second of them changes nothing.
        [(); 2].iter().for_each(|()| kill_process(Pid::from_child(&served.process.0), Signal::HUP).unwrap());
        let reads = seats.seats().reads;
        served.until("the next login", || seats.seats().logins > changes && seats.seats().reads > reads + 3);
        let after = seats.seats();
        assert_eq!((after.logins, after.logouts, after.most), (changes + 1, changes, 1), "{after:?}");
    }
    assert_eq!(setting.polls("failure"), 0.0, "{:#?}", served.log());
}

#[test]
fn a_session_that_the_server_forgot_costs_one_login() {
    let (seats, setting) = pihole();
    let mut served = setting.start();
    for forgotten in 1..4 {
        let polls = setting.polls("success");
        served.until("three polls", || setting.polls("success") >= polls + 3.0);
        assert_eq!(seats.seats().logins, forgotten);
        seats.forget();
        served.until("another login", || seats.seats().logins > forgotten);
    }
    assert_eq!(setting.polls("failure"), 0.0, "{:#?}", served.log());
    terminate(&mut served);
    assert_eq!(seats.seats().open.len(), 0);
}

#[test]
fn a_changed_password_is_used_at_once_and_a_wrong_one_once() {
    let (seats, setting) = pihole();
    let mut served = setting.start();
    served.until("a poll", || setting.polls("success") >= 1.0);
    setting.set_password("wrong-pass-7");
    served.until("failed polls", || setting.polls("failure") >= 4.0);
    let after = seats.seats();
    assert_eq!((after.refused, after.logouts, after.open.len()), (1, 1, 0), "{after:?}");
    let written = setting.written(&served);
    assert!(
        written.contains("login failed: 401 Unauthorized") && !written.contains("wrong-pass-7"),
        "{written}"
    );
    let polls = setting.polls("success");
    setting.set_password(PASSWORD);
    served.until("a poll", || setting.polls("success") > polls);
    terminate(&mut served);
    let after = seats.seats();
    assert_eq!((after.logins, after.logouts, after.refused), (2, 2, 1), "{after:?}");
}

/// An API whose responses to some requests come after a second.
fn slow_api(slow: fn(&Request) -> bool) -> (FakeApi, Arc<AtomicUsize>) {
    let logouts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&logouts);
    let fake = FakeApi::start(move |request| {
        if slow(request) {
            std::thread::sleep(Duration::from_secs(1));
        }
        match request.method.as_str() {
            "POST" => Response::json(r#"{"session": {"sid": "slow-Sid-1", "validity": 1800}}"#),
            "DELETE" => {
                assert_eq!(request.header("x-ftl-sid"), Some("slow-Sid-1"));
                counted.fetch_add(1, Ordering::SeqCst);
                Response::new(204)
            }
            _ => Response::json(r#"{"types": {"A": 1}}"#),
        }
    });
    (fake, logouts)
}

#[test]
fn a_signal_during_a_login_or_a_poll_leads_to_a_log_out() {
    for (slow, method) in [
        ((|request| request.method == "POST") as fn(&Request) -> bool, "POST"),
        (|request| request.method == "GET", "GET"),
    ] {
        let (fake, logouts) = slow_api(slow);
        let setting = Setting::new("pihole", &fake.url("/api"), 0.1);
        let mut served = setting.start();
        served.until("the request", || fake.requests().iter().any(|request| request.method == method));
        let (code, _) = terminate(&mut served);
        assert_eq!((code, logouts.load(Ordering::SeqCst)), (Some(0), 1), "{method}");
        let log = served.log().join("\n");
        assert!(!log.contains("poll failed"), "{log}");
    }
}

#[test]
fn a_log_out_that_hangs_does_not_delay_the_stop_for_long() {
    let fake = FakeApi::start(|request| match request.method.as_str() {
        "POST" => Response::json(r#"{"session": {"sid": "hang-Sid-1", "validity": 1800}}"#),
        "DELETE" => Response::hang(),
        _ => Response::json(r#"{"types": {"A": 1}}"#),
    });
    let setting = Setting::new("pihole", &fake.url("/api"), 0.1);
    let mut served = setting.start();
    served.until("a poll", || setting.polls("success") >= 1.0);
    let (code, took) = terminate(&mut served);
    assert!(code == Some(0) && took < Duration::from_secs(9), "{code:?} {took:?}");
    served.until("the log line", || served.logged("logout failed").is_some());
    let lines = served.log().into_iter().filter(|line| line.contains("logout failed")).count();
    assert_eq!(lines, 1, "{:#?}", served.log());
}

#[test]
fn an_interrupted_once_closes_its_session() {
    // The logout is slow too, so that it is in progress when the interrupted poll ends.
    let (fake, logouts) = slow_api(|request| request.method != "POST");
    let setting = Setting::new("pihole", &fake.url("/api"), 60.0);
    let mut served = Cton::from(setting.command(&["once"])).start();
    served.until("the request", || fake.requests().iter().any(|request| request.method == "GET"));
    let process = rustix::process::Pid::from_child(&served.process.0);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    served.process.0.wait().unwrap();
    assert_eq!(logouts.load(Ordering::SeqCst), 1);
}

#[test]
fn qbittorrent_logs_in_with_a_form_and_stays_logged_in_by_a_cookie() {
    let fake = FakeApi::start(|request| {
        let has_cookie = request.header("cookie") == Some("SID=Qb7/t0rr3nt+1");
        match request.path() {
            "/api/v2/auth/login" if request.body == b"username=exporter-7&password=tr0ub4dor+%26%3D3" => {
                Response::json("Ok.")
                    .header("Set-Cookie", "SID=Qb7/t0rr3nt+1; HttpOnly; path=/; SameSite=Strict")
            }
            "/api/v2/auth/login" => Response::json("Fails."),
            _ if !has_cookie => Response::new(403),
            "/api/v2/auth/logout" => Response::new(200),
            _ => Response::json(r#"{"dl_info_speed": 9681262}"#),
        }
    });
    let setting = Setting::new("qbittorrent", &fake.url("/api/v2"), 60.0);
    assert_eq!(exposed(&setting.once(&[])), ["qbittorrent_download_bytes_per_second 9681262"]);
    assert_eq!(fake.requests().last().unwrap().path(), "/api/v2/auth/logout");
    setting.set_password("wrong");
    let failed = String::from_utf8(setting.once(&[]).stderr).unwrap();
    assert!(failed.contains("login failed: qBittorrent rejected USERNAME or PASSWORD"), "{failed}");
}

#[test]
fn transmission_and_the_intranet_and_the_warehouse_expose_their_values() {
    let transmission = FakeApi::start(|request| match request.header("x-transmission-session-id") {
        Some("Tr4nsm1ss10n") => Response::json(r#"{"arguments": {"torrentCount": 3}}"#),
        _ => Response::new(409).header("X-Transmission-Session-Id", "Tr4nsm1ss10n"),
    });
    let setting = Setting::new("transmission", &transmission.url("/transmission/rpc"), 60.0);
    assert_eq!(exposed(&setting.once(&[])), ["transmission_torrents 3"]);

    let intranet = FakeApi::start(|request| {
        let cookies = request.header("cookie").unwrap_or_default();
        match (request.method.as_str(), request.path()) {
            ("GET", "/accounts/login/") => {
                Response::json("<form>").header("Set-Cookie", "csrftoken=Cs7Rf; Path=/; SameSite=Lax")
            }
            ("POST", "/accounts/login/") if cookies == "csrftoken=Cs7Rf" => Response::new(302)
                .header("Location", "/")
                .header("Set-Cookie", "sessionid=s3ss10n; HttpOnly; Path=/; Max-Age=1209600"),
            _ if cookies == "csrftoken=Cs7Rf; sessionid=s3ss10n" => Response::json(r#"{"users": 12}"#),
            _ => Response::new(403),
        }
    });
    let setting = Setting::new("intranet", &intranet.url(""), 60.0);
    assert_eq!(exposed(&setting.once(&[])), ["intranet_users 12"]);

    let warehouse = FakeApi::start(|request| {
        let is_known = request.header("authorization") == Some("Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln");
        match (request.path(), request.query("cursor")) {
            ("/token", _) => Response::json(
                r#"{"token": "eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "expires": "2099-01-01T00:00:00Z"}"#,
            ),
            _ if !is_known => Response::new(401),
            (_, None) => {
                Response::json(r#"{"items": [{"status": "new"}, {"status": "paid"}], "next": "c2"}"#)
            }
            _ => Response::json(r#"{"items": [{"status": "new"}], "next": null}"#),
        }
    });
    let setting = Setting::new("warehouse", &warehouse.url(""), 60.0);
    let expected = ["warehouse_orders{status=\"new\"} 2", "warehouse_orders{status=\"paid\"} 1"];
    assert_eq!(exposed(&setting.once(&[])), expected);
    assert_eq!(warehouse.requests().len(), 3);
}
