//! Properties of a file that cannot be read for a time: it is never lost, and never counted twice.

use std::os::unix::fs::symlink;

use super::*;
use crate::state::check::look;

/// Targets of the link that replaces a good state. A link to itself cannot be resolved, and the system file cannot be read
/// from its start.
const UNREADABLE: &[&str] =
    if cfg!(target_os = "linux") { &["s.state", "/proc/self/mem"] } else { &["s.state"] };

/// Tests a property with each unreadable file; its second argument is the path of the good one.
fn hold(name: &str, property: impl Fn(&Folder, &Path)) {
    for unreadable in UNREADABLE {
        let folder = Folder::new(name);
        Running::start(&folder.0).count(7);
        let good = folder.0.join("good");
        fs::rename(folder.state(), &good).unwrap();
        symlink(unreadable, folder.state()).unwrap();
        property(&folder, &good);
    }
}

#[test]
fn a_file_that_cannot_be_read_stays_and_the_service_goes_on_in_memory() {
    hold("unread", |folder, _| {
        let said = look(&folder.0, "s").unwrap_err().to_string();
        assert!(said.contains(".state cannot be read: ") && !said.contains("aside"), "{said}");
        let mut running = Running::start(&folder.0);
        assert_eq!((running.page().as_str(), &running.kept), ("", &None));
        assert!(!running.count(1) && !running.count(2));
        assert!(running.shows("total_total 2"));
        assert!(fs::symlink_metadata(folder.state()).unwrap().is_symlink());
        assert_eq!(folder.files(), ["good", "s.lock", "s.state"]);
    });
}

#[test]
fn a_file_that_can_be_read_again_is_not_overwritten_and_a_new_start_goes_on_from_it() {
    hold("readable", |folder, good| {
        let mut running = Running::start(&folder.0);
        assert!(!running.count(9));
        fs::remove_file(folder.state()).unwrap();
        fs::copy(good, folder.state()).unwrap();
        assert!(!running.count(10), "what it counted can never be added to the file");
        assert_eq!(fs::read(folder.state()).unwrap(), fs::read(good).unwrap());
        drop(running);
        let mut next = Running::start(&folder.0);
        assert_eq!(next.kept.as_deref(), Some("7"));
        assert!(next.shows("total_total 7") && next.count(10));
        assert!(next.shows("summary_count 10"), "each incident once: {}", next.page());
    });
}

#[test]
fn once_a_file_that_cannot_be_read_is_removed_the_state_is_written() {
    hold("gone", |folder, _| {
        let mut running = Running::start(&folder.0);
        assert!(!running.count(1));
        fs::remove_file(folder.state()).unwrap();
        assert!(running.count(2));
        drop(running);
        assert!(Running::start(&folder.0).shows("total_total 2"));
    });
}

#[test]
fn a_file_that_was_read_without_a_lock_and_cannot_be_read_now_is_not_put_aside() {
    hold("lockless", |folder, good| {
        let (lock, later) = (folder.0.join("s.lock"), folder.0.join("later"));
        fs::remove_file(&lock).unwrap();
        fs::create_dir(&lock).unwrap();
        fs::rename(folder.state(), &later).unwrap();
        fs::copy(good, folder.state()).unwrap();
        let mut running = Running::start(&folder.0);
        assert!(running.shows("total_total 7") && !running.count(8));
        fs::remove_dir(&lock).unwrap();
        fs::rename(&later, folder.state()).unwrap();
        assert!(!running.count(9));
        assert_eq!(folder.files(), ["good", "s.lock", "s.state"]);
    });
}
