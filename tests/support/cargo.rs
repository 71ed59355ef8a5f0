//! Cargo, on packages that a test writes; what this package depends on is there already and not built again.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder for one test, below the target directory. Another run of the test waits until this process has ended: it would change
/// the same files, and cargo would take them for changed each time.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    #[cfg(all(unix, feature = "run"))]
    lock(&folder.with_extension("lock"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy("Cargo.lock", folder.join("Cargo.lock")).unwrap();
    folder
}

/// Holds a lock until this process ends.
#[cfg(all(unix, feature = "run"))]
fn lock(path: &Path) {
    let file = std::fs::File::create(path).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    std::mem::forget(file);
}

/// What cargo does in a folder.
pub fn cargo(folder: &Path, arguments: &[&str]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    let (word, rest) = arguments.split_first().unwrap();
    cargo.args([*word, "--offline", "--color=never"]).args(rest);
    elsewhere(&mut cargo, folder).output().unwrap()
}

/// Has it run in the folder of another package, with what was built for this one.
pub fn elsewhere<'c>(command: &'c mut Command, folder: &Path) -> &'c mut Command {
    // What cargo tells a test of the package around it would make build scripts of dependencies run again.
    for (name, _) in std::env::vars_os() {
        let about_us =
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"];
        if name.to_str().is_some_and(|name| about_us.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    command.current_dir(folder).env("CARGO_TARGET_DIR", target)
}

/// Everything it said.
pub fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}
