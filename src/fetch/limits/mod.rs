//! The limits of requests: rates, retries and time.
//!
//! | file | content |
//! |---|---|
//! | `byte_budget` | the bytes of parallel responses |
//! | `calls_per_minute` | the rate limit of the config |
//! | `deadline` | the time that is left for a poll |
//! | `rate_headers` | reads `X-RateLimit-*`, `RateLimit-*` and `RateLimit` |
//! | `rate_limiter` | the rate limit that an API reports |
//! | `remaining_requests` | the requests that an API still accepts |
//! | `retry_policy` | decides about retries and their backoff |
//! | `service_limits` | all rate limits of one service |

pub(crate) mod byte_budget;
pub(in crate::fetch) mod calls_per_minute;
pub(crate) mod deadline;
pub(crate) mod rate_headers;
pub(crate) mod rate_limiter;
mod remaining_requests;
pub(in crate::fetch) mod retry_policy;
pub(crate) mod service_limits;
