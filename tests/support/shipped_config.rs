//! The shipped config, for an API of the test.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::fake_api::FakeApi;
use super::process::scrape;

/// Returns the shipped config with these keys at its top and these of its service.
pub fn with_keys(top: &Value, service: &Value) -> Value {
    let mut config: Value = serde_json::from_str(&fs::read_to_string("config.json").unwrap()).unwrap();
    extend(&mut config, top);
    extend(&mut config["services"]["splunk"], service);
    config
}

fn extend(object: &mut Value, keys: &Value) {
    object.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
}

/// Writes the config into `dir`, polled ten times a second, with its state in `dir`/state.
pub fn config(dir: &Path, api: &FakeApi) -> PathBuf {
    let url = api.url("/api-reporting/v2/incidents");
    config_with(dir, &url, &json!({ "state_dir": dir.join("state") }), &json!({}))
}

/// Writes the config for an API at `url` into `dir`, polled ten times a second, with more keys and a secret file.
pub fn config_with(dir: &Path, url: &str, top: &Value, service: &Value) -> PathBuf {
    let mut config = with_keys(
        &json!({ "api_call_intervals": 0.1 }),
        &json!({
            "api_url": url, "secret_file_path": dir.join("secrets"), "data_store_expiration_sec": 0.1, "retries": 0,
            // A response may be late on a busy machine.
            "request_timeout_sec": 60,
        }),
    );
    extend(&mut config, top);
    extend(&mut config["services"]["splunk"], service);
    let file = dir.join("config.json");
    fs::write(&file, config.to_string()).unwrap();
    fs::write(dir.join("secrets"), "API_ID = id-4711\nAPI_KEY = key-4711\n").unwrap();
    #[cfg(unix)]
    fs::set_permissions(dir.join("secrets"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    file
}

/// Changes keys of the service in a written config.
pub fn edit(file: &Path, service: &Value) {
    let mut config: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    extend(&mut config["services"]["splunk"], service);
    fs::write(file, config.to_string()).unwrap();
}

/// Returns the value of a series in an exposition.
pub fn value(exposition: &str, series: &str) -> Option<f64> {
    let line = exposition.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

/// Returns the value of a series that is served now.
pub fn served_value(port: u16, series: &str) -> Option<f64> {
    value(&scrape(port, "/metrics").body, series)
}
