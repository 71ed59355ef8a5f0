//! A team's package, built by a test in the same target directory.

use std::fs;
use std::path::{Path, PathBuf};

use super::cargo;

/// A copy of tests/package, whose program has the name `team-exporter-NAME`.
pub struct Package {
    pub directory: PathBuf,
    program: String,
}

impl Package {
    /// Copies services/ of this repository too, byte for byte.
    pub fn new(name: &str) -> Self {
        let package = Self::without_services(name);
        copy(Path::new("services"), &package.directory.join("services"));
        package
    }

    /// Writes a config and services of the test instead: the names of their modules with their code.
    pub fn with_services(name: &str, config: &str, services: &[(&str, &str)]) -> Self {
        let package = Self::without_services(name);
        fs::write(package.directory.join("config.json"), config).unwrap();
        fs::create_dir(package.directory.join("services")).unwrap();
        for (module, code) in services {
            fs::write(package.directory.join(format!("services/{module}.rs")), code).unwrap();
        }
        package
    }

    /// Copies examples/, which is a package already. It enables `tools`, so that it uses the library that is built for the other
    /// packages.
    pub fn of_the_examples() -> Self {
        let directory = cargo::directory("package-of-the-examples");
        copy(Path::new("examples"), &directory);
        let package = Self { directory, program: "example-exporter".to_owned() };
        package.edit("Cargo.toml", "\"..\"", &format!("{:?}", env!("CARGO_MANIFEST_DIR")));
        for feature in ["run", "build"] {
            package.edit(
                "Cargo.toml",
                &format!("features = [\"{feature}\"]"),
                &format!("features = [\"{feature}\", \"tools\"]"),
            );
        }
        package
    }

    fn without_services(name: &str) -> Self {
        let directory = cargo::directory(&format!("package-{name}"));
        copy(Path::new("tests/package"), &directory);
        let package = Self { directory, program: format!("team-exporter-{name}") };
        package.edit("Cargo.toml", "\"../..\"", &format!("{:?}", env!("CARGO_MANIFEST_DIR")));
        package.edit("Cargo.toml", "\"team-exporter\"", &format!("{:?}", package.program));
        package
    }

    /// Replaces a text of a file, which must contain it.
    pub fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.directory.join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{file} has no {old}");
        fs::write(path, text.replace(old, new)).unwrap();
    }

    /// Runs cargo and returns all of its output.
    pub fn cargo(&self, arguments: &[&str]) -> Result<String, String> {
        let output = cargo::cargo(&self.directory, arguments);
        if output.status.success() { Ok(cargo::printed(&output)) } else { Err(cargo::printed(&output)) }
    }

    /// Builds the program as this test was built, and returns its path.
    pub fn build(&self) -> PathBuf {
        let profile: &[&str] = if cfg!(debug_assertions) { &["build"] } else { &["build", "--release"] };
        self.cargo(profile).unwrap();
        Path::new(env!("CARGO_BIN_EXE_cton")).with_file_name(&self.program)
    }
}

/// Copies a directory with all that is below it.
fn copy(from: &Path, to: &Path) {
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
