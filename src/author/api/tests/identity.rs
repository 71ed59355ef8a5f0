//! The identity of a service is part of the key of a cached response. Services with different identities never share one.

use std::collections::HashMap;

use super::*;
use crate::fetch::cache::request_key::RequestKey;
use crate::fetch::http_method::HttpMethod;
use crate::support::scratch::empty_dir;

/// Returns the keys that determine the identity of a service and the trusted servers, each with different values.
fn deciding(dir: &Path) -> Vec<(&'static str, Vec<Value>)> {
    let secret = |name: &str| {
        let path = dir.join(name);
        std::fs::write(&path, format!("CLIENT_ID={name}\nCLIENT_SECRET=hush\n")).unwrap();
        Value::from(path.to_str().unwrap())
    };
    let pem = |name: &str| Value::from(format!("tests/api/tls/{name}.pem"));
    let texts = |texts: &[&str]| texts.iter().map(|text| Value::from(*text)).collect();
    vec![
        ("api_url", texts(&["https://h/v1", "https://h:444/v1", "https://i/v1", "http://h/v1"])),
        ("ca_file_path", vec![pem("authority"), pem("server"), pem("client")]),
        ("trust_store", texts(&["mozilla", "system"])),
        ("tls_server_name", texts(&["a.test", "b.test"])),
        ("insecure_skip_verify", vec![false.into(), true.into()]),
        ("client_cert_path", vec![pem("client"), pem("server")]),
        ("oauth2_token_url", texts(&["https://t/a", "https://t/b", "https://u/a"])),
        ("oauth2_scope", texts(&["read", "write"])),
        ("oauth2_audience", texts(&["a", "b"])),
        ("oauth2_auth", texts(&["basic", "body"])),
        ("secret_file_path", vec![secret("a"), secret("b")]),
        ("secret_environment", vec![serde_json::json!(["API_A"]), serde_json::json!(["API_B"])]),
    ]
}

/// Returns the keys that determine the token of a grant, each with different values.
fn deciding_for_a_grant(dir: &Path) -> Vec<(&'static str, &'static str, [Value; 2])> {
    let file = |name: &str| Value::from(dir.join(name).to_str().unwrap());
    vec![
        ("oauth2_grant", "client_credentials", ["client_credentials".into(), "password".into()]),
        ("oauth2_issuer", "jwt_bearer", ["a".into(), "b".into()]),
        ("oauth2_subject", "jwt_bearer", ["a".into(), "b".into()]),
        ("oauth2_key_id", "jwt_bearer", ["a".into(), "b".into()]),
        ("oauth2_lifetime_sec", "jwt_bearer", [100.into(), 200.into()]),
        ("refresh_token_file", "refresh_token", [file("c"), file("d")]),
    ]
}

/// The key that belongs to a client certificate, and is not varied separately.
const KEY_OF_CERTIFICATE: &str = "client_key_path";

/// Returns the keys that do not affect the identity, each with a value that is not its default.
fn others() -> Vec<(&'static str, Value)> {
    vec![
        ("service_class", "Other".into()),
        ("service_module", "other".into()),
        ("port", 9100.into()),
        ("api_call_intervals", 7.into()),
        ("prometheus_metrics_mapping", serde_json::json!({ "gauge": ["other"] })),
        ("prometheus_metric_labels", serde_json::json!({ "test": ["a"] })),
        ("prometheus_metric_help", serde_json::json!({ "test": "Other." })),
        ("prometheus_metric_buckets", Value::Null),
        ("prometheus_metric_units", Value::Null),
        ("data_store_expiration_sec", 7.into()),
        ("request_timeout_sec", 7.into()),
        ("poll_timeout_sec", 7.into()),
        ("response_limit_bytes", 7.into()),
        ("poll_limit_bytes", 7.into()),
        ("memory_limit_bytes", 7.into()),
        ("retries", 7.into()),
        ("calls_per_minute", 7.into()),
        ("listen", "127.0.0.1".into()),
        ("stale_after_intervals", 7.into()),
        ("series_limit", 7.into()),
        ("allow_secret_like", serde_json::json!(["note"])),
    ]
}

/// Returns true for a key that is read only for the exposition, or for one of the files above.
fn is_of_the_exposition(key: &str) -> bool {
    key == KEY_OF_CERTIFICATE
        || ["labels", "target", "series", "created", "once", "item", "value", "noise"]
            .iter()
            .any(|word| key.contains(word))
}

fn config(changes: &[(&str, Value)]) -> Value {
    let mut service = minimal_service(&Value::Null);
    for (key, value) in changes.iter().filter(|(_, value)| !value.is_null()) {
        service[*key] = value.clone();
        if *key == "client_cert_path" {
            service[KEY_OF_CERTIFICATE] = value.as_str().unwrap().replace(".pem", "-key.pem").into();
        }
    }
    service
}

/// Returns the cache key of a fixed request from a service with this config.
fn key(service: &Value) -> RequestKey {
    let file = minimal_config([("test".to_owned(), service.clone())]);
    let config = config::parse("config.json", &file).unwrap();
    let client = Client::new(Mode::Live, &config.services).unwrap();
    let mut api = Api::new(&config.services[0], &client).unwrap();
    api.begin();
    api.source.key(&RawRequest::new(HttpMethod::GET, api.url.clone()))
}

#[test]
fn services_that_differ_in_a_deciding_key_never_share_a_response() {
    let dir = empty_dir("identity");
    let deciding = deciding(&dir);
    let first: Vec<(&str, Value)> =
        deciding.iter().map(|(name, values)| (*name, values[0].clone())).collect();
    let mut random = fastrand::Rng::with_seed(16);
    let mut seen: HashMap<String, RequestKey> = HashMap::new();
    for _ in 0..300 {
        // The variants stay close to the first one, so that configs differ in one key as often as in many.
        let mut changes = first.clone();
        for _ in 0..random.usize(..4) {
            let at = random.usize(..changes.len());
            changes[at].1 = random.choice(&deciding[at].1).unwrap().clone();
        }
        let service = config(&changes);
        let (key, text) = (key(&service), service.to_string());
        for (known, other) in &seen {
            assert_eq!(*other == key, *known == text, "{known}\n{text}");
        }
        seen.insert(text, key);
    }
    assert!(seen.len() > 30, "{}", seen.len());
}

#[test]
fn services_that_differ_in_other_keys_share_responses() {
    let dir = empty_dir("identity-others");
    let first: Vec<(&str, Value)> =
        deciding(&dir).into_iter().map(|(name, values)| (name, values[0].clone())).collect();
    let expected = key(&config(&first));
    for other in others() {
        let changes: Vec<_> = first.iter().cloned().chain([other]).collect();
        assert_eq!(key(&config(&changes)), expected, "{:?}", changes.last());
    }
}

#[test]
fn each_key_of_a_service_is_known_to_decide_or_not() {
    let schema: Value = serde_json::from_str(include_str!("../../../../config.schema.json")).unwrap();
    let dir = empty_dir("identity-keys");
    let known: Vec<&str> = (deciding(&dir).iter().map(|(name, _)| *name))
        .chain(deciding_for_a_grant(&dir).iter().map(|(name, ..)| *name))
        .chain(others().iter().map(|(name, _)| *name))
        .collect();
    for key in schema["definitions"]["service"]["properties"].as_object().unwrap().keys() {
        assert!(
            known.contains(&key.as_str()) || is_of_the_exposition(key),
            "decide whether `{key}` is part of the identity (src/fetch/auth/identity.rs), and list it above"
        );
    }
}

#[test]
fn services_whose_tokens_differ_never_share_a_response() {
    let dir = empty_dir("identity-grants");
    let secrets = dir.join("secrets");
    std::fs::write(&secrets, "CLIENT_ID=a\nCLIENT_SECRET=b\nREFRESH_TOKEN=c\n").unwrap();
    for (name, grant, values) in deciding_for_a_grant(&dir) {
        let keys = values.map(|value| {
            key(&config(&[
                ("api_url", "https://h/v1".into()),
                ("oauth2_token_url", "https://t/a".into()),
                ("secret_file_path", secrets.to_str().unwrap().into()),
                ("oauth2_grant", grant.into()),
                (name, value),
            ]))
        });
        assert_ne!(keys[0], keys[1], "{name}");
    }
}

#[test]
fn the_content_of_a_file_is_part_of_the_identity() {
    let dir = empty_dir("identity-files");
    let at = |name: &str| dir.join(name).to_str().unwrap().to_owned();
    let copy = |from: &str, to: &str| {
        std::fs::write(at(to), std::fs::read(format!("tests/api/tls/{from}.pem")).unwrap()).unwrap();
    };
    let service = config(&[
        ("api_url", "https://h/v1".into()),
        ("ca_file_path", at("ca.pem").into()),
        ("client_cert_path", at("shown.pem").into()),
    ]);
    let mut keys = Vec::new();
    for (authority, shown) in [("authority", "client"), ("client", "client"), ("authority", "server")] {
        copy(authority, "ca.pem");
        copy(shown, "shown.pem");
        copy(&format!("{shown}-key"), "shown-key.pem");
        keys.push(key(&service));
        assert_eq!(keys.last(), Some(&key(&service)));
    }
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
}
