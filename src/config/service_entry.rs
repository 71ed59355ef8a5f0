//! Reads one entry of `services`.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
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
    Position, ServiceConfig, Spanned, api_url, custom_keys, enum_value, metric_entries, oauth2_keys,
    secret_check,
};

/// A service with the position of its port.
pub(super) struct ServiceEntry {
    pub(super) config: ServiceConfig,
    /// The position of the port; `None` if the port is absent or invalid.
    pub(super) port: Option<Position>,
}

/// Reads an entry of `services`; `None` if it is no object.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and within bounds
pub(super) fn read(entry: &ObjectEntry, report: &Report) -> Option<ServiceEntry> {
    let name = entry.key.value.clone();
    if let Err(problem) = names::check(Role::Service, &name) {
        report.add(entry.key.place, problem);
    }
    let owner = format!("service {}", quoted(&name));
    let fields = Fields::new(owner, entry.key.place, &entry.value, report)?;
    let own = custom_keys::of_service(&fields);
    let allowed = fields.texts(&key_table::ALLOW_SECRET_LIKE);
    secret_check::check(&fields, &own, &allowed);
    oauth2_keys::needs(&fields, &key_table::CLIENT_CERT, &key_table::CLIENT_KEY);
    oauth2_keys::needs(&fields, &key_table::CLIENT_KEY, &key_table::CLIENT_CERT);
    let port = fields.number(&key_table::PORT);
    let interval = Some(fields.seconds(&key_table::SERVICE_INTERVAL)).filter(|said| !said.is_zero());
    let request_timeout = fields.seconds(&key_table::REQUEST_TIMEOUT);
    let expiration = expiration(&fields, interval);
    let poll_timeout = Some(fields.seconds(&key_table::POLL_TIMEOUT)).filter(|said| !said.is_zero());
    let response_limit = fields.number(&key_table::RESPONSE_LIMIT).unwrap_or_default() as u64;
    let config = ServiceConfig {
        name,
        place: entry.key.place,
        class: identifier(&fields, &key_table::CLASS, Role::Class),
        module: identifier(&fields, &key_table::MODULE, Role::Module),
        port: port.unwrap_or_default() as u16,
        api_url: api_url(&fields, &allowed),
        metrics: metric_entries::read(&fields),
        secret_file: path(&fields, &key_table::SECRET_FILE),
        secret_environment: secret_environment(&fields),
        interval,
        expiration,
        request_timeout,
        poll_timeout: poll_timeout.unwrap_or_else(|| expiration.max(10 * request_timeout)),
        response_limit,
        poll_limit: fields.number(&key_table::POLL_LIMIT).map_or(4 * response_limit, |bytes| bytes as u64),
        memory_limit: fields.number(&key_table::MEMORY_LIMIT).unwrap_or_default() as u64,
        retries: fields.number(&key_table::RETRIES).unwrap_or_default() as u32,
        calls_per_minute: fields.number(&key_table::CALLS_PER_MINUTE),
        ca_file: path(&fields, &key_table::CA_FILE),
        trust_store: enum_value::one_of(
            &fields,
            &key_table::TRUST_STORE,
            TrustStore::ALL,
            TrustStore::as_str,
        ),
        tls_server_name: tls_server_name(&fields),
        insecure_skip_verify: fields.flag(&key_table::INSECURE_SKIP_VERIFY).unwrap_or_default(),
        client_cert: path(&fields, &key_table::CLIENT_CERT),
        client_key: path(&fields, &key_table::CLIENT_KEY),
        oauth2: oauth2_keys::read(&fields),
        listen: listen(&fields),
        stale_after: fields.number(&key_table::STALE_AFTER).unwrap_or_default() as u32,
        series_limit: fields.number(&key_table::SERIES_LIMIT).unwrap_or_default() as usize,
        allow_secret_like: allowed,
        series_expire_after: fields.seconds(&key_table::SERIES_EXPIRE_AFTER),
        once_ids_limit: fields.number(&key_table::ONCE_IDS_LIMIT).unwrap_or_default() as usize,
        created_series: fields.flag(&key_table::SERVICE_CREATED_SERIES),
        settings: own.iter().map(|entry| (entry.key.value.clone(), entry.value.to_value())).collect(),
    };
    let port = port.and(fields.entry(&key_table::PORT)).map(|entry| entry.value.place);
    Some(ServiceEntry { config, port })
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
