use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;
use crate::config::Mistakes;
use crate::config::written_keys::WrittenKeys;

/// Returns a config of one service `api` with these custom keys, each line of which begins a line of the file.
fn config(settings: &str) -> String {
    format!("{{\"services\": {{\n\"api\": {{\"port\": 1, \"api_url\": \"http://h/\",\n{settings}\n}}}}}}")
}

/// Returns what is said of custom keys that are read as `S`.
fn said<S: DeserializeOwned>(settings: &str) -> String {
    let node = WrittenKeys::of(&config(settings)).custom("api").unwrap();
    let list = SettingsType::of::<S>().mistakes(&node, "services.api");
    Mistakes { file: "c.json".to_owned(), list }.to_string()
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Settings {
    teams: Vec<String>,
    limit: u16,
    #[serde(default)]
    ratio: f64,
    mode: Option<Mode>,
    nested: Option<Nested>,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Slow,
    Fast,
    Custom { seconds: u64 },
}

#[derive(Deserialize, Debug, PartialEq)]
struct Nested {
    ids: HashMap<u64, bool>,
    pair: Option<(i32, String)>,
    port: Option<u16>,
}

#[test]
fn valid_settings_have_no_errors_and_are_read() {
    let text = r#""teams": ["a"], "limit": 7, "ratio": 1, "mode": {"custom": {"seconds": 3}},
        "nested": {"ids": {"7": true}, "pair": [-1, "x"], "port": null}"#;
    assert_eq!(said::<Settings>(text), "");
    let node = WrittenKeys::of(&config(text)).custom("api").unwrap();
    let settings: Settings = read(&node, "services.api").unwrap();
    let nested = Nested { ids: [(7, true)].into(), pair: Some((-1, "x".to_owned())), port: None };
    let expected = Settings {
        teams: vec!["a".to_owned()],
        limit: 7,
        ratio: 1.0,
        mode: Some(Mode::Custom { seconds: 3 }),
        nested: Some(nested),
    };
    assert_eq!(settings, expected);
}

#[test]
fn every_error_is_reported_at_its_line_with_its_path() {
    let text = r#""teams": ["a", 5, null],
"limit": "7",
"ratoi": 2,
"mode": "quick",
"nested": {"ids": {"x": true, "8": 1},
"pair": [1, 2, 3]}"#;
    let expected = "c.json:3:16: `services.api.teams[1]` is the number 5, expected a string
c.json:3:19: `services.api.teams[2]` is null, expected a string
c.json:4:10: `services.api.limit` is a string, expected a whole number from 0 to 65535
c.json:5:1: `services.api.ratoi` is not a known setting, expected `teams`, `limit`, `ratio`, `mode` or `nested`; help: a similar name exists: `ratio`
c.json:6:9: `services.api.mode` is `quick`, expected `slow`, `fast` or `custom`
c.json:7:20: the key `services.api.nested.ids.x` is invalid, expected a whole number that is not negative
c.json:7:36: `services.api.nested.ids.8` is the number 1, expected true or false
c.json:8:9: `services.api.nested.pair` is invalid: 3 items, expected 2
c.json:8:13: `services.api.nested.pair[1]` is the number 2, expected a string";
    assert_eq!(said::<Settings>(text), expected);
}

#[test]
fn every_missing_setting_is_reported_with_a_similar_name() {
    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Required {
        teams: Vec<String>,
        since: Duration,
        rate: f64,
        port: u16,
    }
    let expected = "c.json:2:1: the setting `services.api.teams` is missing; help: a similar name exists: `team`
c.json:2:1: the setting `services.api.since` is missing; help: add `\"since\": ...` to `services.api`
c.json:2:1: the setting `services.api.rate` is missing; help: add `\"rate\": ...` to `services.api`
c.json:2:1: the setting `services.api.port` is missing; help: rename the field: `port` is a key of cton, not a custom key";
    assert_eq!(said::<Required>(r#""team": ["a"]"#), expected);
}

#[test]
fn a_value_that_the_type_rejects_is_reported_with_its_reason() {
    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Times {
        since: chrono::DateTime<chrono::Utc>,
        level: u8,
        other: String,
    }
    let expected = "c.json:3:10: `services.api.since` is invalid: input contains invalid characters
c.json:4:10: `services.api.level` is the number 256, expected a whole number from 0 to 255
c.json:4:24: `services.api.other` is false, expected a string";
    let text = "\"since\": \"yesterday\",\n\"level\": 256, \"other\": false";
    // A placeholder has no text that is a time, so the search ends there, but the error itself is reported.
    assert_eq!(said::<Times>(text).lines().next(), expected.lines().next());
    assert_eq!(said::<Times>(&text.replace("yesterday", "2026-11-20T12:00:00Z")), {
        let rest: Vec<&str> = expected.lines().skip(1).collect();
        rest.join("\n")
    });
}

#[test]
fn a_number_out_of_range_is_reported_with_the_range_of_its_type() {
    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Offsets {
        small: i8,
        medium: i16,
        large: i32,
        huge: i64,
    }
    let text = "\"small\": 200, \"medium\": -32769, \"large\": 2147483648, \"huge\": 9223372036854775808";
    let said = said::<Offsets>(text);
    let ranges = [
        "-128 to 127",
        "-32768 to 32767",
        "-2147483648 to 2147483647",
        "-9223372036854775808 to 9223372036854775807",
    ];
    for (line, range) in said.lines().zip(ranges) {
        assert!(line.ends_with(&format!("expected a whole number from {range}")), "{line}");
    }
    assert_eq!(said.lines().count(), 4);
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Flat {
    #[serde(flatten)]
    place: Place,
    #[serde(flatten)]
    owner: Owner,
    depth: Option<Depth>,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Place {
    region: String,
    zone: Option<u8>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
#[allow(dead_code)]
enum Owner {
    Team { team: String },
    User { user: u64 },
}

#[derive(Deserialize)]
#[serde(tag = "unit", deny_unknown_fields)]
#[allow(dead_code)]
enum Depth {
    Metre { value: u8 },
}

#[test]
fn an_error_in_a_flattened_or_tagged_type_names_the_value_at_fault() {
    let team = "\"region\": \"eu\",\n\"type\": \"team\",\n\"team\": \"web\"";
    assert_eq!(said::<Flat>(team), "");
    for (settings, expected) in [
        (
            team.replace("\"team\",", "\"teams\","),
            "c.json:4:9: `services.api.type` is `teams`, expected `team` or `user`; help: a similar name exists: `team`",
        ),
        (
            "\"region\": \"eu\", \"type\": \"user\",\n\"user\": \"5\"".to_owned(),
            "c.json:4:9: `services.api.user` is a string, expected a whole number that is not negative",
        ),
        (
            format!("{team}, \"zone\": 256"),
            "c.json:5:24: `services.api.zone` is the number 256, expected a whole number from 0 to 255",
        ),
        // Two values may be meant.
        (
            format!("{team}, \"zone\": 256, \"other\": [256]"),
            "c.json:2:1: a value in `services.api` is the number 256, expected a whole number from 0 to 255",
        ),
        (
            format!("{team}, \"depth\": {{\"unit\": \"Metre\", \"valeu\": 1}}"),
            "c.json:5:43: `services.api.depth.valeu` is not a known setting, expected `value`; help: a similar name exists: `value`",
        ),
    ] {
        assert_eq!(said::<Flat>(&settings).lines().next(), Some(expected), "{settings}");
    }
}

#[test]
fn an_error_in_the_value_of_a_variant_names_its_path_and_quotes_no_text() {
    let settings = |mode: &str| said::<Settings>(&format!("\"teams\": [], \"limit\": 1,\n\"mode\": {mode}"));
    let expected =
        "`services.api.mode.custom.seconds` is a string, expected a whole number that is not negative";
    assert_eq!(settings("{\"custom\": {\"seconds\": \"hush\"}}"), format!("c.json:4:32: {expected}"));
    let expected = "c.json:4:9: `services.api.mode` is `custon`, expected `slow`, `fast` or `custom`";
    assert!(settings("{\"custon\": {}}").starts_with(expected));
    assert_eq!(
        settings("{\"fast\": null, \"slow\": null}"),
        "c.json:4:9: `services.api.mode` is invalid: 2 keys, expected 1"
    );
    let expected = "c.json:4:9: `services.api.mode` is the number 7, expected a string or an object";
    assert_eq!(settings("7"), expected);
}

#[test]
fn hostile_settings_are_reported_in_bounded_time() {
    let many: Vec<String> = (0..5_000).map(|n| format!("\"k{n}\": {n}")).collect();
    assert_eq!(said::<Settings>(&many.join(",")).lines().count(), 100);
    let deep = format!("\"teams\": {}{}", "[".repeat(12), "]".repeat(12));
    assert!(said::<Settings>(&deep).contains("`services.api.teams[0]` is a list, expected a string"));
    let strange = "\"a.b[0]\\u202e\\n\": 1, \"\": null, \"teams\": {\"\": {}}";
    let said = said::<Settings>(strange);
    assert!(said.lines().count() >= 4 && !said.contains(['\u{202e}']), "{said}");
}

#[test]
fn any_settings_have_an_error_exactly_if_serde_json_has_one() {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(70_000),
        json!(""),
        json!("slow"),
        json!([]),
        json!(["a"]),
        json!([1, "x"]),
        json!({}),
        json!({"ids": {}}),
        json!({"ids": {"1": true, "2": false}, "pair": [1, "x"]}),
        json!({"custom": {"seconds": 1}}),
        json!({"custom": {}}),
        json!({"slow": null}),
    ];
    for key in ["teams", "limit", "ratio", "mode", "nested", "other"] {
        for value in &values {
            let mut settings = json!({"teams": ["a"], "limit": 1});
            settings[key] = value.clone();
            let text = settings.to_string();
            let found = said::<Settings>(&text[1..text.len() - 1]);
            let is_valid = serde_json::from_value::<Settings>(settings).is_ok();
            assert_eq!(found.is_empty(), is_valid, "{text}: {found}");
        }
    }
    agrees::<BTreeMap<String, Value>>();
    agrees::<HashMap<String, Option<Vec<Value>>>>();
}

/// Checks that nodes are read as values are.
fn agrees<S: DeserializeOwned>() {
    for text in ["{}", r#"{"a": [1, {"b": null}]}"#, r#"{"a": 1}"#, r#"{"a": null, "b": []}"#] {
        let value: Value = text.parse().unwrap();
        let (node, recovery) = (Node::of(&value), Recovery::default());
        let read = S::deserialize(NodeDeserializer::new(&node, String::new(), &recovery)).is_ok();
        assert_eq!(read, serde_json::from_value::<S>(value).is_ok(), "{text}");
    }
}

#[test]
fn settings_without_a_type_are_not_checked() {
    let node = WrittenKeys::of(&config("\"anything\": [1]")).custom("api").unwrap();
    assert_eq!(SettingsType::ANY.mistakes(&node, "services.api"), []);
}
