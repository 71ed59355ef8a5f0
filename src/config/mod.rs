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
//! | `metric_entries` | `prometheus_metrics_mapping` |
//! | `metric_options` | labels, HELP, units and buckets of metrics |
//! | `name_collisions` | series that two metrics would both expose |
//! | `names` | the rules for names |
//! | `oauth2_keys` | the OAuth2 keys of a service |
//! | `read_file` | reads the file within its limits |
//! | `report` | collects errors |
//! | `secret_check` | rejects secrets in config.json |
//! | `service_entry` | one entry of `services` |
//! | `suggest` | suggestions for misspelt names |
//! | `top_level` | the top-level keys |
//! | `trust_store` | the certificate authorities to trust |

pub(crate) mod api_url;
mod canonical;
pub(crate) mod credential_names;
pub(crate) mod credential_shapes;
mod custom_keys;
mod differences;
mod enum_value;
mod fields;
mod json_syntax;
pub(crate) mod json_tree;
mod key_table;
mod metric_entries;
mod metric_options;
mod name_collisions;
pub(crate) mod names;
pub(crate) mod oauth2_keys;
mod read_file;
mod report;
mod secret_check;
mod service_entry;
pub(crate) mod suggest;
mod top_level;
pub(crate) mod trust_store;

pub use oauth2_keys::{OAuth2Auth, OAuth2Config};
pub use suggest::near;
pub use trust_store::TrustStore;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

#[cfg(all(feature = "run", feature = "tools"))]
use json_tree::Node;

/// The whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `api_call_intervals`: the time from one poll to the next.
    pub interval: Duration,
    /// `log_level`.
    pub level: Level,
    /// `state_dir`: where what was counted is kept over a restart.
    pub state_dir: Option<PathBuf>,
    /// `created_series` (true): whether `_created` series are exposed, for the services that do not set it.
    pub created_series: bool,
    /// `services`, in the order of the file.
    pub services: Vec<ServiceConfig>,
}

/// One entry of `services`.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceConfig {
    /// The key of the entry.
    pub name: String,
    /// Where the entry begins.
    pub place: Position,
    /// `service_class`: the type that implements `Service`.
    pub class: Spanned<String>,
    /// `service_module`: the file in services/, without `.rs`.
    pub module: Spanned<String>,
    /// `port`.
    pub port: u16,
    /// `api_url`.
    pub api_url: String,
    /// `prometheus_metrics_mapping` and what else is said of each metric, in the order of the file.
    pub metrics: Vec<MetricConfig>,
    /// `secret_file_path`, as written.
    pub secret_file: Option<PathBuf>,
    /// `data_store_expiration_sec` (60): how long an answer of the API is not asked for again.
    pub expiration: Duration,
    /// `request_timeout_sec` (10): the whole of one exchange.
    pub request_timeout: Duration,
    /// `poll_timeout_sec` (ten times `request_timeout_sec`, or `data_store_expiration_sec` if that is longer): the whole of
    /// one poll.
    pub poll_timeout: Duration,
    /// `response_limit_bytes` (16 MiB): the largest body, after decompression.
    pub response_limit: u64,
    /// `poll_limit_bytes` (four times `response_limit_bytes`): all answers of one poll together.
    pub poll_limit: u64,
    /// `memory_limit_bytes` (64 MiB): the data that is built from the answers of one poll.
    pub memory_limit: u64,
    /// `retries` (2): further tries of one request within a poll.
    pub retries: u32,
    /// `calls_per_minute`: the most calls of the API's origin, whoever makes them.
    pub calls_per_minute: Option<f64>,
    /// `ca_file_path`: a PEM file of the only certificate authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// `trust_store` (`mozilla`): whom to trust where `ca_file_path` does not say.
    pub trust_store: TrustStore,
    /// `client_cert_path`: a PEM file of the certificate, and those it is signed with, that the API is shown.
    pub client_cert: Option<PathBuf>,
    /// `client_key_path`: a PEM file of the key of that certificate.
    pub client_key: Option<PathBuf>,
    /// The `oauth2_*` keys, if the API wants a token.
    pub oauth2: Option<OAuth2Config>,
    /// `listen` (all interfaces): the address that `port` is opened on.
    pub listen: std::net::IpAddr,
    /// `stale_after_intervals` (5): gauges go after so many polls' time without success; 0: never.
    pub stale_after: u32,
    /// `series_limit` (10,000): the most series that one metric may have.
    pub series_limit: usize,
    /// `allow_secret_like`: the paths of keys whose values look like secrets and are none.
    pub allow_secret_like: Vec<String>,
    /// `series_expire_after_sec` (0): the time after which a series that is no longer listed is removed; zero: never.
    pub series_expire_after: Duration,
    /// `once_ids_limit` (100,000): the number of IDs of `Once` that one metric retains.
    pub once_ids_limit: usize,
    /// `created_series`, if the entry sets it.
    pub created_series: Option<bool>,
    /// The keys of the team's own, which the service reads with `Api::setting`.
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// One metric of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricConfig {
    /// The name, which is also the method's.
    pub name: String,
    /// Where the name stands in `prometheus_metrics_mapping`.
    pub place: Position,
    /// The key of `prometheus_metrics_mapping` it stands under.
    pub kind: Kind,
    /// Its entry in `prometheus_metric_labels`.
    pub labels: Vec<String>,
    /// Its entry in `prometheus_metric_help`; else the method's doc comment is used.
    pub help: Option<String>,
    /// Its entry in `prometheus_metric_units`.
    pub unit: Option<String>,
    /// Its entry in `prometheus_metric_buckets`, or the default ones; empty if it is no histogram.
    pub buckets: Vec<f64>,
}

/// The four kinds of metric, as Prometheus defines them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Sum and count of observations.
    Summary,
    /// Observations by size.
    Histogram,
}

/// `log_level`, with the meaning that Python's logging gives the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything.
    Notset,
    /// Each request too.
    Debug,
    /// Changes of state.
    Info,
    /// What is not right but goes on.
    Warning,
    /// What failed.
    Error,
    /// What ends the process.
    Critical,
}

/// A line and a column in a file, both counted from 1, the column in characters; 0 and 0 for the file as such.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it begins.
    pub place: Position,
}

/// One thing that is wrong with a file: what was found, what is expected, what to do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// Where.
    pub place: Position,
    /// The words.
    pub text: String,
}

/// Everything that is wrong with a file, in the order of the file; each as `FILE:LINE:COL: words`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistakes {
    /// The file's name, as it was given.
    pub file: String,
    /// At least one.
    pub list: Vec<Mistake>,
}

/// Reads a config file.
///
/// # Errors
/// The file cannot be read, or holds mistakes: all of them at once.
pub fn load(path: &std::path::Path) -> Result<Config, Mistakes> {
    load_with(path, |_| Vec::new())
}

/// Reads a config file, and has `further` look for mistakes that only the build can see; it gets what could be
/// read, also of a file that has mistakes.
///
/// # Errors
/// As [`load`], and what `further` found where nothing was found before.
pub fn load_with(
    path: &std::path::Path,
    further: impl FnOnce(&Config) -> Vec<Mistake>,
) -> Result<Config, Mistakes> {
    read(&path.display().to_string(), &read_file::read(path, "the config", read_file::CONFIG_LIMIT)?, further)
}

/// Reads config.json from `text`; `file` is its name in the mistakes.
///
/// # Errors
/// Every mistake at once.
pub fn parse(file: &str, text: &str) -> Result<Config, Mistakes> {
    read(file, text, |_| Vec::new())
}

/// Reads an answer of an API from a file: its text, and what stands in it.
#[cfg(all(feature = "run", feature = "tools"))]
pub(crate) fn load_sample(path: &std::path::Path) -> Result<(String, Node), Mistakes> {
    let text = read_file::read(path, "a sample answer of the API", read_file::SAMPLE_LIMIT)?;
    let root = parse_sample(&path.display().to_string(), &text)?;
    Ok((text, root))
}

/// Reads an answer of an API from `text`; `file` is its name in the mistakes.
#[cfg(all(feature = "run", feature = "tools"))]
pub(crate) fn parse_sample(file: &str, text: &str) -> Result<Node, Mistakes> {
    let report = report::Report::default();
    let wrong = match text.trim_start().chars().next() {
        None => Some("the file is empty, expected an answer of the API: ask it again"),
        Some('<') => Some("a web page, expected JSON: is the URL right, and does the API want a key?"),
        Some(_) => None,
    };
    if let Some(wrong) = wrong {
        report.add(Position { line: 1, column: 1 }, wrong);
        return report.verdict(file, None);
    }
    let root = json_tree::read(text, json_tree::SAMPLE_DEPTH, &report);
    report.verdict(file, root)
}

fn read(file: &str, text: &str, further: impl FnOnce(&Config) -> Vec<Mistake>) -> Result<Config, Mistakes> {
    let report = report::Report::default();
    let root =
        if read_file::check(text, &report) { json_tree::read(text, json_tree::DEPTH, &report) } else { None };
    let config = root.and_then(|root| top_level::read(&root, &report));
    report.add_new(config.as_ref().map(further).unwrap_or_default());
    report.verdict(file, config)
}

/// Why services cannot be shown together with the ports and addresses they have now, which options may have
/// changed since [`parse`] looked at them. Empty if they can.
pub fn clashes<'a>(services: impl IntoIterator<Item = &'a ServiceConfig>) -> Vec<String> {
    name_collisions::clashes(services)
}

impl Kind {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Counter, Self::Gauge, Self::Summary, Self::Histogram];

    /// The word for it in config.json and in the exposition.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
            Self::Histogram => "histogram",
        }
    }

    /// The name that a metric's series begin with: a counter may be called with the `_total` that it ends in.
    pub fn base(self, name: &str) -> &str {
        if self == Self::Counter { name.strip_suffix("_total").unwrap_or(name) } else { name }
    }

    /// The kind that the word stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Level {
    /// All six, the most talkative first.
    pub const ALL: [Self; 6] =
        [Self::Notset, Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// The word for it in config.json.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notset => "NOTSET",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.list.iter().enumerate() {
            let end = if i + 1 == self.list.len() { "" } else { "\n" };
            match mistake.place {
                Position { line: 0, .. } => write!(f, "{}: {}{end}", self.file, mistake.text)?,
                Position { line, column } => {
                    write!(f, "{}:{line}:{column}: {}{end}", self.file, mistake.text)?;
                }
            }
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}
