//! Every Rust example of the documents compiles in a package that `cton new-project` created.
//!
//! A service becomes a file of services/, with the entry that its document shows. Every other example becomes a program of its own.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::support::cargo;
use crate::support::process::Cton;

/// The documents with blocks that are no examples of service code, and their number: parts of a file, and generated code.
const FRAGMENTS: [(&str, usize); 4] =
    [("architecture.md", 3), ("logins.md", 1), ("tutorial.md", 2), ("writing-a-service.md", 3)];

/// A block of code in a document.
struct CodeBlock {
    document: String,
    /// The words after the backticks, such as `rust,ignore`.
    language: String,
    text: String,
}

#[test]
fn every_example_of_the_book_compiles_in_a_new_package() {
    let package = package();
    let (mut entries, mut programs, mut fragments) = (Map::new(), 0, Vec::new());
    let blocks = blocks();
    for (at, block) in blocks.iter().enumerate() {
        match block.language.as_str() {
            "rust,ignore" if block.text.contains("impl Service for ") => {
                let (name, entry) = entry(block, &blocks[..at]);
                let module = entry["service_module"].as_str().unwrap();
                fs::write(package.join(format!("services/{module}.rs")), &block.text).unwrap();
                assert_eq!(entries.insert(name, entry), None, "two services have the same name");
            }
            "rust,ignore" => fragments.push(block.document.as_str()),
            "rust" | "rust,no_run" => {
                programs += 1;
                let name = format!("{}_{programs}.rs", block.document.replace(['.', '-'], "_"));
                fs::write(package.join("src/bin").join(name), program(&block.text)).unwrap();
            }
            language => assert!(!language.starts_with("rust"), "{}: {language}", block.document),
        }
    }
    let expected: Vec<&str> =
        FRAGMENTS.iter().flat_map(|(document, count)| std::iter::repeat_n(*document, *count)).collect();
    assert_eq!(fragments, expected, "name the fragments, or make them examples");
    assert!(entries.len() > 5 && programs > 15, "{} services, {programs} programs", entries.len());
    write_config(&package, entries);
    let checked = cargo::cargo(&package, &["check", "--quiet", "--bins"]);
    assert!(checked.status.success(), "{}", cargo::printed(&checked));
}

/// A package that `cton new-project` created, with its service and the dependencies of this package.
fn package() -> PathBuf {
    let directory = cargo::directory("book");
    let output = Cton::new(["new-project", "exporter"]).dir(&directory).output();
    assert!(output.status.success(), "{}", cargo::printed(&output));
    let package = directory.join("exporter");
    fs::rename(directory.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
    fs::create_dir(package.join("src/bin")).unwrap();
    // It would take the place of the binary that the other tests run.
    let manifest = fs::read_to_string(package.join("Cargo.toml")).unwrap();
    fs::write(package.join("Cargo.toml"), manifest.replace("name = \"cton\"", "name = \"book\"")).unwrap();
    package
}

/// Adds entries to the config of the package, each on its own port.
fn write_config(package: &Path, entries: Map<String, Value>) {
    let file = package.join("config.json");
    let mut config: Value = fs::read_to_string(&file).unwrap().parse().unwrap();
    for (at, (name, mut entry)) in entries.into_iter().enumerate() {
        entry["port"] = json!(9500 + at);
        config["services"][name] = entry;
    }
    fs::write(file, config.to_string()).unwrap();
}

/// The blocks of all documents in the order of the text.
fn blocks() -> Vec<CodeBlock> {
    let files = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|file| file.extension().is_some_and(|end| end == "md")).collect();
    files.sort();
    files.push("README.md".into());
    let mut blocks = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for block in text.split("```").skip(1).step_by(2) {
            let (language, text) = block.split_once('\n').unwrap_or_default();
            let document = file.file_name().unwrap().to_str().unwrap().to_owned();
            blocks.push(CodeBlock { document, language: language.to_owned(), text: text.to_owned() });
        }
    }
    blocks
}

/// The name and the entry of a service: the last entry before it, or the last metrics before it with the keys that are required.
fn entry(service: &CodeBlock, before: &[CodeBlock]) -> (String, Value) {
    let class = service.text.split("impl Service for ").nth(1).unwrap().split(' ').next().unwrap();
    let name = class.strip_suffix("Api").unwrap().to_lowercase();
    let in_document = before.iter().rev().take_while(|block| block.document == service.document);
    let mut objects = in_document
        .filter(|block| block.language == "json")
        .filter_map(|block| serde_json::from_str::<Map<String, Value>>(&format!("{{{}}}", block.text)).ok());
    let is_known = |object: &Map<String, Value>| {
        object.contains_key("prometheus_metrics_mapping")
            || object.values().any(|entry| entry["service_class"] == class)
    };
    let object = objects.find(is_known).unwrap_or_else(|| panic!("{class} has no entry in its document"));
    match object.values().find(|entry| entry["service_class"] == class) {
        Some(entry) => (name, entry.clone()),
        None => {
            let mut entry = Value::Object(object);
            entry["service_class"] = class.into();
            entry["service_module"] = format!("{name}_api").into();
            entry["api_url"] = "https://api.example.com/".into();
            (name, entry)
        }
    }
}

/// The example with its hidden lines, in a function as rustdoc has it.
fn program(example: &str) -> String {
    let shown = |line: &str| match line.trim_start() {
        "#" => String::new(),
        hidden if hidden.starts_with("# ") => hidden[2..].to_owned(),
        _ => line.to_owned(),
    };
    let code: Vec<String> = example.lines().map(shown).collect();
    let code = code.join("\n");
    if code.contains("fn main()") {
        code
    } else if code.contains("Ok::<") {
        format!(
            "#![allow(unused)]\nfn main() {{ fn inner() -> Result<(), impl std::fmt::Debug> {{\n{code}\n}} let _ = inner(); }}\n"
        )
    } else {
        format!("#![allow(unused)]\nfn main() {{\n{code}\n}}\n")
    }
}
