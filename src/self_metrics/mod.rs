//! The exporter's metrics about itself and its process.
//!
//! | file | content |
//! |---|---|
//! | `family_part` | a family as text |
//! | `health` | the families `cton_*` of the process, and all HELP texts |
//! | `process` | the families `process_*` on Linux |
//! | `service_health` | the families `cton_*` of a service |
//! | `service_labels` | the labels of a service or target |

pub(crate) mod family_part;
pub(crate) mod health;
#[cfg(target_os = "linux")]
mod process;
pub(crate) mod service_health;
mod service_labels;

pub use health::Health;
pub use service_health::ServiceHealth;
