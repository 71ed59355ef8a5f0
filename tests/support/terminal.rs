//! A terminal, provided by Debian's `script`.

use std::process::{Command, Output, Stdio};

/// What runs that call of a shell at a terminal.
pub fn terminal(call: &str) -> Command {
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", call, "/dev/null"]).stdin(Stdio::null());
    script.env("TERM", "xterm");
    script
}

/// What the terminal got, if the call went well.
pub fn shown(Output { status, stdout, .. }: Output) -> Result<String, String> {
    let text = String::from_utf8(stdout).unwrap().replace("\r\n", "\n");
    if status.success() { Ok(text) } else { Err(text) }
}

/// A table with a poll that took a time which is always the same.
pub fn timeless(table: &str) -> String {
    let (before, rest) = table.split_once("polled in ").unwrap_or_else(|| panic!("no table: {table}"));
    let (_, after) = rest.split_once(" s,").unwrap();
    format!("{before}polled in 0.01 s,{after}")
}
