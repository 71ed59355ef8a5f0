//! `cton new` on samples of the shapes of real APIs: their services build without warnings, export the values of the sample, and fail
//! no poll if values are missing or have another type.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::scaffold::{printed, project, tree};
use crate::support::{cargo, golden};

const SAMPLES: &str = "tests/samples";

/// The names and texts of the samples.
fn samples() -> BTreeMap<String, String> {
    let files = fs::read_dir(SAMPLES).unwrap().map(|entry| entry.unwrap().path());
    let samples = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let pair = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    samples.map(pair).collect()
}

fn run(dir: &Path, arguments: &[&str]) -> String {
    let output = cargo::cargo(dir, arguments);
    assert!(output.status.success(), "{}", cargo::printed(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Makes the tests of the services functions that the program calls for the argument `tests`. An executable of tests would compile the
/// services once more.
fn move_tests_into_the_program(dir: &Path, services: usize) {
    const CHANGES: [(&str, &str); 3] = [
        ("#[cfg(test)]\nmod tests {", "pub mod tests {"),
        ("    #[test]\n", ""),
        ("    fn the_recorded_response_is_read() {", "    pub fn the_recorded_response_is_read() {"),
    ];
    let mut calls = Vec::new();
    for (file, bytes) in tree(&dir.join("services")) {
        let Some(module) = file.file_name().and_then(|name| name.to_str()?.strip_suffix(".rs")) else {
            continue;
        };
        let mut code = String::from_utf8(bytes).unwrap();
        for (old, new) in CHANGES {
            assert_eq!(code.matches(old).count(), 1, "{old}: {code}");
            code = code.replace(old, new);
        }
        fs::write(&file, code).unwrap();
        calls.push(format!("        {module}::tests::the_recorded_response_is_read();\n"));
    }
    // The example of the package has a test too.
    assert_eq!(calls.len(), services + 1);
    let program = format!(
        "include!(concat!(env!(\"OUT_DIR\"), \"/services.rs\"));\n\nfn main() -> std::process::ExitCode {{\n    if \
         std::env::args().nth(1).as_deref() == Some(\"tests\") {{\n{}        return std::process::ExitCode::SUCCESS;\n    }}\n    \
         collectington::run(&PROGRAM, None)\n}}\n",
        calls.concat()
    );
    fs::write(dir.join("src/main.rs"), program).unwrap();
}

/// The value of a JSON value with other numbers, booleans and texts. The URL of the next page and the total of a list in pages are
/// kept, because a list that cannot be continued fails the poll.
fn altered(value: &Value, other: &Value, depth: usize) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| altered(item, other, depth + 1)).collect(),
        Value::Object(fields) => {
            let is_paged = fields.contains_key("startAt");
            let altered = |(key, value): (&String, &Value)| match key.as_str() {
                "total" if is_paged => (key.clone(), value.clone()),
                "next" => (key.clone(), value.clone()),
                _ => (key.clone(), altered(value, other, depth + 1)),
            };
            fields.iter().map(altered).collect()
        }
        _ if depth > 0 => other.clone(),
        scalar => scalar.clone(),
    }
}

/// The value with an element of another type in each list and object.
fn with_strangers(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(with_strangers).chain([json!("oops"), json!(null)]).collect(),
        Value::Object(fields) => {
            // The recording has no page for the offset after more items, so the total counts the one that is not null, and the list ends.
            let is_paged = fields.contains_key("startAt");
            let items = fields.get("issues").and_then(Value::as_array).map_or(0, Vec::len);
            let fields = fields.iter().map(|(key, value)| match key.as_str() {
                "total" if is_paged => (key.clone(), json!(items + 1)),
                _ => (key.clone(), with_strangers(value)),
            });
            fields.chain([("oops".to_owned(), json!(["x", {"y": 1}]))]).collect()
        }
        scalar => scalar.clone(),
    }
}

/// Replaces the body of the recording of each service.
fn rewrite(dir: &Path, samples: &BTreeMap<String, String>, change: impl Fn(&Value) -> Value) {
    for (name, text) in samples {
        let file = dir.join(format!("services/replay/{name}/0001-sample.http"));
        let recording = fs::read_to_string(&file).unwrap();
        let head = recording.find("date: ").unwrap();
        let end = head + recording[head..].find("\n\n").unwrap() + 2;
        let body = change(&serde_json::from_str(text).unwrap());
        fs::write(file, format!("{}{body}", &recording[..end])).unwrap();
    }
}

/// The lines of an exposition without those of the exporter.
fn lines(page: &str) -> Vec<&str> {
    let is_own = |line: &&str| {
        !line.contains("cton_")
            && !line.contains("process_")
            && !line.contains("github_stargazers")
            && !line.contains("github_open_issues")
    };
    page.lines().filter(is_own).collect()
}

#[test]
fn services_of_samples_export_their_values_and_survive_other_ones() {
    let dir = project("samples");
    let samples = samples();
    assert!(samples.len() >= 30);
    let mut reports = BTreeMap::new();
    for name in samples.keys() {
        let file = fs::canonicalize(format!("{SAMPLES}/{name}.json")).unwrap();
        let arguments = ["new", name, "--url=http://127.0.0.1:1/x", "--sample", file.to_str().unwrap()];
        let (code, text) = printed(&dir, &arguments);
        assert_eq!(code, Some(0), "{name}: {text}");
        let report = text.split_once("to config.json: ").unwrap().1.split_once("next:").unwrap().0;
        reports.insert(name, report.split_once(", ").unwrap().1.to_owned());
    }
    for name in samples.keys() {
        let file = dir.join(format!("services/{name}_api.rs"));
        let output = Command::new("rustfmt").args(["--check", "--edition=2024"]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", cargo::printed(&output));
    }
    run(&dir, &["clippy", "--all-targets", "--", "-D", "warnings"]);
    move_tests_into_the_program(&dir, samples.len());
    run(&dir, &["run", "--quiet", "--", "tests"]);
    let once = ["run", "--quiet", "--", "--all", "--replay", "services/replay", "--once"];
    let page = run(&dir, &once);
    for (name, report) in &reports {
        let of_service = lines(&page).into_iter().filter(|line| {
            let metric = line.trim_start_matches("# HELP ").trim_start_matches("# TYPE ");
            metric.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with(['_', ' ', '{']))
        });
        let text = of_service.map(|line| format!("{line}\n")).collect::<String>();
        golden::same(&format!("{SAMPLES}/{name}.txt"), &format!("{report}\n{text}"));
    }

    let values = |page: &str| lines(page).into_iter().filter(|line| !line.starts_with('#')).count();
    for other in [json!(null), json!(["x"]), json!({"x": 1})] {
        rewrite(&dir, &samples, |sample| altered(sample, &other, 0));
        polled(&dir, &once);
    }
    rewrite(&dir, &samples, with_strangers);
    let again = polled(&dir, &once);
    assert!(values(&again) >= values(&page), "{again}");
}

/// Returns the exposition. Metrics may fail, but no poll.
fn polled(dir: &Path, once: &[&str]) -> String {
    let output = cargo::cargo(dir, once);
    let errors = String::from_utf8_lossy(&output.stderr);
    let of_polls: Vec<&str> =
        errors.lines().filter(|line| line.starts_with("error: ") && !line.contains(": metric `")).collect();
    assert!(of_polls.is_empty(), "{of_polls:?}");
    String::from_utf8(output.stdout).unwrap()
}
