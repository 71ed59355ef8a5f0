//! The services that a command line selects, and its changes of their config.

use std::net::IpAddr;
use std::path::PathBuf;

/// The changes by `--listen` of a service's address.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Listen {
    /// The IP address of the interface, if it is changed.
    pub ip: Option<IpAddr>,
    /// The port, if it is changed.
    pub port: Option<u16>,
}

/// The services that a command line selects, and its changes of their config.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    /// The names of the services.
    pub service: Vec<String>,
    /// Selects every service.
    pub all: bool,
    /// Selects every service if none is named.
    pub all_by_default: bool,
    /// Accepts the names of compiled-in services that the config omits.
    pub accepts_omitted: bool,
    /// The config file that replaces the compiled-in config.
    pub config: Option<PathBuf>,
    /// The address that replaces those of the services.
    pub listen: Option<Listen>,
    /// The directory of the state files.
    pub state_dir: Option<PathBuf>,
    /// True if no state is read or written, because responses are recorded or replayed.
    pub is_stateless: bool,
}
