//! What the integration tests share.
#![allow(dead_code, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic")]

#[cfg(target_os = "linux")]
pub mod attacked;
pub mod fake_api;
pub mod fake_proxy;
pub mod golden;
#[cfg(unix)]
pub mod handed;
pub mod hostile;
pub mod process;
pub mod prometheus;
pub mod shipped;
#[cfg(target_os = "linux")]
pub mod supervisor;
#[cfg(target_os = "linux")]
pub mod terminal;
