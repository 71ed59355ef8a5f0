//! The response cache of a process.
//!
//! | file | content |
//! |---|---|
//! | `conditional` | validators and conditional requests (RFC 9110, section 13) |
//! | `fingerprint` | fingerprints of requests and responses that remain valid after a restart |
//! | `request_key` | fingerprints of requests |
//! | `response_cache` | shares a response among equal requests |

pub(crate) mod conditional;
pub(crate) mod fingerprint;
pub(crate) mod request_key;
pub(crate) mod response_cache;
