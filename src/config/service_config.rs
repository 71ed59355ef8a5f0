//! One entry of `services` or one target, with all of its keys.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::metric_config::MetricConfig;
use super::oauth2_keys::OAuth2Config;
use super::position::{Position, Spanned};
use super::trust_store::TrustStore;

/// One entry of `services`, or one of its targets with the keys that it inherits.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceConfig {
    /// The key of the entry, such as `splunk`. A target has the full name, such as `splunk/eu`.
    pub name: String,
    /// The position of the key of the entry.
    pub place: Position,
    /// The labels on all series, sorted by name (`labels`). A target of a service without `labels` has the label `target`.
    pub labels: Vec<(String, String)>,
    /// The targets, in the order of the file (`targets`). A target has none.
    pub targets: Vec<Self>,
    /// The patterns of the files that define further targets (`targets_from`).
    pub targets_from: Vec<String>,
    /// The type that implements `Service` (`service_class`).
    pub class: Spanned<String>,
    /// The file in services/, without `.rs` (`service_module`).
    pub module: Spanned<String>,
    /// The port of the exposition (`port`).
    pub port: u16,
    /// The URL of the API (`api_url`).
    pub api_url: String,
    /// The metrics of `prometheus_metrics_mapping` with their options, in the order of the file.
    pub metrics: Arc<[MetricConfig]>,
    /// The value of `secret_file_path`, as written.
    pub secret_file: Option<PathBuf>,
    /// The environment variables that may hold secrets (`secret_environment`).
    pub secret_environment: Vec<String>,
    /// The poll interval, if the entry sets it (`api_call_intervals`).
    pub interval: Option<Duration>,
    /// The lifetime of a response in the response cache (`data_store_expiration_sec`). The default is 60, or `interval` if that is
    /// shorter.
    pub expiration: Duration,
    /// The timeout of one request with its response (`request_timeout_sec`, default 10).
    pub request_timeout: Duration,
    /// The timeout of one poll (`poll_timeout_sec`). The default is the larger of `data_store_expiration_sec` and ten times
    /// `request_timeout_sec`.
    pub poll_timeout: Duration,
    /// The maximum size of a body in bytes, after decompression (`response_limit_bytes`, default 16 MiB).
    pub response_limit: u64,
    /// The maximum size in bytes of all responses of one poll (`poll_limit_bytes`, default four times
    /// `response_limit_bytes`).
    pub poll_limit: u64,
    /// The maximum size in bytes of the data built from the responses of one poll (`memory_limit_bytes`, default 64 MiB).
    pub memory_limit: u64,
    /// The maximum number of retries of one request within a poll (`retries`, default 2).
    pub retries: u32,
    /// The maximum number of requests per minute of one account to the API's origin (`calls_per_minute`).
    pub calls_per_minute: Option<f64>,
    /// The PEM file of the only certificate authorities and certificates to trust (`ca_file_path`).
    pub ca_file: Option<PathBuf>,
    /// The certificate authorities to trust without `ca_file_path` (`trust_store`, default `mozilla`).
    pub trust_store: TrustStore,
    /// The name of the API's certificate, instead of the host of `api_url` (`tls_server_name`).
    pub tls_server_name: Option<String>,
    /// True if the certificates of the API and the token endpoint are not verified (`insecure_skip_verify`, default false).
    pub insecure_skip_verify: bool,
    /// The PEM file of the client certificate and its chain (`client_cert_path`).
    pub client_cert: Option<PathBuf>,
    /// The PEM file of the client certificate's key (`client_key_path`).
    pub client_key: Option<PathBuf>,
    /// The `oauth2_*` keys, if the API requires a token.
    pub oauth2: Option<OAuth2Config>,
    /// The address that `port` is opened on (`listen`, default all interfaces).
    pub listen: std::net::IpAddr,
    /// The number of poll intervals without recorded or confirmed data after which gauges are removed (`stale_after_intervals`,
    /// default 5). Zero means never.
    pub stale_after: u32,
    /// The maximum number of series of one metric (`series_limit`, default 10,000).
    pub series_limit: usize,
    /// The paths of keys whose values only look like secrets (`allow_secret_like`).
    pub allow_secret_like: Vec<String>,
    /// The time after which a series that is no longer listed is removed (`series_expire_after_sec`, default 0). Zero means
    /// never.
    pub series_expire_after: Duration,
    /// The number of IDs of `Once` that one metric retains (`once_ids_limit`, default 100,000).
    pub once_ids_limit: usize,
    /// The value of `created_series`, if the entry sets it.
    pub created_series: Option<bool>,
    /// The custom keys, which the service reads with `Api::setting`.
    pub settings: serde_json::Map<String, serde_json::Value>,
}

impl ServiceConfig {
    /// Returns what is polled: each target, or the service itself if it has no targets.
    pub fn polled(&self) -> impl Iterator<Item = &Self> {
        let itself = self.targets.is_empty() && self.targets_from.is_empty();
        self.targets.iter().chain(itself.then_some(self))
    }

    /// Returns the entry without its positions in the file, except those of its metrics.
    #[cfg(feature = "run")]
    pub(crate) fn without_places(&self) -> Self {
        let nowhere =
            |text: &Spanned<String>| Spanned { value: text.value.clone(), place: Position::default() };
        let (class, module) = (nowhere(&self.class), nowhere(&self.module));
        Self { place: Position::default(), class, module, ..self.clone() }
    }
}
