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
//! | `metric_config` | one metric with its options |
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
//! | `service_config` | the keys of a service or target |
//! | `service_entry` | reads one entry of `services` |
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
mod metric_config;
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
mod service_config;
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
pub use metric_config::MetricConfig;
pub(crate) use mistakes::Mistake;
pub use mistakes::Mistakes;
pub use oauth2_keys::{AssertionConfig, OAuth2Auth, OAuth2Config, OAuth2Grant};
pub use position::Position;
pub(crate) use position::Spanned;
pub(crate) use problem::Problem;
pub use service_config::ServiceConfig;
pub use suggest::near;
pub use trust_store::TrustStore;

use std::path::PathBuf;
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
