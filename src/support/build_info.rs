//! The identity of the binary: version, revision and target.

use std::sync::OnceLock;

/// The version of collectington.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
const UNKNOWN: &str = "unknown";

static REVISION: OnceLock<&'static str> = OnceLock::new();

/// Sets the revision of the package that the binary was built from. The first call counts.
pub(crate) fn init(revision: Option<&'static str>) {
    // A second call would be that of a test in the same process.
    let _ = REVISION.set(revision.unwrap_or(UNKNOWN));
}

/// Returns the revision of the package that the binary was built from.
pub(crate) fn revision() -> &'static str {
    REVISION.get().copied().unwrap_or(UNKNOWN)
}

/// Returns the target triple that the binary was built for.
pub(crate) fn target() -> &'static str {
    option_env!("CTON_TARGET").unwrap_or(UNKNOWN)
}

/// Returns the line of `cton version`, without its end.
pub(crate) fn line() -> String {
    format!("cton {VERSION} (revision {}, target {})", revision(), target())
}
