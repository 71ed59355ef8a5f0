//! Reads the text of a file within its limits.

use std::io::Read;
use std::path::Path;

use super::report::Report;
use super::{Mistake, Mistakes, Position};

/// The maximum size of config.json in bytes. The compiled-in config may be larger, as it contains every default.
pub(super) const CONFIG_LIMIT: usize = 1 << 20;
/// The maximum size of a sample response in bytes, which becomes a file of the source.
#[cfg(all(feature = "run", feature = "tools"))]
pub(super) const SAMPLE_LIMIT: usize = 16 << 20;

/// Returns the text of a file of at most `limit` bytes; `expected` describes the file in errors.
///
/// # Errors
/// The file cannot be read, is too large, or is not UTF-8.
pub(super) fn read(path: &Path, expected: &str, limit: usize) -> Result<String, Mistakes> {
    let file = path.display().to_string();
    let fail = |place, text| Mistakes { file: file.clone(), list: vec![Mistake { place, text }] };
    let mut bytes = Vec::new();
    let limited = std::fs::File::open(path).map(|file| file.take(limit as u64 + 1));
    limited.and_then(|mut file| file.read_to_end(&mut bytes)).map_err(|error| {
        fail(
            Position::default(),
            format!("cannot be read ({error}), expected {expected}: {}", advice(&error)),
        )
    })?;
    if bytes.len() > limit {
        let text = format!("the file has more than {limit} bytes, which is the most: shorten it");
        return Err(fail(Position { line: 1, column: 1 }, text));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good =
            String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]).into_owned();
        let text = "found bytes that are not UTF-8, expected UTF-8 as JSON is: save the file as UTF-8";
        fail(Position::end_of(&good), text.to_owned())
    })
}

/// Returns true if a text is neither blank nor begins with a byte-order mark, which are reported.
pub(super) fn check(text: &str, report: &Report) -> bool {
    let words = if text.starts_with('\u{feff}') {
        "the file begins with a byte-order mark (EF BB BF), expected `{`: save it as UTF-8 without BOM"
    } else if text.trim().is_empty() {
        "the file is empty, expected an object with `api_call_intervals`, `log_level` and `services`: write one, or \
         copy the example of the README"
    } else {
        return true;
    };
    report.add(Position { line: 1, column: 1 }, words);
    false
}

fn advice(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => "let the user that runs this read it",
        _ => "write it, or give its path",
    }
}
