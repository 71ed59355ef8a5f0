//! Sockets opened by systemd: a few lines of Python start cton as systemd does.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::process::Command;

use crate::support::process::{Cton, free_port, scrape, scratch, tool};

/// Opens what its arguments say, and becomes the exporter (sd_listen_fds(3)).
const SYSTEMD: &str = r#"
import os, socket, sys
addresses, program = sys.argv[1].split(","), sys.argv[2:]
sockets = []
for address in addresses:
    if address.startswith("/"):
        one = socket.socket(socket.AF_UNIX)
        one.bind(address)
    else:
        one = socket.socket()
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(("127.0.0.1", int(address)))
    one.listen()
    sockets.append(one)
# Out of the way first: they may have these very numbers, and be closed by exec.
copies = [os.dup2(one.fileno(), 100 + number) for number, one in enumerate(sockets)]
for number, copy in enumerate(copies):
    os.dup2(copy, 3 + number, inheritable=True)
    os.set_inheritable(copy, False)
os.environ.update(LISTEN_FDS=str(len(sockets)), LISTEN_PID=str(os.getpid()))
os.execv(program[0], program)
"#;

fn activated(addresses: &str) -> Option<Cton> {
    activated_with(addresses, &[])
}

fn activated_with(addresses: &str, more: &[&str]) -> Option<Cton> {
    let mut python = Command::new(tool("python3")?);
    python.args(["-c", SYSTEMD, addresses, env!("CARGO_BIN_EXE_cton")]);
    python.args(["-s", "splunk", "--replay", "services/replay/splunk"]).args(more);
    Some(Cton::from(python))
}

#[test]
fn a_tcp_socket_of_systemd_is_served() {
    let port = free_port();
    let Some(cton) = activated(&port.to_string()) else { return };
    let served = cton.serve(port);
    assert!(scrape(port, "/metrics").body.contains("number_of_incidents_total "));
    served.until("the address", || {
        served.logged(&format!("address=http://127.0.0.1:{port}/metrics")).is_some()
    });
}

#[test]
fn a_unix_socket_of_systemd_is_served() {
    let path = scratch("unix").join("cton.sock");
    let Some(cton) = activated(&path.display().to_string()) else { return };
    let served = cton.start();
    let exposition = || {
        let mut stream = UnixStream::connect(&path).ok()?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: cton\r\n\r\n").ok()?;
        let mut exposition = String::new();
        stream.read_to_string(&mut exposition).ok().map(|_| exposition)
    };
    served.until("the samples", || {
        exposition().is_some_and(|exposition| exposition.contains("number_of_incidents_total "))
    });
    served.settle();
    assert!(served.logged(&format!("unix:{}", path.display())).is_some(), "{:?}", served.log());
}

#[test]
fn a_number_of_sockets_other_than_that_of_ports_is_an_error() {
    let Some(cton) = activated(&format!("{},{}", free_port(), free_port())) else { return };
    let output = cton.output();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert!(
        printed
            .contains("systemd passed 2 sockets for 1 ports\n  = help: write one `ListenStream=` for each"),
        "{printed}"
    );
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_socket_that_replaces_the_address_of_the_option_is_reported() {
    let port = free_port();
    let Some(cton) = activated_with(&port.to_string(), &["--listen=127.0.0.1:9"]) else { return };
    let served = cton.serve(port);
    served.until("a warning", || {
        let logged = served.logged("msg=\"option ignored\"");
        logged.is_some_and(|line| line.contains("option=--listen") && line.contains("ListenStream="))
    });
    let Some(cton) = activated(&free_port().to_string()) else { return };
    let served = cton.start();
    served.until("the start", || served.logged("msg=serving").is_some());
    assert!(served.logged("option ignored").is_none());
}
