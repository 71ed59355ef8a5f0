//! The command line for persons and scripts: arguments, streams, exit codes.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::process::{Cton, free_port, scrape, scratch};
use crate::support::shipped_config::with_keys;

const REPLAY: [&str; 4] = ["-s", "splunk", "--replay", "services/replay/splunk"];

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn ended(output: &Output, code: i32) -> (String, String) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "out: {out}\nerr: {err}");
    (out, err)
}

#[test]
fn version_and_help_go_to_standard_output_with_0() {
    let (out, err) = ended(&Cton::new(["--version"]).output(), 0);
    let (version, target) = (env!("CARGO_PKG_VERSION"), env!("CTON_TARGET"));
    let revision = option_env!("CTON_REVISION").unwrap_or("unknown");
    let line = format!("cton {version} (revision {revision}, target {target})\n");
    assert_eq!((out.as_str(), err.as_str()), (line.as_str(), ""));
    for argument in ["-V", "version"] {
        assert_eq!(ended(&Cton::new([argument]).output(), 0).0, line);
    }
    let (out, err) = ended(&Cton::new(["-h"]).output(), 0);
    assert!(out.contains("Usage: cton"), "{out}");
    assert_eq!(err, "");
}

#[test]
fn usage_errors_go_to_standard_error_with_2() {
    let (out, err) = ended(&Cton::new(["--no-such"]).output(), 2);
    assert_eq!(out, "");
    assert!(err.contains("--no-such") && err.contains("cton --help"), "{err}");
    let (_, err) = ended(&Cton::new::<&str>([]).output(), 2);
    assert!(err.contains("= help: add `--all`, or `-s` and an existing service: `splunk`"), "{err}");
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_utf_8_is_a_usage_error_that_shows_it() {
    use std::os::unix::ffi::OsStrExt as _;
    let word = std::ffi::OsStr::from_bytes(b"a\xff");
    for arguments in [["-c".as_ref(), word], ["new".as_ref(), word]] {
        let (_, err) = ended(&Cton::new(arguments).output(), 2);
        assert!(err.contains(r#"argument "a\xFF" is not UTF-8"#), "{err}");
    }
}

#[test]
fn an_unknown_service_is_one_error_with_one_help() {
    for (asked, help) in
        [("splnk", "a similar name exists: `splunk`"), ("x", "select an existing service: `splunk`")]
    {
        let (_, err) = ended(&Cton::new(["-s", asked]).output(), 2);
        assert_eq!(err, format!("error: no service is named `{asked}`\n  = help: {help}\n"));
    }
}

#[test]
fn list_names_services_and_metrics() {
    let (out, _) = ended(&Cton::new(["--list"]).output(), 0);
    assert!(out.starts_with("splunk  port 8000  every 60 s  https://api.victorops.com/"), "{out}");
    assert!(out.contains("  counter  number_of_incidents_total\n"), "{out}");
    assert!(out.contains("  summary  time_taken_to_resolve      _sum, _count\n"), "{out}");
}

#[test]
fn list_shows_an_omitted_metric_only_with_compiled() {
    let file = scratch("list-compiled").join("config.json");
    let text = fs::read_to_string("config.json").unwrap();
    fs::write(&file, text.replacen(", \"time_taken_to_resolve\"", "", 1)).unwrap();
    let (out, _) = ended(&Cton::new(["list", "-c"]).arg(&file).output(), 0);
    assert!(!out.contains("time_taken_to_resolve") && !out.contains("CONFIG"), "{out}");
    let (out, _) = ended(&Cton::new(["list", "--compiled", "-c"]).arg(&file).output(), 0);
    let line = |name: &str| out.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    assert!(line("time_taken_to_resolve").ends_with(" omitted"), "{out}");
    assert!(line("time_taken_to_acknowledge").ends_with("_sum, _count"), "{out}");
    let (all, _) = ended(&Cton::new(["list", "--compiled"]).output(), 0);
    assert_eq!(all, ended(&Cton::new(["list"]).output(), 0).0);
    let (_, err) = ended(&Cton::new(["check", "--compiled"]).output(), 2);
    assert!(err.contains("`--compiled` does not apply to `cton check`"), "{err}");
}

#[test]
fn the_interval_of_a_service_replaces_the_one_of_the_file() {
    let file = scratch("interval").join("config.json");
    let text = fs::read_to_string("config.json").unwrap();
    fs::write(&file, text.replacen("\"port\"", "\"api_call_intervals\": 30, \"port\"", 1)).unwrap();
    let (out, _) = ended(&Cton::new(["list", "-c"]).arg(&file).output(), 0);
    assert!(out.starts_with("splunk  port 8000  every 30 s  "), "{out}");
    let (out, _) = ended(&Cton::new(["check", "-c"]).arg(&file).output(), 1);
    assert!(out.contains(" every 30 s\n") && out.contains("gauges become stale: 150 s after"), "{out}");
}

#[test]
fn once_prints_only_the_samples() {
    let (out, err) = ended(&Cton::new(REPLAY).arg("--once").output(), 0);
    assert!(out.contains("# TYPE number_of_incidents_total counter\n"), "{out}");
    assert!(!out.contains("process_") && !out.contains("cton_"), "{out}");
    assert!(!err.contains("error"), "{err}");
}

#[test]
fn once_fails_with_1_when_the_poll_fails() {
    let dir = scratch("once-fails");
    let (out, err) = ended(&Cton::new(["-s", "splunk", "--once", "--replay"]).arg(&dir).output(), 1);
    assert_eq!(out, "");
    assert!(err.contains("splunk: "), "{err}");
}

#[test]
fn check_reports_the_planned_polls_and_each_missing_file() {
    let dir = scratch("check");
    let (out, err) = ended(&Cton::new(["--check"]).dir(&dir).output(), 1);
    assert!(
        out.contains("splunk: polls https://api.victorops.com/api-reporting/v2/incidents every 60 s\n"),
        "{out}"
    );
    let limits =
        "    timeouts: 10 s per request, 100 s per poll; retries: 2; gauges become stale: 300 s after";
    assert!(out.contains(limits) && !out.contains("no problem found"), "{out}");
    assert!(err.contains("./splunk"), "{err}");
    fs::write(dir.join("splunk"), "API_KEY=\"planted-secret\"\nAPI_ID = 'x'\n").unwrap();
    let (out, err) = ended(&Cton::new(["--check"]).dir(&dir).output(), 0);
    assert!(out.contains("./splunk: secrets API_ID, API_KEY"), "{out}");
    assert!(out.contains("metrics: 5 on http://[::]:8000/metrics\n"), "{out}");
    assert!(out.contains("\nmemory: at most 352 MiB, for any responses of the APIs\n"), "{out}");
    assert!(
        out.ends_with("no error found, but warnings, and no request sent; `cton once --all` polls once\n"),
        "{out}"
    );
    assert!(err.contains("msg=\"secret file readable by others\""), "{err}");
    assert!(!(out + &err).contains("planted-secret"));
    let (out, _) = ended(&Cton::new(["check", "--replay", "services/replay/splunk"]).output(), 0);
    assert!(
        out.starts_with("splunk: replays the recordings of services/replay/splunk every 60 s\n"),
        "{out}"
    );
    assert!(!out.contains("api.victorops.com"), "{out}");
    let once = "`cton once --all --replay services/replay/splunk` polls once\n";
    assert!(out.ends_with(&format!("no problem found, and no request sent; {once}")), "{out}");
}

#[test]
fn check_reports_an_empty_secret_file_and_an_unencrypted_url() {
    let dir = scratch("check-secrets");
    let config =
        fs::read_to_string("config.json").unwrap().replace("https://api.victorops", "http://api.victorops");
    fs::write(dir.join("c.json"), config).unwrap();
    fs::write(dir.join("splunk"), "# no keys\n").unwrap();
    let check = |code| ended(&Cton::new(["check", "-s", "splunk", "-c", "c.json"]).dir(&dir).output(), code);
    assert!(check(1).1.contains("error: splunk: the secret file ./splunk has no keys\n"));
    fs::write(dir.join("splunk"), "API_KEY=x\nAPI_ID=\n").unwrap();
    let errors = check(1).1;
    let missing = "error: splunk: API_ID in ./splunk is empty\n  |  secret_file_path: c.json:20:33\n  = help: enter its value\n";
    assert!(errors.ends_with(missing), "{errors}");
    fs::write(dir.join("splunk"), "API_KEY=long-enough\nAPI_ID=y77\n").unwrap();
    let (out, err) = check(0);
    let short: Vec<&str> = err.lines().filter(|line| line.contains("msg=\"secret too short\"")).collect();
    assert!(short.len() == 1 && short[0].contains("service=splunk key=API_ID hint="), "{err}");
    assert!(!err.contains("y77"), "{err}");
    assert!(err.contains("msg=\"unencrypted api_url used\" service=splunk"), "{err}");
    assert!(
        out.contains("no error found, but warnings, ") && out.contains("`cton once -s splunk -c c.json`"),
        "{out}"
    );
}

/// Runs `cton check` with one source of secrets and these variables.
fn checked(dir: &Path, keys: &Value, environment: &[(&str, &Path)]) -> Output {
    let mut config = with_keys(&json!({}), keys);
    if keys.get("secret_file_path").is_none() {
        config["services"]["splunk"].as_object_mut().unwrap().remove("secret_file_path");
    }
    fs::write(dir.join("c.json"), serde_json::to_string_pretty(&config).unwrap()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["check", "-s", "splunk", "-c", "c.json"]).current_dir(dir);
    command.env_remove("CREDENTIALS_DIRECTORY").envs(environment.iter().copied());
    Cton::from(command).dir(dir).output()
}

#[test]
fn check_finds_the_declared_secrets_in_each_source() {
    let dir = scratch("check-sources");
    for name in ["directory", "credentials"] {
        fs::create_dir(dir.join(name)).unwrap();
    }
    let value = "planted-4c1f";
    let (directory, credentials) = (dir.join("directory"), dir.join("credentials"));
    let (key, id) = (("API_KEY", Path::new(value)), ("API_ID", Path::new(value)));
    let variables = json!({ "secret_environment": ["API_ID", "API_KEY"] });
    let (in_directory, in_file) =
        (json!({ "secret_file_path": "directory" }), json!({ "secret_file_path": "/etc/cton/keys" }));
    let passed = ("CREDENTIALS_DIRECTORY", credentials.as_path());
    type Variables<'a> = &'a [(&'a str, &'a Path)];
    let cases: [(&str, &Value, Variables<'_>, &str); 3] = [
        ("secret_environment", &variables, &[key], "the environment variable API_ID is not set"),
        ("secret_file_path", &in_directory, &[], "directory has no API_ID"),
        ("secret_file_path", &in_file, &[passed], "credentials/keys has no API_ID"),
    ];
    fs::write(directory.join("API_KEY"), value).unwrap();
    fs::write(credentials.join("keys"), format!("API_KEY={value}\n")).unwrap();
    for (source, keys, environment, missing) in cases {
        let (out, err) = ended(&checked(&dir, keys, environment), 1);
        let place = format!("  |  {source}: c.json:");
        assert!(err.contains(missing) && err.contains(&place), "{err}");
        assert!(!(out + &err).contains(value));
    }
    fs::write(directory.join("API_ID"), value).unwrap();
    fs::write(credentials.join("keys"), format!("API_KEY={value}\nAPI_ID={value}\n")).unwrap();
    let found = [
        "environment: secrets API_ID, API_KEY",
        "directory: secrets API_ID, API_KEY",
        "credentials/keys: secrets API_ID, API_KEY",
    ];
    for ((_, keys, environment, _), found) in cases.iter().zip(found) {
        let more: &[(&str, &Path)] = if keys == &&variables { &[key, id] } else { environment };
        let (out, err) = ended(&checked(&dir, keys, more), 0);
        assert!(out.contains(found), "{out}");
        assert!(!(out + &err).contains(value));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn check_reports_an_unusable_directory_of_recordings() {
    let dir = scratch("check-record");
    fs::write(dir.join("splunk"), "API_KEY=k\nAPI_ID=x\n").unwrap();
    fs::write(dir.join("file"), "").unwrap();
    fs::create_dir(dir.join("there")).unwrap();
    let check = |option: &str, value: &str, code: i32| {
        ended(&Cton::new(["--check", option, value]).dir(&dir).output(), code)
    };
    for (option, value, words) in [
        ("--record", "/proc/nope", "the recording /proc/nope cannot be written to: "),
        ("--record", "/proc", "the recording /proc cannot be written to: "),
        ("--record", "file", "the recording file cannot be written to: "),
        ("--record", "file/below", "the recording file/below cannot be written to: "),
        ("--state-dir", "/proc/nope", "cannot write to state_dir /proc/nope: "),
        ("--replay", "nope", "directory of recordings nope cannot"),
        ("--replay", "there", "directory of recordings there has no recording"),
    ] {
        let (out, err) = check(option, value, 1);
        assert!(err.contains(words) && !out.contains("no problem found"), "{option} {value}: {err}");
    }
    for value in ["new/deep", "there"] {
        let (out, _) = check("--record", value, 0);
        assert!(out.contains(&format!("{value}: directory of recordings\n")), "{out}");
    }
    assert!(!dir.join("new").exists() && fs::read_dir(dir.join("there")).unwrap().count() == 0);
    fs::remove_file(dir.join("splunk")).unwrap();
    let replay = concat!(env!("CARGO_MANIFEST_DIR"), "/services/replay/splunk");
    let (out, _) = check("--replay", replay, 0);
    let count = fs::read_dir(replay).unwrap().count();
    assert!(out.contains(&format!("{replay}: recorded responses: {count}\n")), "{out}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_cannot_record_exits_before_the_first_poll() {
    let dir = scratch("record-in-proc");
    fs::write(dir.join("splunk"), "API_KEY=k\nAPI_ID=x\n").unwrap();
    let command = ["-s", "splunk", "--once", "--record", "/proc"];
    let (out, err) = ended(&Cton::new(command).dir(&dir).output(), 1);
    assert!(out.is_empty() && err.contains("the recording /proc cannot be written to: "), "{err}");
}

#[test]
fn a_config_given_at_run_time_can_change_operational_keys() {
    let dir = scratch("config");
    let file = dir.join("config.json");
    let own = fs::read_to_string("config.json").unwrap().replace("8000", "8123");
    fs::write(&file, &own).unwrap();
    let (out, _) = ended(&Cton::new(["--list", "-c"]).arg(&file).output(), 0);
    assert!(out.starts_with("splunk  port 8123 "), "{out}");
}

#[test]
fn a_config_with_other_metrics_requires_a_rebuild() {
    let dir = scratch("config-metrics");
    let file = dir.join("config.json");
    let own =
        fs::read_to_string("config.json").unwrap().replacen("number_of_incidents", "number_of_accidents", 1);
    fs::write(&file, &own).unwrap();
    let (_, err) = ended(&Cton::new(["--list", "-c"]).arg(&file).output(), 2);
    assert!(err.contains("number_of_accidents") && err.contains("rebuild with this config"), "{err}");
}

#[test]
fn an_invalid_config_shows_each_error_with_its_position() {
    let dir = scratch("config-broken");
    let file = dir.join("config.json");
    fs::write(&file, "{\n  \"api_call_intervals\": 0,\n  \"log_level\": \"LOUD\",\n  \"services\": {}\n}\n")
        .unwrap();
    let (_, err) = ended(&Cton::new(["--list", "-c"]).arg(&file).output(), 2);
    for place in [":2:", ":3:", ":4:"] {
        assert!(err.contains(&format!("{}{place}", file.display())), "{err}");
    }
    let (_, err) = ended(&Cton::new(["--list", "-c", "/no/such.json"]).output(), 2);
    assert!(err.contains("error: /no/such.json: cannot read the config file: No such file"), "{err}");
}

#[test]
fn a_port_in_use_is_reported_with_the_origin_of_its_number_before_the_first_poll() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let problem = format!("error: splunk: cannot listen on {address}: another process uses this port\n");
    let (out, err) = ended(&Cton::new(REPLAY).arg(format!("--listen={address}")).output(), 1);
    let help = "  = help: stop that process, or change the port of `--listen`\n";
    assert_eq!((out.as_str(), err), ("", problem.clone() + help));

    let file = scratch("port-in-use").join("config.json");
    let port = format!("\"port\": {}", address.port());
    let config = fs::read_to_string("config.json").unwrap().replacen("\"port\": 8000", &port, 1);
    fs::write(&file, config).unwrap();
    let (_, err) = ended(&Cton::new(REPLAY).arg("--listen=127.0.0.1").arg("-c").arg(&file).output(), 1);
    let file = file.display();
    let help = format!("  = help: stop that process, or change `port` of service `splunk` in {file}\n");
    assert_eq!(err, problem + &help);
}

#[test]
fn a_port_of_the_compiled_in_config_is_changed_without_a_build() {
    let Ok(_taken) = TcpListener::bind("127.0.0.1:8000") else { return };
    let (_, err) = ended(&Cton::new(REPLAY).arg("--listen=127.0.0.1").output(), 1);
    let help = "or change `port` of service `splunk` with `--listen :PORT`, or in a config for `-c`\n";
    assert!(err.ends_with(help), "{err}");
}

#[test]
fn an_address_of_another_machine_is_reported_with_the_option_that_set_it() {
    let (_, err) = ended(&Cton::new(REPLAY).arg("--listen=192.0.2.1:9").output(), 1);
    assert!(err.contains("help: change the address of `--listen` to an address of this machine"), "{err}");
}

#[test]
fn the_log_names_the_addresses_and_nothing_more() {
    let port = free_port();
    let served = Cton::new(REPLAY).arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    let log = served.log();
    assert_eq!(log.len(), 4, "{log:#?}");
    assert!(
        log[0].contains("msg=serving")
            && log[0].contains(&format!("address=http://127.0.0.1:{port}/metrics"))
    );
    assert!(log[1].contains("level=warning msg=\"recorded responses replayed\" dir=services/replay/splunk "));
    let replaying = "msg=\"replaying recordings\" service=splunk dir=services/replay/splunk every=60s";
    assert!(log[2].contains(replaying));
    assert!(log[3].contains("first poll succeeded"));
    assert!(log.iter().all(|line| !line.contains("api.victorops.com")), "a replay polls no API: {log:#?}");
}

#[test]
fn a_replay_is_marked_wherever_its_values_are_shown() {
    let port = free_port();
    let _served = Cton::new(REPLAY).arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    let body = |path| scrape(port, path).body;
    assert!(body("/metrics").contains("\ncton_replay 1\n"));
    assert!(body("/").contains("<b>Replay.</b> The values come from recorded responses"));
    let status: serde_json::Value = serde_json::from_str(&body("/api/v1/status")).unwrap();
    assert_eq!(status["replay"], true);
}

#[test]
fn the_targets_of_the_config_are_printed_as_prometheus_reads_them() {
    let (out, err) = ended(&Cton::new(["--print-targets", "--advertise", "cton.internal"]).output(), 0);
    let labels = serde_json::json!({ "__meta_cton_services": ",splunk," });
    let expected = serde_json::json!([{ "targets": ["cton.internal:8000"], "labels": labels }]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&out).unwrap(), expected);
    assert_eq!(err, "");
    let (out, _) = ended(&Cton::new(["--print-targets", "--listen=127.0.0.1:9"]).output(), 0);
    assert!(out.contains("\"127.0.0.1:9\""), "{out}");
    let (_, err) = ended(&Cton::new(["--print-targets", "--advertise=http://x"]).output(), 2);
    assert!(err.contains("invalid host `http://x`"), "{err}");
}

/// One port has one scrape target and one status page.
#[test]
fn a_new_service_is_put_on_the_port_of_the_last_one_unless_their_metrics_collide() {
    let dir = scratch("shared-port");
    let add = |name: &str| {
        let cton = Cton::new(["new", name, "--url=http://localhost:1/", "--dir"]).arg(&dir).output();
        let text = String::from_utf8_lossy(&[cton.stdout, cton.stderr].concat()).into_owned();
        assert_eq!(cton.status.code(), Some(0), "{text}");
        text
    };
    let entry = |class: &str, module: &str, listen: &str, metric: &str| {
        format!(
            r#"{{"service_class": "{class}", "service_module": "{module}", "port": 9100, {listen} "api_url": "http://localhost:1/",
            "prometheus_metrics_mapping": {{"gauge": ["{metric}"]}}}}"#
        )
    };
    let config = |entry: String| {
        let text =
            format!(r#"{{"api_call_intervals": 60, "log_level": "INFO", "services": {{"a": {entry}}}}}"#);
        fs::write(dir.join("config.json"), text).unwrap();
    };
    fs::create_dir_all(dir.join("services")).unwrap();
    config(entry("AApi", "a_api", "", "x"));
    for name in ["b", "c"] {
        assert!(add(name).contains(&format!("added `{name}` to config.json: port 9100, ")), "{name}");
    }
    config(entry("AApi", "a_api", "", "d_response_bytes"));
    assert!(add("d").contains("added `d` to config.json: port 9101, "), "the names collide");
    config(entry("AApi", "a_api", r#""listen": "127.0.0.1","#, "x"));
    assert!(add("e").contains("added `e` to config.json: port 9101, "), "another address");
}
