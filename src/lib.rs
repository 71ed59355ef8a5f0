//! Collectington turns the numbers behind SaaS HTTP/JSON APIs into Prometheus metrics.
//!
//! A team writes an entry in `config.json` and one small file per API. `cargo build` turns them into one binary, `cton`,
//! and refuses to build while a configured metric has no implementation of the right type.
//!
//! # A service
//!
//! The entry names a type (`service_class`), the file it is in (`service_module`, in `services/`) and the metrics:
//!
//! ```json
//! "splunk": {
//!     "service_class": "SplunkApi",
//!     "service_module": "splunk_api",
//!     "port": 8000,
//!     "api_url": "https://api.victorops.com/api-reporting/v2/incidents",
//!     "prometheus_metrics_mapping": {
//!         "counter": ["number_of_incidents"],
//!         "summary": ["time_taken_to_resolve"]
//!     },
//!     "secret_file_path": "./splunk"
//! }
//! ```
//!
//! The type is what one poll yields. Each metric is a method of it with the metric's name; what it returns says what the
//! number means, so that nothing is counted twice ([`reading`](crate::author::reading) has the table).
//!
//! ```
//! use collectington::{Api, Once, Result, Service, Total};
//!
//! #[derive(serde::Deserialize)]
//! pub struct SplunkApi {
//!     total: u64,
//!     incidents: Vec<Incident>,
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Incident {
//!     number: String,
//!     minutes: f64,
//! }
//!
//! impl Service for SplunkApi {
//!     fn poll(api: &mut Api) -> Result<Self> {
//!         api.get().header("X-VO-Api-Key", api.secret("API_KEY")?).json()
//!     }
//! }
//!
//! impl SplunkApi {
//!     /// Incidents since the account was opened.
//!     pub fn number_of_incidents(&self) -> Total<u64> {
//!         Total(self.total)
//!     }
//!
//!     /// Minutes that incidents were open, each incident once.
//!     pub fn time_taken_to_resolve(&self) -> impl Iterator<Item = Once<&str, f64>> {
//!         self.incidents.iter().map(|incident| Once(incident.number.as_str(), incident.minutes))
//!     }
//! }
//! ```
//!
//! `cton -s splunk --once` polls once and prints the samples; `cton -s splunk` serves them. docs/writing-a-service.md goes on
//! from here.
//!
//! # What runs
//!
//! One thread per service polls, one writes its state, one writes the log, and one logs what hangs or is too old. When a poll has ended, its data is read by the generated table
//! ([`Table`]), the readings change the samples, and the page is rendered, once. A scrape is handed those bytes.
//!
//! # Invariants
//!
//! Each has a test.
//!
//! - Services never touch the registry; metric methods do no I/O; the generated file has no logic.
//! - A scrape never waits for a poll and does no network I/O. It shows one poll, never half of two.
//! - A failing service changes its own health metrics and nothing else: the process, the other services and the last
//!   good samples stay. `None`, errors and panics never become 0.
//! - Nothing is called current for longer than the config allows, also while a poll is under way: gauges go when they are
//!   too old, and a service that does not come back is down. A scrape decides that from times; nothing that can hang does.
//! - No thread but its own waits for the disk of a state or for standard error, and a poll loop that is stuck fails `/-/healthy`.
//! - One answer of an API is counted once, however often it is looked at.
//! - An ID of `Once` counts once while it is among the `once_ids_limit` that were listed last. A dead series never costs a live
//!   one its place.
//! - With a `state_dir` that can be written, a restart at any moment loses nothing, and counts no ID and no confirmed response
//!   twice.
//! - Every item of a reading stands alone: an invalid one is rejected and counted, and never costs a valid one. Distinct label
//!   sets never merge.
//! - The cursor of [`Api::keep`] passes an item only when it was recorded, or counted as rejected or lost.
//! - A gauge without a value has no series, and one that is not read any more is removed when it is stale, whatever the other
//!   metrics of the service do.
//! - Before its first good poll a service has no samples but those that its state file kept.
//! - Secrets are read at run time only: never in the binary, arguments, logs, errors, metrics, pages or recordings; never
//!   sent to another origin than the one they are meant for.
//! - What config.json, an API or a scraper sends can be wrong in any way without a crash, a hang, unbounded memory, or
//!   code that gets into the build.
//!
//! # Features
//!
//! `run` (default) is the exporter, and `tools` (default) what `cton` does beside running: `cton new`, dashboards, alerts,
//! manifests of Kubernetes. `build`, with `default-features = false`, is `collectington::build::compile` for the
//! build script of another package; it brings no HTTP and no TLS.

pub mod author;
#[cfg(feature = "run")]
mod cli;
#[cfg(feature = "build")]
pub mod codegen;
pub mod config;
#[cfg(feature = "run")]
pub mod exposition;
#[cfg(feature = "run")]
pub mod fetch;
#[cfg(feature = "run")]
mod poll;
#[cfg(feature = "run")]
pub mod self_metrics;
#[cfg(feature = "run")]
pub mod series;
#[cfg(feature = "run")]
pub mod server;
#[cfg(feature = "run")]
mod state;
#[cfg(feature = "run")]
pub mod status;
mod support;
#[cfg(all(feature = "run", feature = "tools"))]
mod tools;

#[cfg(feature = "run")]
pub use author::{
    Api, Bound, Family, HeaderValue, Metric, Pages, Paging, Program, Request, Response, Secret, Service,
    Table,
};
pub use author::{Error, ErrorKind, Increase, Labels, Once, QualifiedTotal, Result, Total, Unchanged};
#[cfg(feature = "run")]
pub use cli::program::run;
/// The name that build scripts use.
#[cfg(feature = "build")]
pub use codegen as build;
pub use config::Kind;

/// So that what the tests in tests/ share with the laws of [`fuzz`] can name this crate.
#[cfg(all(any(test, fuzzing), feature = "run", feature = "tools", feature = "build"))]
extern crate self as collectington;

#[cfg(all(any(test, fuzzing), feature = "run", feature = "tools", feature = "build"))]
#[allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "its checks are those of the tests"
)]
pub mod fuzz;

/// An API for the tests in this crate, the same as for those beside it.
#[cfg(feature = "run")]
#[cfg(test)]
#[path = "../tests/support/fake_api.rs"]
#[allow(dead_code, reason = "shared with the tests in tests/")]
mod fake_api;

/// The whole of `src/main.rs`: the services that the build script bound, and `main`.
#[cfg(feature = "run")]
#[macro_export]
macro_rules! main {
    () => {
        include!(concat!(env!("OUT_DIR"), "/services.rs"));

        fn main() -> ::std::process::ExitCode {
            ::collectington::run(&PROGRAM)
        }
    };
}

/// The Rust examples of the documents, as tests.
#[cfg(all(doctest, feature = "run"))]
mod documents {
    #[doc = include_str!("../README.md")]
    mod readme {}
    #[doc = include_str!("../docs/writing-a-service.md")]
    mod writing_a_service {}
    #[doc = include_str!("../docs/moving-from-python.md")]
    mod moving_from_python {}
    #[doc = include_str!("../docs/record-and-replay.md")]
    mod record_and_replay {}
}
