//! Reads the text of a file within its limits.

use std::io::Read;
use std::path::Path;

use super::report::Report;
use super::{Mistakes, Position, Problem};

/// The maximum size of config.json in bytes.
pub(super) const CONFIG_LIMIT: usize = 1 << 20;
/// The maximum size of a sample response in bytes, which becomes a file of the source.
#[cfg(all(feature = "run", feature = "tools"))]
pub(super) const SAMPLE_LIMIT: usize = 32 << 20;

/// Returns the text of a file of at most `limit` bytes; `role` describes the file in errors.
///
/// # Errors
/// The file cannot be read, is too large, or is not UTF-8.
pub(super) fn read(path: &Path, role: &str, limit: usize) -> Result<String, Mistakes> {
    let file = path.display().to_string();
    let fail = |place, problem: Problem| Mistakes { file: file.clone(), list: vec![problem.at(place)] };
    let mut bytes = Vec::new();
    let limited = std::fs::File::open(path).map(|file| file.take(limit as u64 + 1));
    limited.and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|error| {
        let problem = Problem::new(format!("cannot read {role}: {error}"));
        fail(Position::default(), problem.help_if(fix(&error)))
    })?;
    if bytes.len() > limit {
        let problem = Problem::new(format!("the file is larger than {limit} bytes")).help("shorten it");
        return Err(fail(Position { line: 1, column: 1 }, problem));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good =
            String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        fail(Position::end_of(&good), Problem::new("invalid UTF-8").help("save the file as UTF-8"))
    })
}

/// Returns true if a text is neither blank nor begins with a byte-order mark, which are reported.
pub(super) fn check(text: &str, report: &Report) -> bool {
    let problem = if text.starts_with('\u{feff}') {
        Problem::new("the file begins with a byte-order mark (EF BB BF)")
            .help("save it as UTF-8 without a byte-order mark")
    } else if text.trim().is_empty() {
        Problem::new(
            "the file is empty, expected an object with `api_call_intervals`, `log_level` and `services`",
        )
        .help("copy config.json of the Collectington repository")
    } else {
        return true;
    };
    report.add(Position { line: 1, column: 1 }, problem);
    false
}

fn fix(error: &std::io::Error) -> Option<&'static str> {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => Some("allow the user of this process to read it"),
        std::io::ErrorKind::NotFound => Some("create it, or correct the path"),
        std::io::ErrorKind::IsADirectory => Some("pass the path of a file"),
        _ => None,
    }
}
