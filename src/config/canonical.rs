//! Writes a config as JSON for the binary.

use std::time::Duration;

use serde::Serialize;

use super::oauth2_keys::OAuth2Grant;
use super::{Config, Kind, MetricConfig, ServiceConfig, key_table, target_name};

impl Config {
    /// Returns the config as JSON that [`parse`](super::parse) reads back to an equal config, except for positions.
    /// Every default of a service is written out, `$schema` is omitted, and the order of keys depends only on the config.
    pub fn to_json(&self) -> String {
        let services = self.services.iter().map(|service| (service.name.as_str(), service.to_json()));
        let known = [
            (key_table::INTERVAL.name, Some(seconds(self.interval))),
            (key_table::LEVEL.name, Some(json(self.level.as_str()))),
            (key_table::STATE_DIR.name, self.state_dir.as_ref().map(json)),
            (key_table::CREATED_SERIES.name, Some(json(self.created_series))),
            (key_table::SERVICES.name, Some(object(services))),
        ];
        object(known.into_iter().filter_map(|(key, value)| Some((key, value?))))
    }
}

impl ServiceConfig {
    fn to_json(&self) -> String {
        let targets = self.targets.iter().map(|target| (target.own_name(), object(target.overrides(self))));
        let targets = [
            (key_table::STATIC_LABELS.name, labels(&self.labels)),
            (key_table::TARGETS_FROM.name, some(&self.targets_from)),
            (key_table::TARGETS.name, (!self.targets.is_empty()).then(|| object(targets))),
        ];
        let targets = targets.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        object(self.entries().into_iter().chain(targets))
    }

    /// Returns the name of a target without its service.
    fn own_name(&self) -> &str {
        target_name::split(&self.name).1.unwrap_or_default()
    }

    /// Returns the entries that a target does not share with its service.
    fn overrides(&self, service: &Self) -> Vec<(String, String)> {
        let inherited = service.entries();
        let mut entries = self.entries();
        entries.retain(|entry| !inherited.contains(entry));
        // A target without this key would get the label `target`.
        let own = self.labels.iter().filter(|label| !service.labels.contains(label));
        let own = object(own.map(|(name, value)| (name, json(value))));
        entries.push((key_table::STATIC_LABELS.name.to_owned(), own));
        entries
    }

    /// Returns the entries of a service or a target except its labels and targets.
    fn entries(&self) -> Vec<(String, String)> {
        let path = |path: &Option<std::path::PathBuf>| path.as_ref().map(json);
        let oauth2 = self.oauth2.as_ref();
        let signed = oauth2.filter(|oauth2| oauth2.grant == OAuth2Grant::JwtBearer);
        let assertion = signed.map(|oauth2| &oauth2.assertion);
        let known = [
            (key_table::CLASS.name, Some(json(&self.class.value))),
            (key_table::MODULE.name, Some(json(&self.module.value))),
            (key_table::PORT.name, Some(json(self.port))),
            (key_table::URL.name, (!self.api_url.is_empty()).then(|| json(&self.api_url))),
            (key_table::MAPPING.name, Some(object(self.mapping()))),
            (key_table::LABELS.name, self.each(|metric| some(&metric.labels))),
            (key_table::HELP.name, self.each(|metric| metric.help.as_ref().map(json))),
            (key_table::UNITS.name, self.each(|metric| metric.unit.as_ref().map(json))),
            (key_table::BUCKETS.name, self.each(|metric| metric.buckets.as_ref().map(json))),
            (key_table::SECRET_FILE.name, path(&self.secret_file)),
            (key_table::SECRET_ENVIRONMENT.name, some(&self.secret_environment)),
            (key_table::SERVICE_INTERVAL.name, self.interval.map(seconds)),
            (key_table::EXPIRATION.name, Some(seconds(self.expiration))),
            (key_table::REQUEST_TIMEOUT.name, Some(seconds(self.request_timeout))),
            (key_table::POLL_TIMEOUT.name, Some(seconds(self.poll_timeout))),
            (key_table::RESPONSE_LIMIT.name, Some(json(self.response_limit))),
            (key_table::POLL_LIMIT.name, Some(json(self.poll_limit))),
            (key_table::MEMORY_LIMIT.name, Some(json(self.memory_limit))),
            (key_table::RETRIES.name, Some(json(self.retries))),
            (key_table::CALLS_PER_MINUTE.name, self.calls_per_minute.map(json)),
            (key_table::CA_FILE.name, path(&self.ca_file)),
            (key_table::TRUST_STORE.name, Some(json(self.trust_store.as_str()))),
            (key_table::TLS_SERVER_NAME.name, self.tls_server_name.as_ref().map(json)),
            (key_table::INSECURE_SKIP_VERIFY.name, Some(json(self.insecure_skip_verify))),
            (key_table::CLIENT_CERT.name, path(&self.client_cert)),
            (key_table::CLIENT_KEY.name, path(&self.client_key)),
            (key_table::OAUTH2_TOKEN_URL.name, oauth2.map(|oauth2| json(&oauth2.token_url))),
            (key_table::OAUTH2_GRANT.name, oauth2.map(|oauth2| json(oauth2.grant.as_str()))),
            (key_table::OAUTH2_SCOPE.name, oauth2.and_then(|oauth2| oauth2.scope.as_ref().map(json))),
            (key_table::OAUTH2_AUDIENCE.name, oauth2.and_then(|oauth2| oauth2.audience.as_ref().map(json))),
            (key_table::OAUTH2_AUTH.name, oauth2.map(|oauth2| json(oauth2.auth.as_str()))),
            (key_table::REFRESH_TOKEN_FILE.name, oauth2.and_then(|oauth2| path(&oauth2.refresh_token_file))),
            (key_table::OAUTH2_ISSUER.name, assertion.and_then(|claims| claims.issuer.as_ref().map(json))),
            (key_table::OAUTH2_SUBJECT.name, assertion.and_then(|claims| claims.subject.as_ref().map(json))),
            (key_table::OAUTH2_KEY_ID.name, assertion.and_then(|claims| claims.key_id.as_ref().map(json))),
            (key_table::OAUTH2_LIFETIME.name, assertion.map(|claims| seconds(claims.lifetime))),
            (key_table::LISTEN.name, Some(json(self.listen))),
            (key_table::STALE_AFTER.name, Some(json(self.stale_after))),
            (key_table::SERIES_LIMIT.name, Some(json(self.series_limit))),
            (key_table::ALLOW_SECRET_LIKE.name, some(&self.allow_secret_like)),
            (key_table::SERIES_EXPIRE_AFTER.name, Some(seconds(self.series_expire_after))),
            (key_table::ONCE_IDS_LIMIT.name, Some(json(self.once_ids_limit))),
            (key_table::SERVICE_CREATED_SERIES.name, self.created_series.map(json)),
        ];
        let known = known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        known.chain(self.settings.iter().map(|(key, value)| (key.clone(), json(value)))).collect()
    }

    /// Returns the names of the metrics grouped by kind, in their order.
    fn mapping(&self) -> Vec<(&'static str, String)> {
        let mut kinds: Vec<Kind> = self.metrics.iter().map(|metric| metric.kind).collect();
        kinds.dedup();
        let names =
            |kind| self.metrics.iter().filter(move |metric| metric.kind == kind).map(|metric| &metric.name);
        kinds.into_iter().map(|kind| (kind.as_str(), json(names(kind).collect::<Vec<_>>()))).collect()
    }

    /// Returns one object of metric options as JSON; `None` if no metric has an entry in it.
    fn each(&self, value: impl Fn(&MetricConfig) -> Option<String>) -> Option<String> {
        let entries = self.metrics.iter().filter_map(|metric| Some((metric.name.as_str(), value(metric)?)));
        let entries: Vec<_> = entries.collect();
        (!entries.is_empty()).then(|| object(entries))
    }
}

/// Returns static labels as an object; `None` without labels.
fn labels(labels: &[(String, String)]) -> Option<String> {
    (!labels.is_empty()).then(|| object(labels.iter().map(|(name, value)| (name, json(value)))))
}

fn some<T: Serialize>(list: &[T]) -> Option<String> {
    (!list.is_empty()).then(|| json(list))
}

fn seconds(duration: Duration) -> String {
    json(duration.as_secs_f64())
}

/// Returns an object with one entry per line, in the order of its entries, which `serde_json` would sort.
fn object(entries: impl IntoIterator<Item = (impl Serialize, String)>) -> String {
    // JSON strings contain no line breaks, so this indents only the layout.
    let line = |(key, value): (_, String)| format!("\n{}: {value}", json(key)).replace('\n', "\n    ");
    let lines: Vec<_> = entries.into_iter().map(line).collect();
    format!("{{{}\n}}", lines.join(","))
}

/// Returns a value as JSON; no value of this module can fail to be serialized.
fn json(value: impl Serialize) -> String {
    serde_json::to_string(&value).unwrap_or_default()
}
