//! SIGTERM and SIGINT end the process at once and well, also in the middle of a poll.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

mod support;

use std::net::TcpListener;
use std::process::Command;

use support::process::{Cton, Served, free_port, scratch};

fn ended_by(signal: &str, mut served: Served) -> Option<i32> {
    let kill = Command::new("kill").args([signal, &served.process.0.id().to_string()]).status().unwrap();
    assert!(kill.success());
    served.process.0.wait().unwrap().code()
}

#[test]
fn a_signal_ends_an_idle_exporter_with_0() {
    for signal in ["-TERM", "-INT"] {
        let port = free_port();
        let served = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
            .arg(format!("--listen=127.0.0.1:{port}"))
            .serve(port);
        assert_eq!(ended_by(signal, served), Some(0), "{signal}");
    }
}

#[test]
fn a_signal_ends_a_poll_that_hangs_with_0() {
    // Accepts and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = scratch("signal");
    let url = format!("http://{}/incidents", silent.local_addr().unwrap());
    let config = std::fs::read_to_string("config.json").unwrap();
    let config = config.replace("https://api.victorops.com/api-reporting/v2/incidents", &url);
    std::fs::write(dir.join("config.json"), config).unwrap();
    std::fs::write(dir.join("splunk"), "API_ID=\"i\"\nAPI_KEY=\"k\"\n").unwrap();
    let port = free_port();
    let served = Cton::new(["-s", "splunk", "-c", "config.json"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .dir(&dir)
        .start();
    let _held = silent.accept().unwrap();
    assert_eq!(ended_by("-TERM", served), Some(0));
}

#[test]
fn a_signal_ends_pid_1_of_a_container_with_0() {
    // The kernel ignores a signal to PID 1 that has no handler of its own.
    let unshared = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(["--fork", "--pid", program]);
        command
    };
    if !unshared("true").status().is_ok_and(|status| status.success()) {
        println!("skipped: this user may not make a PID namespace");
        return;
    }
    let port = free_port();
    let mut command = unshared(env!("CARGO_BIN_EXE_cton"));
    command.args(["-s", "splunk", "--replay", "services/replay/splunk"]);
    let mut served = Cton::from(command).arg(format!("--listen=127.0.0.1:{port}")).serve(port);
    let unshare = served.process.0.id();
    let children = std::fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children")).unwrap();
    let kill = Command::new("kill").args(["-TERM", children.trim()]).status().unwrap();
    assert!(kill.success());
    assert_eq!(served.process.0.wait().unwrap().code(), Some(0));
}
