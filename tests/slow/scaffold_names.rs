//! `cton new` for services and fields whose names mean something in Rust: the code passes the lints.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::scaffold::printed;

/// The names of services.
const SERVICES: [&str; 9] = ["from", "into", "is", "to", "new", "default", "poll", "main", "std"];
/// The names of fields and lists: keywords, crates, prefixes of methods, and methods of traits.
const FIELDS: &str = "abstract as as_ref as_text async await become box break clone cmp collect const continue core count crate default \
    deref do drop dyn else enum eq error extern false final first fmt fn for from from_text gen get hash if impl in index into into_iter \
    into_text is is_empty is_up iter key label labels last len let loop macro main match mod move mut new next not option ord override page \
    paging part poll priv pub ref result return row rows self Self service some static std struct super test tests text to to_owned to_string \
    to_text trait true try type typeof units unsafe unsized use value virtual where while yield";

/// The names of lists, which become names of methods, structs and variables.
const LISTS: &str = "as_text clone default drop eq fmt from_text into_iter into_text is_up iter len match new next poll self Self test \
    to_string to_text type vec";

/// Adds the services to a package. Returns their number.
pub(crate) fn add_to(dir: &Path) -> usize {
    let number = |(at, name): (usize, &str)| (name.to_owned(), json!(at as f64 + 0.5));
    let list = |name: &str| {
        let rows = ["a", "b"].map(
            |row| json!({ "name": row, name: 1.5, "from_x": 2.5, "items": [{ "name": row, "into_y": 3.5 }] }),
        );
        (name.to_owned(), json!(rows))
    };
    let numbers: Map<String, Value> = FIELDS.split_whitespace().enumerate().map(number).collect();
    let lists: Map<String, Value> = LISTS.split_whitespace().map(list).collect();
    for service in SERVICES {
        let sample = match service {
            "from" => json!(numbers),
            "into" => json!(lists),
            name => json!({ name: 1.5, "from": [{ "name": "a", name: 2.5 }, { "name": "b", name: 3.5 }] }),
        };
        fs::write(dir.join("response.json"), sample.to_string()).unwrap();
        let url = "https://api.example.org/v1/status";
        let options = ["new", service, "--url", url, "--sample", "response.json", "--limit", "1000"];
        let (code, text) = printed(dir, &options);
        assert_eq!(code, Some(0), "{service}: {text}");
    }
    SERVICES.len()
}
