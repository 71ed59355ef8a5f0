//! The names of types.

use super::*;

/// The names of the types of each file, private ones too. An associated type is not a type of its own.
fn type_names(sources: &Sources) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (file, tokens) in &sources.0 {
        let mut words = Vec::new();
        flat(tokens, &mut words);
        let mut depth = 0;
        for pair in words.windows(2) {
            depth += i32::from(pair[0] == "(") - i32::from(pair[0] == ")");
            let is_name = pair[1].starts_with(|c: char| c.is_ascii_uppercase());
            let is_type = match pair[0].as_str() {
                "struct" | "enum" | "union" | "trait" => true,
                "type" => depth == 0,
                _ => false,
            };
            if is_type && is_name {
                found.push((pair[1].clone(), file.display().to_string()));
            }
        }
    }
    found
}

#[test]
fn no_type_name_occurs_twice() {
    let names = type_names(&Sources::read());
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, file) in &names {
        files.entry(name).or_default().push(file);
    }
    assert!(["Api", "NetworkLimits", "Polled"].iter().all(|name| files.contains_key(name)), "{files:#?}");
    files.retain(|_, files| files.len() > 1);
    assert!(files.is_empty(), "type names that occur twice: {files:#?}");
}
