//! Collectington turns the numbers behind SaaS HTTP/JSON APIs into Prometheus metrics.
//!
//! A team writes an entry in `config.json` and one small file per API. `cargo build` turns them into one binary, `cton`,
//! and refuses to build while a configured metric has no implementation of the right type.
//!
//! # A service
//!
//! The entry names a type (`service_class`), its file (`service_module`, in `services/`) and the metrics:
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
//! The type holds the data of one poll. Each metric is a method of it with the name of the metric. The return type
//! states the meaning of the number, so that nothing is counted twice.
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
//!     /// Number of incidents since the account was opened.
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
//! `cton -s splunk --once` polls once and prints the samples. `cton -s splunk` serves them. docs/writing-a-service.md
//! continues from here.
//!
//! Only the items of this page are public. They are the types of a service file and of generated code, so everything else
//! can change without a change to a service.
//!
//! # Define a service
//!
//! - [`Service`]: the data of one poll, and the requests for it. Its page lists the return types of metric methods.
//! - [`Api`]: the access of a service to its API, secrets, settings, time, and value of the previous poll.
//! - [`SettingsType`]: the type of the custom keys of a service.
//! - [`Api::replay`]: an `Api` for tests, which responds from recordings.
//!
//! # Send requests
//!
//! - [`Request`]: a request under construction, from [`Api::get`], [`Api::post`], [`Api::graphql`] or [`Api::request`].
//! - [`Response`]: the status, the headers and the body of a response.
//! - [`Paging`]: a pagination method, for [`Request::pages`].
//! - [`Pages`]: the iterator over the pages of a list.
//! - [`Session`]: the credentials that a login returns, for [`Service::log_in`].
//! - [`Secret`]: a value that is never printed, from [`Api::secret`].
//! - [`Jwt`]: a JSON web token that a private key signs.
//! - [`HeaderValue`] and [`RequestValue`]: the traits of values that a header, and a parameter, field or segment accept.
//!
//! # Read responses
//!
//! - [`Lenient`], [`Text`]: a field that may be absent or of another type without a failed poll.
//! - [`Part`], [`Rows`], [`Keyed`]: an object, a list, and an object whose keys are data, with such fields.
//! - [`FoundType`]: the type of an unexpected value.
//! - [`units`]: parsers for numbers, percentages, durations, sizes and times in text.
//!
//! # Return values
//!
//! - [`Total`]: a running total that the API maintains.
//! - [`QualifiedTotal`]: a total with its start time, or with falls that are noise.
//! - [`Increase`]: a number that is added to a counter.
//! - [`Once`]: a number that belongs to an ID and counts once.
//! - [`Buckets`]: the buckets of a histogram that the API computes.
//! - [`Quantiles`]: the quantiles of a summary that the API computes.
//! - [`States`]: the states of a thing, of which each is exported as 0 or 1.
//! - [`Timestamp`]: a time, exported as a Unix timestamp.
//! - [`Unchanged`]: the absence of data that this poll did not request.
//! - [`Labels`]: the trait of the generated structs in `crate::labels`.
//! - [`LabelValue`]: the trait of texts and numbers that a label accepts.
//!
//! # Errors
//!
//! - [`Result`]: the result of a poll, a request or a metric method.
//! - [`Error`]: the error of a poll or of one of its metrics.
//! - [`ErrorKind`]: the closed set of causes.
//!
//! # Program
//!
//! - [`main!`]: the whole of `src/main.rs`.
//! - `build::compile`: the whole of `build.rs`, with the feature `build`.
//! - [`run`], [`Program`], [`Table`], [`Bound`], [`Metric`], [`Family`] and [`Kind`]: the parts of generated code.
//!
//! # Threads
//!
//! A pool of threads polls the services that are due. One thread writes the log, and one logs stale data and hung
//! services. A poll that hangs or waits for the disk of its state keeps its thread, and another thread polls the other
//! services. After a poll, the generated table ([`Table`]) reads the data, the metric values change the samples, and the
//! exposition is rendered once. A scrape receives those bytes.
//!
//! # Invariants
//!
//! Each has a test.
//!
//! - Services never touch the registry; metric methods do no I/O; the generated file has no logic.
//! - A scrape never waits for a poll and does no network I/O. It shows one poll, never half of two.
//! - A failing service changes its own health metrics and nothing else: the process, the other services and the last
//!   valid samples stay. `None`, errors and panics never become 0.
//! - No value counts as current for longer than the config allows, also during a poll: stale gauges are removed, and a
//!   hung service is down. A scrape computes that from times; no thread that can hang takes part.
//! - No poll waits for the poll or the state of another service, and no thread but that of the log for standard error. A
//!   stuck poll loop fails `/-/healthy`.
//! - One response of an API is counted once, however often it is read.
//! - An ID of `Once` counts once while it is among the last `once_ids_limit` listed IDs. A dead series never takes the
//!   place of a live one.
//! - With a `state_dir` that can be written, a restart at any moment loses nothing, and counts no ID and no confirmed response
//!   twice.
//! - Every item of a metric value is independent: an invalid one is rejected and counted, and never costs a valid one.
//!   Distinct label sets never merge.
//! - The cursor of [`Api::keep`] passes an item only after it was recorded, or counted as rejected or lost.
//! - A gauge without a value has no series. A gauge that is no longer read is removed when it is stale, regardless of
//!   the other metrics of the service.
//! - Before its first successful poll, a service has only the samples of its state file.
//! - Secrets are read at run time only: never in the binary, arguments, logs, errors, metrics, HTML or recordings;
//!   never sent to another origin than their own.
//! - A service has at most one open session, in memory only. A refused session, also one of parallel requests, is replaced by one
//!   login; an API that refuses each session gets few logins.
//! - Parallel requests have the results, their order and the limits of requests that are sent one after the other. A failed one
//!   affects no other one.
//! - A list is read to its end, or the poll fails: a wrong total, an invalid link and a loop never truncate it.
//! - Invalid input from config.json, an API or a scraper never causes a crash, a hang, unbounded memory, or code in the
//!   build.
//!
//! # Features
//!
//! `run` (default) is the exporter. `tools` (default) adds `cton new`, dashboards, alerts and Kubernetes manifests.
//! `build`, with `default-features = false`, is `collectington::build::compile` for the build script of another
//! package; it includes no HTTP and no TLS.

#![warn(unreachable_pub)]

#[cfg(feature = "run")]
mod author;
#[cfg(feature = "run")]
mod cli;
#[cfg(feature = "build")]
mod codegen;
mod config;
#[cfg(feature = "run")]
mod exposition;
#[cfg(feature = "run")]
mod fetch;
#[cfg(feature = "run")]
mod poll;
#[cfg(feature = "run")]
mod self_metrics;
#[cfg(feature = "run")]
mod series;
#[cfg(feature = "run")]
mod server;
#[cfg(feature = "run")]
mod state;
#[cfg(feature = "run")]
mod status;
#[cfg(feature = "run")]
mod support;
#[cfg(all(feature = "run", feature = "tools"))]
mod tools;

#[cfg(feature = "run")]
pub use author::{
    Api, Bound, Buckets, Error, ErrorKind, Family, FoundType, HeaderValue, Increase, Jwt, Keyed, LabelValue,
    Labels, Lenient, Metric, Once, Pages, Paging, Part, Program, QualifiedTotal, Quantiles, Request,
    RequestValue, Response, Result, Rows, Secret, Service, Session, SettingsType, States, Table, Text,
    Timestamp, Total, Unchanged, units,
};
#[cfg(feature = "run")]
pub use cli::program::run;
pub use config::Kind;

/// The build script of a package with services.
#[cfg(feature = "build")]
pub mod build {
    pub use crate::codegen::compile;
}

/// The internals that tests/ and benches/ use. Another package must not use them, because they change without notice.
#[doc(hidden)]
pub mod internals {
    #[cfg(feature = "build")]
    pub use crate::codegen::{Generated, generate};
    #[cfg(feature = "run")]
    pub use crate::{
        author::Reading,
        exposition::{
            ProcessFacts, ScrapeRequest, ScrapeResponse, Site, SnapshotFreshness, Target, Targets, respond,
        },
        fetch::{Client, Mode, Redactor, Traffic, certificates, client_certificate},
        self_metrics::{Health, ServiceHealth},
        series::{Cursor, Format, Gauges, RecordReport, Samples, SeriesOptions, Terms},
        server::{HttpServer, Listener},
        status::{FinishedPoll, PollResult, ServiceInfo},
    };

    pub mod config {
        pub use crate::config::{
            AssertionConfig, Config, Level, MetricConfig, Mistakes, OAuth2Auth, OAuth2Config, OAuth2Grant,
            Position, ServiceConfig, TrustStore, clashes, load, near, parse,
        };
    }
}

/// Lets code that tests/ shares with [`fuzz`] refer to this crate by its name.
#[cfg(all(any(test, fuzzing), feature = "run", feature = "tools", feature = "build"))]
extern crate self as collectington;

#[cfg(all(any(test, fuzzing), feature = "run", feature = "tools", feature = "build"))]
#[allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::panic,
    reason = "its checks are those of the tests"
)]
pub mod fuzz;

/// A fake API for the tests in this crate and in tests/.
#[cfg(feature = "run")]
#[cfg(test)]
#[path = "../tests/support/fake_api.rs"]
#[allow(dead_code, unreachable_pub, reason = "shared with the tests in tests/")]
mod fake_api;

/// Expands to the whole of `src/main.rs`: the services that the build script bound, and `main`.
#[cfg(feature = "run")]
#[macro_export]
macro_rules! main {
    () => {
        include!(concat!(env!("OUT_DIR"), "/services.rs"));

        fn main() -> ::std::process::ExitCode {
            ::collectington::run(&PROGRAM, option_env!("CTON_REVISION"))
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
    #[doc = include_str!("../docs/logins.md")]
    mod logins {}
    #[doc = include_str!("../docs/oauth2.md")]
    mod oauth2 {}
    #[doc = include_str!("../docs/paging.md")]
    mod paging {}
    #[doc = include_str!("../docs/many-requests.md")]
    mod many_requests {}
    #[doc = include_str!("../docs/moving-from-python.md")]
    mod moving_from_python {}
    #[doc = include_str!("../docs/record-and-replay.md")]
    mod record_and_replay {}
}
