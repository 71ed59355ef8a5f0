//! config.json: the values read from it and the message of each error.
//!
//! Each tests/config/CASE.json is wrong, and CASE.txt holds every word of what is said of it; the files in
//! tests/config/good/ are right. `UPDATE_GOLDENS=1 cargo test --test it config` writes the messages again.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectington::Kind;
use collectington::internals::config::{
    Config, Level, MetricConfig, OAuth2Auth, OAuth2Config, Position, TrustStore, clashes, load, near, parse,
};

const GOOD: &str = include_str!("../config/good/every_key.json");
const LEAST: &str = include_str!("../config/good/least.json");

#[test]
fn each_config_error_has_its_position_and_a_fix() {
    let mut wrong = Vec::new();
    for case in cases("tests/config") {
        let printed = match parse("config.json", &fs::read_to_string(&case).unwrap()) {
            Ok(_) => "nothing\n".to_owned(),
            Err(mistakes) => format!("{mistakes}\n"),
        };
        let golden = case.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            fs::write(&golden, &printed).unwrap();
        }
        if fs::read_to_string(&golden).ok().as_ref() != Some(&printed) {
            wrong.push(format!("{}:\n{printed}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "not as in the .txt files:\n{}", wrong.join("\n"));
}

#[test]
fn no_possible_secret_is_quoted() {
    for case in cases("tests/config") {
        let printed = fs::read_to_string(case.with_extension("txt")).unwrap();
        assert!(!printed.contains("hunter2") && !printed.contains("4711"), "{}", case.display());
    }
}

/// Tokens, keys and connection strings, in a config where nothing names them so.
#[test]
fn no_credential_of_a_known_shape_is_compiled_in() {
    let shapes = [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a".to_owned(),
        "github_pat_11ABCDEFG0aBcDeFgHiJkL_0123456789abcdef".to_owned(),
        "glpat-a1B2c3D4e5F6g7H8i9J0".to_owned(),
        ["xoxb", "123456789012-1234567890123-AbCdEfGhIjKl"].join("-"),
        ["xapp", "1-A0123-456-abcdef01"].join("-"),
        ["sk", "live", "51H8abcdefghijklmnop"].join("_"),
        ["rk", "live", "51H8abcdefghijklmnop"].join("_"),
        "sk-proj-abcdEFGH1234abcdEFGH1234".to_owned(),
        "AKIAIOSFODNN7EXAMPLE".to_owned(),
        "AIzaSyA1234567890abcdefghijklmnopqrstuv".to_owned(),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl".to_owned(),
        "-----BEGIN EC PRIVATE KEY-----".to_owned(),
        "SG.abcDEF123456.abcDEF1234567890".to_owned(),
        "hf_abcdefghijklmnopqrstuvwxyzABCDEF".to_owned(),
        "npm_abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
        "dop_v1_0123456789abcdef0123456789abcdef".to_owned(),
        "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAw".to_owned(),
        "ya29.a0AfH6SMBabcdefghijklmnop".to_owned(),
        "postgres://user:hunter2@db.example.com/x".to_owned(),
        "Server=db;User Id=sa;Password=hunter2;".to_owned(),
        "AccountName=x;AccountKey=abcd1234==;EndpointSuffix=core.windows.net".to_owned(),
        "https://discord.com/api/webhooks/123456/abcdef-GHIJ".to_owned(),
        "Basic dXNlcjpwYXNzd29yZA==".to_owned(),
    ];
    let whole = |key: &str, value: &str, allowed: &[&str]| {
        let mut file: serde_json::Value = serde_json::from_str(LEAST).unwrap();
        let service = file["services"].as_object_mut().unwrap().values_mut().next().unwrap();
        service[key] = match key {
            "list" => serde_json::json!([{ "item": [value] }]),
            _ => value.into(),
        };
        service["allow_secret_like"] = serde_json::json!(allowed);
        parse("config.json", &file.to_string()).map(drop).map_err(|mistakes| mistakes.to_string())
    };
    for shape in &shapes {
        for (key, path) in [("note", "note"), ("list", "list.item"), ("state_note", "state_note")] {
            let printed = whole(key, shape, &[]).expect_err(shape);
            assert!(
                printed.contains("compiled into the binary") && !printed.contains(shape.as_str()),
                "{printed}"
            );
            assert!(printed.contains(&format!("add `{path}` to `allow_secret_like`")), "{printed}");
            assert_eq!(whole(key, shape, &[path]), Ok(()), "{shape}");
        }
    }
    for key in ["state_dir", "log_level"] {
        let mut file: serde_json::Value = serde_json::from_str(LEAST).unwrap();
        file[key] = shapes[0].as_str().into();
        let printed = parse("config.json", &file.to_string()).map(drop).expect_err(key).to_string();
        assert!(printed.contains("compiled into the binary") && !printed.contains(&shapes[0]), "{printed}");
    }
    for url in [
        "https://h/x?appid=abc",
        "https://h/x?key=abc",
        "https://h/x?code=abc",
        "https://h/x?sig=abc",
        "https://h/x?a=1&access_token=abc",
    ] {
        let printed = whole("api_url", url, &[]).expect_err(url);
        assert!(printed.contains(".secret_query(") && printed.contains("`allow_secret_like`"), "{printed}");
        assert_eq!(whole("api_url", url, &["api_url"]), Ok(()), "{url}");
    }
}

#[test]
fn valid_files_are_accepted() {
    let good = cases("tests/config/good");
    assert!(good.len() > 5);
    for case in good {
        load(&case).unwrap();
    }
}

#[test]
fn every_key_has_its_effect() {
    let config = parse("config.json", GOOD).unwrap();
    assert_eq!((config.interval, config.level), (Duration::from_secs(30), Level::Warning));
    let service = &config.services[0];
    assert_eq!((service.name.as_str(), service.port), ("splunk", 8000));
    assert_eq!((service.class.value.as_str(), service.module.value.as_str()), ("SplunkApi", "splunk_api"));
    assert_eq!(service.listen, "::1".parse::<IpAddr>().unwrap());
    assert!(service.api_url.starts_with("http://[::1]:8080/v2/incidents?"));
    assert_eq!(service.secret_file.as_deref(), Some(Path::new("./splunk")));
    assert_eq!(service.ca_file.as_deref(), Some(Path::new("/etc/ssl/company.pem")));
    assert_eq!(service.trust_store, TrustStore::System);
    assert_eq!(service.client_cert.as_deref(), Some(Path::new("/etc/cton/client.pem")));
    assert_eq!(service.client_key.as_deref(), Some(Path::new("./client-key.pem")));
    let oauth2 = OAuth2Config {
        token_url: "http://[::1]:8081/token".to_owned(),
        scope: Some("read write".to_owned()),
        audience: Some("https://api.example.com".to_owned()),
        auth: OAuth2Auth::Body,
    };
    assert_eq!(service.oauth2, Some(oauth2));
    assert_eq!((service.expiration, service.request_timeout), (Duration::ZERO, Duration::from_millis(2500)));
    assert_eq!((service.response_limit, service.retries), (1_000_000, 0));
    assert_eq!((service.poll_limit, service.poll_timeout), (3_000_000, Duration::from_millis(12_500)));
    assert_eq!(service.memory_limit, 5_000_000);
    assert_eq!(service.calls_per_minute, Some(0.5));
    assert_eq!((service.stale_after, service.series_limit), (0, 500));
    assert_eq!(service.series_expire_after, Duration::from_secs_f64(86_400.5));
    assert_eq!((service.once_ids_limit, service.created_series), (250_000, Some(true)));
    assert_eq!(service.settings["page"]["size"], 100);
    assert_eq!(service.settings.len(), 3, "own keys only: {:?}", service.settings);
}

#[test]
fn custom_keys_reach_the_service_unchanged() {
    let config = parse("config.json", include_str!("../config/good/own_keys.json")).unwrap();
    let settings = &config.services[0].settings;
    assert_eq!(settings["naïve"], "☃ ☃ 😀");
    assert_eq!(settings["ports"], serde_json::json!([1, 2]));
    assert_eq!(settings["filters"]["phase"], serde_json::json!(["open", null]));
    assert_eq!((&settings["api_key"], &settings["max_tokens"]), (&"".into(), &4096.into()));
}

#[test]
fn metrics_keep_the_order_of_the_file_and_their_options() {
    let config = parse("config.json", GOOD).unwrap();
    let metric = |at: usize| &config.services[0].metrics[at];
    let names = config.services[0].metrics.iter().map(|metric| metric.name.as_str()).collect::<Vec<_>>();
    assert_eq!(
        names,
        [
            "incidents_total",
            "pages",
            "open",
            "pages_read_total",
            "time_to_acknowledge_minutes",
            "time_to_resolve_seconds",
            "size"
        ]
    );
    assert_eq!(
        (metric(0).kind, metric(0).labels.as_slice()),
        (Kind::Counter, &["team_name".into(), "stack".into()][..])
    );
    assert_eq!(metric(2).help.as_deref(), Some("Open incidents.\nBy type."));
    assert_eq!(metric(5).unit.as_deref(), Some("seconds"));
    assert_eq!(metric(5).buckets, [-1.0, 0.0, 0.5, 1e3]);
    let MetricConfig { labels, help, unit, buckets, .. } = metric(6);
    assert_eq!((labels.len(), help, unit, buckets.len()), (0, &None, &None, 14));
    assert!(metric(4).buckets.is_empty(), "a summary has none");
}

#[test]
fn a_missing_key_has_the_documented_default() {
    let config = parse("config.json", LEAST).unwrap();
    let service = &config.services[0];
    assert_eq!(service.listen, "::".parse::<IpAddr>().unwrap());
    assert_eq!(
        (service.expiration, service.request_timeout),
        (Duration::from_secs(60), Duration::from_secs(10))
    );
    assert_eq!((service.response_limit, service.retries), (16 << 20, 2));
    assert_eq!(service.poll_limit, 64 << 20, "four times the largest response");
    assert_eq!(service.memory_limit, 64 << 20);
    assert_eq!(service.poll_timeout, Duration::from_secs(100), "ten requests");
    let kept = LEAST.replacen("\"port\"", "\"data_store_expiration_sec\": 3600, \"port\"", 1);
    let kept = parse("config.json", &kept).unwrap();
    assert_eq!(
        kept.services[0].poll_timeout,
        Duration::from_secs(3600),
        "as long as the first answer is kept"
    );
    assert_eq!(service.calls_per_minute, None);
    assert_eq!((service.stale_after, service.series_limit), (5, 10_000));
    assert_eq!((service.series_expire_after, service.once_ids_limit), (Duration::ZERO, 100_000));
    assert_eq!((config.created_series, service.created_series), (true, None));
    assert_eq!((&service.secret_file, &service.ca_file, service.settings.len()), (&None, &None, 0));
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    let text = LEAST.replace("\"incidents\"", "\"é☃\", \"a b\", \"incidents\"").replace('\n', "\r\n");
    let mistakes = parse("x", &text).unwrap_err().list;
    let places: Vec<_> = mistakes.iter().map(|mistake| (mistake.place.line, mistake.place.column)).collect();
    assert_eq!(places, [(11, 29), (11, 35)]);
    let config = parse("x", LEAST).unwrap();
    assert_eq!(config.services[0].metrics[0].place, Position { line: 11, column: 29 });
    assert_eq!(config.services[0].place, Position { line: 5, column: 9 });
    assert_eq!(config.services[0].module.place, Position { line: 7, column: 31 });
}

#[test]
fn the_compiled_in_config_is_parsed_to_the_same_config() {
    for case in cases("tests/config/good") {
        let json = load(&case).unwrap().to_json();
        let again =
            parse("embedded", &json).unwrap_or_else(|mistakes| panic!("{}:\n{mistakes}", case.display()));
        assert_eq!(again.to_json(), json);
        assert_eq!(without_places(again), without_places(load(&case).unwrap()));
    }
}

#[test]
fn a_config_for_the_running_binary_may_change_operational_keys() {
    let changed = LEAST
        .replace("60", "5")
        .replace("INFO", "DEBUG")
        .replace("8000", "9000, \"listen\": \"::1\", \"retries\": 0, \"team\": [1]")
        .replace("https://api.example.com", "http://localhost");
    assert_eq!(differences(LEAST, &changed), "");
    let reordered = GOOD.replace("[\"team_name\", \"stack\"]", "[\"stack\", \"team_name\"]");
    assert_eq!(differences(GOOD, &reordered), "");
}

#[test]
fn a_config_for_the_running_binary_may_not_change_compiled_in_keys() {
    let metrics = "\"counter\": [\"incidents\"]";
    let each = [
        (metrics, "\"counter\": [\"incidents\", \"pages\"]"),
        (metrics, "\"counter\": [\"pages\"]"),
        (metrics, "\"gauge\": [\"incidents\"]"),
        ("\"port\"", "\"prometheus_metric_labels\": {\"incidents\": [\"team\"]}, \"port\""),
        ("\"port\"", "\"prometheus_metric_help\": {\"incidents\": \"How many.\"}, \"port\""),
        ("\"port\"", "\"prometheus_metric_units\": {\"incidents\": \"pieces\"}, \"port\""),
        ("SplunkApi", "Other"),
        ("splunk_api", "other"),
        ("\"splunk\"", "\"jira\""),
    ];
    let printed: String = each.map(|(from, to)| differences(LEAST, &LEAST.replace(from, to)) + "\n").concat();
    assert_eq!(
        printed,
        "run.json:11:42: metric `pages` is not in this binary; help: rebuild with this config, or remove it
run.json:5:9: metric `incidents` of service `splunk` is in this binary, but not here; help: rebuild with this config, or restore it
run.json:11:29: metric `pages` is not in this binary; help: rebuild with this config, or remove it
run.json:11:27: `incidents` has the kind gauge, but this binary was built with counter; help: rebuild with this config, or revert the change
run.json:11:29: `incidents` has the labels [\"team\"], but this binary was built with []; help: rebuild with this config, or revert the change
run.json:11:29: `incidents` has the HELP text `How many.`, but this binary was built with none; help: rebuild with this config, or revert the change
run.json:11:29: `incidents` has the unit `pieces`, but this binary was built with none; help: rebuild with this config, or revert the change
run.json:6:30: `service_class` is `Other`, but this binary was built with `SplunkApi`; help: rebuild with this config, or revert the change
run.json:7:31: `service_module` is `other`, but this binary was built with `splunk_api`; help: rebuild with this config, or revert the change
run.json:1:1: service `splunk` is in this binary, but not here; help: rebuild with this config, or restore it
run.json:5:9: service `jira` is not in this binary; help: rebuild with this config, or remove it
"
    );
}

#[test]
fn changed_ports_are_validated_again() {
    let mut config = parse("x", include_str!("../config/good/same_metric_on_two_ports.json")).unwrap();
    assert!(clashes(&config.services).is_empty());
    config.services.iter_mut().for_each(|service| service.port = 9000);
    let printed: Vec<String> = clashes(&config.services).iter().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        [
            "services `a` and `b` would both expose `x` on port 9000; help: use another `port` for one of them, or rename the metric"
        ]
    );
}

#[test]
fn an_unreadable_file_is_named_with_a_fix() {
    let directory = std::env::temp_dir().join(format!("collectington-config-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("config.json");
    let printed = |bytes: Option<&[u8]>| {
        if let Some(bytes) = bytes {
            fs::write(&file, bytes).unwrap();
        }
        load(&file).unwrap_err().to_string().replace(&file.display().to_string(), "config.json")
    };
    assert_eq!(
        printed(None),
        "config.json: cannot read the config file: No such file or directory (os error 2); help: create it, or correct \
         the path"
    );
    assert_eq!(
        printed(Some(b"{\n  \"\xc3\xa9\xff\"")),
        "config.json:2:5: invalid UTF-8; help: save the file as UTF-8"
    );
    assert_eq!(
        printed(Some(&vec![b' '; 2 << 20])),
        "config.json:1:1: the file is larger than 1048576 bytes; help: shorten it"
    );
    // Whatever stands where it is cut off.
    assert_eq!(printed(Some("é".repeat(1 << 20).as_bytes())), printed(Some(&vec![b'x'; 2 << 20])));
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_suggestion_differs_from_the_word_by_one_slip_only() {
    let names = ["number_of_incidents", "open", "time_to_resolve"];
    assert_eq!(near("numbr_of_incidents", names), Some("number_of_incidents"));
    assert_eq!(near("NumberOfIncidents", names), Some("number_of_incidents"));
    assert_eq!(near("time_to_reslove", names), Some("time_to_resolve"));
    assert_eq!(near("number_of", names), Some("number_of_incidents"));
    assert_eq!(near("opne", names), Some("open"));
    assert_eq!(near("team", names), None);
    assert_eq!(near("", names), None);
    assert_eq!(near("x", []), None);
    assert_eq!(near(&"x".repeat(1 << 20), names), None);
}

fn differences(compiled: &str, run: &str) -> String {
    let (compiled, run) = (parse("config.json", compiled).unwrap(), parse("run.json", run).unwrap());
    run.differences("run.json", &compiled).map_or_else(|mistakes| mistakes.to_string(), |()| String::new())
}

fn without_places(mut config: Config) -> Config {
    for service in &mut config.services {
        service.place = Position::default();
        service.class.place = Position::default();
        service.module.place = Position::default();
        service.metrics.iter_mut().for_each(|metric| metric.place = Position::default());
    }
    config
}

/// The JSON files of a directory, in order.
fn cases(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    cases.sort();
    cases
}
