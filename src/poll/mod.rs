//! The poll loop of each service, and the threads that run it.
//!
//! | file | content |
//! |---|---|
//! | `first_polls` | the times of the first polls |
//! | `plan` | the services to run, each with its effective config |
//! | `planned_metrics` | the metrics of a service that the config has |
//! | `poll_pool` | the threads that poll |
//! | `poll_queue` | the pollers that are due |
//! | `plan_change` | the services that differ between two plans |
//! | `poller` | the loop of one service: poll, record, publish, wait |
//! | `poller_config` | the part of a poller that the config determines |
//! | `schedule` | the time of the next poll |
//! | `selection` | the services that a command line selects |
//! | `service_samples` | the samples of a service and their freshness |
//! | `session_closer` | closes the sessions of all services when the process stops |
//! | `watchdog` | logs stale gauges, outdated metrics and hung services |

pub(crate) mod first_polls;
pub(crate) mod plan;
pub(crate) mod plan_change;
mod planned_metrics;
pub(crate) mod poll_pool;
mod poll_queue;
pub(crate) mod poller;
pub(crate) mod poller_config;
mod schedule;
pub(crate) mod selection;
pub(crate) mod service_samples;
pub(crate) mod session_closer;
pub(crate) mod watchdog;
