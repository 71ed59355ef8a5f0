//! A port that is served.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::exposition::site::Site;
use crate::server::accept::ServedPort;
use crate::support::log;

/// A port that is served.
pub(super) struct RunningPort {
    /// The address in the plan; `port` may be 0 there.
    pub(super) address: SocketAddr,
    pub(super) site: Arc<Site>,
    pub(super) served: ServedPort,
}

impl RunningPort {
    /// Closes the port, and returns its address in the plan and its site.
    pub(super) fn close(self) -> (SocketAddr, Arc<Site>) {
        log::info("port closed", &[("address", &self.served.listener())]);
        self.served.close();
        (self.address, self.site)
    }
}
