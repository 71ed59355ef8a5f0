//! From config.json and services/ to code, or to what is said of mistakes.
//!
//! - tests/golden/CASE becomes generated.rs, which main.rs compiles, runs and looks into.
//! - tests/ui/CASE becomes generated.rs, of which rustc says main.stderr.
//! - tests/mistakes/CASE is wrong, or odd: said.txt is what cargo shows of it.
//!
//! `UPDATE_GOLDENS=1 cargo test --test codegen` writes all of these anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use collectington::build::generate;

#[test]
fn code_is_generated_as_committed() {
    let mut wrong = Vec::new();
    for case in cases("tests/golden").into_iter().chain(cases("tests/ui")) {
        match of(&case) {
            Ok((code, _)) => compare(&case.join("generated.rs"), &code, &mut wrong),
            Err(said) => wrong.push(said),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_and_oddities_are_told_with_their_place_and_what_to_do() {
    let mut wrong = Vec::new();
    for case in cases("tests/mistakes") {
        let said = match of(&case) {
            Ok((_, warnings)) => warnings,
            Err(said) => said,
        };
        compare(&case.join("said.txt"), &said, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rustc_takes_what_is_right_and_explains_what_is_wrong() {
    if std::env::var_os("UPDATE_GOLDENS").is_some() && std::env::var_os("TRYBUILD").is_none() {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(std::env::args_os().skip(1)).env("TRYBUILD", "overwrite");
        assert!(again.status().unwrap().success());
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("tests/golden/*/main.rs");
    cases.compile_fail("tests/ui/*/main.rs");
}

#[test]
fn the_same_files_become_the_same_code() {
    for case in cases("tests/golden") {
        assert_eq!(of(&case), of(&case));
    }
}

/// The folders of a folder, sorted.
fn cases(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// The code and the warnings, or what is said of mistakes; with paths as they are seen from the case's folder.
fn of(case: &Path) -> Result<(String, String), String> {
    let here = |text: &str| text.replace(&format!("{}/", case.display()), "");
    match generate(Path::new(""), &case.join("config.json"), &case.join("services")) {
        Ok(made) => {
            let warnings: String =
                made.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
            Ok((here(&made.text), here(&warnings)))
        }
        Err(mistakes) => {
            Err(mistakes.to_string().lines().map(|line| format!("error: {}\n", here(line))).collect())
        }
    }
}

fn compare(golden: &Path, text: &str, wrong: &mut Vec<String>) {
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(golden, text).unwrap();
    }
    if fs::read_to_string(golden).ok().as_deref() != Some(text) {
        wrong.push(format!("{} is not:\n{text}", golden.display()));
    }
}
