//! SIGTERM and SIGINT stop the process at once and cleanly, also during a poll.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::process::{Cton, Served, free_port, scratch};

fn ended_by(signal: &str, mut served: Served) -> Option<i32> {
    let kill = Command::new("kill").args([signal, &served.process.0.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut ended = None;
    let process = &mut served.process.0;
    for _ in 0..12_000 {
        ended = process.try_wait().unwrap();
        if ended.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    ended.unwrap().code()
}

#[test]
fn a_signal_stops_an_idle_exporter_with_0() {
    for signal in ["-TERM", "-INT"] {
        let port = free_port();
        let served = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
            .arg(format!("--listen=127.0.0.1:{port}"))
            .serve(port);
        assert_eq!(ended_by(signal, served), Some(0), "{signal}");
    }
}

#[test]
fn the_log_names_the_signal_and_ends_with_the_stop() {
    for signal in ["TERM", "INT"] {
        let port = free_port();
        let mut served = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
            .arg(format!("--listen=127.0.0.1:{port}"))
            .serve(port);
        let kill = Command::new("kill").args(["-s", signal, &served.process.0.id().to_string()]).status();
        assert!(kill.unwrap().success());
        served.process.0.wait().unwrap();
        served.until("the last line", || served.logged("msg=stopped").is_some());
        let log = served.log();
        let [.., shutting_down, stopped] = log.as_slice() else { panic!("{log:#?}") };
        assert!(shutting_down.contains(&format!("msg=\"shutting down\" signal=SIG{signal}")), "{log:#?}");
        assert!(stopped.contains("msg=stopped"), "{log:#?}");
    }
}

#[test]
fn a_signal_stops_a_hung_poll_with_0() {
    // Accepts and never responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let dir = hanging("signal", &silent);
    let port = free_port();
    let served = Cton::new(["-s", "splunk", "-c", "config.json"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .dir(&dir)
        .start();
    let _held = silent.accept().unwrap();
    assert_eq!(ended_by("-TERM", served), Some(0));
}

#[test]
fn a_signal_stops_an_exporter_with_stuck_clients_and_a_hanging_api_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let times = std::env::var("CTON_TERMS").map_or(3, |times| times.parse().unwrap());
    let mut worst = [Duration::ZERO; 2];
    for (round, stuck) in (0..times).flat_map(|_| [0, 64]).enumerate() {
        let dir = hanging(&format!("stuck-{round}"), &silent);
        let port = free_port();
        let served = Cton::new(["-s", "splunk", "-c", "config.json"])
            .arg(format!("--listen=127.0.0.1:{port}"))
            .dir(&dir)
            .start();
        let _held = silent.accept().unwrap();
        // Some have asked for half, some have all that they asked for but do not leave.
        let connect = |i| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let head = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
            stream.write_all(&head.as_bytes()[..if i % 2 == 0 { 20 } else { head.len() }]).unwrap();
            stream
        };
        let _stuck: Vec<_> = (0..stuck).map(connect).collect();
        let start = Instant::now();
        assert_eq!(ended_by("-TERM", served), Some(0));
        let kind = usize::from(stuck > 0);
        worst[kind] = worst[kind].max(start.elapsed());
        std::fs::remove_dir_all(dir).unwrap();
    }
    println!("{times} times each: without clients at most {:?}, with 64 stuck ones {:?}", worst[0], worst[1]);
}

/// The directory of an exporter whose API takes connections and says nothing, and which would wait an hour for it.
fn hanging(name: &str, silent: &TcpListener) -> PathBuf {
    let dir = scratch(name);
    let url = format!("http://{}/incidents", silent.local_addr().unwrap());
    let config = std::fs::read_to_string("config.json").unwrap();
    let config = config.replace("https://api.victorops.com/api-reporting/v2/incidents", &url);
    let hour = "\"request_timeout_sec\": 3600, \"poll_timeout_sec\": 3600, \"secret_file_path\"";
    let config = config.replace("\"secret_file_path\"", hour);
    std::fs::write(dir.join("config.json"), config).unwrap();
    std::fs::write(dir.join("splunk"), "API_ID=\"i\"\nAPI_KEY=\"k\"\n").unwrap();
    dir
}

#[test]
fn a_signal_stops_pid_1_of_a_container_with_0() {
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

#[test]
fn a_hangup_is_logged_and_does_not_stop_the_exporter() {
    let port = free_port();
    let mut served = Cton::new(["-s", "splunk", "--replay", "services/replay/splunk"])
        .arg(format!("--listen=127.0.0.1:{port}"))
        .serve(port);
    for times in 1..=2 {
        served.settle();
        assert_eq!(served.hangups(), times);
    }
    assert_eq!(crate::support::process::scrape(port, "/-/healthy").status, 200);
    assert_eq!(served.process.0.try_wait().unwrap(), None);
    assert_eq!(ended_by("-TERM", served), Some(0));
}
