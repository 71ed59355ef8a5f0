//! The static binaries of ci/cross.sh: each runs in a root file system that has nothing else, under the emulator of its
//! processor where it is not this one.
//!
//! `ci/cross.sh && cargo test --test edge` tests those that were built. With CTON_EDGE set it tests those that it names, and one of
//! them that is missing is a failure.

#![cfg(all(feature = "run", target_os = "linux", target_arch = "x86_64"))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

mod api;
mod dns;
mod host;
mod own_service;

use std::fs;
use std::process::Command;

use api::Api;
use host::{Host, KINDS};
use serde_json::json;
use support::process::{Cton, Served, free_port, scrape, try_scrape};
use support::prometheus::Prometheus;
use support::shipped_config::served_value;

/// Of the file: docs/performance.md has what makes it so small.
const MOST_BYTES: usize = 4_100_000;
/// Of one at rest.
const MOST_MEMORY: u64 = 4 << 20;
const UP: &str = "cton_service_up{service=\"splunk\"}";

#[test]
fn a_binary_is_one_small_static_file_without_paths_of_the_build_machine() {
    for kind in KINDS {
        let Some(file) = kind.binary("cton") else { continue };
        let headers = Command::new("readelf").arg("-ldW").arg(&file).output().unwrap();
        let headers = String::from_utf8(headers.stdout).unwrap();
        assert!(headers.contains("LOAD"), "{}: {headers}", kind.name);
        assert!(!headers.contains("INTERP") && !headers.contains("(NEEDED)"), "{}: {headers}", kind.name);
        let bytes = fs::read(&file).unwrap();
        let home = std::env::var("HOME").unwrap();
        for path in [env!("CARGO_MANIFEST_DIR"), &format!("{home}/"), "/.cargo/"] {
            let found = bytes.windows(path.len()).any(|window| window == path.as_bytes());
            assert!(!found, "{}: {path} is in it", kind.name);
        }
        println!("{}: {} bytes", kind.name, bytes.len());
        assert!(bytes.len() <= MOST_BYTES, "{}: {} bytes", kind.name, bytes.len());
    }
}

#[test]
fn a_command_omitted_from_the_binary_is_reported_as_omitted() {
    for host in Host::all("cton", "tools") {
        for arguments in [["new", "github"], ["--all", "alerts"], ["--all", "--print-kubernetes"]] {
            let output = host.cton(arguments).output();
            let printed = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{printed}");
            assert!(printed.contains("is not in this binary"), "{printed}");
        }
    }
}

#[test]
fn a_binary_alone_in_its_root_prints_its_version_and_replays() {
    for host in Host::all("cton", "alone") {
        let output = host.cton(["--version"]).output();
        let version = String::from_utf8_lossy(&output.stdout);
        let begins = format!("cton {} (revision ", env!("CARGO_PKG_VERSION"));
        assert!(version.starts_with(&begins) && version.contains("-linux-musl"), "{output:?}");
        for file in fs::read_dir("services/replay/splunk").unwrap() {
            let file = file.unwrap();
            let name = format!("replay/{}", file.file_name().to_str().unwrap());
            host.write(&name, fs::read(file.path()).unwrap());
        }
        let output = host.cton(["-s", "splunk", "--once", "--replay", "/replay"]).output();
        let exposition = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && exposition.contains("\nnumber_of_incidents_total 124\n"),
            "{output:?}"
        );
    }
}

#[test]
fn a_binary_polls_over_https_by_a_name_of_the_hosts_file_and_exits_on_sigterm() {
    for host in Host::all("cton", "hosts") {
        let (api, port) = (Api::start(), free_port());
        host.write("etc/hosts", "127.0.0.1 localhost hosts.edge.test\n");
        trust(&host, &api, "hosts.edge.test");
        let served = serve(&host, port);
        served.until("three polls", || api.asked("hosts.edge.test") >= 3);
        assert_eq!(served_value(port, "number_of_incidents_total"), Some(1.0));
        assert_eq!(served_value(port, UP), Some(1.0));
        if host.kind.name == "x86_64" {
            let memory = memory(&served);
            println!("{}: {} KiB after some polls over HTTPS", host.kind.name, memory >> 10);
            assert!(memory <= MOST_MEMORY, "{memory} bytes");
        }
        end(served);
    }
}

#[test]
fn a_binary_polls_by_a_name_of_dns_and_prometheus_scrapes_it() {
    let has_dns = dns::start();
    for host in Host::all("cton", "dns").into_iter().filter(|_| has_dns) {
        let (api, port) = (Api::start(), free_port());
        host.write("etc/resolv.conf", format!("nameserver {}\n", dns::address()));
        trust(&host, &api, dns::NAME);
        let name = format!("prometheus-{}", host.kind.name);
        let Some(prometheus) = Prometheus::scraping(&name, port, "") else { return };
        let served = serve(&host, port);
        served.until("a poll", || api.asked(dns::NAME) >= 1);
        assert_eq!(prometheus.eventually("number_of_incidents_total"), 1.0);
        assert_eq!(prometheus.eventually(&format!("{UP} == 1")), 1.0);
        end(served);
    }
}

#[test]
fn a_name_that_does_not_resolve_is_logged_and_serving_continues() {
    for host in Host::all("cton", "lost") {
        let (api, port) = (Api::start(), free_port());
        trust(&host, &api, "lost.edge.test");
        let served = serve(&host, port);
        served.until("the cause", || served.logged("the DNS servers of this machine").is_some());
        assert_eq!(served_value(port, UP), Some(0.0));
        assert_eq!(scrape(port, "/-/healthy").status, 200);
        end(served);
    }
}

#[test]
fn without_certificate_authorities_on_the_host_the_built_in_ones_are_used() {
    for host in Host::all("cton", "roots") {
        let api = Api::start();
        host.write("etc/hosts", "127.0.0.1 hosts.edge.test\n");
        host.configure(&api.url("hosts.edge.test"), &json!({}));
        // An authority that is not among them is unknown; without any there would be nothing to compare with.
        let printed = fails(&host);
        assert!(
            printed.contains("not signed by a trusted authority") && printed.contains("`ca_file_path`"),
            "{printed}"
        );
        host.configure(&api.url("hosts.edge.test"), &json!({ "trust_store": "system" }));
        let printed = fails(&host);
        assert!(printed.contains("the system trusts no certificate authority"), "{printed}");
    }
}

#[test]
fn a_clock_in_1970_is_named_as_the_cause_of_the_tls_error() {
    for kind in KINDS {
        let Some(served) = at(kind, "@1970-01-01 00:00:30", "1970") else { continue };
        served.0.until("the cause", || served.0.logged("check the clock of this machine").is_some());
        assert!(served.0.logged("ts=1970-01-01T").is_some(), "{:#?}", served.0.log());
        assert_eq!(served_value(served.1, UP), Some(0.0));
        end(served.0);
    }
}

#[test]
fn polling_continues_after_january_2038() {
    for kind in KINDS {
        let Some(served) = at(kind, "@2040-02-29 12:00:00", "2040") else { continue };
        served.0.until("a poll", || served.0.logged("first poll succeeded").is_some());
        assert!(served.0.logged("ts=2040-02-29T12:").is_some(), "{:#?}", served.0.log());
        let success = "cton_last_success_timestamp_seconds{service=\"splunk\"}";
        // The exposition has it a moment after the log.
        let shown = || served_value(served.1, success);
        served.0.until("the exposition", || shown().is_some());
        assert!(shown() > Some(2_214_000_000.0));
        end(served.0);
    }
}

#[test]
fn a_panic_of_a_service_is_caught_and_the_others_continue() {
    for host in own_service::hosts() {
        let api = Api::start();
        let port = free_port();
        host.write("etc/hosts", "127.0.0.1 hosts.edge.test\n");
        host.write("authority.pem", fs::read(api::authority()).unwrap());
        host.write("config.json", own_service::config(&api.url("hosts.edge.test"), port));
        let served = host.cton(["--all", "-c", "/config.json"]).start();
        let failures = "cton_poll_failures_total{reason=\"panic\",service=\"broken\"}";
        served.until("an exposition", || try_scrape(port, "/metrics").is_some());
        served.until("three panics", || served_value(port, failures).is_some_and(|count| count >= 3.0));
        served.until("the other service", || served_value(port, "open") == Some(1.0));
        assert!(served.logged("the service panicked: a defect (at ").is_some(), "{:#?}", served.log());
        end(served);
    }
}

/// Writes what it takes to ask the API by that name.
fn trust(host: &Host, api: &Api, name: &str) {
    host.write("authority.pem", fs::read(api::authority()).unwrap());
    host.configure(&api.url(name), &json!({ "ca_file_path": "/authority.pem", "retries": 0 }));
}

/// Runs it until there is an exposition.
fn serve(host: &Host, port: u16) -> Served {
    let listen = format!("--listen=127.0.0.1:{port}");
    let served = host.cton(["-s", "splunk", "-c", "/config.json", &listen]).start();
    served.until("an exposition", || try_scrape(port, "/metrics").is_some());
    served
}

/// What a poll says that fails.
fn fails(host: &Host) -> String {
    let output = host.cton(["-s", "splunk", "-c", "/config.json", "--once"]).output();
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// The exporter with a wrong clock, and its port.
fn at(kind: host::Kind, time: &str, test: &str) -> Option<(Served, u16)> {
    let mut command = kind.at(time, &kind.binary("cton")?)?;
    let (api, port, dir) = (Api::start(), free_port(), support::process::scratch(&format!("edge-{test}")));
    let secrets = dir.join("secrets");
    fs::write(&secrets, "API_ID = id\nAPI_KEY = key\n").unwrap();
    let keys = json!({ "ca_file_path": api::authority(), "secret_file_path": secrets, "retries": 0 });
    // The hosts file of the tests is not theirs to write; what `localhost` stands for, every host knows.
    let config = host::config(&api.url("localhost"), &keys);
    fs::write(dir.join("config.json"), config.to_string()).unwrap();
    command
        .args(["-s", "splunk", "-c"])
        .arg(dir.join("config.json"))
        .arg(format!("--listen=127.0.0.1:{port}"));
    let served = Cton::from(command).start();
    served.until("an exposition", || try_scrape(port, "/metrics").is_some());
    Some((served, port))
}

/// Asks it to end, as an init system does.
fn end(mut served: Served) {
    let process = rustix::process::Pid::from_child(&served.process.0);
    rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    let status = served.process.0.wait().unwrap();
    assert!(status.success(), "{status}; the log:\n{}", served.log().join("\n"));
}

/// Bytes of memory that it holds.
fn memory(served: &Served) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", served.process.0.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
}
