//! Notifications to the supervisor (sd_notify(3)): the ports are open, the exporter is alive, the exporter stops.
//!
//! The supervisor names a socket in `NOTIFY_SOCKET`. Without one, nothing is sent.

use std::ffi::OsStr;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use super::log;

/// True if the last notification failed.
static UNHEARD: AtomicBool = AtomicBool::new(false);

/// Sends one notification. The first failure is logged, and so is the first success after it, because a supervisor can
/// kill a process that does not notify it.
pub(crate) fn notify(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty()) else { return };
    match send(&socket, state) {
        Ok(()) if UNHEARD.swap(false, Ordering::Relaxed) => log::info("supervisor notified again", &[]),
        Ok(()) => {}
        Err(error) if !UNHEARD.swap(true, Ordering::Relaxed) => {
            let socket = socket.to_string_lossy();
            let hint =
                "check that the socket exists; a supervisor without notifications may stop the process";
            log::warning(
                "supervisor not notified",
                &[("state", &state), ("socket", &socket), ("error", &error), ("hint", &hint)],
            );
        }
        Err(_) => {}
    }
}

/// Reports that a reload begins. [`notify`] with `READY=1` reports its end (sd_notify(3)).
pub(crate) fn notify_reloading() {
    #[cfg(target_os = "linux")]
    {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1000;
        notify(&format!("RELOADING=1\nMONOTONIC_USEC={microseconds}"));
    }
}

#[cfg(target_os = "linux")]
fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::net::{SocketAddr, UnixDatagram};

    // A name that begins with `@` is an abstract socket, not a file.
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(socket)?,
    };
    let sender = UnixDatagram::unbound()?;
    // The exporter never waits for the supervisor.
    sender.set_nonblocking(true)?;
    sender.send_to_addr(state.as_bytes(), &address).map(|_| ())
}

#[cfg(not(target_os = "linux"))]
fn send(_: &OsStr, _: &str) -> io::Result<()> {
    Ok(())
}
