//! The smallest service that a config may have, and its client in the process of the test.

use collectington::Api;
use collectington::internals::config::{self, ServiceConfig};
use collectington::internals::{Client, Mode};
use serde_json::{Value, json};

/// The service `test`, whose `api_url` is `url`, with `more` keys; it does not retry, so that no test waits.
pub fn service_at(url: &str, more: Value) -> ServiceConfig {
    let mut service = json!({
        "service_class": "Test", "service_module": "test", "port": 8000, "api_url": url, "retries": 0,
        // Longer than a busy machine needs, and shorter than `calls_per_minute` of 1 lets a request wait.
        "request_timeout_sec": 40, "prometheus_metrics_mapping": { "gauge": ["test"] },
    });
    if let (Value::Object(service), Value::Object(more)) = (&mut service, more) {
        service.extend(more);
    }
    let file = json!({ "api_call_intervals": 60, "log_level": "INFO", "services": { "test": service } });
    config::parse("config.json", &file.to_string()).unwrap().services.remove(0)
}

/// Returns the `Api` that the `poll` of the service gets.
pub fn api_of(service: &ServiceConfig, mode: Mode) -> Api {
    let client = Client::new(mode, std::slice::from_ref(service)).unwrap();
    Api::new(service, &client).unwrap()
}
