//! The smallest valid config, for recordings that are replayed without a config, and for tests.

use serde_json::{Map, Value, json};

/// Returns an entry of `services` with the required keys and those of the object `more` that are not null.
pub(crate) fn minimal_service(more: &Value) -> Value {
    let mut service = json!({
        "service_class": "Test", "service_module": "test", "port": 8000, "api_url": "http://api.invalid",
        "prometheus_metrics_mapping": { "gauge": ["test"] },
    });
    let more = more.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    more.for_each(|(key, value)| service[key] = value.clone());
    service
}

/// Returns the text of a config with these services and the other required keys.
pub(crate) fn minimal_config(services: impl IntoIterator<Item = (String, Value)>) -> String {
    let services: Map<String, Value> = services.into_iter().collect();
    json!({ "api_call_intervals": 60, "log_level": "INFO", "services": services }).to_string()
}
