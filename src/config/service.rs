//! One service of config.json.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use crate::config::fields::Fields;
use crate::config::json::Entry;
use crate::config::keys::{self, Key};
use crate::config::names::{self, Role};
use crate::config::report::Report;
use crate::config::syntax::quoted;
use crate::config::{Place, ServiceConfig, Spot, TrustStore, metrics, oauth2, own, secrets, url, words};

/// An entry of `services` as read.
pub(super) struct Service {
    pub(super) config: ServiceConfig,
    /// Where the port stands, if there is a right one.
    pub(super) port: Option<Place>,
}

/// Reads an entry of `services`; `None` where it is no object.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and within bounds
pub(super) fn read(entry: &Entry, report: &Report) -> Option<Service> {
    let name = entry.key.value.clone();
    if let Err(text) = names::check(Role::Service, &name) {
        report.add(entry.key.place, text);
    }
    let owner = format!("service {}", quoted(&name));
    let fields = Fields::new(owner, entry.key.place, &entry.value, report)?;
    let own = own::sort(&fields, keys::SERVICE);
    let allowed = fields.texts(&keys::ALLOW_SECRET_LIKE);
    secrets::check(&fields, &own, &allowed);
    oauth2::needs(&fields, &keys::CLIENT_CERT, &keys::CLIENT_KEY);
    oauth2::needs(&fields, &keys::CLIENT_KEY, &keys::CLIENT_CERT);
    let port = fields.number(&keys::PORT);
    let (expiration, request_timeout) =
        (fields.seconds(&keys::EXPIRATION), fields.seconds(&keys::REQUEST_TIMEOUT));
    let poll_timeout = Some(fields.seconds(&keys::POLL_TIMEOUT)).filter(|said| !said.is_zero());
    let response_limit = fields.number(&keys::RESPONSE_LIMIT).unwrap_or_default() as u64;
    let config = ServiceConfig {
        name,
        place: entry.key.place,
        class: identifier(&fields, &keys::CLASS, Role::Class),
        module: identifier(&fields, &keys::MODULE, Role::Module),
        port: port.unwrap_or_default() as u16,
        api_url: api_url(&fields, &allowed),
        metrics: metrics::read(&fields),
        secret_file: path(&fields, &keys::SECRET_FILE),
        expiration,
        request_timeout,
        poll_timeout: poll_timeout.unwrap_or_else(|| expiration.max(10 * request_timeout)),
        response_limit,
        poll_limit: fields.number(&keys::POLL_LIMIT).map_or(4 * response_limit, |bytes| bytes as u64),
        memory_limit: fields.number(&keys::MEMORY_LIMIT).unwrap_or_default() as u64,
        retries: fields.number(&keys::RETRIES).unwrap_or_default() as u32,
        calls_per_minute: fields.number(&keys::CALLS_PER_MINUTE),
        ca_file: path(&fields, &keys::CA_FILE),
        trust_store: words::one_of(&fields, &keys::TRUST_STORE, TrustStore::ALL, TrustStore::as_str),
        client_cert: path(&fields, &keys::CLIENT_CERT),
        client_key: path(&fields, &keys::CLIENT_KEY),
        oauth2: oauth2::read(&fields),
        listen: listen(&fields),
        stale_after: fields.number(&keys::STALE_AFTER).unwrap_or_default() as u32,
        series_limit: fields.number(&keys::SERIES_LIMIT).unwrap_or_default() as usize,
        allow_secret_like: allowed,
        series_expire_after: fields.seconds(&keys::SERIES_EXPIRE_AFTER),
        once_ids_limit: fields.number(&keys::ONCE_IDS_LIMIT).unwrap_or_default() as usize,
        created_series: fields.flag(&keys::SERVICE_CREATED_SERIES),
        settings: own.iter().map(|entry| (entry.key.value.clone(), entry.value.to_value())).collect(),
    };
    let port = port.and(fields.entry(&keys::PORT)).map(|entry| entry.value.place);
    Some(Service { config, port })
}

fn identifier(fields: &Fields, key: &Key, role: Role) -> Spot<String> {
    let found = fields.text(key).unwrap_or(Spot { value: String::new(), place: Place::default() });
    if !found.value.is_empty() {
        if let Err(text) = names::check(role, &found.value) {
            fields.report.add(found.place, text);
        }
    }
    found
}

fn api_url(fields: &Fields, allowed: &[String]) -> String {
    let Some(found) = fields.text(&keys::URL) else { return String::new() };
    let is_allowed = allowed.iter().any(|path| path == keys::URL.name);
    if let Err(text) = url::check(&found.value) {
        fields.report.add(found.place, text);
    } else if let Some(text) = url::secret(&found.value).filter(|_| !is_allowed) {
        let text = format!("{text}; if it is no secret, add `api_url` to `allow_secret_like`");
        fields.report.add(found.place, text);
    }
    found.value
}

pub(super) fn path(fields: &Fields, key: &Key) -> Option<PathBuf> {
    let found = fields.text(key)?;
    if found.value.contains(char::is_control) {
        let text = format!("`{}` holds a control character, expected a path: take it out", key.name);
        fields.report.add(found.place, text);
    }
    Some(PathBuf::from(found.value))
}

fn listen(fields: &Fields) -> IpAddr {
    let everywhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let Some(found) = fields.text(&keys::LISTEN) else { return everywhere };
    found.value.parse().unwrap_or_else(|_| {
        let text = "`listen` is no IP address, expected one such as ::, 0.0.0.0, 127.0.0.1 or ::1: write one without a port; \
                    the port has a key of its own";
        fields.report.add(found.place, text);
        everywhere
    })
}
