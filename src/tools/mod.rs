//! The commands of the feature `tools`: new services, dashboards, alerts, manifests.
//!
//! | file | content |
//! |---|---|
//! | `kubernetes` | `cton kubernetes` |
//! | `monitoring` | dashboards, alerting rules and scrape configs |
//! | `scaffold` | `cton new` and `cton new-project` |
//! | `yaml` | writes JSON values as YAML |

pub(crate) mod kubernetes;
pub(crate) mod monitoring;
pub(crate) mod scaffold;
mod yaml;
