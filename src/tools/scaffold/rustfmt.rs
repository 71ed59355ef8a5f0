//! Formatting of generated code with the team's rustfmt.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// A function that formats code for a directory.
pub(super) type CodeFormatter = fn(&str, &Path) -> String;

/// Formats code with rustfmt and the settings of a directory. Returns the code unchanged without rustfmt.
pub(super) fn tidy(code: &str, dir: &Path) -> String {
    formatted(code, dir).unwrap_or_else(|| code.to_owned())
}

fn formatted(code: &str, dir: &Path) -> Option<String> {
    let mut command = Command::new("rustfmt");
    command
        .args(["--edition", "2024", "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if dir.is_dir() {
        // rustfmt formats standard input with the settings of its working directory.
        command.current_dir(dir);
    }
    let mut child = command.spawn().ok()?;
    let written = child.stdin.take()?.write_all(code.as_bytes());
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (written.is_ok() && output.status.success() && !text.is_empty()).then_some(text)
}
