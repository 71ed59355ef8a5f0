//! The exporter's metrics about itself and its process.
//!
//! | file | content |
//! |---|---|
//! | `health` | the families `cton_*` |
//! | `process` | the families `process_*` on Linux |

pub(crate) mod health;
#[cfg(target_os = "linux")]
mod process;

pub use health::{Health, ServiceHealth};
