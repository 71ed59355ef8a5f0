//! The HTTP server: connection limits, timeouts, strict parsing, TLS and access control.
//!
//! tiny_http parses requests and dispatches them to threads, but it trusts its peers. It has no timeouts and no limits, and it
//! stops accepting at the first error. So no connection from outside reaches it. `connection` reads one request within a
//! deadline, `request_head` rejects ambiguous requests, and `backend` passes a normalized request to tiny_http over a private
//! socket.
//!
//! ```text
//! scraper -> listener -> accept -> connection_limit -> connection -> backend -> tiny_http -> exposition
//! ```
//!
//! | file | content |
//! |---|---|
//! | `accept` | the accept thread of a port |
//! | `allowed_hosts` | the `Host` headers that are accepted, against DNS rebinding |
//! | `backend` | the private connections to tiny_http |
//! | `connection` | one connection: a request and its response, each within a deadline |
//! | `connection_limit` | limits connections, and selects those to close |
//! | `http_server` | serves any number of ports with one limit for all of them |
//! | `lifecycle` | the reload of the config by a request |
//! | `listener` | opens a port, or takes it over from systemd |
//! | `open_files_limit` | the number of connections that the process can afford |
//! | `request_head` | parses the head of a request (RFC 9112) |
//! | `response_head` | writes the head of a response (RFC 9112) |
//! | `self_check` | requests its own health, and exits if that fails |
//! | `timed_socket` | a socket with a deadline |
//! | `web_config` | the file of `--web-config`: TLS, users, headers, rate limit |

pub(crate) mod accept;
mod allowed_hosts;
mod backend;
mod connection;
mod connection_limit;
pub(crate) mod http_server;
pub(crate) mod lifecycle;
pub(crate) mod listener;
mod open_files_limit;
pub(crate) mod request_head;
mod response_head;
mod self_check;
mod timed_socket;
mod web_config;

pub use http_server::HttpServer;
pub use listener::Listener;
