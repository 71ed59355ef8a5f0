//! The poll loop of each service, and the threads beside it.
//!
//! | file | content |
//! |---|---|
//! | `plan` | the services to run, each with its effective config |
//! | `poller` | the loop of one service: poll, record, publish, wait |
//! | `schedule` | the time of the next poll |
//! | `selection` | the services that a command line selects |
//! | `service_samples` | the samples of a service and their freshness |
//! | `session_closer` | closes the sessions of all services when the process stops |
//! | `state_writer` | the thread that writes the state of one service |
//! | `watchdog` | logs stale gauges, outdated metrics and hung services |

pub(crate) mod plan;
pub(crate) mod poller;
mod schedule;
pub(crate) mod selection;
pub(crate) mod service_samples;
pub(crate) mod session_closer;
pub(crate) mod state_writer;
pub(crate) mod watchdog;
