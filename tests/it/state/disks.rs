//! State on disks that are full, read-only, or keep only synced data.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use super::*;
use crate::support::process::tool;

/// A file system of 64 KiB.
struct Small(PathBuf);

impl Small {
    fn new(dir: &Path) -> Option<Self> {
        fs::create_dir_all(dir).unwrap();
        let mounted = as_root("mount", &["-t", "tmpfs", "-o", "size=64k", "cton-test"], dir);
        assert!(
            mounted || std::env::var_os("CI").is_none(),
            "no small file system can be mounted, even by sudo"
        );
        if !mounted {
            println!("skipped: no small file system can be mounted");
        }
        mounted.then(|| Self(dir.to_owned()))
    }

    fn remount(&self, how: &str) {
        assert!(as_root("mount", &["-o", &format!("remount,{how},size=64k")], &self.0));
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        as_root("umount", &[], &self.0);
    }
}

/// Whether it could be done, with the rights of this user or of sudo if it asks for no password.
fn as_root(program: &str, arguments: &[&str], dir: &Path) -> bool {
    let ways: [&[&str]; 2] = [&[program], &["sudo", "-n", program]];
    ways.iter().any(|way| {
        let done = Command::new(way[0]).args(&way[1..]).args(arguments).arg(dir).output();
        done.is_ok_and(|done| done.status.success())
    })
}

/// Mounts are the system's, so one test at a time has one.
static MOUNTING: Mutex<()> = Mutex::new(());

#[test]
fn a_full_disk_is_logged_once_and_counting_continues_in_memory() {
    let (_alone, dir) = (MOUNTING.lock(), scratch("full"));
    let Some(small) = Small::new(&dir.join("state")) else { return };
    let api = Incidents::new(2);
    let config = config(&dir, &api.1);
    let (served, port) = start(&config);
    served.until("the incidents", || served_value(port, RESOLVED) == Some(2.0));
    assert_eq!(served_value(port, WRITE_FAILURES), Some(0.0));
    // Ends in an error when all is full.
    let _ = fs::write(small.0.join("other"), vec![0; 65_536]);
    api.set(5);
    served.until("more failures", || served_value(port, WRITE_FAILURES).unwrap() > 4.0);
    served.until("the exposition", || served_value(port, RESOLVED) == Some(5.0));
    said_once(&served, "No space left on device");
    let on_disk = fs::read_to_string(small.0.join("splunk.state")).unwrap();
    assert!(
        on_disk.starts_with("collectington-state 2 ") && on_disk.ends_with(['}', '\n']),
        "the last good one stays"
    );
    fs::remove_file(small.0.join("other")).unwrap();
    served.until("the disk", || served.logged("state written again").is_some());
    drop(served);
    api.set(0);
    let (_served, port) = start(&config);
    assert_eq!(served_value(port, RESOLVED), Some(5.0));
}

#[test]
fn a_read_only_disk_is_logged_once_and_counting_continues_from_the_state() {
    let (_alone, dir) = (MOUNTING.lock(), scratch("read-only"));
    let Some(small) = Small::new(&dir.join("state")) else { return };
    let api = Incidents::new(2);
    let config = config(&dir, &api.1);
    output(cton(&config, &["--once"]));
    small.remount("ro");
    api.set(5);
    assert!(output(cton(&config, &["--check"])).2.contains("Read-only file system"));
    let (served, port) = start(&config);
    assert!(served_value(port, RESOLVED).is_some_and(|count| count >= 2.0));
    served.until("the incidents", || served_value(port, RESOLVED) == Some(5.0));
    served.until("more failures", || served_value(port, WRITE_FAILURES).unwrap() > 4.0);
    said_once(&served, "Read-only file system");
    small.remount("rw");
    served.until("the disk", || served.logged("state written again").is_some());
    assert!(!small.0.join("splunk.state.corrupt-1").exists(), "it was read, so nothing is lost");
    drop(served);
    api.set(0);
    let (_served, port) = start(&config);
    assert_eq!(served_value(port, RESOLVED), Some(5.0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_state_is_synced_before_its_rename_and_the_rename_before_it_is_published() {
    let (Some(strace), dir, api) = (tool("strace"), scratch("synced"), Incidents::new(2)) else { return };
    let (config, trace) = (config(&dir, &api.1), dir.join("trace"));
    let mut command = Command::new(strace);
    // With the paths of descriptors.
    command
        .args(["-f", "-y", "-e", "trace=fsync,fdatasync,rename,renameat,renameat2,write", "-o"])
        .arg(&trace);
    command.arg(env!("CARGO_BIN_EXE_cton")).args(["-s", "splunk", "--once", "-c"]).arg(&config);
    assert_eq!(output(Cton::from(command)).0, Some(0));
    let trace = fs::read_to_string(trace).unwrap();
    let directory = dir.join("state");
    let [directory, state, unfinished] =
        [directory.clone(), directory.join("splunk.state"), directory.join(".splunk.state.new")]
            .map(|path| path.to_str().unwrap().to_owned());
    let steps = trace.lines().filter_map(|line| step(line, &directory, &state, &unfinished));
    let mut steps: Vec<_> = steps.collect();
    steps.dedup();
    assert_eq!(
        steps,
        ["state written", "state synced", "state named", "directory synced", "page written"],
        "{trace}"
    );
}

/// What a call of the system does to the state, if anything.
fn step(call: &str, directory: &str, state: &str, unfinished: &str) -> Option<&'static str> {
    let (_, call) = call.split_once(' ')?;
    let on = |path: &str| call.contains(&format!("<{path}>"));
    let name = call.trim_start().split('(').next()?;
    match name {
        "write" if on(unfinished) => Some("state written"),
        "fsync" | "fdatasync" if on(unfinished) => Some("state synced"),
        "fsync" | "fdatasync" if on(directory) => Some("directory synced"),
        _ if name.starts_with("rename") && call.contains(&format!("\"{state}\"")) => Some("state named"),
        "write" if call.trim_start().starts_with("write(1<") => Some("page written"),
        _ => None,
    }
}
