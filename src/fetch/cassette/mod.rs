//! Recordings of exchanges with an API.
//!
//! | file | content |
//! |---|---|
//! | `body_match` | compares the body of a request with a recorded one |
//! | `http_file` | one exchange as a text file |
//! | `query_match` | compares the query of a request with a recorded one |
//! | `record` | writes recordings without secrets |
//! | `replay` | returns recorded responses |

mod body_match;
pub(crate) mod http_file;
mod query_match;
pub(crate) mod record;
pub(crate) mod replay;
