//! In a monorepo: a team's package as a member of its workspace, and the repository itself as one, edited in place.
//!
//! ci/vendored.sh goes on from here: vendored sources, no network, an empty cargo home.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::cargo;
use crate::support::process::Cton;

/// A workspace with a package that has nothing to do with us, and these members.
fn workspace(name: &str, members: &[&str]) -> PathBuf {
    let root = cargo::directory(&format!("vendored-{name}"));
    let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {:?}\n", [&["other"], members].concat());
    fs::write(root.join("Cargo.toml"), manifest).unwrap();
    fs::create_dir_all(root.join("other/src")).unwrap();
    fs::write(root.join("other/Cargo.toml"), "[package]\nname = \"other\"\nedition = \"2024\"\n").unwrap();
    fs::write(root.join("other/src/lib.rs"), "").unwrap();
    root
}

fn run(root: &Path, arguments: &[&str]) -> String {
    let output = cargo::cargo(root, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", cargo::printed(&output));
    cargo::printed(&output)
}

fn cton(root: &Path, arguments: &[&str]) -> String {
    let output = Cton::new(arguments).dir(root).output();
    assert!(output.status.success(), "{arguments:?}: {}", cargo::printed(&output));
    cargo::printed(&output)
}

#[test]
fn a_package_of_a_team_is_a_member_of_a_workspace() {
    let root = workspace("member", &["apps/edge"]);
    let printed = cton(&root, &["new-project", "apps/edge", "--source", env!("CARGO_MANIFEST_DIR")]);
    assert!(printed.contains("add it to `members`"), "{printed}");
    // It would take the place of the binary that the other tests run.
    let manifest = root.join("apps/edge/Cargo.toml");
    let text = fs::read_to_string(&manifest).unwrap().replace("\"cton\"", "\"cton-member\"");
    fs::write(manifest, text).unwrap();
    let built = run(&root, &["build", "--workspace"]);
    assert!(!built.contains("warning"), "{built}");
    let once = ["-s", "github", "--once", "--replay", "apps/edge/services/replay/github"];
    let page = run(&root, &[&["run", "--quiet", "--package", "edge", "--"], &once[..]].concat());
    assert!(page.contains("github_stargazers 61874\n"), "{page}");
    assert!(run(&root, &["test", "--quiet", "--package", "edge"]).contains("1 passed"));
}

#[test]
fn the_repository_is_a_member_of_a_workspace_and_edited_in_place() {
    let root = workspace("in-place", &["exporter"]);
    let files = Command::new("git")
        .args(["ls-files", "build.rs", "Cargo.toml", "config.json", "services", "src"])
        .output();
    for file in String::from_utf8(files.unwrap().stdout).unwrap().lines() {
        let copy = root.join("exporter").join(file);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(file, copy).unwrap();
    }
    // Tests and benches are named in Cargo.toml, and not needed.
    let manifest = fs::read_to_string("Cargo.toml").unwrap();
    let (front, rest) = manifest.split_once("[[test]]").unwrap();
    let end = rest.split_once("[lints.rust]").unwrap().1;
    // It would take the place of the binary that the other tests run.
    let manifest = format!("{front}[lints.rust]{end}").replace("\"cton\"", "\"cton-in-place\"");
    fs::write(root.join("exporter/Cargo.toml"), manifest).unwrap();
    fs::write(root.join("response.json"), r#"{"temperature": -3.5}"#).unwrap();
    let url = "https://api.example.org/now";
    cton(&root, &["new", "weather", "--url", url, "--sample", "response.json", "--dir", "exporter"]);
    let once = ["--all", "--once", "--replay", "exporter/services/replay"];
    let page = run(&root, &[&["run", "--quiet", "--package", "collectington", "--"], &once[..]].concat());
    assert!(
        page.contains("number_of_incidents_total 124\n") && page.contains("weather_temperature -3.5\n"),
        "{page}"
    );
}
