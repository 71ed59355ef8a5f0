//! Reads and validates config.json, and reports each error with its position.
//!
//! The build script includes this module by path, so it depends on no other module of the crate.
//!
//! | file | content |
//! |---|---|
//! | `api_url` | the rules for `api_url` |
//! | `canonical` | writes a config as JSON for the binary |
//! | `credential_names` | recognizes names of credentials |
//! | `credential_shapes` | recognizes credentials by their shape |
//! | `custom_keys` | a team's own keys, and misspelt ones |
//! | `differences` | keys that must not differ from the compiled-in config |
//! | `enum_value` | a value out of a fixed list |
//! | `fields` | typed access to the keys of an object |
//! | `json_syntax` | explains syntax errors of JSON |
//! | `json_tree` | JSON as a tree with positions |
//! | `key_table` | the table of all known keys |
//! | `kind` | the kinds of metrics |
//! | `level` | the log levels |
//! | `metric_entries` | `prometheus_metrics_mapping` |
//! | `metric_options` | labels, HELP, units and buckets of metrics |
//! | `minimal_config` | the smallest valid config |
//! | `mistakes` | errors in a file |
//! | `name_collisions` | series that two metrics would both expose |
//! | `names` | the rules for names |
//! | `oauth2_keys` | the OAuth2 keys of a service |
//! | `percent_encoding` | decodes percent-encoding before the check for secrets |
//! | `position` | positions in a file |
//! | `problem` | a problem with its help |
//! | `read_file` | reads the file within its limits |
//! | `report` | collects errors |
//! | `sample_format` | recognizes samples that are not JSON |
//! | `secret_check` | rejects secrets in config.json |
//! | `service_entry` | one entry of `services` |
//! | `star_pattern` | patterns in which `*` is any text |
//! | `static_labels` | labels on all series of a service or target |
//! | `suggest` | suggestions for misspelt names |
//! | `target_files` | targets in files beside the config |
//! | `target_name` | the names of services and their targets |
//! | `targets` | the targets of a service |
//! | `top_level` | the top-level keys |
//! | `trust_store` | the certificate authorities to trust |
//! | `unknown_name` | errors about unknown keys and words |
//! | `url_parts` | the parts of a URL |
//! | `written_keys` | the keys of services and targets with their positions |

pub(crate) mod api_url;
mod canonical;
pub(crate) mod credential_names;
pub(crate) mod credential_shapes;
pub(crate) mod custom_keys;
mod differences;
mod enum_value;
mod fields;
pub(crate) mod json_syntax;
pub(crate) mod json_tree;
mod key_table;
mod kind;
mod level;
mod metric_entries;
mod metric_options;
#[cfg(feature = "run")]
pub(crate) mod minimal_config;
mod mistakes;
mod name_collisions;
pub(crate) mod names;
pub(crate) mod oauth2_keys;
mod percent_encoding;
mod position;
mod problem;
mod read_file;
pub(crate) mod report;
#[cfg(all(feature = "run", feature = "tools"))]
mod sample_format;
mod secret_check;
mod service_entry;
#[cfg(feature = "run")]
pub(crate) mod star_pattern;
mod static_labels;
pub(crate) mod suggest;
#[cfg(feature = "run")]
pub(crate) mod target_files;
pub(crate) mod target_name;
mod targets;
mod top_level;
pub(crate) mod trust_store;
pub(crate) mod unknown_name;
pub(crate) mod url_parts;
#[cfg(feature = "run")]
pub(crate) mod written_keys;

pub use kind::Kind;
pub use level::Level;
pub(crate) use mistakes::Mistake;
pub use mistakes::Mistakes;
pub use oauth2_keys::{AssertionConfig, OAuth2Auth, OAuth2Config, OAuth2Grant};
pub use position::Position;
pub(crate) use position::Spanned;
pub(crate) use problem::Problem;
pub use suggest::near;
pub use trust_store::TrustStore;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[cfg(all(feature = "run", feature = "tools"))]
use json_tree::Node;

/// The contents of config.json.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The poll interval of services that do not set it (`api_call_intervals`).
    pub interval: Duration,
    /// The least severe level that is logged (`log_level`).
    pub level: Level,
    /// The directory that keeps the state over a restart (`state_dir`).
    pub state_dir: Option<PathBuf>,
    /// True if services that do not set `created_series` expose `_created` series (`created_series`, default true).
    pub created_series: bool,
    /// The entries of `services`, in the order of the file.
    pub services: Vec<ServiceConfig>,
}

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

/// One metric of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricConfig {
    /// The name, which is also the name of the method.
    pub name: String,
    /// The position of the name in `prometheus_metrics_mapping`.
    pub place: Position,
    /// The kind, which is the key of the list in `prometheus_metrics_mapping`.
    pub kind: Kind,
    /// The names of the labels in `prometheus_metric_labels`.
    pub labels: Vec<String>,
    /// The HELP text in `prometheus_metric_help`; if absent, the method's doc comment is used.
    pub help: Option<String>,
    /// The unit in `prometheus_metric_units`.
    pub unit: Option<String>,
    /// The upper bounds in `prometheus_metric_buckets`; if absent, the default ones are compiled in.
    pub buckets: Option<Vec<f64>>,
}

impl MetricConfig {
    /// Returns the upper bounds to compile in; none if the metric is no histogram.
    pub fn bounds(&self) -> &[f64] {
        let default: &[f64] =
            if self.kind == Kind::Histogram { &metric_entries::DEFAULT_BUCKETS } else { &[] };
        self.buckets.as_deref().unwrap_or(default)
    }
}

/// Reads a config file.
///
/// # Errors
/// The file cannot be read, or is invalid. All of its errors are returned together.
pub fn load(path: &std::path::Path) -> Result<Config, Mistakes> {
    parse(&path.display().to_string(), &read_text(path)?)
}

/// Returns the text of a config file.
///
/// # Errors
/// The file cannot be read, is too large, or is not UTF-8.
pub(crate) fn read_text(path: &std::path::Path) -> Result<String, Mistakes> {
    read_file::read(path, "the config file", read_file::CONFIG_LIMIT)
}

/// Reads config.json from `text`; `file` is its name in errors.
///
/// # Errors
/// The text is invalid. All of its errors are returned together.
pub fn parse(file: &str, text: &str) -> Result<Config, Mistakes> {
    parse_with(file, text, |_| Vec::new())
}

/// Reads a sample response of an API from a file; returns its text and its tree.
#[cfg(all(feature = "run", feature = "tools"))]
pub(crate) fn load_sample(path: &std::path::Path) -> Result<(String, Node), Mistakes> {
    let text = read_file::read(path, "the sample", read_file::SAMPLE_LIMIT)?;
    // RFC 8259 section 8.1 allows a parser to ignore a byte-order mark.
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    let root = parse_sample(&path.display().to_string(), &text)?;
    Ok((text, root))
}

/// Reads a sample response of an API from `text`; `file` is its name in errors.
#[cfg(all(feature = "run", feature = "tools"))]
pub(crate) fn parse_sample(file: &str, text: &str) -> Result<Node, Mistakes> {
    let report = report::Report::default();
    if let Some(found) = sample_format::other_than_json(text) {
        report.add(Position { line: 1, column: 1 }, found);
        return report.verdict(file, None);
    }
    let root = json_tree::read(text, json_tree::SAMPLE_DEPTH, &report);
    report.verdict(file, root)
}

/// Reads config.json from `text`, and calls `further` for errors that only the build can find. `further` gets the entries that
/// could be read, also from an invalid text.
///
/// # Errors
/// The errors of [`parse`], and those of `further` at positions without another error.
pub(crate) fn parse_with(
    file: &str,
    text: &str,
    further: impl FnOnce(&Config) -> Vec<Mistake>,
) -> Result<Config, Mistakes> {
    let report = report::Report::default();
    let root =
        if read_file::check(text, &report) { json_tree::read(text, json_tree::DEPTH, &report) } else { None };
    let config = root.and_then(|root| top_level::read(&root, &report));
    report.add_new(config.as_ref().map(further).unwrap_or_default());
    report.verdict(file, config)
}

/// Returns a problem for each collision of services on a port, or an empty list.
///
/// [`parse`] checks that too, but options may change ports and addresses afterwards.
pub fn clashes<'a>(services: impl IntoIterator<Item = &'a ServiceConfig>) -> Vec<Problem> {
    name_collisions::clashes(services)
}
