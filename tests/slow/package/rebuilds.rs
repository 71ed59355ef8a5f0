//! Rebuilds, which only the inputs of the tables cause.

use super::*;

const RAN: &str = "build-script-build`";

#[test]
fn only_inputs_of_the_tables_rebuild_them() {
    let package = Package::new("again");
    package.cargo(&["build"]).unwrap();
    assert!(is_fresh(&package));

    fs::write(package.directory.join("services/replay/splunk/note.txt"), "A recording more.").unwrap();
    fs::write(package.directory.join("services/other_api.rs"), "Not Rust, and not in config.json.").unwrap();
    fs::write(package.directory.join("README.md"), "A document.").unwrap();
    assert!(is_fresh(&package), "recordings, modules that config.json does not name, documents");

    package.edit("services/splunk_api.rs", "/// Number of open incidents by phase.", "/// Open incidents.");
    let printed = package.cargo(&["build", "--verbose"]).unwrap();
    assert!(printed.contains(RAN) && printed.contains("Fresh collectington"), "{printed}");
    assert!(is_fresh(&package));

    package.edit("config.json", "9100", "9101");
    let printed = package.cargo(&["build", "--verbose"]).unwrap();
    assert!(printed.contains(RAN) && printed.contains("Fresh collectington"), "{printed}");
    assert!(is_fresh(&package));
}

/// Returns true if a build finds nothing to do.
fn is_fresh(package: &Package) -> bool {
    let printed = package.cargo(&["build", "--verbose"]).unwrap();
    printed.contains("Fresh team-exporter") && !printed.contains(RAN)
}
