//! Code generated from config.json and services/, and the messages of errors.
//!
//! - tests/golden/CASE becomes generated.rs, which main.rs includes and tests.
//! - tests/ui/CASE becomes generated.rs, which rustc rejects with diagnostics.txt.
//! - tests/errors/CASE has an error or a warning, which cargo shows as diagnostics.txt.
//!
//! `UPDATE_GOLDENS=1 cargo test --test slow codegen` writes all of these.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use collectington::internals::generate;
use serde_json::Value;

use crate::support::cargo;

#[test]
fn code_is_generated_as_committed() {
    let mut wrong = Vec::new();
    for case in cases("tests/golden").into_iter().chain(cases("tests/ui")) {
        match of(&case) {
            Ok((code, _)) => compare(&case.join("generated.rs"), &code, &mut wrong),
            Err(printed) => wrong.push(printed),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_and_warnings_have_their_position_and_a_fix() {
    let mut wrong = Vec::new();
    for case in cases("tests/errors") {
        let printed = match of(&case) {
            Ok((_, warnings)) => warnings,
            Err(printed) => printed,
        };
        compare(&case.join("diagnostics.txt"), &printed, &mut wrong);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rustc_accepts_valid_services_and_explains_invalid_ones() {
    let (right, wrong) = (cases("tests/golden"), cases("tests/ui"));
    let package = package(right.iter().chain(&wrong));
    let mut printed = diagnostics(&package);
    let mut differences = Vec::new();
    for case in wrong {
        let printed = printed.remove(&name(&case)).unwrap_or_default();
        compare(&case.join("diagnostics.txt"), &printed, &mut differences);
    }
    for case in right {
        differences.extend(printed.remove(&name(&case)));
        let ran = cargo::cargo(&package, &["run", "--quiet", "--bin", &name(&case)]);
        assert!(ran.status.success(), "{}", cargo::printed(&ran));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn declared_settings_and_secrets_are_checked_before_the_first_poll() {
    let package = package_in("declared", [&PathBuf::from("tests/golden/settings")].into_iter());
    let valid = fs::read_to_string("tests/golden/settings/config.json").unwrap();
    let invalid = valid.replace("\"projects\": [\"web\"]", "\"project\": [\"web\"]");
    let invalid = invalid.replace("\"size\": 50", "\"size\": 500").replace("[]", "[7],\n\"pol\": 1");
    fs::write(package.join("valid.json"), &valid).unwrap();
    fs::write(package.join("invalid.json"), invalid).unwrap();
    fs::write(package.join("board"), "TOKEN=\"\"\nUSR=x\n").unwrap();
    let run = |arguments: &str| {
        let arguments: Vec<&str> =
            "run --quiet -- --log-format=json -c".split(' ').chain(arguments.split(' ')).collect();
        let ran = cargo::cargo(&package, &arguments);
        let printed = String::from_utf8(ran.stderr).unwrap();
        let errors = printed.lines().filter(|line| !line.starts_with('{')).map(|line| format!("{line}\n"));
        (ran.status.code().unwrap(), errors.collect::<String>())
    };
    let settings = "error: invalid.json:12:13: `services.board.project` is not a known setting, expected `projects` or `poll`
  = help: a similar name exists: `projects`
error: invalid.json:13:30: `services.board.poll.size` is the number 500, expected a whole number from 0 to 255
error: invalid.json:22:26: `services.archive.projects[0]` is the number 7, expected a string
error: invalid.json:23:1: `services.archive.pol` is not a known setting, expected `projects` or `poll`
  = help: a similar name exists: `poll`
";
    let secrets = |service: &str, place: &str| {
        format!(
            "error: {service}: TOKEN in ./board is empty\n  |  secret_file_path: {place}\n  = help: enter its value\n\
             error: {service}: ./board has no USER\n  |  keys: TOKEN, USR\n  |  secret_file_path: {place}\n  \
             = help: a similar name exists: USR\n"
        )
    };
    let of_both = |file: &str| {
        secrets("board", &format!("{file}:11:33")) + &secrets("archive", &format!("{file}:21:33"))
    };
    for command in ["once", "run"] {
        assert_eq!(
            run(&format!("invalid.json {command} --all")),
            (2, settings.to_owned() + &of_both("invalid.json"))
        );
        assert_eq!(run(&format!("valid.json {command} --all")), (1, of_both("valid.json")));
    }
    assert_eq!(run("valid.json check"), (1, of_both("valid.json")));
    let (code, errors) = run("invalid.json check");
    assert!(code == 1 && settings.lines().all(|line| errors.contains(line)), "{errors}");
    fs::write(package.join("board"), "TOKEN=t\nUSER=x\n").unwrap();
    assert_eq!(run("valid.json check"), (0, String::new()));
}

#[test]
fn equal_files_generate_equal_code() {
    for case in cases("tests/golden") {
        assert_eq!(of(&case), of(&case));
    }
}

#[test]
fn the_readme_shows_the_error_of_a_missing_method() {
    let readme = fs::read_to_string("README.md").unwrap();
    let code = |language: &str, word: &str| {
        let blocks = readme.split("```").filter(|block| block.starts_with(language) && block.contains(word));
        blocks.map(|block| block[language.len()..].to_owned()).next().unwrap()
    };
    let case = cargo::directory("readme");
    let (service, stars) = (code("rust", "GithubApi"), "pub fn github_stars(");
    let config = fs::read_to_string("config.json").unwrap();
    // The indentation of an entry of `services`.
    let entry = code("json", "GithubApi").trim_end().replace('\n', "\n        ");
    let end = config.rfind("\n    }").unwrap();
    let config = format!("{},{}{}", &config[..end], entry, &config[end..]);
    fs::write(case.join("config.json"), config).unwrap();
    fs::create_dir(case.join("services")).unwrap();
    fs::copy("services/splunk_api.rs", case.join("services/splunk_api.rs")).unwrap();

    fs::write(case.join("services/github_api.rs"), &service).unwrap();
    assert!(of(&case).is_ok());
    assert!(service.contains(stars));
    fs::write(case.join("services/github_api.rs"), service.replace(stars, "fn other(")).unwrap();
    let printed = of(&case).unwrap_err().replacen("error: ", "", 1);
    assert_eq!(code("text", "has no implementation").split_once("@0.1.0: ").unwrap().1, printed);
}

/// The directories of a directory, sorted.
fn cases(directory: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten();
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// `golden_every_kind` for tests/golden/every_kind.
fn name(case: &Path) -> String {
    case.strip_prefix("tests").unwrap().display().to_string().replace('/', "_")
}

/// A package with a binary for each case.
fn package<'a>(cases: impl Iterator<Item = &'a PathBuf>) -> PathBuf {
    package_in("cases", cases)
}

fn package_in<'a>(directory: &str, cases: impl Iterator<Item = &'a PathBuf>) -> PathBuf {
    let here = env!("CARGO_MANIFEST_DIR");
    // The features of the other packages, so that all use one build of the library.
    let mut manifest = format!(
        "[package]\nname = \"{directory}\"\nedition = \"2024\"\n[workspace]\n[dependencies]\ncollectington = {{ path = \
         {here:?}, default-features = false, features = [\"run\", \"tools\"] }}\nserde = {{ version = \"1\", features = \
         [\"derive\"] }}\n"
    );
    for case in cases {
        let path = Path::new(here).join(case).join("main.rs");
        manifest += &format!("[[bin]]\nname = {:?}\npath = {path:?}\n", name(case));
    }
    let directory = cargo::directory(directory);
    fs::write(directory.join("Cargo.toml"), manifest).unwrap();
    directory
}

/// What rustc says of each binary of the package.
fn diagnostics(package: &Path) -> BTreeMap<String, String> {
    let built = cargo::cargo(package, &["build", "--keep-going", "--message-format=json"]);
    let mut printed = BTreeMap::<String, String>::new();
    for line in String::from_utf8(built.stdout).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (name, message) = (line["target"]["name"].as_str(), &line["message"]);
        if let (Some(name), Some(_)) = (name, message["spans"].get(0)) {
            *printed.entry(name.to_owned()).or_default() += &diagnostic(message);
        }
    }
    printed
}

/// What the message says, where, and our notes. Those of rustc itself change with it, and with the library.
fn diagnostic(message: &Value) -> String {
    const OURS: [&str; 3] = ["return ", "`", "add "];
    let code = message["code"]["code"].as_str().map(|code| format!("[{code}]")).unwrap_or_default();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut printed = format!("{}{code}: {}\n", text(&message["level"]), text(&message["message"]));
    for span in list(&message["spans"]).into_iter().filter(|span| span["is_primary"] == true) {
        let (file, line) = (text(&span["file_name"]), &span["line_start"]);
        let file = file.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/")).unwrap_or(&file);
        let code = span["text"][0]["text"].as_str().unwrap_or_default().trim();
        printed += &format!("  {file}:{line}: {code}\n    {}\n", text(&span["label"]));
    }
    let notes = list(&message["children"]).into_iter().filter(|note| note["level"] == "note");
    for note in
        notes.map(|note| text(&note["message"])).filter(|note| OURS.iter().any(|ours| note.starts_with(ours)))
    {
        printed += &format!("  note: {note}\n");
    }
    printed
}

/// The code and the warnings, or what is said of mistakes; with paths as they are seen from the case's directory.
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
