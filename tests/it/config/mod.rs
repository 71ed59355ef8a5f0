//! config.json: the values read from it and the message of each error.
//!
//! Each tests/config/CASE.json is wrong, and CASE.txt holds every word of what is said of it; the files in
//! tests/config/good/ are right. `UPDATE_GOLDENS=1 cargo test --test it config` writes the messages again.

mod credentials;
mod differences;
mod errors;

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectington::Kind;
use collectington::internals::config::{
    AssertionConfig, Config, Level, MetricConfig, OAuth2Auth, OAuth2Config, OAuth2Grant, Position,
    ServiceConfig, TrustStore, clashes, load, near, parse,
};

const GOOD: &str = include_str!("../../config/good/every_key.json");
const LEAST: &str = include_str!("../../config/good/least.json");

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
    assert_eq!(
        (service.tls_server_name.as_deref(), service.insecure_skip_verify),
        (Some("api.example.com"), true)
    );
    assert_eq!(service.client_cert.as_deref(), Some(Path::new("/etc/cton/client.pem")));
    assert_eq!(service.client_key.as_deref(), Some(Path::new("./client-key.pem")));
    let oauth2 = OAuth2Config {
        token_url: "http://[::1]:8081/token".to_owned(),
        scope: Some("read write".to_owned()),
        audience: Some("https://api.example.com".to_owned()),
        auth: OAuth2Auth::Body,
        grant: OAuth2Grant::JwtBearer,
        refresh_token_file: None,
        assertion: AssertionConfig {
            issuer: Some("metrics@project-1.iam.gserviceaccount.com".to_owned()),
            subject: Some("a@example.com".to_owned()),
            key_id: Some("key-1".to_owned()),
            lifetime: Duration::from_secs(3600),
        },
    };
    assert_eq!(service.oauth2, Some(oauth2));
    assert_eq!(service.interval, Some(Duration::from_millis(5500)));
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
    let config = parse("config.json", include_str!("../../config/good/own_keys.json")).unwrap();
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
    assert_eq!(metric(5).bounds(), [-1.0, 0.0, 0.5, 1e3]);
    let MetricConfig { labels, help, unit, buckets, .. } = metric(6);
    assert_eq!((labels.len(), help, unit, buckets), (0, &None, &None, &None));
    assert_eq!(metric(6).bounds().len(), 14);
    assert!(metric(4).bounds().is_empty(), "a summary has none");
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
    assert_eq!((service.calls_per_minute, service.interval), (None, None));
    assert_eq!((service.stale_after, service.series_limit), (5, 10_000));
    assert_eq!((service.series_expire_after, service.once_ids_limit), (Duration::ZERO, 100_000));
    assert_eq!((config.created_series, service.created_series), (true, None));
    assert_eq!((&service.secret_file, &service.ca_file, service.settings.len()), (&None, &None, 0));
}

#[test]
fn a_shorter_interval_of_a_service_also_shortens_the_default_expiration() {
    let expirations = ["0.5", "30", "90"].map(|interval| {
        let text = LEAST.replacen("\"port\"", &format!("\"api_call_intervals\": {interval}, \"port\""), 1);
        let config = parse("config.json", &text).unwrap();
        config.services[0].expiration.as_secs_f64()
    });
    assert_eq!(expirations, [0.5, 30.0, 60.0]);
    let text = LEAST.replacen(
        "\"port\"",
        "\"api_call_intervals\": 30, \"data_store_expiration_sec\": 60, \"port\"",
        1,
    );
    assert_eq!(parse("config.json", &text).unwrap().services[0].expiration, Duration::from_secs(60));
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
fn changed_ports_are_validated_again() {
    let mut config = parse("x", include_str!("../../config/good/same_metric_on_two_ports.json")).unwrap();
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

fn without_places(mut config: Config) -> Config {
    config.services.iter_mut().for_each(forget_places);
    config
}

fn forget_places(service: &mut ServiceConfig) {
    service.place = Position::default();
    service.class.place = Position::default();
    service.module.place = Position::default();
    let place = Position::default();
    service.metrics = service.metrics.iter().map(|metric| MetricConfig { place, ..metric.clone() }).collect();
    service.targets.iter_mut().for_each(forget_places);
}

/// The JSON files of a directory, in order.
fn cases(directory: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    cases.sort();
    cases
}
