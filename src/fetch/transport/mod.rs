//! The transport of one exchange over the network.
//!
//! | file | content |
//! |---|---|
//! | `agent` | sends one request through ureq |
//! | `connection_pool` | the kept connections of an agent |
//! | `http2_detector` | detects a server that supports only HTTP/2 |
//! | `gzip_body` | decompresses bodies |
//! | `kept_connection` | marks the errors of kept connections |
//! | `no_proxy` | the variable `NO_PROXY` |
//! | `pem` | certificates and keys in PEM files |
//! | `proxy` | the proxy variables of the environment |
//! | `proxy_connector` | connects through a proxy and marks its errors |
//! | `proxy_error` | the errors of the connection to a proxy |
//! | `resolver` | selects the fastest address of a host |
//! | `route` | converts the errors of exchanges to errors with help |
//! | `server_verifier` | verifies the certificate of a server |
//! | `socket_connector` | connects with TCP |
//! | `tls` | the TLS configuration of a service, reloaded when files change |
//! | `tls_cache` | the TLS configurations that services share |
//! | `tls_connector` | connects with TLS |
//! | `tls_error` | TLS errors in plain words |
//! | `tls_records` | the borders of TLS records |
//! | `x509` | the fields of a certificate |

pub(in crate::fetch) mod agent;
mod connection_pool;
mod gzip_body;
mod http2_detector;
mod kept_connection;
mod no_proxy;
pub(crate) mod pem;
pub(crate) mod proxy;
mod proxy_connector;
mod proxy_error;
mod resolver;
mod route;
mod server_verifier;
mod socket_connector;
pub(crate) mod tls;
pub(in crate::fetch) mod tls_cache;
mod tls_connector;
mod tls_error;
mod tls_records;
mod x509;
