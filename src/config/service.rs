//! One service of config.json.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::config::fields::Fields;
use crate::config::json::Entry;
use crate::config::keys;
use crate::config::report::Report;
use crate::config::syntax::quoted;
use crate::config::{Place, ServiceConfig, Spot, metrics};

/// Reads an entry of `services`; `None` where it is no object.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // whole and within bounds
pub(super) fn read(entry: &Entry, report: &Report) -> Option<ServiceConfig> {
    let name = entry.key.value.clone();
    let owner = format!("service {}", quoted(&name));
    let fields = Fields::new(owner, entry.key.place, &entry.value, report)?;
    fields.missing(keys::SERVICE);
    Some(ServiceConfig {
        name,
        place: entry.key.place,
        class: text(&fields, &keys::CLASS),
        module: text(&fields, &keys::MODULE),
        port: fields.number(&keys::PORT) as u16,
        api_url: text(&fields, &keys::URL).value,
        metrics: metrics::read(&fields),
        secret_file: path(&fields, &keys::SECRET_FILE),
        expiration: fields.seconds(&keys::EXPIRATION),
        request_timeout: fields.seconds(&keys::REQUEST_TIMEOUT),
        response_limit: fields.number(&keys::RESPONSE_LIMIT) as u64,
        retries: fields.number(&keys::RETRIES) as u32,
        ca_file: path(&fields, &keys::CA_FILE),
        listen: listen(&fields),
        stale_after: fields.number(&keys::STALE_AFTER) as u32,
        series_limit: fields.number(&keys::SERIES_LIMIT) as usize,
        settings: own(&fields).map(|entry| (entry.key.value.clone(), entry.value.to_value())).collect(),
    })
}

/// The keys of the team's own.
fn own<'a>(fields: &Fields<'a>) -> impl Iterator<Item = &'a Entry> {
    let known = |entry: &&Entry| keys::SERVICE.iter().any(|key| key.name == entry.key.value);
    fields.entries.iter().filter(move |entry| !known(entry))
}

fn text(fields: &Fields, key: &keys::Key) -> Spot<String> {
    fields.text(key).unwrap_or(Spot { value: String::new(), place: Place::default() })
}

fn path(fields: &Fields, key: &keys::Key) -> Option<PathBuf> {
    fields.text(key).map(|path| PathBuf::from(path.value))
}

fn listen(fields: &Fields) -> IpAddr {
    let everywhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let Some(found) = fields.text(&keys::LISTEN) else { return everywhere };
    found.value.parse().unwrap_or(everywhere)
}
