//! `cton new --openapi`: the services of a description become part of a package.

use std::fs;
use std::path::Path;

use super::scaffold::printed;

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
    for (options, expected) in [
        (
            ["--url=https://h/{id}", "--openapi=a", "--path=/{id}"].as_slice(),
            "the parameter `{id}` without a value",
        ),
        (&["--url=https://h/", "--openapi=a"], "`--openapi` and `--path` need each other"),
        (
            &["--url=https://h/", "--openapi=a", "--path=/", "--fetch"],
            "`--fetch` and `--openapi` exclude each other",
        ),
        (&["--url=https://h/", "--openapi=nowhere", "--path=/"], "nowhere: cannot read the description"),
    ] {
        let (code, text) = printed(dir, &[&["new", "x"], options].concat());
        assert!(code == Some(2) && text.contains(expected), "{text}");
    }
}
