//! Notifications to a supervisor over its socket, as for systemd (sd_notify(3)).

use std::iter;
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Duration;

use crate::support::process::{Cton, Served, free_port, scratch};
use crate::support::supervisor::{Supervisor, heard};

fn start(port: u16, socket: &str) -> Served {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "--replay", "services/replay/splunk"]).env("NOTIFY_SOCKET", socket);
    Cton::from(command).arg(format!("--listen=127.0.0.1:{port}")).start()
}

#[test]
fn a_supervisor_is_notified_of_open_ports_of_life_and_of_the_shutdown() {
    let path = scratch("notify").join("socket");
    let supervisor = UnixDatagram::bind(&path).unwrap();
    let port = free_port();
    let mut served = start(port, path.to_str().unwrap());
    assert_eq!(heard(&supervisor), "READY=1");
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    assert_eq!(heard(&supervisor), "WATCHDOG=1");
    let pid = served.process.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    // A busy machine may have taken longer than to the next self-check.
    let next = iter::repeat_with(|| heard(&supervisor)).find(|state| state != "WATCHDOG=1");
    assert_eq!(next.unwrap(), "STOPPING=1");
    assert_eq!(served.process.0.wait().unwrap().code(), Some(0));
}

#[test]
fn an_abstract_socket_is_notified_and_a_socket_without_reader_is_logged() {
    let supervisor = Supervisor::new("notify");
    let _served = start(free_port(), supervisor.socket());
    assert_eq!(supervisor.hears(), "READY=1");
    let served = start(free_port(), "/no/such/socket");
    served.until("the warning", || served.logged("supervisor not notified").is_some());
    served.until("the first poll", || served.logged("first poll succeeded").is_some());
    // Told once, though the watchdog is to be told each 5 seconds.
    std::thread::sleep(Duration::from_secs(6));
    served.settle();
    let told = served.log().into_iter().filter(|line| line.contains("supervisor not notified")).count();
    assert_eq!(told, 1);
}
