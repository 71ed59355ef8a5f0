//! The shipped config, against an API of the test's own.

use std::fs;
use std::path::{Path, PathBuf};

use super::fake_api::FakeApi;
use super::process::scrape;

/// Writes the config into the folder, polled ten times a second, with its state in the folder `state` beside it.
pub fn config(dir: &Path, api: &FakeApi) -> PathBuf {
    let text = fs::read_to_string("config.json").unwrap();
    let mut config: serde_json::Value = serde_json::from_str(&text).unwrap();
    config["api_call_intervals"] = 0.1.into();
    config["state_dir"] = dir.join("state").to_str().unwrap().into();
    let splunk = &mut config["services"]["splunk"];
    splunk["api_url"] = api.url("/api-reporting/v2/incidents").into();
    splunk["secret_file_path"] = dir.join("secrets").to_str().unwrap().into();
    splunk["data_store_expiration_sec"] = 0.1.into();
    // An answer may be late on a busy machine.
    splunk["request_timeout_sec"] = 60.into();
    splunk["retries"] = 0.into();
    let file = dir.join("config.json");
    fs::write(&file, config.to_string()).unwrap();
    fs::write(dir.join("secrets"), "API_ID = id\nAPI_KEY = key\n").unwrap();
    #[cfg(unix)]
    fs::set_permissions(dir.join("secrets"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    file
}

/// One series of a page.
pub fn value(page: &str, series: &str) -> Option<f64> {
    let line = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

/// One series of what is served now.
pub fn served_value(port: u16, series: &str) -> Option<f64> {
    value(&scrape(port, "/metrics").body, series)
}
