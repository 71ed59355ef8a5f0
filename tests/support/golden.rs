//! Files of expected output.

use std::fs;

/// The text is that of the file, or is written to it where `UPDATE_GOLDENS` says so.
pub fn same(file: &str, text: &str) {
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(file, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(file).unwrap(), "UPDATE_GOLDENS=1 writes {file}");
}
