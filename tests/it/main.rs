//! The integration tests that neither build packages nor take long. tests/README.md lists the other executables.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic and print")]

mod api;
mod cli;
mod config;
mod docs;
mod echoes;
mod exporter;
mod gate;
#[cfg(target_os = "linux")]
mod handed_over;
mod health;
mod json_suite;
mod kubernetes;
mod monitoring;
mod msrv;
#[cfg(target_os = "linux")]
mod notify;
mod pages;
mod parity;
#[cfg(target_os = "linux")]
mod probe;
mod prometheus;
mod replay;
mod sample;
mod sample_readers;
mod schema;
mod serve;
mod signals;
mod state;
mod status;
mod structure;
#[path = "../support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod terminal;
mod web_config;
