//! The integration tests that neither build packages nor take long. tests/README.md lists the other executables.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic and print")]

mod api;
mod cli;
mod config;
mod doc_comments;
mod docs;
mod echoed_secrets;
mod exporter;
mod exposition_readers;
mod json_suite;
mod kubernetes;
mod monitoring;
mod msrv;
mod prometheus;
mod public_api;
mod python_tool;
mod random_expositions;
#[cfg(target_os = "linux")]
mod reload;
mod replay;
mod sample_values;
mod schema;
mod scrape_responses;
#[cfg(target_os = "linux")]
mod sd_notify;
#[cfg(target_os = "linux")]
mod self_check;
mod self_metrics;
mod series;
mod server;
mod signals;
#[cfg(target_os = "linux")]
mod socket_activation;
mod state;
mod status_page;
mod structure;
#[path = "../support/mod.rs"]
mod support;
mod targets;
#[cfg(target_os = "linux")]
mod terminal;
mod vocabulary;
mod web_config;
