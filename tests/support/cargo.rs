//! Runs cargo on packages written by a test, in the target directory of this package, so that the dependencies are built already.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::machine;

/// Returns an empty directory for one test. Another run of the test waits until this process has exited, because it would write the
/// same files.
pub fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    #[cfg(unix)]
    lock(&directory.with_extension("lock"));
    let _ = std::fs::remove_dir_all(&directory);
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::copy("Cargo.lock", directory.join("Cargo.lock")).unwrap();
    directory
}

/// Holds a lock until this process ends.
#[cfg(unix)]
fn lock(path: &Path) {
    let file = std::fs::File::create(path).unwrap();
    rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive).unwrap();
    std::mem::forget(file);
}

/// Runs cargo in a directory.
pub fn cargo(directory: &Path, arguments: &[&str]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    let (word, rest) = arguments.split_first().unwrap();
    cargo.args([*word, "--offline", "--color=never"]).args(rest);
    output(&mut cargo, directory)
}

/// Runs a command that builds the package of a directory, with what was built for this one.
pub fn output(command: &mut Command, directory: &Path) -> Output {
    as_outside_of_tests(command);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let _build = machine::for_a_build();
    command.current_dir(directory).env("CARGO_TARGET_DIR", target).output().unwrap()
}

/// Removes the variables in which cargo describes this package to its tests. With them, build scripts of dependencies run again, and
/// everything that depends on these.
pub fn as_outside_of_tests(command: &mut Command) {
    const ABOUT_US: [&str; 6] =
        ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_", "OUT_DIR"];
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| ABOUT_US.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
    }
}

/// Returns both streams.
pub fn printed(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}
