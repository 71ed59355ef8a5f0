//! The status of the services of a port: an HTML page, JSON, and a table for terminals.
//!
//! | file | content |
//! |---|---|
//! | `csp` | the Content-Security-Policy of the page |
//! | `error_status` | the parts of an error |
//! | `html` | escapes text for HTML |
//! | `humanize` | times and numbers for people |
//! | `metric_card` | one metric on the page |
//! | `metric_status` | the status of one metric |
//! | `page` | the HTML page |
//! | `plot` | recent totals as SVG |
//! | `poll_history` | the results of recent polls |
//! | `port_status` | the status of a port, and its JSON |
//! | `ring` | a ring buffer of numbers |
//! | `service_info` | the constant facts about a service |
//! | `service_status` | the status of one service |
//! | `status_scope` | the part of a status that a request selects |
//! | `table` | the table for terminals |
//! | `target_table` | the targets of a service on the page |

pub(crate) mod csp;
mod error_status;
mod html;
mod humanize;
mod metric_card;
mod metric_status;
pub(crate) mod page;
mod plot;
pub(crate) mod poll_history;
pub(crate) mod port_status;
mod ring;
pub(crate) mod service_info;
pub(crate) mod service_status;
pub(crate) mod status_scope;
pub(crate) mod table;
mod target_table;

pub use poll_history::{FinishedPoll, PollResult};
pub use service_info::ServiceInfo;
