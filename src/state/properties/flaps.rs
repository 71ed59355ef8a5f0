//! The log lines of a disk that fails again and again.

use super::*;
use crate::support::log::captured::captured;

/// Returns the number of lines with a message.
fn count(lines: &[String], message: &str) -> usize {
    lines.iter().filter(|line| line.contains(&format!(" msg=\"{message}\" service=s "))).count()
}

/// Returns the log lines of writes whose outcomes are repeated a hundred times; `None` succeeds.
fn log_of(name: &str, causes: &[Option<&str>]) -> Vec<String> {
    let folder = Folder::new(name);
    let mut running = Running::start(&folder.0);
    let polls = causes.iter().cycle().take(100 * causes.len());
    captured(|| {
        for (incidents, cause) in (1..).zip(polls) {
            running.record(NOW, incidents);
            let mut written = running.file.changes(&mut running.samples, None).unwrap().run();
            written.outcome = cause.map_or(written.outcome, |cause| Err(cause.to_owned()));
            assert_eq!(running.file.end(written), cause.is_none());
        }
    })
}

#[test]
fn a_disk_that_fails_again_and_again_has_three_lines_and_one_that_reports_the_flapping() {
    let lines = log_of("flaps", &[Some("no space left"), None]);
    assert_eq!(count(&lines, "state not written"), 3, "{lines:#?}");
    assert_eq!(count(&lines, "state written again"), 3, "{lines:#?}");
    assert_eq!(count(&lines, "flapping started"), 1, "{lines:#?}");
}

#[test]
fn each_cause_of_an_outage_of_the_disk_is_logged_once() {
    let lines = log_of("causes", &[Some("no space left"), Some("the file system is read-only")]);
    assert_eq!(count(&lines, "state not written"), 2, "{lines:#?}");
    assert_eq!(lines.len(), 2, "{lines:#?}");
}
