//! config.json: what is read from it, and what is said of each mistake.
//!
//! Each tests/config/CASE.json is wrong, and CASE.txt holds every word of what is said of it; the files in
//! tests/config/good/ are right. `UPDATE_GOLDENS=1 cargo test --test config` writes the words anew.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use collectington::config::{Config, Kind, Level, load, near, parse};

#[test]
fn every_mistake_is_told_with_its_place_and_what_to_do() {
    let mut wrong = Vec::new();
    for case in cases("tests/config") {
        let said = match parse("config.json", &fs::read_to_string(&case).unwrap()) {
            Ok(_) => "nothing\n".to_owned(),
            Err(mistakes) => format!("{mistakes}\n"),
        };
        let golden = case.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            fs::write(&golden, &said).unwrap();
        }
        if fs::read_to_string(&golden).ok().as_ref() != Some(&said) {
            wrong.push(format!("{}:\n{said}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "not as in the .txt files:\n{}", wrong.join("\n"));
}

#[test]
fn good_files_are_read() {
    let good = cases("tests/config/good");
    assert!(good.len() > 5);
    for case in good {
        load(&case).unwrap();
    }
}

/// The files of a folder, in order.
fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    cases.sort();
    cases
}
