//! The integration tests that build packages, attack a process or take long. tests/README.md lists the other executables.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic and print")]
// `json!` takes a step of it for each key.
#![recursion_limit = "256"]

#[cfg(target_os = "linux")]
mod api_faults;
#[cfg(target_os = "linux")]
mod attacks;
mod book;
#[cfg(target_os = "linux")]
mod clocks;
mod codegen;
#[cfg(target_os = "linux")]
mod dashboard;
#[cfg(target_os = "linux")]
mod examples;
#[cfg(target_os = "linux")]
mod faulty_api;
mod hostile_configs;
mod kills;
#[cfg(target_os = "linux")]
mod liveness;
#[cfg(target_os = "linux")]
mod logins;
#[cfg(target_os = "linux")]
mod memory;
mod package;
#[cfg(target_os = "linux")]
mod reloads;
mod scaffold;
mod scaffold_fetch;
mod scaffold_names;
mod scaffold_openapi;
mod scaffold_paging;
mod scaffold_samples;
mod shared_origin;
#[cfg(target_os = "linux")]
mod soak;
#[path = "../support/mod.rs"]
mod support;
mod vendored;
