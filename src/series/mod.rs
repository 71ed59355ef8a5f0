//! The series of one service in memory, their changes, and their encoding.
//!
//! | file | content |
//! |---|---|
//! | `byte_limits` | the bytes that the series of a service may take, in memory and in an exposition |
//! | `changes` | the changes between two writes of the state |
//! | `distribution_check` | the rules for computed histograms and summaries |
//! | `encode` | the text format and OpenMetrics |
//! | `events` | evictions, counter resets and forgotten IDs, for the log and the metrics |
//! | `family_series` | the series of one family |
//! | `family_snapshot` | the series of one family as data |
//! | `items` | the items of one metric in one poll |
//! | `label_text` | label sets as text |
//! | `metric_freshness` | the times at which a metric was read |
//! | `number` | numbers in both formats |
//! | `options` | the limits of a service's series |
//! | `parked` | series beyond `series_limit` |
//! | `reconfigured` | the samples of a service whose metrics or options change |
//! | `record_report` | the report on a recorded poll |
//! | `restore_report` | the report on a restored state |
//! | `samples` | all families of one service |
//! | `saved` | samples in a state file |
//! | `seen_ids` | the IDs that were counted |
//! | `state_faults` | the faults of a state set's states |
//! | `time_series` | one series and its times |
//! | `unloaded` | saved metrics that are not loaded |
//! | `value` | the value of a series |

mod byte_limits;
pub(crate) mod changes;
mod distribution_check;
pub(crate) mod encode;
pub(crate) mod events;
mod family_series;
pub(crate) mod family_snapshot;
mod items;
pub(crate) mod label_text;
mod metric_freshness;
pub(crate) mod number;
pub(crate) mod options;
mod parked;
mod reconfigured;
pub(crate) mod record_report;
pub(crate) mod restore_report;
pub(crate) mod samples;
pub(crate) mod saved;
mod seen_ids;
mod state_faults;
mod time_series;
mod unloaded;
mod value;

pub use encode::Format;
pub use options::SeriesOptions;
pub use record_report::RecordReport;
pub use samples::{Cursor, Gauges, Samples, Terms};
