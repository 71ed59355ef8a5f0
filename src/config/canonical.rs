//! A config as JSON again, for the binary to carry.

use std::time::Duration;

use serde::Serialize;

use crate::config::{Config, Kind, MetricConfig, ServiceConfig, keys};

impl Config {
    /// The config as JSON that [`parse`](crate::config::parse) reads back to the same, but for the places. It has
    /// every default written out, no `$schema`, and an order of keys that depends on nothing but the config.
    pub fn to_json(&self) -> String {
        let services = self.services.iter().map(|service| (service.name.as_str(), service.to_json()));
        let known = [
            (keys::INTERVAL.name, Some(seconds(self.interval))),
            (keys::LEVEL.name, Some(json(self.level.as_str()))),
            (keys::STATE_DIR.name, self.state_dir.as_ref().map(json)),
            (keys::CREATED_SERIES.name, Some(json(self.created_series))),
            (keys::SERVICES.name, Some(object(services))),
        ];
        object(known.into_iter().filter_map(|(key, value)| Some((key, value?))))
    }
}

impl ServiceConfig {
    fn to_json(&self) -> String {
        let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(json);
        let oauth2 = self.oauth2.as_ref();
        let known = [
            (keys::CLASS.name, Some(json(&self.class.value))),
            (keys::MODULE.name, Some(json(&self.module.value))),
            (keys::PORT.name, Some(json(self.port))),
            (keys::URL.name, Some(json(&self.api_url))),
            (keys::MAPPING.name, Some(object(self.mapping()))),
            (keys::LABELS.name, self.each(|metric| some(&metric.labels))),
            (keys::HELP.name, self.each(|metric| metric.help.as_ref().map(json))),
            (keys::UNITS.name, self.each(|metric| metric.unit.as_ref().map(json))),
            (keys::BUCKETS.name, self.each(|metric| some(&metric.buckets))),
            (keys::SECRET_FILE.name, path(&self.secret_file)),
            (keys::EXPIRATION.name, Some(seconds(self.expiration))),
            (keys::REQUEST_TIMEOUT.name, Some(seconds(self.request_timeout))),
            (keys::POLL_TIMEOUT.name, Some(seconds(self.poll_timeout))),
            (keys::RESPONSE_LIMIT.name, Some(json(self.response_limit))),
            (keys::POLL_LIMIT.name, Some(json(self.poll_limit))),
            (keys::MEMORY_LIMIT.name, Some(json(self.memory_limit))),
            (keys::RETRIES.name, Some(json(self.retries))),
            (keys::CALLS_PER_MINUTE.name, self.calls_per_minute.map(json)),
            (keys::CA_FILE.name, path(&self.ca_file)),
            (keys::TRUST_STORE.name, Some(json(self.trust_store.as_str()))),
            (keys::CLIENT_CERT.name, path(&self.client_cert)),
            (keys::CLIENT_KEY.name, path(&self.client_key)),
            (keys::OAUTH2_TOKEN_URL.name, oauth2.map(|oauth2| json(&oauth2.token_url))),
            (keys::OAUTH2_SCOPE.name, oauth2.and_then(|oauth2| oauth2.scope.as_ref().map(json))),
            (keys::OAUTH2_AUDIENCE.name, oauth2.and_then(|oauth2| oauth2.audience.as_ref().map(json))),
            (keys::OAUTH2_AUTH.name, oauth2.map(|oauth2| json(oauth2.auth.as_str()))),
            (keys::LISTEN.name, Some(json(self.listen))),
            (keys::STALE_AFTER.name, Some(json(self.stale_after))),
            (keys::SERIES_LIMIT.name, Some(json(self.series_limit))),
            (keys::ALLOW_SECRET_LIKE.name, some(&self.allow_secret_like)),
            (keys::SERIES_EXPIRE_AFTER.name, Some(seconds(self.series_expire_after))),
            (keys::ONCE_IDS_LIMIT.name, Some(json(self.once_ids_limit))),
            (keys::SERVICE_CREATED_SERIES.name, self.created_series.map(json)),
        ];
        let known = known.into_iter().filter_map(|(key, value)| value.map(|value| (key, value)));
        object(known.chain(self.settings.iter().map(|(key, value)| (key.as_str(), json(value)))))
    }

    /// The metrics by kind, in their order.
    fn mapping(&self) -> Vec<(&'static str, String)> {
        let mut kinds: Vec<Kind> = self.metrics.iter().map(|metric| metric.kind).collect();
        kinds.dedup();
        let names =
            |kind| self.metrics.iter().filter(move |metric| metric.kind == kind).map(|metric| &metric.name);
        kinds.into_iter().map(|kind| (kind.as_str(), json(names(kind).collect::<Vec<_>>()))).collect()
    }

    /// One of the objects beside the mapping, if any metric has an entry in it.
    fn each(&self, value: impl Fn(&MetricConfig) -> Option<String>) -> Option<String> {
        let entries = self.metrics.iter().filter_map(|metric| Some((metric.name.as_str(), value(metric)?)));
        let entries: Vec<_> = entries.collect();
        (!entries.is_empty()).then(|| object(entries))
    }
}

fn some<T: Serialize>(list: &[T]) -> Option<String> {
    (!list.is_empty()).then(|| json(list))
}

fn seconds(duration: Duration) -> String {
    json(duration.as_secs_f64())
}

/// An object in the order of its entries, which `serde_json` would sort; a line for each.
fn object<'a>(entries: impl IntoIterator<Item = (&'a str, String)>) -> String {
    // Strings have no line breaks in JSON, so only the layout is moved.
    let line = |(key, value): (&str, String)| format!("\n{}: {value}", json(key)).replace('\n', "\n    ");
    let lines: Vec<_> = entries.into_iter().map(line).collect();
    format!("{{{}\n}}", lines.join(","))
}

/// None of the values here can fail to be written.
fn json(value: impl Serialize) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}
