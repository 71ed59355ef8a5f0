//! JSON values as YAML 1.2 that YAML 1.1 reads the same. Anything except plain words is quoted.
//!
//! `saphyr::YamlEmitter` is not used because it writes `2026-01-01`, `1_000`, `0b1` and U+0085 without quotes, which YAML 1.1
//! reads as a date, two numbers and a line break.

use serde_json::{Map, Value};

/// Returns the value as a YAML document.
pub(super) fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text
}

/// Writes a value at an indentation, with the end of its line.
fn block(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => mapping(map, indent, text),
        Value::Array(list) if !list.is_empty() => {
            for (index, item) in list.iter().enumerate() {
                margin(index, indent, text);
                text.push_str("- ");
                block(item, indent + 2, text);
            }
        }
        Value::String(string) => scalar(string, indent, text),
        // `{}`, `[]`, numbers and words are the same in JSON and YAML.
        other => *text += &format!("{other}\n"),
    }
}

fn mapping(map: &Map<String, Value>, indent: usize, text: &mut String) {
    for (index, (key, value)) in map.iter().enumerate() {
        margin(index, indent, text);
        text.push_str(&word(key));
        match value {
            Value::Object(map) if !map.is_empty() => below(value, indent + 2, text),
            Value::Array(list) if !list.is_empty() => below(value, indent + 2, text),
            _ => {
                text.push_str(": ");
                block(value, indent + 2, text);
            }
        }
    }
}

fn below(value: &Value, indent: usize, text: &mut String) {
    *text += &format!(":\n{:indent$}", "");
    block(value, indent, text);
}

/// Indents every line of a block except the first, which continues the line of its parent.
fn margin(index: usize, indent: usize, text: &mut String) {
    if index > 0 {
        *text += &format!("{:indent$}", "");
    }
}

fn scalar(string: &str, indent: usize, text: &mut String) {
    if !is_literal(string) {
        *text += &format!("{}\n", word(string));
        return;
    }
    text.push_str("|\n");
    for line in string.lines() {
        let indent = if line.is_empty() { 0 } else { indent };
        *text += &format!("{:indent$}{line}\n", "");
    }
}

/// Returns true if the lines can be a literal block.
fn is_literal(string: &str) -> bool {
    let is_plain = |c: char| matches!(c, ' '..='~' | '\n');
    string.lines().count() > 1
        && string.ends_with('\n')
        && !string.ends_with("\n\n")
        && !string.starts_with([' ', '\n'])
        && string.chars().all(is_plain)
}

/// Returns a word that YAML reads as a string unchanged, and any other text in quotes.
fn word(string: &str) -> String {
    let begins = string.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let is_plain = begins && string.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
    if is_plain && !is_taken(string) { string.to_owned() } else { quoted(string) }
}

/// Returns true if YAML 1.1 reads the word as a boolean or null.
fn is_taken(word: &str) -> bool {
    let taken = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    taken.iter().any(|other| word.eq_ignore_ascii_case(other))
}

fn quoted(string: &str) -> String {
    let mut text = String::from('"');
    for c in string.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            ' '..='~' => text.push(c),
            '\n' => text.push_str("\\n"),
            c => text += &format!("\\U{:08X}", u32::from(c)),
        }
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use saphyr::{LoadableYamlNode as _, Scalar, Yaml};
    use serde_json::json;

    use super::*;

    fn json_of(yaml: &Yaml) -> Value {
        match yaml {
            Yaml::Value(Scalar::String(text)) => text.as_ref().into(),
            Yaml::Value(Scalar::Integer(number)) => (*number).into(),
            Yaml::Value(Scalar::Boolean(truth)) => (*truth).into(),
            Yaml::Value(Scalar::Null) => Value::Null,
            Yaml::Sequence(list) => list.iter().map(json_of).collect::<Vec<_>>().into(),
            Yaml::Mapping(map) => {
                map.iter().map(|(key, value)| (key.as_str().unwrap().to_owned(), json_of(value))).collect()
            }
            other => panic!("{other:?}"),
        }
    }

    fn comes_back(value: &Value) {
        let text = document(value);
        let read = Yaml::load_from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(json_of(&read[0]), *value, "{text}");
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_quoted() {
        for text in [
            "yes",
            "No",
            "null",
            "~",
            "1",
            "0x1",
            "1e3",
            "-",
            "a: b",
            "#",
            "",
            " a",
            "2026-01-01",
            "é",
            "\u{85}",
        ] {
            assert!(word(text).starts_with('"'), "{text}");
            comes_back(&json!([text, { "a": text }]));
        }
        assert_eq!(document(&json!({ "a": "v1/x.y-z" })), "a: v1/x.y-z\n");
        comes_back(
            &json!({ "a": [{ "b": [], "c": {} }, [["d"]], 1, true, null], "e": { "f": { "g": "h" } } }),
        );
    }

    #[test]
    fn lines_stand_as_they_are() {
        let value = json!({ "a": [{ "b": "{\n  \"c\": 1\n\n}\n", "d": 1 }] });
        assert_eq!(document(&value), "a:\n  - b: |\n      {\n        \"c\": 1\n\n      }\n    d: 1\n");
        comes_back(&value);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![any::<String>(), "[ \na-c:#|>'\"-]{0,12}", "([ a]{0,3}[a-z{}]{1,4}\n){1,3}"];
        let leaf = prop_oneof![
            text.prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_comes_back_as_it_was(value in any_json()) {
            comes_back(&value);
        }
    }
}
