//! Reads one entry of `services`.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::fields::Fields;
use super::json_syntax::quoted;
use super::json_tree::ObjectEntry;
use super::key_table::{self, ConfigKey};
use super::names::{self, Role};
use super::problem::Problem;
use super::report::Report;
use super::trust_store::TrustStore;
use super::{
    MetricConfig, Position, ServiceConfig, Spanned, api_url, custom_keys, enum_value, metric_entries,
    oauth2_keys, secret_check, static_labels,
    targets::{self, LabelSets},
};

/// A service with the position of its port.
pub(super) struct ServiceEntry {
    pub(super) config: ServiceConfig,
    /// The position of the port; `None` if the port is absent or invalid.
    pub(super) port: Option<Position>,
}

/// Reads an entry of `services` with its targets; `None` if it is no object.
pub(super) fn read(entry: &ObjectEntry, report: &Report) -> Option<ServiceEntry> {
    let name = entry.key.value.clone();
    if let Err(problem) = names::check(Role::Service, &name) {
        report.add(entry.key.place, problem);
    }
    let owner = format!("service {}", quoted(&name));
    let mut fields = Fields::new(owner, entry.key.place, &entry.value, report)?;
    let targets = targets::entries(&fields);
    if targets.is_some() || fields.entry(&key_table::TARGETS_FROM).is_some() {
        // Each target reports the keys that it neither has nor inherits.
        fields.needs = targets::is_of_service;
    }
    let metrics = metric_entries::read(&fields);
    let mut config =
        ServiceConfig { name, place: entry.key.place, ..config(&fields, &fields, metrics.into()) };
    let labels = static_labels::read(&fields, &config.metrics).unwrap_or_default();
    config.labels = labels.into_iter().map(|(name, value)| (name.value, value)).collect();
    config.targets_from = fields.texts(&key_table::TARGETS_FROM);
    config.targets = match targets {
        Some(targets) => targets::read(&fields, targets, &config, &mut LabelSets::new("this file")),
        None => Vec::new(),
    };
    let port = fields.number(&key_table::PORT).and(fields.entry(&key_table::PORT));
    Some(ServiceEntry { config, port: port.map(|entry| entry.value.place) })
}

/// Returns the config of a target from its own fields and those that it inherits.
pub(super) fn target(merged: &Fields, own: &Fields, service: &ServiceConfig) -> ServiceConfig {
    config(merged, own, Arc::clone(&service.metrics))
}

/// Reads the keys of a service or a target except its labels and targets. `own` has the fields that it does not inherit, which
/// are searched for secrets.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and within bounds
fn config(fields: &Fields, own: &Fields, metrics: Arc<[MetricConfig]>) -> ServiceConfig {
    let custom = custom_keys::of_service(fields);
    let allowed = fields.texts(&key_table::ALLOW_SECRET_LIKE);
    secret_check::check(own, &custom, &allowed);
    oauth2_keys::needs(fields, &key_table::CLIENT_CERT, &key_table::CLIENT_KEY);
    oauth2_keys::needs(fields, &key_table::CLIENT_KEY, &key_table::CLIENT_CERT);
    let interval = Some(fields.seconds(&key_table::SERVICE_INTERVAL)).filter(|said| !said.is_zero());
    let request_timeout = fields.seconds(&key_table::REQUEST_TIMEOUT);
    let expiration = expiration(fields, interval);
    let poll_timeout = Some(fields.seconds(&key_table::POLL_TIMEOUT)).filter(|said| !said.is_zero());
    let response_limit = fields.number(&key_table::RESPONSE_LIMIT).unwrap_or_default() as u64;
    ServiceConfig {
        name: String::new(),
        place: Position::default(),
        labels: Vec::new(),
        targets: Vec::new(),
        targets_from: Vec::new(),
        class: identifier(fields, &key_table::CLASS, Role::Class),
        module: identifier(fields, &key_table::MODULE, Role::Module),
        port: fields.number(&key_table::PORT).unwrap_or_default() as u16,
        api_url: api_url(fields, &allowed),
        metrics,
        secret_file: path(fields, &key_table::SECRET_FILE),
        secret_environment: secret_environment(fields),
        interval,
        expiration,
        request_timeout,
        poll_timeout: poll_timeout.unwrap_or_else(|| expiration.max(10 * request_timeout)),
        response_limit,
        poll_limit: fields.number(&key_table::POLL_LIMIT).map_or(4 * response_limit, |bytes| bytes as u64),
        memory_limit: fields.number(&key_table::MEMORY_LIMIT).unwrap_or_default() as u64,
        retries: fields.number(&key_table::RETRIES).unwrap_or_default() as u32,
        calls_per_minute: fields.number(&key_table::CALLS_PER_MINUTE),
        ca_file: path(fields, &key_table::CA_FILE),
        trust_store: enum_value::one_of(fields, &key_table::TRUST_STORE, TrustStore::ALL, TrustStore::as_str),
        tls_server_name: tls_server_name(fields),
        insecure_skip_verify: fields.flag(&key_table::INSECURE_SKIP_VERIFY).unwrap_or_default(),
        client_cert: path(fields, &key_table::CLIENT_CERT),
        client_key: path(fields, &key_table::CLIENT_KEY),
        oauth2: oauth2_keys::read(fields),
        listen: listen(fields),
        stale_after: fields.number(&key_table::STALE_AFTER).unwrap_or_default() as u32,
        series_limit: fields.number(&key_table::SERIES_LIMIT).unwrap_or_default() as usize,
        allow_secret_like: allowed,
        series_expire_after: fields.seconds(&key_table::SERIES_EXPIRE_AFTER),
        once_ids_limit: fields.number(&key_table::ONCE_IDS_LIMIT).unwrap_or_default() as usize,
        created_series: fields.flag(&key_table::SERVICE_CREATED_SERIES),
        settings: custom.iter().map(|entry| (entry.key.value.clone(), entry.value.to_value())).collect(),
    }
}

/// Returns the lifetime of a response in the cache. Its default is never longer than the poll interval of the entry, so that the
/// interval takes effect.
fn expiration(fields: &Fields, interval: Option<Duration>) -> Duration {
    let expiration = fields.seconds(&key_table::EXPIRATION);
    match (fields.entry(&key_table::EXPIRATION), interval) {
        (None, Some(interval)) => expiration.min(interval),
        _ => expiration,
    }
}

fn identifier(fields: &Fields, key: &ConfigKey, role: Role) -> Spanned<String> {
    let found = fields.text(key).unwrap_or(Spanned { value: String::new(), place: Position::default() });
    if !found.value.is_empty() {
        if let Err(problem) = names::check(role, &found.value) {
            fields.report.add(found.place, problem);
        }
    }
    found
}

fn api_url(fields: &Fields, allowed: &[String]) -> String {
    let Some(found) = fields.text(&key_table::URL) else { return String::new() };
    let is_allowed = allowed.iter().any(|path| path == key_table::URL.name);
    if let Err(problem) = api_url::check("`api_url`", &found.value) {
        fields.report.add(found.place, problem);
    } else if let Some(problem) = api_url::secret("`api_url`", &found.value).filter(|_| !is_allowed) {
        let allow = "if it is not a secret, add `api_url` to `allow_secret_like`";
        fields.report.add(found.place, problem.help(allow));
    }
    found.value
}

/// Returns the names of environment variables that may hold secrets. Invalid and repeated names are reported.
fn secret_environment(fields: &Fields) -> Vec<String> {
    let key = &key_table::SECRET_ENVIRONMENT;
    let names = fields.texts(key);
    let place = fields.entry(key).map(|entry| entry.value.place).unwrap_or_default();
    for (index, name) in names.iter().enumerate() {
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let problem =
            match (is_name && !name.starts_with(|c: char| c.is_ascii_digit()), names[..index].contains(name))
            {
                (true, false) => continue,
                (true, true) => Problem::new(format!("`{}` repeats {}", key.name, quoted(name)))
                    .help("remove one of them"),
                (false, _) => Problem::new(format!("`{}` contains an invalid name of a variable", key.name))
                    .help("write names of letters, digits and `_`, such as `API_KEY`"),
            };
        fields.report.add(place, problem);
    }
    names
}

pub(super) fn path(fields: &Fields, key: &ConfigKey) -> Option<PathBuf> {
    let found = fields.text(key)?;
    if found.value.contains(char::is_control) {
        let problem = Problem::new(format!("`{}` contains a control character", key.name));
        fields.report.add(found.place, problem.help("remove the character"));
    }
    Some(PathBuf::from(found.value))
}

/// Returns the value of `tls_server_name`. The check at the start knows the whole grammar of names.
fn tls_server_name(fields: &Fields) -> Option<String> {
    let found = fields.text(&key_table::TLS_SERVER_NAME)?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    if !found.value.chars().all(is_allowed) {
        let problem = Problem::new("`tls_server_name` is not a DNS name or an IP address");
        fields
            .report
            .add(found.place, problem.help("write a name of the certificate, without a scheme and a port"));
    }
    Some(found.value)
}

fn listen(fields: &Fields) -> IpAddr {
    let everywhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let Some(found) = fields.text(&key_table::LISTEN) else { return everywhere };
    found.value.parse().unwrap_or_else(|_| {
        let problem = Problem::new("`listen` is not an IP address, such as ::, 0.0.0.0, 127.0.0.1 or ::1");
        fields.report.add(found.place, problem.help("write an IP address without a port"));
        everywhere
    })
}
