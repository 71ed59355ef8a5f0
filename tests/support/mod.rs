//! Fixtures of the integration tests, compiled once for each executable.
#![allow(dead_code, reason = "no executable uses all of it")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic and print")]

#[cfg(unix)]
pub mod activated;
pub mod cargo;
pub mod config_properties;
pub mod counting_api;
pub mod exposition_parser;
pub mod fake_api;
pub mod fake_proxy;
#[cfg(target_os = "linux")]
pub mod frozen_disk;
pub mod golden;
pub mod machine;
pub mod minimal_service;
pub mod package;
pub mod process;
pub mod prometheus;
pub mod seats_api;
pub mod shipped_config;
#[cfg(target_os = "linux")]
pub mod supervisor;
#[cfg(target_os = "linux")]
pub mod terminal;
pub mod wire_server;
