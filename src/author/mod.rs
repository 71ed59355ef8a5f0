//! The types that a service file uses: a service, its requests and responses, and the values that its methods return.
//!
//! This module depends on [`fetch`](crate::fetch) and below. It does not store or export values.
//!
//! | file | content |
//! |---|---|
//! | `altered_response` | a response that is read with other values, to find the metrics that depend on it |
//! | `api` | the access of a service to its API, secrets, settings and time |
//! | `brief_error` | a deserialization error that quotes no long value |
//! | `counting_deserializer` | counts the memory of values while they are deserialized |
//! | `family` | a metric family as configured |
//! | `paging` | lists that an API returns in pages |
//! | `reading` | the values of metric methods: `Total`, `Increase`, `Once` |
//! | `request` | a request under construction |
//! | `response` | a response as a service reads it |
//! | `service` | the trait `Service` and the generated tables |

#[cfg(feature = "run")]
mod altered_response;
#[cfg(feature = "run")]
pub(crate) mod api;
#[cfg(feature = "run")]
mod brief_error;
#[cfg(feature = "run")]
mod counting_deserializer;
#[cfg(feature = "run")]
pub(crate) mod family;
#[cfg(feature = "run")]
pub(crate) mod paging;
pub mod reading;
#[cfg(feature = "run")]
pub(crate) mod request;
#[cfg(feature = "run")]
pub(crate) mod response;
#[cfg(feature = "run")]
pub(crate) mod service;

#[cfg(feature = "run")]
pub use crate::fetch::secrets::secret::Secret;
pub use crate::support::error::{Error, ErrorKind, Result};
#[cfg(feature = "run")]
pub use api::Api;
#[cfg(feature = "run")]
pub use family::Family;
#[cfg(feature = "run")]
pub use paging::{Pages, Paging};
pub use reading::qualified_total::QualifiedTotal;
pub use reading::{Increase, Labels, Once, Reading, Total, Unchanged};
#[cfg(feature = "run")]
pub use request::{HeaderValue, Request};
#[cfg(feature = "run")]
pub use response::Response;
#[cfg(feature = "run")]
pub use service::{Bound, Metric, Program, Service, Table};
