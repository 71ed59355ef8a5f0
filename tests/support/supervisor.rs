//! A supervisor such as systemd, which receives the notifications of the exporter (sd_notify(3)).

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The socket of a supervisor.
pub struct Supervisor(UnixDatagram, String);

impl Supervisor {
    /// Listens on a socket without a file, whose name no other test uses.
    pub fn new(name: &str) -> Self {
        let name = format!("cton-{name}-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        Self(UnixDatagram::bind_addr(&address).unwrap(), format!("@{name}"))
    }

    /// The value of `NOTIFY_SOCKET`.
    pub fn socket(&self) -> &str {
        &self.1
    }

    /// Waits for the next state that it hears.
    pub fn hears(&self) -> String {
        heard(&self.0)
    }

    /// Waits for the first self-check that succeeds; from then on those that fail count.
    pub fn hears_of_life(&self) {
        while self.hears() != "WATCHDOG=1" {}
    }
}

/// The next state that is sent to a socket.
pub fn heard(socket: &UnixDatagram) -> String {
    socket.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
    let mut bytes = [0; 256];
    let length = socket.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}
