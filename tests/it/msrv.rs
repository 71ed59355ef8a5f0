//! The `rust-version` of Cargo.toml suffices for each dependency of a build.

use std::process::Command;

use serde_json::Value;

/// `1.85` and `1.85.0` as numbers that compare.
fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

#[test]
fn no_dependency_of_a_build_needs_a_newer_rust_than_the_stated_one() {
    let ours = version(env!("CARGO_PKG_RUST_VERSION"));
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--edges=normal,build", "--prefix=none", "--format={p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(tree.stdout).unwrap();
    let used: Vec<(&str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();
    assert!(used.len() > 30, "{tree}");
    for package in packages() {
        let (name, at) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        if let Some(needs) = package["rust_version"].as_str().filter(|_| used.contains(&(name, at))) {
            assert!(version(needs) <= ours, "{name} {at} needs Rust {needs}");
        }
    }
}

fn packages() -> Vec<Value> {
    let metadata = Command::new(env!("CARGO"))
        // Without the filter it would ask for the packages of every platform.
        .args(["metadata", "--locked", "--offline", "--format-version=1", "--filter-platform", &host()])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn host() -> String {
    let version = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}
