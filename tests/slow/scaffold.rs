//! `cton new-project` and `cton new`: their files build, run and pass the lints, and existing files are left unchanged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::scaffold_fetch::FetchedServices;
use super::scaffold_names;
use super::scaffold_openapi;
use super::scaffold_paging::PagedServices;
use crate::support::cargo;
use crate::support::process::{Cton, scratch};

const URL: &str = "https://api.example.org/v1/status?units=metric";

/// A response with all that makes a service hard to write.
const SAMPLE: &str = r#"{
    "id": 5, "type": {"self": 3}, "24h": {"change": 1e300}, "open_issues": 12, "open issues": 13, "pi": 3.14,
    "stats": {"total_requests": 912, "errors-total": 4, "temperature": -3.5, "result": {"ok": 1}},
    "queues": [{"name": "a\"b", "load": 0.5, "jobs": 5, "hits_total": 8}, {"name": "b", "load": 1, "jobs": null, "hits_total": 9}, null],
    "tags": ["x"], "empty": [], "nothing": null, "\u202e*/\n\"": 3, "deep": {"deep": {"deep": {"deep": [1, "x"], "depth": 4}}}
}"#;

/// What a command says on both streams, and its exit code.
pub(crate) fn printed(dir: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Cton::new(arguments).dir(dir).output();
    (output.status.code(), cargo::printed(&output))
}

/// Every file below a directory, with what is in it.
pub(crate) fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.insert(path.clone(), Vec::new());
            files.extend(tree(&path));
        } else {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// A package with one service, which is its example.
pub(crate) fn project(name: &str) -> PathBuf {
    let dir = cargo::directory(&format!("scaffold-{name}"));
    fs::remove_file(dir.join("Cargo.lock")).unwrap();
    let (code, text) = printed(&dir, &["new-project", "exporter"]);
    assert_eq!(code, Some(0), "{text}");
    let exporter = dir.join("exporter");
    // It would take the place of the binary that the other tests run.
    let manifest = fs::read_to_string(exporter.join("Cargo.toml")).unwrap();
    assert!(manifest.contains("[[bin]]\nname = \"cton\"\n"), "{manifest}");
    fs::write(exporter.join("Cargo.toml"), manifest.replace("\"cton\"", "\"scaffolded\"")).unwrap();
    exporter
}

#[test]
fn a_scaffolded_project_builds_runs_and_passes_its_tests_and_lints() {
    let dir = project("whole");
    for (name, sample) in
        [("weather", SAMPLE), ("list", r#"[{"key": "a", "n": 1}]"#), ("number", "-4.5"), ("text", "\"x\"")]
    {
        fs::write(dir.join("response.json"), sample).unwrap();
        let url = format!("https://{name}.example.org/v1/status?units=metric");
        let (code, text) = printed(&dir, &["new", name, "--url", &url, "--sample", "response.json"]);
        assert_eq!(code, Some(0), "{text}");
    }
    let (code, text) = printed(&dir, &["new", "bare", "--url=http://localhost:1"]);
    assert!(code == Some(0) && text.contains("port 8000, metrics: 1\n"), "{text}");

    scaffold_openapi::add_to(&dir);
    let fetched = FetchedServices::add_to(&dir);
    let paged = PagedServices::add_to(&dir);
    let named = scaffold_names::add_to(&dir);

    let run = |arguments: &[&str]| {
        let output = cargo::cargo(&dir, arguments);
        assert!(output.status.success(), "{}", cargo::printed(&output));
        cargo::printed(&output)
    };
    let page = run(&["run", "--quiet", "--", "--all", "--replay", "services/replay", "--once"]);
    for line in [
        "github_stargazers 61874",
        "weather_stats_requests_total 912",
        "weather_queues_load{name=\"a\\\"b\"} 0.5",
        "weather_queues_jobs{name=\"a\\\"b\"} 5",
        "weather_queues 2",
        "weather_24h_change 1e+300",
        "list_n{key=\"a\"} 1",
        "number_value -4.5",
        "text_response_bytes 3",
        "bare_response_bytes 3",
        "schema_only_incidents 1",
        "schema_only_open 1",
        "with_example_used_bytes 734003200",
        "warehouse_capacity 1",
        "search_matches 1",
        "with_example_regions_load_ratio{name=\"north\"} 0.45",
    ] {
        assert!(page.contains(&format!("\n{line}\n")), "{line}:\n{page}");
    }
    assert!(!page.contains("weather_queues_jobs{name=\"b\"}"), "{page}");
    run(&["build", "--quiet", "--bins"]);
    let tested = run(&["test", "--quiet"]);
    assert!(tested.contains(&format!("{} passed", 33 + named)), "{tested}");
    let poll = |service: &str| run(&["run", "--quiet", "--", "once", "-s", service]);
    fetched.check_polls(&poll);
    paged.check_polls(&poll);
    run(&["clippy", "--all-targets", "--", "-D", "warnings"]);
    for file in
        tree(&dir.join("services")).into_keys().filter(|file| file.extension().is_some_and(|end| end == "rs"))
    {
        let output = Command::new("rustfmt").args(["--check", "--edition=2024"]).arg(&file).output().unwrap();
        assert!(output.status.success(), "{}", cargo::printed(&output));
    }
}

#[test]
fn existing_files_are_never_overwritten_and_no_file_is_half_written() {
    let dir = project("refused");
    fs::write(dir.join("services/taken_api.rs"), "mine").unwrap();
    fs::create_dir_all(dir.join("services/replay/held")).unwrap();
    fs::write(dir.join("services/replay/held/0001-sample.http"), "mine").unwrap();
    fs::write(dir.join("broken.json"), "{\n  \"a\": 1,\n}").unwrap();
    fs::write(dir.join("twice.json"), "{\"a\": 1, \"a\": 2}").unwrap();
    let before = tree(dir.parent().unwrap());
    let new = |name, url, sample: &str| {
        let sample = format!("--sample={sample}");
        let arguments = ["new", name, "--url", url, &sample];
        printed(&dir, if sample.ends_with('=') { &arguments[..4] } else { &arguments })
    };
    for ((code, text), expected) in [
        (new("github", URL, ""), "config.json:6:9: service `github` already exists"),
        (new("taken", URL, ""), "services/taken_api.rs: already exists\n  = help: "),
        (new("held", URL, ""), "services/replay/held/0001-sample.http: already exists"),
        (new("My-Api", URL, ""), "the service name `My-Api` is invalid, expected lowercase letters"),
        (new("loop", URL, ""), "is a Rust keyword"),
        (new("x", "example.org", ""), "`--url` has no scheme"),
        (new("x", "https://e.org/?api_key=1", ""), "`--url` contains a value for `api_key`"),
        (new("x", "https://e.org/?appid=hush", ""), ".secret_query(\"appid\", &api.secret(\"APPID\")?)"),
        (new("x", "https://e.org/?a=b&key=AIzaHush", ""), "`--url` contains a value for `key`"),
        (new("x", "https://e.org/?code=hush", ""), ".secret_query(\"code\", &api.secret(\"CODE\")?)"),
        (new("x", "https://e.org/?sig=hush%3D", ""), "`--url` contains a value for `sig`"),
        (new("x", URL, "broken.json"), "broken.json:3:1: invalid JSON: found `}` after a comma"),
        (new("x", URL, "twice.json"), "twice.json:1:10: duplicate key `a`"),
        (new("x", URL, "nowhere.json"), "nowhere.json: cannot read the sample"),
        (
            printed(dir.parent().unwrap(), &["new", "x", "--url", URL]),
            "config.json: cannot read the config: No such file",
        ),
        (printed(dir.parent().unwrap(), &["new-project", "exporter"]), "exporter: already exists"),
        (
            printed(&dir, &["new-project", "x", "--source=services"]),
            "--source services: not the source of Collectington",
        ),
        (printed(dir.parent().unwrap(), &["new-project", ""]), "the name of the directory is empty"),
        (new(&"x".repeat(98), URL, ""), "is longer than 100 characters"),
        (printed(&dir, &["new", "x"]), "`cton new` needs --url URL"),
        (
            printed(&dir, &["-s", "github", "new", "x", "--url", URL]),
            "`--service` does not apply to `cton new`",
        ),
    ] {
        assert!(code == Some(2) && text.contains(expected), "{expected}:\n{text}");
    }
    assert_eq!(tree(dir.parent().unwrap()), before);
}

#[test]
fn no_credential_of_a_sample_is_written_to_the_package() {
    let dir = project("credentials");
    let sample = serde_json::json!({
        "access_token": "hush-1", "expires_in": 3600, "jobs": 7,
        "sessions": [{ "session": "hush-a", "n": 1.5 }, { "session": "hush-b", "n": 2.5 }],
        "next": "https://h/x?page=2&sig=hush-2", "nextPageToken": "page-2",
        "note": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    });
    fs::write(dir.join("response.json"), sample.to_string()).unwrap();
    let (code, text) = printed(&dir, &["new", "x", "--url", URL, "--sample", "response.json"]);
    assert!(code == Some(0) && text.contains("redacted credentials in the sample"), "{text}");
    fs::remove_file(dir.join("response.json")).unwrap();
    for (file, bytes) in tree(&dir) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("hush") && !text.contains("ghp_"), "{}:\n{text}", file.display());
    }
    let recording = fs::read_to_string(dir.join("services/replay/x/0001-sample.http")).unwrap();
    assert!(recording.contains("\"jobs\":7") && recording.contains("page-2"), "{recording}");
    assert!(
        recording.contains("\"session\":\"***\"") && recording.contains("\"session\":\"***2\""),
        "{recording}"
    );
}

#[test]
fn a_killed_command_blocks_no_later_one_and_a_long_list_is_a_sample() {
    let dir = project("killed");
    fs::write(dir.join("config.json.new"), "half").unwrap();
    let items: Vec<_> =
        (0..40_000).map(|at| format!("{{\"name\": \"n{at}\", \"load\": {at}.5, \"up\": 1}}")).collect();
    fs::write(dir.join("long.json"), format!("[{}]", items.join(","))).unwrap();
    let (code, text) = printed(&dir, &["new", "x", "--url", URL, "--sample", "long.json"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(fs::read_to_string(dir.join("config.json.new")).unwrap(), "half");
}

#[test]
fn an_invalid_config_is_reported_and_left_unchanged() {
    let dir = project("wrong");
    let config = fs::read_to_string(dir.join("config.json")).unwrap().replace("\"INFO\"", "\"LOUD\"");
    fs::write(dir.join("config.json"), &config).unwrap();
    let (code, text) = printed(&dir, &["new", "x", "--url", URL]);
    assert!(code == Some(2) && text.contains("config.json:3:18: `log_level` is `LOUD`"), "{text}");
    assert_eq!(fs::read_to_string(dir.join("config.json")).unwrap(), config);
    assert!(!dir.join("services/x_api.rs").exists());
}

#[test]
fn a_project_finds_collectington_and_reports_a_surrounding_workspace() {
    let root = scratch("scaffold-found");
    let manifest = |dir: &str| fs::read_to_string(root.join(dir).join("Cargo.toml")).unwrap();
    // Below the repository itself, which is the nearest there is.
    printed(&root, &["new-project", "in/deep"]);
    assert!(manifest("in/deep").contains("path = \"../../../../..\""), "{}", manifest("in/deep"));

    fs::create_dir_all(root.join("third_party/vendored")).unwrap();
    fs::write(root.join("third_party/vendored/Cargo.toml"), "[package]\nname = \"collectington\"\n").unwrap();
    fs::write(root.join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
    let (_, text) = printed(&root, &["new-project", "apps/edge", "--source", "third_party/vendored"]);
    assert!(
        manifest("apps/edge").contains("path = \"../../third_party/vendored\""),
        "{}",
        manifest("apps/edge")
    );
    assert!(text.contains("is inside the workspace of") && text.contains("add it to `members`"), "{text}");
    assert!(!manifest("apps/edge").contains("[profile"), "cargo would ignore it");

    fs::rename(root.join("third_party/vendored"), root.join("collectington")).unwrap();
    printed(&root, &["new-project", "Test"]);
    assert!(manifest("Test").contains("path = \"../collectington\""), "{}", manifest("Test"));
    assert!(manifest("Test").contains("name = \"exporter-test\""), "cargo keeps `test`");
    printed(&root, &["new-project", "examples"]);
    assert!(
        manifest("examples").contains("name = \"exporter-examples\""),
        "cargo has a directory of that name"
    );
    let outside = std::env::temp_dir().join(format!("cton-project-{}", std::process::id()));
    let output = Cton::new(["new-project", outside.to_str().unwrap()]).dir(&root).output();
    assert!(String::from_utf8(output.stderr).unwrap().contains("pass its directory with `--source`"));
    assert!(!outside.exists(), "a name alone would be anybody's package");
}
