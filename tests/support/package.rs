//! A package of a team's own, which a test builds in the same target directory, so that the dependencies are there already.

use std::fs;
use std::path::{Path, PathBuf};

use super::cargo;

/// A copy of tests/package with services/ of this repository, byte for byte.
pub struct Package(pub PathBuf);

impl Package {
    pub fn new(name: &str) -> Self {
        let folder = cargo::folder(&format!("package-{name}"));
        copy(Path::new("tests/package"), &folder);
        copy(Path::new("services"), &folder.join("services"));
        let package = Self(folder);
        package.edit("Cargo.toml", "\"../..\"", &format!("{:?}", env!("CARGO_MANIFEST_DIR")));
        package.edit("Cargo.toml", "\"team-exporter\"", &format!("\"team-exporter-{name}\""));
        package
    }

    /// Writes something else in a file.
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.0.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old}");
        fs::write(path, text.replace(old, new)).unwrap();
    }

    /// What cargo says, good or bad.
    pub fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let output = cargo::cargo(&self.0, arguments);
        if output.status.success() { Ok(cargo::said(&output)) } else { Err(cargo::said(&output)) }
    }
}

/// With all that is below it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}
