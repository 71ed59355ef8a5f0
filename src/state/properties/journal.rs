//! Properties of the journal: each change is appended once, and only to the file that this process wrote.

use super::*;
use crate::state::check::look;

#[test]
fn what_has_not_changed_is_not_written() {
    let folder = Folder::new("unchanged");
    let mut running = Running::start(&folder.0);
    running.count(7);
    for _ in 0..2 {
        let before = fs::read(folder.state()).unwrap();
        assert!(running.count(7));
        assert_eq!(fs::read(folder.state()).unwrap(), before, "only known ids were listed");
        drop(running);
        running = Running::start(&folder.0);
        assert!(running.count(7));
        assert_eq!(fs::read(folder.state()).unwrap(), before, "a start alone is no change");
        assert!(running.count(8) && running.count(7));
    }
}

#[test]
fn a_change_is_appended_and_as_large_as_the_change() {
    let folder = Folder::new("append");
    let mut running = Running::start(&folder.0);
    running.count(2000);
    let before = fs::read(folder.state()).unwrap();
    assert!(running.count(2001));
    let after = fs::read(folder.state()).unwrap();
    let record = after.strip_prefix(&before[..]).unwrap();
    assert!(record.len() < 500 && before.len() > 80_000, "{}", String::from_utf8_lossy(record));
    assert!(
        look(&folder.0, "s")
            .unwrap()
            .contains(&format!("{} of them in 1 records of the journal", record.len()))
    );
    drop(running);
    let mut next = Running::start(&folder.0);
    assert!(next.shows("total_total 2001") && next.shows("summary_count 2001"));
    assert_eq!(next.kept.as_deref(), Some("2001"));
    assert!(next.count(2001) && next.shows("histogram_count 2001"), "each incident once: {}", next.page());
}

#[test]
fn a_file_that_another_program_changed_is_not_appended_to_but_replaced() {
    let folder = Folder::new("tampered");
    let mut running = Running::start(&folder.0);
    running.count(7);
    fs::write(folder.state(), "").unwrap();
    assert!(!running.count(8) && running.count(9));
    fs::remove_file(folder.state()).unwrap();
    assert!(!running.count(10) && running.count(11));
    drop(running);
    assert!(Running::start(&folder.0).shows("total_total 11"));
}

#[test]
fn a_write_runs_on_another_thread_and_is_the_only_one_under_way() {
    let folder = Folder::new("apart");
    let mut running = Running::start(&folder.0);
    running.count(7);
    running.record(NOW, 8);
    let due = running.file.changes(&mut running.samples, Some("8")).unwrap();
    running.record(NOW, 9);
    assert!(running.file.changes(&mut running.samples, Some("9")).is_none(), "one is under way");
    let written = std::thread::spawn(|| due.run()).join().unwrap();
    assert!(running.file.end(written));
    assert!(running.save());
    drop(running);
    let next = Running::start(&folder.0);
    assert!(next.shows("summary_count 9") && next.kept.as_deref() == Some("9"), "{}", next.page());
}
