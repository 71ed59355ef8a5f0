//! Empty directories for tests.

use std::sync::atomic::{AtomicU64, Ordering};

/// Creates a new, empty directory. No other call returns it, even with the same name.
#[cfg(test)]
pub(crate) fn empty_dir(name: &str) -> std::path::PathBuf {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("cton-{name}-{}-{call}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}
