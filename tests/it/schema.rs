//! config.schema.json agrees with the parser, and docs/config.md with the schema.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use collectington::internals::config::{Mistakes, parse};
use serde_json::{Map, Value, json};

const SCHEMA: &str = include_str!("../../config.schema.json");

/// What is wrong in a way that draft-07 has no words for, and only the parser finds.
const BEYOND: &[&str] = &[
    "class_keyword",
    "collision_count",
    "collision_info",
    "collision_total",
    "collisions",
    "info_without_labels",
    "key_twice",
    "key_twice_in_own",
    "labels_of_an_unknown_metric",
    "mapping_of_empty_lists",
    "metric_name_keyword",
    "metric_twice_in_two_kinds",
    "module_keyword",
    "module_labels",
    "port_used_twice",
    "port_used_twice_listen",
    "secret_file_path_misspelt",
    "secret_inline",
    "secret_inline_by_its_look",
    "secret_inline_deep",
    "secret_percent_encoded",
    "service_labels",
    "service_name_keyword",
    "state_label",
    "target_label_is_a_metric_label",
    "target_label_sets",
    "too_deep",
    "unit_of_states",
    "url_brackets",
    "url_fragment",
    "url_odd_host",
    "url_parameter_secret",
    "url_percent",
    "url_port",
    "url_port_empty",
    "url_query_secret",
    "url_space",
    "url_unicode_host",
    "url_webhook",
];

#[test]
fn the_schema_accepts_each_config_that_the_parser_accepts() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let mut good = cases("tests/config/good");
    good.push(root().join("config.json"));
    for case in good {
        let text = fs::read_to_string(&case).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&text.parse().unwrap()).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.display());
    }
}

#[test]
fn the_schema_refuses_each_error_that_a_schema_can_express() {
    let validator = jsonschema::draft7::new(&schema()).unwrap();
    let mut taken = Vec::new();
    for case in cases("tests/config") {
        let text = fs::read_to_string(&case).unwrap();
        let Ok(value) = text.parse::<Value>() else { continue };
        if validator.is_valid(&value) {
            taken.push(case.file_stem().unwrap().to_string_lossy().into_owned());
        }
    }
    assert_eq!(taken, BEYOND);
}

#[test]
fn every_example_and_default_of_the_schema_is_valid() {
    let schema = schema();
    let service = &schema["definitions"]["service"]["properties"];
    for (key, about) in service.as_object().unwrap() {
        for value in values(about) {
            let mut file = example();
            let metrics = json!({
                "counter": ["number_of_incidents"],
                "summary": ["time_taken_to_acknowledge"],
                "histogram": ["time_taken_to_resolve"],
            });
            file["services"]["splunk"]["prometheus_metrics_mapping"] = metrics;
            file["services"]["splunk"][key] = value;
            with_dependencies(&mut file["services"]["splunk"], &schema["definitions"]["service"], key);
            read(&file).unwrap_or_else(|mistakes| panic!("{key}: {mistakes}"));
        }
    }
    for (key, about) in schema["properties"].as_object().unwrap() {
        for value in values(about) {
            let mut file = example();
            file[key] = value;
            read(&file).unwrap_or_else(|mistakes| panic!("{key}: {mistakes}"));
        }
    }
}

#[test]
fn the_reference_is_generated_from_the_schema() {
    let made = reference(&schema());
    let path = root().join("docs/config.md");
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::write(&path, &made).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), made, "UPDATE_GOLDENS=1 writes it again");
}

fn schema() -> Value {
    SCHEMA.parse().unwrap()
}

fn read(file: &Value) -> Result<(), Mistakes> {
    parse("config.json", &file.to_string()).map(drop)
}

/// The examples and the default of a key.
fn values(about: &Value) -> Vec<Value> {
    let examples = about["examples"].as_array().cloned().unwrap_or_default();
    examples.into_iter().chain(about.get("default").cloned()).collect()
}

/// Adds an example of every key that `key` means nothing without.
fn with_dependencies(service: &mut Value, about: &Value, key: &str) {
    let needs = &about["dependencies"][key];
    for (other, rule) in needs["properties"].as_object().into_iter().flatten() {
        service[other] = rule["const"].clone();
        with_dependencies(service, about, other);
    }
    let lists = [needs, &needs["required"], &needs["anyOf"][0]["required"]];
    for other in lists.into_iter().filter_map(Value::as_array).flatten() {
        let other = other.as_str().unwrap();
        if service.get(other).is_none() {
            service[other] = about["properties"][other]["examples"][0].clone();
            with_dependencies(service, about, other);
        }
    }
}

/// A file made of the first example of every key that is required.
fn example() -> Value {
    let schema = schema();
    let required = schema["required"].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
    required
        .map(|key| (key.to_owned(), schema["properties"][key]["examples"][0].clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// docs/config.md.
fn reference(schema: &Value) -> String {
    let mut page = format!(
        "# Configuration\n\n<!-- Generated from config.schema.json by `UPDATE_GOLDENS=1 cargo test --test it schema`. -->\n\n\
         {}\n\nEditors validate and complete the file if it names the schema: \
         `\"$schema\": \"./config.schema.json\"`.\n\n\
         All errors are reported in one run. Each has the form `error: config.json:LINE:COLUMN: problem`, with a help line.\n",
        text(&schema["description"])
    );
    page += "\n## Top-level keys\n";
    section(&mut page, schema);
    let service = &schema["definitions"]["service"];
    write!(page, "\n## Service keys\n\n{}\n", text(&service["description"])).unwrap();
    section(&mut page, service);
    page
}

/// The keys of an object, in the order of the schema's text.
fn section(page: &mut String, object: &Value) {
    let properties = object["properties"].as_object().unwrap();
    let mut keys: Vec<_> = properties.iter().collect();
    keys.sort_by_key(|(key, _)| SCHEMA.find(&format!("\"{key}\": {{\n")));
    for (key, about) in keys {
        let required = object["required"].as_array().unwrap().iter().any(|name| name == key);
        write!(page, "\n### `{key}`\n\n{}\n\n{}\n", facts(about, required), text(&about["description"]))
            .unwrap();
        for example in about["examples"].as_array().into_iter().flatten() {
            write!(page, "\n```json\n\"{key}\": {}\n```\n", pretty(example)).unwrap();
        }
    }
}

/// Returns the type and the bounds of a key, and its default.
fn facts(about: &Value, required: bool) -> String {
    let mut facts = match about["type"].as_str() {
        Some("array") => "list of strings".to_owned(),
        Some(kind) => kind.to_owned(),
        None => format!(
            "one of {}",
            about["enum"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join(", ")
        ),
    };
    if let (Some(min), Some(max)) = (about.get("minimum"), about.get("maximum")) {
        write!(facts, " from {min} to {max}").unwrap();
    }
    match about.get("default") {
        Some(default) => write!(facts, "; default `{}`", text(default)).unwrap(),
        None => facts += if required { "; required" } else { "; optional" },
    }
    format!("*{facts}*")
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// JSON in one line where it fits.
fn pretty(value: &Value) -> String {
    let line = value.to_string().replace("\":", "\": ").replace(",\"", ", \"");
    if line.len() < 90 { line } else { serde_json::to_string_pretty(value).unwrap() }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The JSON files of a directory, in order.
fn cases(directory: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(root().join(directory)).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    cases.sort();
    cases
}
