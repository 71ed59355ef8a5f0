//! Code as the team's rustfmt has it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What lays code out as it is to be in a folder.
pub type CodeFormatter = fn(&str, &Path) -> String;

/// The code as rustfmt writes it with the settings that hold in a folder; as it is where there is no rustfmt.
pub fn tidy(code: &str, dir: &Path) -> String {
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
        // What it reads from standard input it formats by the settings of the folder that it is in.
        command.current_dir(dir);
    }
    let mut child = command.spawn().ok()?;
    let written = child.stdin.take()?.write_all(code.as_bytes());
    let output = child.wait_with_output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (written.is_ok() && output.status.success() && !text.is_empty()).then_some(text)
}
