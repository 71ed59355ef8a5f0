//! The keys that config.json knows: one table, from which all reading of them comes.

/// A key with a meaning of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) need: Need,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// A string that is not empty.
    Text,
    /// A list of such strings.
    Texts,
    Object,
    /// `true` or `false`.
    Bool,
    /// From the one to the other, both included; fractions allowed.
    Seconds(f64, f64),
    /// The same of something else than seconds.
    Number(f64, f64),
    /// From the one to the other, both included.
    Whole(f64, f64),
}

/// What is done where the key is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Need {
    /// It is a mistake; the words show how the entry may look.
    Required(&'static str),
    /// Nothing.
    Optional,
    /// This number is taken.
    Number(f64),
    /// This word is taken.
    Bool(bool),
    /// This text is taken.
    Text(&'static str),
}

const fn required(name: &'static str, shape: Shape, example: &'static str) -> Key {
    Key { name, shape, need: Need::Required(example) }
}

const fn optional(name: &'static str, shape: Shape) -> Key {
    Key { name, shape, need: Need::Optional }
}

const fn number(name: &'static str, shape: Shape, default: f64) -> Key {
    Key { name, shape, need: Need::Number(default) }
}

/// Seven days: no API is asked less often, and no answer kept longer.
const WEEK: f64 = 604_800.0;

pub(super) const SCHEMA: Key = optional("$schema", Shape::Text);
pub(super) const INTERVAL: Key =
    required("api_call_intervals", Shape::Seconds(0.1, WEEK), r#""api_call_intervals": 60"#);
pub(super) const LEVEL: Key = required("log_level", Shape::Text, r#""log_level": "INFO""#);
pub(super) const STATE_DIR: Key = optional("state_dir", Shape::Text);
/// For every service that does not set it.
pub(super) const CREATED_SERIES: Key =
    Key { name: "created_series", shape: Shape::Bool, need: Need::Bool(true) };
pub(super) const SERVICES: Key = required("services", Shape::Object, r#""services": { ... }"#);

/// The keys of the file.
pub(super) const FILE: &[Key] = &[SCHEMA, INTERVAL, LEVEL, STATE_DIR, CREATED_SERIES, SERVICES];

pub(super) const CLASS: Key = required("service_class", Shape::Text, r#""service_class": "SplunkApi""#);
pub(super) const MODULE: Key = required("service_module", Shape::Text, r#""service_module": "splunk_api""#);
pub(super) const PORT: Key = required("port", Shape::Whole(1.0, 65_535.0), r#""port": 8000"#);
pub(super) const URL: Key =
    required("api_url", Shape::Text, r#""api_url": "https://api.example.com/v1/incidents""#);
pub(super) const MAPPING: Key = required(
    "prometheus_metrics_mapping",
    Shape::Object,
    r#""prometheus_metrics_mapping": { "counter": ["number_of_incidents"] }"#,
);
pub(super) const LABELS: Key = optional("prometheus_metric_labels", Shape::Object);
pub(super) const HELP: Key = optional("prometheus_metric_help", Shape::Object);
pub(super) const BUCKETS: Key = optional("prometheus_metric_buckets", Shape::Object);
pub(super) const UNITS: Key = optional("prometheus_metric_units", Shape::Object);
pub(super) const SECRET_FILE: Key = optional("secret_file_path", Shape::Text);
pub(super) const EXPIRATION: Key = number("data_store_expiration_sec", Shape::Seconds(0.0, WEEK), 60.0);
pub(super) const REQUEST_TIMEOUT: Key = number("request_timeout_sec", Shape::Seconds(0.1, 3_600.0), 10.0);
/// As long as a poll's first answer is kept, and ten requests at least, where nothing is said.
pub(super) const POLL_TIMEOUT: Key = optional("poll_timeout_sec", Shape::Seconds(0.1, WEEK));
pub(super) const RESPONSE_LIMIT: Key =
    number("response_limit_bytes", Shape::Whole(1.0, 1_073_741_824.0), 16_777_216.0);
/// Four times what one answer may have, where nothing is said.
pub(super) const POLL_LIMIT: Key = optional("poll_limit_bytes", Shape::Whole(1.0, 10_737_418_240.0));
pub(super) const MEMORY_LIMIT: Key =
    number("memory_limit_bytes", Shape::Whole(1.0, 10_737_418_240.0), 67_108_864.0);
pub(super) const RETRIES: Key = number("retries", Shape::Whole(0.0, 10.0), 2.0);
pub(super) const CALLS_PER_MINUTE: Key = optional("calls_per_minute", Shape::Number(0.1, 6000.0));
pub(super) const CA_FILE: Key = optional("ca_file_path", Shape::Text);
pub(super) const TRUST_STORE: Key =
    Key { name: "trust_store", shape: Shape::Text, need: Need::Text("mozilla") };
pub(super) const CLIENT_CERT: Key = optional("client_cert_path", Shape::Text);
pub(super) const CLIENT_KEY: Key = optional("client_key_path", Shape::Text);
pub(super) const OAUTH2_TOKEN_URL: Key = optional("oauth2_token_url", Shape::Text);
pub(super) const OAUTH2_SCOPE: Key = optional("oauth2_scope", Shape::Text);
pub(super) const OAUTH2_AUDIENCE: Key = optional("oauth2_audience", Shape::Text);
pub(super) const OAUTH2_AUTH: Key =
    Key { name: "oauth2_auth", shape: Shape::Text, need: Need::Text("basic") };
pub(super) const LISTEN: Key = Key { name: "listen", shape: Shape::Text, need: Need::Text("::") };
pub(super) const STALE_AFTER: Key = number("stale_after_intervals", Shape::Whole(0.0, 1_000_000.0), 5.0);
pub(super) const SERIES_LIMIT: Key = number("series_limit", Shape::Whole(1.0, 1_000_000.0), 10_000.0);
pub(super) const ALLOW_SECRET_LIKE: Key = optional("allow_secret_like", Shape::Texts);
pub(super) const SERIES_EXPIRE_AFTER: Key =
    number("series_expire_after_sec", Shape::Seconds(0.0, 31_536_000.0), 0.0);
pub(super) const ONCE_IDS_LIMIT: Key = number("once_ids_limit", Shape::Whole(1.0, 10_000_000.0), 100_000.0);
/// Overrides the key of the file.
pub(super) const SERVICE_CREATED_SERIES: Key = optional("created_series", Shape::Bool);

/// The keys of one service; every other key in it is the team's own.
pub(super) const SERVICE: &[Key] = &[
    CLASS,
    MODULE,
    PORT,
    URL,
    MAPPING,
    LABELS,
    HELP,
    BUCKETS,
    UNITS,
    SECRET_FILE,
    EXPIRATION,
    REQUEST_TIMEOUT,
    POLL_TIMEOUT,
    RESPONSE_LIMIT,
    POLL_LIMIT,
    MEMORY_LIMIT,
    RETRIES,
    CALLS_PER_MINUTE,
    CA_FILE,
    TRUST_STORE,
    CLIENT_CERT,
    CLIENT_KEY,
    OAUTH2_TOKEN_URL,
    OAUTH2_SCOPE,
    OAUTH2_AUDIENCE,
    OAUTH2_AUTH,
    LISTEN,
    STALE_AFTER,
    SERIES_LIMIT,
    ALLOW_SECRET_LIKE,
    SERIES_EXPIRE_AFTER,
    ONCE_IDS_LIMIT,
    SERVICE_CREATED_SERIES,
];

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_schema_has_the_same_keys_types_bounds_and_defaults() {
        let schema: Value = serde_json::from_str(include_str!("../../config.schema.json")).unwrap();
        agree(FILE, &schema);
        agree(SERVICE, &schema["definitions"]["service"]);
    }

    fn agree(table: &[Key], schema: &Value) {
        let properties = schema["properties"].as_object().unwrap();
        let mut names: Vec<_> = table.iter().map(|key| key.name).collect();
        let required: Vec<_> = table.iter().filter(|key| matches!(key.need, Need::Required(_))).collect();
        assert_eq!(schema["required"], json!(required.iter().map(|key| key.name).collect::<Vec<_>>()));
        names.sort_unstable();
        assert_eq!(properties.keys().collect::<Vec<_>>(), names);
        for key in table {
            agrees(key, &properties[key.name]);
        }
    }

    fn agrees(key: &Key, schema: &Value) {
        let (kind, bounds) = match key.shape {
            Shape::Text if schema.get("enum").is_some() => (None, None),
            Shape::Text => (Some("string"), None),
            Shape::Texts => (Some("array"), None),
            Shape::Object => (Some("object"), None),
            Shape::Bool => (Some("boolean"), None),
            Shape::Seconds(min, max) | Shape::Number(min, max) => (Some("number"), Some((min, max))),
            Shape::Whole(min, max) => (Some("integer"), Some((min, max))),
        };
        let stated = schema["minimum"].as_f64().zip(schema["maximum"].as_f64());
        assert_eq!((schema["type"].as_str(), stated), (kind, bounds), "{}", key.name);
        match key.need {
            Need::Number(default) => assert_eq!(schema["default"].as_f64(), Some(default), "{}", key.name),
            Need::Bool(default) => assert_eq!(schema["default"], default, "{}", key.name),
            Need::Text(default) => assert_eq!(schema["default"], default, "{}", key.name),
            Need::Required(_) | Need::Optional => assert_eq!(schema.get("default"), None, "{}", key.name),
        }
        assert!(schema["description"].is_string(), "{} is not described", key.name);
        assert!(schema.get("default").or(schema.get("examples")).is_some(), "{} has no example", key.name);
    }
}
