//! `cton new --openapi`: the services of a description become part of a package.

use std::fs;
use std::path::Path;

use super::scaffold::printed;
use crate::support::golden;

const DESCRIPTION: &str = "tests/openapi/incidents.yaml";

/// Adds a service from a schema and one from an example to a package, which has no secrets for them yet.
pub(crate) fn add_to(dir: &Path) {
    let file = fs::canonicalize(DESCRIPTION).unwrap();
    for (name, path, request, is_schema) in [
        ("schema_only", "/incidents", ".bearer(api.secret(\"TOKEN\")?)", true),
        ("with_example", "/accounts/{id}/usage", ".header(\"X-Api-Key\", api.secret(\"X_API_KEY\")?)", false),
    ] {
        let url = format!("https://incidents.example.org/v2/{name}");
        let arguments = ["new", name, "--url", &url, "--openapi", file.to_str().unwrap(), "--path", path];
        let (code, text) = printed(dir, &arguments);
        assert!(code == Some(2) && text.contains("pass `--secret-file FILE`"), "{text}");
        let (code, text) = printed(dir, &[arguments.as_slice(), &["--secret-file", "later"]].concat());
        assert!(code == Some(0) && text.contains("has invented values") == is_schema, "{text}");
        let code = fs::read_to_string(dir.join(format!("services/{name}_api.rs"))).unwrap();
        assert!(code.contains(request) && code.contains("Paging::next_url(") == is_schema, "{code}");
    }
    add_goldens(dir);
    for (options, expected) in [
        (
            ["--url=https://h/{id}", "--openapi=a", "--path=/{id}"].as_slice(),
            "the parameter `{id}` without a value",
        ),
        (&["--url=https://h/", "--openapi=a"], "`--openapi` needs `--path`"),
        (&["--url=https://h/", "--method=post"], "`--path` and `--method` need `--openapi`"),
        (&["--openapi=a", "--path=/", "--method=delete"], "give `get`, `post`, `put` or `patch`"),
        (
            &["--url=https://h/", "--openapi=a", "--path=/", "--fetch"],
            "`--fetch` and `--openapi` exclude each other",
        ),
        (&["--openapi=nowhere", "--path=/"], "nowhere: cannot read the description"),
    ] {
        let (code, text) = printed(dir, &[&["new", "x"], options].concat());
        assert!(code == Some(2) && text.contains(expected), "{text}");
    }
}

/// Adds the services of two descriptions without `--url`, whose entries and files are goldens.
fn add_goldens(dir: &Path) {
    for (name, file, options) in [
        ("warehouse", "warehouse.json", ["--path", "/sites/{site}/shelves/{shelf}", "--method", "get"]),
        ("search", "search.yaml", ["--path", "/indexes/{index}/query", "--method", "POST"]),
    ] {
        let description = fs::canonicalize(format!("tests/openapi/{file}")).unwrap();
        let arguments = ["new", name, "--secret-file", "later", "--openapi", description.to_str().unwrap()];
        let (code, text) = printed(dir, &[&arguments, options.as_slice()].concat());
        assert_eq!(code, Some(0), "{text}");
        let config = fs::read_to_string(dir.join("config.json")).unwrap();
        let config: serde_json::Value = serde_json::from_str(&config).unwrap();
        let code = fs::read_to_string(dir.join(format!("services/{name}_api.rs"))).unwrap();
        let recording =
            fs::read_to_string(dir.join(format!("services/replay/{name}/0001-sample.http"))).unwrap();
        let (request, _) = recording.split_once("HTTP/1.1 200").unwrap();
        let entry = format!("{:#}", config["services"][name]);
        golden::same(&format!("tests/openapi/{name}.txt"), &format!("{text}\n{entry}\n\n{request}{code}"));
    }
}
