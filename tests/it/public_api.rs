//! The public items of the library: each method for services has an example, and tests use all that is public for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The types whose methods a service calls.
const TYPES: [&str; 8] =
    ["Api", "Paging", "QualifiedTotal", "Request", "Response", "Secret", "Session", "Total"];

/// A public method with its doc comment and attributes.
struct Method {
    name: String,
    comment: String,
}

fn rust_files(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The type of a line like `impl<N: Number> Total<N> {`; `None` if the line begins no such block.
fn inherent_type(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("impl")?;
    let rest = rest.strip_prefix('<').map_or(Some(rest), |rest| Some(rest.split_once('>')?.1))?;
    let name = rest.trim_start().split(|c: char| !c.is_alphanumeric()).next()?;
    (!rest.contains(" for ")).then_some(name)
}

/// The public methods of [`TYPES`] in the text of a formatted file.
fn methods(text: &str) -> Vec<Method> {
    let (mut found, mut of, mut comment) = (Vec::new(), None, String::new());
    for line in text.lines() {
        if let Some(name) = inherent_type(line) {
            of = TYPES.contains(&name).then_some(name);
        } else if line == "}" {
            of = None;
        }
        let inner = line.trim_start();
        if inner.starts_with("///") || inner.starts_with("#[") {
            comment += inner;
            continue;
        }
        if let (Some(of), Some(signature)) = (of, line.strip_prefix("    pub fn ")) {
            let name = signature.split(['(', '<']).next().unwrap();
            found.push(Method { name: format!("{of}::{name}"), comment: comment.clone() });
        }
        comment.clear();
    }
    found
}

#[test]
fn each_public_method_of_a_type_for_services_has_an_example() {
    let mut files = rust_files(Path::new("src/author"));
    files.push("src/fetch/secrets/secret.rs".into());
    let found: Vec<Method> =
        files.iter().flat_map(|file| methods(&fs::read_to_string(file).unwrap())).collect();
    let public: Vec<&Method> =
        found.iter().filter(|method| !method.comment.contains("#[doc(hidden)]")).collect();
    let of =
        |name: &str| public.iter().filter(|method| method.name.starts_with(&format!("{name}::"))).count();
    assert!(TYPES.iter().all(|name| of(name) >= 2), "{}", public.len());
    let without = public.iter().filter(|method| !method.comment.contains("```"));
    let without: Vec<&str> = without.map(|method| method.name.as_str()).collect();
    assert!(without.is_empty(), "methods without an example: {without:?}");
}

#[test]
fn a_method_without_an_example_is_found() {
    let text = "impl<'api> Request<'api> {\n    /// Sends.\n    #[must_use]\n    pub fn send<T>(self) {}\n\n    \
                fn own() {}\n}\n\nimpl Clone for Request {\n    pub fn clone() {}\n}\n\nimpl Other {\n    pub fn a() {}\n}\n";
    let found: Vec<_> = methods(text).into_iter().map(|method| (method.name, method.comment)).collect();
    assert_eq!(found, [("Request::send".to_owned(), "/// Sends.#[must_use]".to_owned())]);
}

/// The identifiers of a text.
fn identifiers(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}

#[test]
fn tests_or_benchmarks_use_each_item_of_internals() {
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    let (_, internals) = lib.split_once("pub mod internals {").unwrap();
    let (internals, _) = internals.split_once("\n}").unwrap();
    // The last segment of each path: a name before `,`, `;` or `}`.
    let names = internals.split_inclusive([',', ';', '}']).filter(|part| !part.ends_with('{'));
    let names: BTreeSet<&str> = names
        .filter_map(|part| part.rsplit([':', '{', ' ', '\n']).next()?.split([',', ';', '}']).next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.contains("Site") && names.contains("parse") && names.len() > 30, "{names:?}");
    let files = ["tests", "benches"].into_iter().flat_map(|directory| rust_files(Path::new(directory)));
    let texts: Vec<String> = files
        .map(|file| fs::read_to_string(file).unwrap())
        .filter(|text| text.contains("collectington::internals"))
        .collect();
    let used: BTreeSet<&str> = texts.iter().flat_map(|text| identifiers(text)).collect();
    let unused: Vec<_> = names.difference(&used).collect();
    assert!(unused.is_empty(), "items of `internals` that nothing uses: {unused:?}");
}

#[test]
fn no_module_is_public_except_the_build_script_and_internals() {
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    let public: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")).collect();
    // `fuzz` exists in tests and in the fuzzer only.
    assert_eq!(public, ["build {", "internals {", "fuzz;"]);
}
