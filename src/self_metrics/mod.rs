//! The exporter's metrics about itself and its process.
//!
//! | file | content |
//! |---|---|
//! | `config_reload` | the result of the last reload of the config |
//! | `health` | the families `cton_*` of the process and of all services |
//! | `own_family` | the table of the families `cton_*` of a service, with HELP texts |
//! | `own_values` | the values of the series of a service |
//! | `process` | the families `process_*` on Linux |
//! | `service_health` | the updates of the families `cton_*` of a service |
//! | `service_labels` | the labels of a service or target |

pub(crate) mod config_reload;
pub(crate) mod health;
pub(crate) mod own_family;
mod own_values;
#[cfg(target_os = "linux")]
mod process;
pub(crate) mod service_health;
mod service_labels;

pub use health::Health;
pub use service_health::ServiceHealth;
