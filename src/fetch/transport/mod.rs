//! The transport of one exchange over the network.
//!
//! | file | content |
//! |---|---|
//! | `agent` | sends one request through ureq |
//! | `error_advice` | turns transport errors into messages with a remedy |
//! | `no_proxy` | the variable `NO_PROXY` |
//! | `pem` | certificates and keys in PEM files |
//! | `proxy` | the proxy variables of the environment |
//! | `resolver` | selects the fastest address of a host |
//! | `tls` | the TLS configuration of a service, reloaded when files change |

pub(in crate::fetch) mod agent;
mod error_advice;
mod no_proxy;
pub(crate) mod pem;
pub(crate) mod proxy;
mod resolver;
pub(crate) mod tls;
