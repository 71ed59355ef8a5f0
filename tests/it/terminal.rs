//! `--once` for a person at a terminal, which Debian's `script` stands for. `UPDATE_GOLDENS=1 cargo test --test it terminal`
//! writes the table again.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::fake_api::{FakeApi, Response};
use crate::support::golden;
use crate::support::process::scratch;
use crate::support::shipped_config::config_with;
use crate::support::terminal::{shown, terminal, timeless};

const REPLAY: &str = "services/replay/splunk";

/// What a terminal gets of a call, by both streams or, where standard error goes elsewhere, by one.
fn once(replay: &Path, variables: &[(&str, &str)], redirected: &str) -> String {
    let cton = env!("CARGO_BIN_EXE_cton");
    let call = format!("exec '{cton}' -s splunk --once --replay '{}' {redirected}", replay.display());
    shown(terminal(&call).env_remove("NO_COLOR").envs(variables.iter().copied()).output().unwrap()).unwrap()
}

fn shipped(variables: &[(&str, &str)]) -> String {
    once(Path::new(REPLAY), variables, "2>/dev/null")
}

#[test]
fn a_terminal_gets_an_aligned_table() {
    let table = timeless(&shipped(&[("NO_COLOR", "1")]));
    golden::same("tests/golden/once.txt", &table);
    assert!(
        fs::read_to_string("docs/operating.md").unwrap().contains(&table),
        "docs/operating.md shows another table"
    );
}

#[test]
fn colours_are_used_only_if_terminal_and_user_want_them() {
    let coloured = shipped(&[]);
    assert!(coloured.contains("\x1b[1msplunk\x1b[0m: \x1b[32mup\x1b[0m"), "{coloured}");
    for variables in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        let plain = shipped(&variables);
        assert!(plain.contains("splunk: up") && !plain.contains('\x1b'), "{plain:?}");
    }
}

#[test]
fn errors_are_coloured_only_if_terminal_and_user_want_it() {
    let error = |variables: &[(&str, &str)]| {
        let call = format!("'{}' -s splnk", env!("CARGO_BIN_EXE_cton"));
        let mut script = terminal(&call);
        shown(script.env_remove("NO_COLOR").envs(variables.iter().copied()).output().unwrap()).unwrap_err()
    };
    let coloured = error(&[]);
    let expected =
        "\x1b[1;31merror\x1b[0m: no service is named `splnk`\n  = \x1b[36mhelp\x1b[0m: a similar name";
    assert!(coloured.starts_with(expected), "{coloured:?}");
    for variables in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        let plain = error(&variables);
        assert!(
            plain.starts_with("error: no service is named `splnk`\n") && !plain.contains('\x1b'),
            "{plain:?}"
        );
    }
}

#[test]
fn no_text_of_an_api_controls_the_terminal() {
    let dir = scratch("terminal-hostile");
    for entry in fs::read_dir(REPLAY).unwrap() {
        let path = entry.unwrap().path();
        let recorded = fs::read_to_string(&path).unwrap();
        let hostile = recorded.replace("\"payments\"", r#""pay\u001b[2J\u202e\nments""#);
        fs::write(dir.join(path.file_name().unwrap()), hostile).unwrap();
    }
    let out = once(&dir, &[("NO_COLOR", "1"), ("COLUMNS", "120")], "2>/dev/null");
    assert!(out.contains(r#"team="pay\u001b[2J\u202e\nments""#), "{out}");
    assert!(!out.contains(['\x1b', '\u{202e}']), "{out:?}");
}

#[test]
fn progress_is_one_line_that_is_cleared_before_the_output() {
    let out = once(Path::new(REPLAY), &[("NO_COLOR", "1")], "");
    let (progress, table) = out.split_once("splunk: up").unwrap();
    assert!(progress.starts_with("\r\x1b[2Ksplunk: waiting for the API ..."), "{progress:?}");
    assert!(progress.contains("\r\x1b[2Ksplunk: requests: 2, received: "), "{progress:?}");
    assert!(progress.ends_with("\r\x1b[2K") && !progress.contains('\n'), "{progress:?}");
    assert!(!table.contains('\x1b'), "{table:?}");
}

#[test]
fn a_failed_poll_is_reported_once_in_the_format_of_cargo() {
    let (dir, cton) = (scratch("terminal-failed"), env!("CARGO_BIN_EXE_cton"));
    let body = r#"{"error":"invalid api key"}"#;
    let fake = FakeApi::start(move |_| Response::new(401).body(body));
    let config = config_with(&dir, &fake.url("/v1"), &json!({}), &json!({}));
    let call = format!("exec '{cton}' -s splunk --once -c '{}'", config.display());
    let printed = shown(terminal(&call).env("NO_COLOR", "1").output().unwrap()).unwrap_err();
    let (_, printed) = printed.rsplit_once("\r\x1b[2K").unwrap();
    let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let [error, response, help] = lines[..] else { panic!("not three lines: {printed}") };
    assert!(error.starts_with("error: splunk: 401 Unauthorized from GET http://127.0.0.1:"), "{error}");
    assert_eq!(response, "  |  response: {\"error\":\"invalid api key\"}");
    let secrets = dir.join("secrets");
    let expected = format!("check API_ID and API_KEY in {}; they may be wrong or expired", secrets.display());
    assert_eq!(help, format!("  = help: {expected}"));
}

#[test]
fn a_pipe_gets_the_exposition_of_a_scrape() {
    let out = once(Path::new(REPLAY), &[], "2>/dev/null | cat");
    assert!(out.starts_with("# HELP number_of_incidents_total "), "{out}");
    assert!(!out.contains('\x1b'), "{out:?}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for columns in ["80", "72"] {
        let table = once(Path::new(REPLAY), &[("NO_COLOR", "1"), ("COLUMNS", columns)], "2>/dev/null");
        let widest = table.lines().map(|line| line.trim_end().chars().count()).max().unwrap();
        assert!(widest <= columns.parse().unwrap(), "{widest} of {columns}: {table}");
    }
}
