//! An exporter that cannot be scraped exits to be restarted.

use std::process::Command;

use crate::support::process::{Cton, free_port};
use crate::support::supervisor::Supervisor;

#[test]
fn an_exporter_that_can_accept_no_connection_exits_with_1_and_logs_it() {
    let port = free_port();
    let supervisor = Supervisor::new("probe");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "--replay", "services/replay/splunk"]);
    command.env("NOTIFY_SOCKET", supervisor.socket());
    let mut served = Cton::from(command).arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    // The first look has to succeed: before it, the machine could be what keeps it from itself.
    supervisor.hears_of_life();
    let pid = served.process.0.id();
    let prlimit = Command::new("prlimit").args([format!("--pid={pid}"), "--nofile=5".to_owned()]).status();
    assert!(prlimit.unwrap().success());
    assert_eq!(served.process.0.wait().unwrap().code(), Some(1));
    served.until("the last words", || served.logged("self-check failed").is_some());
    assert!(served.logged("connection not accepted").is_none(), "nobody came");
}
