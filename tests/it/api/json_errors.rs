//! The place in errors about JSON: the path of the value and the excerpt of the body.

use std::collections::BTreeMap;

use collectington::ErrorKind;
use serde::de::DeserializeOwned;

use super::*;

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code, reason = "only the errors matter")]
struct Queue {
    name: String,
    messages_ready: u64,
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code, reason = "only the errors matter")]
struct Data<T> {
    data: T,
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code, reason = "only the errors matter")]
enum State {
    Up,
    Since { at: u64 },
    For(u64),
    Range(u64, u64),
}

#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only the errors matter")]
enum Either {
    Queue(Queue),
    Number(u64),
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code, reason = "only the errors matter")]
struct Flat {
    id: u64,
    #[serde(flatten)]
    queue: Queue,
}

/// A value that is absent if it has another type.
#[derive(Debug)]
struct Lenient;

impl<'de> serde::Deserialize<'de> for Lenient {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _: Option<Queue> = Option::deserialize(deserializer).unwrap_or_default();
        Ok(Self)
    }
}

/// A type that accepts lists and objects, and rejects other values than two texts.
#[derive(Debug)]
struct Deep;

impl<'de> serde::Deserialize<'de> for Deep {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Leaves).map(|()| Self)
    }
}

struct Leaves;

impl<'de> serde::de::Visitor<'de> for Leaves {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        if text.starts_with('x') || text == "api_token" { Ok(()) } else { Err(E::custom("no")) }
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while access.next_element::<Deep>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        while access.next_entry::<String, Deep>()?.is_some() {}
        Ok(())
    }
}

fn error<T: DeserializeOwned>(body: &str) -> Error {
    let error = api(&FakeApi::json(body)).get().json::<T>().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Type);
    error
}

/// The value of a detail in the message of an error; empty without it.
fn detail(error: &Error, name: &str) -> String {
    let text = error.to_string();
    let rest = text.split_once(&format!("; {name}: ")).map_or("", |(_, rest)| rest);
    rest.split("; ").next().unwrap().to_owned()
}

fn path<T: DeserializeOwned>(body: &str) -> String {
    detail(&error::<T>(body), "path")
}

#[test]
fn the_path_leads_to_the_value() {
    type Items = Data<BTreeMap<String, Vec<Queue>>>;
    let queue = r#"{"name": "q", "messages_ready": 1}"#;
    assert_eq!(path::<Vec<Queue>>(r#"[{"name": "q", "messages_ready": "1"}]"#), "[0].messages_ready");
    let body = format!(r#"{{"data": {{"a": [], "items": [{queue}, {queue}, {queue}, {{"name": 7}}]}}}}"#);
    assert_eq!(path::<Items>(&body), "data.items[3].name");
    let body = format!("\u{feff} \n{{\"x\": [{queue}, {{}}], \"data\": {{\"items\": [{queue}, []]}}}}");
    assert_eq!(path::<Items>(&body), "data.items[1]", "too few elements");
    assert_eq!(path::<u64>("\"x\""), "", "the whole body");
}

#[test]
fn a_missing_field_has_the_path_of_its_object() {
    let body = r#"[{"name": "a", "messages_ready": 1}, {"name": "b", "other": [1, {"x": 2}]}]"#;
    let error = error::<Vec<Queue>>(body);
    says(&error, &["missing field `messages_ready` at line 1 column ", "; path: [1]; "]);
    assert_eq!(path::<Queue>(r#"{"name": "a"}"#), "");
}

#[test]
fn the_excerpt_shows_the_value_with_its_key() {
    let many = r#"{"name": "q", "messages_ready": 1}, "#.repeat(100_000);
    let body = format!(r#"[{many}{{"name": "last", "messages_ready": null, "more": [1]}}, 7]"#);
    let wrong = error::<Vec<Queue>>(&body);
    assert_eq!(detail(&wrong, "path"), "[100000].messages_ready");
    assert_eq!(detail(&wrong, "response"), r#"..."messages_ready": null, "more": [1]}, 7]"#);
    let missing = error::<Vec<Queue>>(&format!(r#"[{many}{{"name": "last"}}]"#));
    assert_eq!(detail(&missing, "response"), r#"...{"name": "last"}]"#);
}

#[test]
fn an_error_of_the_syntax_shows_the_text_before_it() {
    let filler = "x".repeat(100);
    for (body, path, excerpt) in [
        (format!(r#"{{"data": ["{filler}", 1 2]}}"#), "data", "...1 2]}"),
        (format!(r#"{{"data": ["{filler}", {{"a": tru}}]}}"#), "data[1].a", r#"..."a": tru}]}"#),
        (format!(r#"{{"data": ["{filler}"] "b": 1}}"#), "", r#"{"data": ["x"#),
        (format!(r#"{{"data": ["{filler}", 7, "#), "data", "...7,"),
        (format!("{{\n\"a\": [\n\"{filler}\",\n\"{filler}\",\n 1 2]}}"), "a", "...1 2]}"),
    ] {
        let error = error::<Value>(&body);
        assert_eq!(detail(&error, "path"), path, "{body}");
        assert!(detail(&error, "response").starts_with(excerpt), "{error}");
    }
}

#[test]
fn variants_have_a_path_through_their_name() {
    let state = |state: &str| path::<Data<Vec<State>>>(&format!(r#"{{"data": ["Up", {state}]}}"#));
    assert_eq!(state(r#"{"Since": {"at": "x"}}"#), "data[1].Since.at");
    assert_eq!(state(r#"{"For": "x"}"#), "data[1].For");
    assert_eq!(state(r#"{"Range": [1, "x"]}"#), "data[1].Range[1]");
    assert_eq!(state(r#"{"Down": 1}"#), "data[1]");
    assert_eq!(state("\"For\""), "data[1]");
    assert_eq!(state("7"), "data[1]");
}

#[test]
fn buffered_types_have_the_path_of_their_whole_value() {
    assert_eq!(path::<Vec<Either>>(r#"[7, {"name": "q", "messages_ready": "x"}]"#), "[1]");
    let body = r#"{"data": [{"id": 1, "name": "q", "messages_ready": "x"}]}"#;
    assert_eq!(path::<Data<Vec<Flat>>>(body), "data[0]");
    let body = r#"{"data": [{"id": "x", "name": "q", "messages_ready": 1}]}"#;
    assert_eq!(path::<Data<Vec<Flat>>>(body), "data[0].id");
}

#[test]
fn an_error_that_a_type_ignores_leaves_no_path() {
    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code, reason = "only the errors matter")]
    struct Mixed {
        lenient: Vec<Lenient>,
        queue: Queue,
    }
    let lenient = r#"{"name": "q", "messages_ready": "x"}"#;
    let body = format!(r#"{{"lenient": [{lenient}, {lenient}], "queue": {{"name": [1, [2, 3]]}}}}"#);
    assert_eq!(path::<Mixed>(&body), "queue.name");
}

#[test]
fn keys_cannot_break_the_message_or_fill_it() {
    let key = |key: &str| {
        let body = json!({ "data": { key: { "name": 7 } } }).to_string();
        let error = error::<Data<BTreeMap<String, Queue>>>(&body);
        assert!(error.to_string().len() < 1000, "{error}");
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
        detail(&error, "path")
    };
    assert_eq!(key("two words"), r#"data["two words"].name"#);
    assert_eq!(key(""), r#"data[""].name"#);
    assert_eq!(key("a\n\u{1b}\"\u{202e}b"), r#"data["a\n\u001b\"\u202eb"].name"#);
    assert_eq!(key(&"k".repeat(1 << 20)), format!("data.{}....name", "k".repeat(60)));
    assert_eq!(key(&"é".repeat(1 << 20)), format!("data[\"{}\"...].name", "é".repeat(30)));
    let deep = format!("{}7{}", "[".repeat(100), "]".repeat(100));
    let shown = path::<Value>(&deep.replace('7', "x"));
    assert_eq!(shown, format!("...{}", "[0]".repeat(16)));
}

#[test]
fn the_place_contains_no_credential() {
    let filler = "x".repeat(100);
    for body in [
        json!({ "a": filler, "data": { "api_token": "mystery-q7" } }),
        json!({ "a": filler, "token": { "values": [{ "n": "mysteryQ7q8R9s" }] } }),
        json!({ "a": filler, "data": [{ "name": "api_token", "value": "mystery-q7" }] }),
        json!({ "a": filler, "tokens": { "mysteryQ7q8R9s": "n" } }),
        json!({ "a": filler, "data": { "ghp_0123456789abcdefghijABCDEFGHIJmystery": 7 } }),
    ] {
        let error = error::<Deep>(&body.to_string());
        assert!(error.to_string().contains("; path: "), "{error}");
        assert!(!error.to_string().contains("mystery"), "{error}");
    }
}
