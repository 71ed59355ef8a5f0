//! The table of all known keys of config.json, by which they are read.

/// A known key with its type and its default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ConfigKey {
    pub(super) name: &'static str,
    pub(super) shape: ValueShape,
    pub(super) need: Need,
}

/// The type and the bounds of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum ValueShape {
    /// A string that is not empty.
    Text,
    /// A list of strings that are not empty.
    Texts,
    Object,
    /// A Boolean value, `true` or `false`.
    Bool,
    /// A number of seconds between two bounds, both included; fractions are allowed.
    Seconds(f64, f64),
    /// A number between two bounds, both included; fractions are allowed.
    Number(f64, f64),
    /// A whole number between two bounds, both included.
    Whole(f64, f64),
}

/// The consequence of an absent key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Need {
    /// An error that shows this example of the entry.
    Required(&'static str),
    /// No default and no error.
    Optional,
    /// A default number.
    Number(f64),
    /// A default Boolean value.
    Bool(bool),
    /// A default text.
    Text(&'static str),
}

const fn required(name: &'static str, shape: ValueShape, example: &'static str) -> ConfigKey {
    ConfigKey { name, shape, need: Need::Required(example) }
}

const fn optional(name: &'static str, shape: ValueShape) -> ConfigKey {
    ConfigKey { name, shape, need: Need::Optional }
}

const fn number(name: &'static str, shape: ValueShape, default: f64) -> ConfigKey {
    ConfigKey { name, shape, need: Need::Number(default) }
}

/// Seven days in seconds, the maximum poll interval and the maximum lifetime of a response in the response cache.
const WEEK: f64 = 604_800.0;

pub(super) const SCHEMA: ConfigKey = optional("$schema", ValueShape::Text);
pub(super) const INTERVAL: ConfigKey =
    required("api_call_intervals", ValueShape::Seconds(0.1, WEEK), r#""api_call_intervals": 60"#);
pub(super) const LEVEL: ConfigKey = required("log_level", ValueShape::Text, r#""log_level": "INFO""#);
pub(super) const STATE_DIR: ConfigKey = optional("state_dir", ValueShape::Text);
/// The default for services that do not set `created_series`.
pub(super) const CREATED_SERIES: ConfigKey =
    ConfigKey { name: "created_series", shape: ValueShape::Bool, need: Need::Bool(true) };
pub(super) const SERVICES: ConfigKey = required("services", ValueShape::Object, r#""services": { ... }"#);

/// The top-level keys of the file.
pub(super) const FILE: &[ConfigKey] = &[SCHEMA, INTERVAL, LEVEL, STATE_DIR, CREATED_SERIES, SERVICES];

pub(super) const CLASS: ConfigKey =
    required("service_class", ValueShape::Text, r#""service_class": "SplunkApi""#);
pub(super) const MODULE: ConfigKey =
    required("service_module", ValueShape::Text, r#""service_module": "splunk_api""#);
pub(super) const PORT: ConfigKey = required("port", ValueShape::Whole(1.0, 65_535.0), r#""port": 8000"#);
pub(super) const URL: ConfigKey =
    required("api_url", ValueShape::Text, r#""api_url": "https://api.example.com/v1/incidents""#);
pub(super) const MAPPING: ConfigKey = required(
    "prometheus_metrics_mapping",
    ValueShape::Object,
    r#""prometheus_metrics_mapping": { "counter": ["number_of_incidents"] }"#,
);
pub(super) const LABELS: ConfigKey = optional("prometheus_metric_labels", ValueShape::Object);
pub(super) const HELP: ConfigKey = optional("prometheus_metric_help", ValueShape::Object);
pub(super) const BUCKETS: ConfigKey = optional("prometheus_metric_buckets", ValueShape::Object);
pub(super) const UNITS: ConfigKey = optional("prometheus_metric_units", ValueShape::Object);
pub(super) const SECRET_FILE: ConfigKey = optional("secret_file_path", ValueShape::Text);
pub(super) const SECRET_ENVIRONMENT: ConfigKey = optional("secret_environment", ValueShape::Texts);
pub(super) const EXPIRATION: ConfigKey =
    number("data_store_expiration_sec", ValueShape::Seconds(0.0, WEEK), 60.0);
pub(super) const REQUEST_TIMEOUT: ConfigKey =
    number("request_timeout_sec", ValueShape::Seconds(0.1, 3_600.0), 10.0);
/// Defaults to the larger of `data_store_expiration_sec` and ten times `request_timeout_sec`.
pub(super) const POLL_TIMEOUT: ConfigKey = optional("poll_timeout_sec", ValueShape::Seconds(0.1, WEEK));
pub(super) const RESPONSE_LIMIT: ConfigKey =
    number("response_limit_bytes", ValueShape::Whole(1.0, 1_073_741_824.0), 16_777_216.0);
/// Defaults to four times `response_limit_bytes`.
pub(super) const POLL_LIMIT: ConfigKey =
    optional("poll_limit_bytes", ValueShape::Whole(1.0, 10_737_418_240.0));
pub(super) const MEMORY_LIMIT: ConfigKey =
    number("memory_limit_bytes", ValueShape::Whole(1.0, 10_737_418_240.0), 67_108_864.0);
pub(super) const RETRIES: ConfigKey = number("retries", ValueShape::Whole(0.0, 10.0), 2.0);
pub(super) const CALLS_PER_MINUTE: ConfigKey = optional("calls_per_minute", ValueShape::Number(0.1, 6000.0));
pub(super) const CA_FILE: ConfigKey = optional("ca_file_path", ValueShape::Text);
pub(super) const TRUST_STORE: ConfigKey =
    ConfigKey { name: "trust_store", shape: ValueShape::Text, need: Need::Text("mozilla") };
pub(super) const TLS_SERVER_NAME: ConfigKey = optional("tls_server_name", ValueShape::Text);
pub(super) const INSECURE_SKIP_VERIFY: ConfigKey =
    ConfigKey { name: "insecure_skip_verify", shape: ValueShape::Bool, need: Need::Bool(false) };
pub(super) const CLIENT_CERT: ConfigKey = optional("client_cert_path", ValueShape::Text);
pub(super) const CLIENT_KEY: ConfigKey = optional("client_key_path", ValueShape::Text);
pub(super) const OAUTH2_TOKEN_URL: ConfigKey = optional("oauth2_token_url", ValueShape::Text);
pub(super) const OAUTH2_GRANT: ConfigKey =
    ConfigKey { name: "oauth2_grant", shape: ValueShape::Text, need: Need::Text("client_credentials") };
pub(super) const OAUTH2_SCOPE: ConfigKey = optional("oauth2_scope", ValueShape::Text);
pub(super) const OAUTH2_AUDIENCE: ConfigKey = optional("oauth2_audience", ValueShape::Text);
pub(super) const OAUTH2_AUTH: ConfigKey =
    ConfigKey { name: "oauth2_auth", shape: ValueShape::Text, need: Need::Text("basic") };
pub(super) const REFRESH_TOKEN_FILE: ConfigKey = optional("refresh_token_file", ValueShape::Text);
pub(super) const OAUTH2_ISSUER: ConfigKey = optional("oauth2_issuer", ValueShape::Text);
pub(super) const OAUTH2_SUBJECT: ConfigKey = optional("oauth2_subject", ValueShape::Text);
pub(super) const OAUTH2_KEY_ID: ConfigKey = optional("oauth2_key_id", ValueShape::Text);
pub(super) const OAUTH2_LIFETIME: ConfigKey =
    number("oauth2_lifetime_sec", ValueShape::Seconds(90.0, 86_400.0), 300.0);
pub(super) const LISTEN: ConfigKey =
    ConfigKey { name: "listen", shape: ValueShape::Text, need: Need::Text("::") };
pub(super) const STALE_AFTER: ConfigKey =
    number("stale_after_intervals", ValueShape::Whole(0.0, 1_000_000.0), 5.0);
pub(super) const SERIES_LIMIT: ConfigKey =
    number("series_limit", ValueShape::Whole(1.0, 1_000_000.0), 10_000.0);
pub(super) const ALLOW_SECRET_LIKE: ConfigKey = optional("allow_secret_like", ValueShape::Texts);
pub(super) const SERIES_EXPIRE_AFTER: ConfigKey =
    number("series_expire_after_sec", ValueShape::Seconds(0.0, 31_536_000.0), 0.0);
pub(super) const ONCE_IDS_LIMIT: ConfigKey =
    number("once_ids_limit", ValueShape::Whole(1.0, 10_000_000.0), 100_000.0);
/// Overrides the top-level `api_call_intervals` for one service.
pub(super) const SERVICE_INTERVAL: ConfigKey = optional("api_call_intervals", ValueShape::Seconds(0.1, WEEK));
/// Overrides the top-level `created_series` for one service.
pub(super) const SERVICE_CREATED_SERIES: ConfigKey = optional("created_series", ValueShape::Bool);

pub(super) const STATIC_LABELS: ConfigKey = optional("labels", ValueShape::Object);
pub(super) const TARGETS: ConfigKey = optional("targets", ValueShape::Object);
pub(super) const TARGETS_FROM: ConfigKey = optional("targets_from", ValueShape::Texts);

/// The keys of one service; every other key in it is a custom key.
pub(super) const SERVICE: &[ConfigKey] = &[
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
    SECRET_ENVIRONMENT,
    SERVICE_INTERVAL,
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
    TLS_SERVER_NAME,
    INSECURE_SKIP_VERIFY,
    CLIENT_CERT,
    CLIENT_KEY,
    OAUTH2_TOKEN_URL,
    OAUTH2_GRANT,
    OAUTH2_SCOPE,
    OAUTH2_AUDIENCE,
    OAUTH2_AUTH,
    REFRESH_TOKEN_FILE,
    OAUTH2_ISSUER,
    OAUTH2_SUBJECT,
    OAUTH2_KEY_ID,
    OAUTH2_LIFETIME,
    LISTEN,
    STALE_AFTER,
    SERIES_LIMIT,
    ALLOW_SECRET_LIKE,
    SERIES_EXPIRE_AFTER,
    ONCE_IDS_LIMIT,
    SERVICE_CREATED_SERIES,
    STATIC_LABELS,
    TARGETS,
    TARGETS_FROM,
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

    fn agree(table: &[ConfigKey], schema: &Value) {
        let properties = schema["properties"].as_object().unwrap();
        let mut names: Vec<_> = table.iter().map(|key| key.name).collect();
        // The targets of a service can have the URL.
        let is_required = |key: &&ConfigKey| matches!(key.need, Need::Required(_)) && **key != URL;
        let required: Vec<_> = table.iter().filter(is_required).collect();
        assert_eq!(schema["required"], json!(required.iter().map(|key| key.name).collect::<Vec<_>>()));
        names.sort_unstable();
        assert_eq!(properties.keys().collect::<Vec<_>>(), names);
        for key in table {
            agrees(key, &properties[key.name]);
        }
    }

    fn agrees(key: &ConfigKey, schema: &Value) {
        let (kind, bounds) = match key.shape {
            ValueShape::Text if schema.get("enum").is_some() => (None, None),
            ValueShape::Text => (Some("string"), None),
            ValueShape::Texts => (Some("array"), None),
            ValueShape::Object => (Some("object"), None),
            ValueShape::Bool => (Some("boolean"), None),
            ValueShape::Seconds(min, max) | ValueShape::Number(min, max) => {
                (Some("number"), Some((min, max)))
            }
            ValueShape::Whole(min, max) => (Some("integer"), Some((min, max))),
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
