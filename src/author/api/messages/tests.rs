//! Tests of the log lines of a service.

use serde_json::json;

use super::*;
use crate::author::api::Api;
use crate::support::log::captured::captured;

fn api() -> Api {
    Api::replay("tests/recordings").unwrap()
}

/// The line without its time.
fn without_time(line: &str) -> &str {
    line.split_once(' ').unwrap().1.trim_end()
}

#[test]
fn a_message_names_its_level_and_service() {
    let api = api();
    let lines = captured(|| {
        api.warn("no builds");
        api.info(format!("{} builds", 2));
    });
    let service = &api.service;
    let lines: Vec<&str> = lines.iter().map(|line| without_time(line)).collect();
    assert_eq!(
        lines,
        [
            format!("level=warning msg=\"service reported\" service={service} text=\"no builds\""),
            format!("level=info msg=\"service reported\" service={service} text=\"2 builds\""),
        ]
    );
}

#[test]
fn messages_beyond_the_limit_are_counted() {
    let (now, limit) = (Instant::now(), MessageLimit::new(Instant::now()));
    let at = |seconds: u64, count: usize| -> Vec<Option<u64>> {
        let admit = |_| match limit.admit(now + Duration::from_secs(seconds)) {
            MessageAdmission::Admitted { omitted } => Some(omitted),
            MessageAdmission::FirstOmitted => None,
            MessageAdmission::Omitted => Some(u64::MAX),
        };
        (0..count).map(admit).collect()
    };
    assert_eq!(at(0, 20), [Some(0); 20]);
    assert_eq!(at(0, 3), [None, Some(u64::MAX), Some(u64::MAX)]);
    assert_eq!(at(61, 3), [Some(3), None, Some(u64::MAX)]);
    assert_eq!(at(3600, 21)[..2], [Some(2), Some(0)]);
}

#[test]
fn a_loop_of_messages_does_not_fill_the_log() {
    let api = api();
    let lines = captured(|| (0..10_000).for_each(|n| api.warn(n)));
    assert_eq!(lines.len(), 21);
    assert!(lines[20].contains("msg=\"service messages omitted\""), "{}", lines[20]);
}

#[test]
fn a_message_is_one_bounded_line_without_secrets() {
    let api = api().with_secret("API_KEY", "hush-hush-hush");
    let _ = api.secret("API_KEY").unwrap();
    let hostile = json!({ "token": "mysteryQ7q8R9s" });
    let text = format!("hush-hush-hush\nlevel=critical \u{1b}[31m\u{202e} {hostile} {}", "x".repeat(1 << 20));
    let lines = captured(|| api.warn(&text));
    let line = without_time(&lines[0]);
    assert!(lines.len() == 1 && line.len() < 1500 && !line.contains(char::is_control), "{line}");
    assert!(line.contains("text=\"***\\nlevel=critical"), "{line}");
    assert!(!line.contains("hush-hush") && !line.contains("mystery"), "{line}");
}
