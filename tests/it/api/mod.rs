//! What a service asks of an API, what goes out, and what it is told when that goes wrong.

mod answers;
mod oauth2;
mod paging;
mod proxies;
mod redirects;
mod requests;
mod secrets;
mod settings;
mod tls;

use std::fs;
use std::path::{Path, PathBuf};

use collectington::config::{self, ServiceConfig};
use collectington::fetch::{Client, Mode};
use collectington::{Api, Error};
use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Request, Response};

/// A service whose `api_url` is that one; it does not try again, so that no test waits.
fn api_at(url: &str, more: Value) -> Api {
    api_of(&service_at(url, more), Mode::Live)
}

fn service_at(url: &str, more: Value) -> ServiceConfig {
    let mut service = json!({
        "service_class": "Test", "service_module": "test", "port": 8000, "api_url": url, "retries": 0, "request_timeout_sec": 40,
        "prometheus_metrics_mapping": { "gauge": ["test"] },
    });
    if let (Value::Object(service), Value::Object(more)) = (&mut service, more) {
        service.extend(more);
    }
    let file = json!({ "api_call_intervals": 60, "log_level": "INFO", "services": { "test": service } });
    let config = config::parse("config.json", &file.to_string()).unwrap();
    config.services.into_iter().next().unwrap()
}

fn api_of(service: &ServiceConfig, mode: Mode) -> Api {
    let client = Client::new(mode, std::slice::from_ref(service)).unwrap();
    Api::new(service, &client).unwrap()
}

fn api(fake: &FakeApi) -> Api {
    api_at(&fake.url("/v1"), json!({}))
}

/// The shipped config, with that API for its service, what the test wants, and a secret file.
fn config_file(dir: &Path, api_url: &str, more: Value) -> PathBuf {
    let mut config: Value = serde_json::from_str(&fs::read_to_string("config.json").unwrap()).unwrap();
    let splunk = config["services"]["splunk"].as_object_mut().unwrap();
    splunk.insert("api_url".to_owned(), api_url.into());
    splunk.insert("secret_file_path".to_owned(), dir.join("secrets").to_str().unwrap().into());
    splunk.insert("retries".to_owned(), 0.into());
    if let Value::Object(more) = more {
        splunk.extend(more);
    }
    fs::write(dir.join("secrets"), "API_ID=id\nAPI_KEY=hush\n").unwrap();
    fs::write(dir.join("config.json"), config.to_string()).unwrap();
    dir.join("config.json")
}

/// The path and query of each request so far.
fn targets(fake: &FakeApi) -> Vec<String> {
    fake.requests().into_iter().map(|request| request.target).collect()
}

/// Every one of these stands in the words of the error.
fn says(error: &Error, parts: &[&str]) {
    says_all(&error.to_string(), parts);
}

/// Every one of these stands in the text.
fn says_all(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not said: {text}");
    }
}
