//! Properties of the state directory: its permissions, its locks, and directories that appear or disappear.

use super::*;
use crate::state::check::look;

#[test]
fn only_this_user_can_read_a_state() {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let folder = Folder::new("mode");
        let dir = folder.0.join("new/folder");
        Running::start(&dir).count(1);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(
            [mode(&dir), mode(&dir.join("s.state")), mode(&dir.join("s.lock"))],
            [0o700, 0o600, 0o600]
        );
    }
}

#[test]
fn two_processes_cannot_keep_the_same_state() {
    let folder = Folder::new("lock");
    let first = Running::start(&folder.0);
    let said = StateFile::open(&folder.0, "s").unwrap_err().to_string();
    assert!(said.starts_with("error: another process uses the state of service `s` in "), "{said}");
    assert!(StateFile::open(&folder.0, "t").is_ok(), "of another service");
    drop(first);
    assert!(StateFile::open(&folder.0, "s").is_ok());
}

#[test]
fn a_folder_that_cannot_be_made_is_used_as_soon_as_it_can() {
    let folder = Folder::new("later");
    let in_the_way = folder.0.join("dir");
    fs::write(&in_the_way, "").unwrap();
    assert!(look(&in_the_way, "s").unwrap_err().to_string().contains("cannot write to state_dir "));
    let mut running = Running::start(&in_the_way);
    assert!(!running.count(1));
    fs::remove_file(&in_the_way).unwrap();
    assert!(running.count(2));
    drop(running);
    assert!(Running::start(&in_the_way).shows("total_total 2"));
}

#[test]
fn a_state_that_appears_after_the_start_is_not_overwritten() {
    let folder = Folder::new("mounted");
    let dir = folder.0.join("dir");
    fs::write(&dir, "").unwrap();
    let mut running = Running::start(&dir);
    fs::remove_file(&dir).unwrap();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("s.state"), "of the volume").unwrap();
    assert!(running.count(1));
    assert_eq!(fs::read(dir.join("s.state.corrupt-1")).unwrap(), b"of the volume");
}

#[test]
fn a_folder_that_is_removed_is_made_again() {
    let folder = Folder::new("removed");
    let dir = folder.0.join("dir");
    let mut running = Running::start(&dir);
    assert!(running.count(1));
    fs::remove_dir_all(&dir).unwrap();
    assert!(!running.count(2));
    assert!(running.count(3));
    drop(running);
    assert!(Running::start(&dir).shows("total_total 3"));
}

#[test]
fn looking_changes_nothing() {
    let folder = Folder::new("look");
    let dir = folder.0.join("none/yet");
    assert!(look(&dir, "s").unwrap().ends_with("s.state: no state yet"));
    assert!(folder.files().is_empty());
    let mut running = Running::start(&folder.0);
    running.count(7);
    let (files, found) = (folder.files(), look(&folder.0, "s").unwrap());
    assert!(found.contains("s.state: 3 series, 14 ids, "), "{found}");
    assert_eq!(folder.files(), files);
}
