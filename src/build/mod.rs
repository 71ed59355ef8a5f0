//! config.json and services/ to typed tables, for a package's build script.

use std::path::Path;

/// Reads the config and the services beside it and writes `$OUT_DIR/services.rs`.
///
/// Mistakes are printed as cargo's own errors; the build then fails.
pub fn compile(config: impl AsRef<Path>, services: impl AsRef<Path>) {
    let _ = (config.as_ref(), services.as_ref());
    todo!("build")
}
