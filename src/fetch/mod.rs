//! The HTTP client: sends the requests of services, within limits and with a cache.
//!
//! | file | content |
//! |---|---|
//! | `auth` | OAuth2 and the identity of a client |
//! | `cache` | the response cache and conditional requests |
//! | `cassette` | recordings: writes, reads and replays them |
//! | `client` | the state that all services of a process share |
//! | `exchange_workers` | threads that send requests in parallel |
//! | `form` | the encoding of forms |
//! | `http_method` | the method of a request |
//! | `http_token` | the syntax of methods and header names |
//! | `launched_exchange` | the outcome of a request that a worker has sent |
//! | `limits` | rate limits, retries and deadlines |
//! | `raw_request` | a request that is ready to be sent |
//! | `raw_response` | a response as bytes |
//! | `recorded_service` | the service of a test, which a recording replaces |
//! | `secrets` | secrets, secret files and redaction |
//! | `send` | sends a request with retries and redirects |
//! | `source` | the upstream of a service with its tokens, rate limits and retry policy |
//! | `status_text` | the names of status codes |
//! | `traffic` | the request counters of one poll |
//! | `transport` | ureq, TLS, proxies and name resolution |
//! | `upstream` | the network or a recording, at the bottom of the client |
//! | `url` | the URLs of one API |

pub(crate) mod auth;
pub(crate) mod cache;
pub(crate) mod cassette;
pub(crate) mod client;
pub(crate) mod exchange_workers;
pub(crate) mod form;
pub(crate) mod http_method;
pub(crate) mod http_token;
pub(crate) mod launched_exchange;
pub(crate) mod limits;
pub(crate) mod raw_request;
pub(crate) mod raw_response;
pub(crate) mod recorded_service;
pub(crate) mod secrets;
pub(crate) mod send;
pub(crate) mod source;
pub(crate) mod status_text;
pub(crate) mod traffic;
pub(crate) mod transport;
pub(crate) mod upstream;
pub(crate) mod url;

pub use client::{Client, Mode};
pub use secrets::redactor::Redactor;
pub use traffic::Traffic;
pub use transport::pem::{certificates, client_certificate};
