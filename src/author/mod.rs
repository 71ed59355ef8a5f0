//! The types that a service file uses: a service, its requests and responses, and the values that its methods return.
//!
//! This module depends on [`fetch`](crate::fetch) and below. It does not store or export values.
//!
//! | file | content |
//! |---|---|
//! | `altered_response` | a response that is read with other values, to find the metrics that depend on it |
//! | `api` | the access of a service to its API, secrets, settings and time |
//! | `bounded_json` | JSON of a limited size |
//! | `brief_error` | a deserialization error that quotes no long value |
//! | `configured_family` | a metric family of a run, with the options of its config |
//! | `counting_deserializer` | counts the memory of values while they are deserialized |
//! | `family` | a metric family as compiled in |
//! | `graphql` | requests and responses of GraphQL |
//! | `header_value` | the values of headers |
//! | `label_value` | the values that a label accepts |
//! | `json_place` | the place of a value in a JSON text |
//! | `lenient` | fields that accept any JSON value: `Lenient`, `Part`, `Rows`, `Keyed`, `Text` |
//! | `link_header` | the next page in the header `Link` |
//! | `pages` | the pages of a list |
//! | `paging` | the pagination methods of APIs |
//! | `reading` | the values of metric methods: `Total`, `Increase`, `Once` |
//! | `request` | a request under construction |
//! | `request_value` | the values of parameters, form fields and segments |
//! | `response` | a response as a service reads it |
//! | `service` | the trait `Service` and the generated tables |
//! | `session` | the session that a service opens |
//! | `settings_type` | the type of the custom keys of a service |
//! | `status_error` | the errors of responses whose status is not 2xx |
//! | `units` | parsers for values in text: numbers, percentages, durations, sizes, times |

mod altered_response;
pub(crate) mod api;
mod bounded_json;
mod brief_error;
pub(crate) mod configured_family;
mod counting_deserializer;
pub(crate) mod family;
mod graphql;
pub(crate) mod header_value;
mod json_place;
mod label_value;
pub(crate) mod lenient;
pub(crate) mod link_header;
pub(crate) mod pages;
pub(crate) mod paging;
pub(crate) mod reading;
pub(crate) mod request;
pub(crate) mod request_value;
pub(crate) mod response;
pub(crate) mod service;
pub(crate) mod session;
pub(crate) mod settings_type;
mod status_error;
pub mod units;

pub use crate::fetch::auth::jwt::Jwt;
pub use crate::fetch::secrets::secret::Secret;
pub use crate::support::error::{Error, ErrorKind, Result};
pub use api::Api;
pub use family::Family;
pub use header_value::HeaderValue;
pub use label_value::LabelValue;
pub use lenient::{FoundType, Keyed, Lenient, Part, Rows, Text};
pub use pages::Pages;
pub use paging::Paging;
pub use reading::distribution::{Buckets, Quantiles};
pub use reading::qualified_total::QualifiedTotal;
pub use reading::states::States;
pub use reading::timestamp::Timestamp;
pub use reading::{Increase, Labels, Once, Reading, Total, Unchanged};
pub use request::Request;
pub use request_value::RequestValue;
pub use response::Response;
pub use service::{Bound, Metric, Program, Service, Table};
pub use session::Session;
pub use settings_type::SettingsType;
