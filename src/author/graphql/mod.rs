//! Requests and responses of GraphQL over HTTP.
//!
//! | file | content |
//! |---|---|
//! | `operation` | the kind of an operation: a query, or one that changes data |
//! | `request_body` | the body of a request |
//! | `response_body` | the data and the errors of a response |

mod operation;
pub(super) mod request_body;
pub(super) mod response_body;

pub(super) use operation::is_read_only;
