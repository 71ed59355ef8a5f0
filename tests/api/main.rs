//! What a service asks of an API, what goes out, and what it is told when that goes wrong.

#![cfg(feature = "run")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod answers;
mod paging;
mod redirects;
mod requests;
mod secrets;
mod settings;
#[path = "../support/mod.rs"]
mod support;
mod tls;

use collectington::config;
use collectington::http::{Client, Mode};
use collectington::{Api, Error};
use serde_json::{Value, json};
use support::fake_api::{FakeApi, Request, Response};

/// A service whose `api_url` is that one; it does not try again, so that no test waits.
fn api_at(url: &str, more: Value) -> Api {
    let mut service = json!({
        "service_class": "Test", "service_module": "test", "port": 8000, "api_url": url, "retries": 0,
        "prometheus_metrics_mapping": { "gauge": ["test"] },
    });
    if let (Value::Object(service), Value::Object(more)) = (&mut service, more) {
        service.extend(more);
    }
    let file = json!({ "api_call_intervals": 60, "log_level": "INFO", "services": { "test": service } });
    let config = config::parse("config.json", &file.to_string()).unwrap();
    let client = Client::new(Mode::Live, &config.services).unwrap();
    Api::new(&config.services[0], &client).unwrap()
}

fn api(fake: &FakeApi) -> Api {
    api_at(&fake.url("/v1"), json!({}))
}

/// The path and query of each request so far.
fn targets(fake: &FakeApi) -> Vec<String> {
    fake.requests().into_iter().map(|request| request.target).collect()
}

/// Every one of these stands in the words of the error.
fn says(error: &Error, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "{part:?} is not said: {text}");
    }
}
