//! Runs the real binary on a socket opened by the test, as systemd does, so that no other process can take the port.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};

use super::process::Running;

/// Moves the socket to where sd_listen_fds(3) has it.
const HAND_OVER: &str = r#"exec 3<&0 </dev/null; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0" "$@""#;

/// A call of `binary` with a port of its own.
pub struct Activated {
    pub port: u16,
    pub command: Command,
}

impl Activated {
    pub fn new(binary: impl AsRef<Path>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut command = Command::new("sh");
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["-c", HAND_OVER]).arg(binary.as_ref());
        command.stdin(OwnedFd::from(listener)).stdout(Stdio::null());
        Self { port, command }
    }

    /// Starts it; this process has no part of the socket any more.
    pub fn start(mut self) -> (Running, u16) {
        (Running(self.command.spawn().unwrap()), self.port)
    }
}
