use serde_json::json;

use super::*;
use crate::author::units;

#[derive(serde::Deserialize, Debug, PartialEq)]
struct Server {
    name: Text,
    load: Lenient<f64>,
    up: Lenient<bool>,
    memory: Part<Memory>,
    disks: Rows<Disk>,
    rooms: Keyed<Lenient<f64>>,
}

#[derive(serde::Deserialize, Debug, PartialEq)]
struct Memory {
    used: Lenient<f64>,
}

#[derive(serde::Deserialize, Debug, PartialEq)]
struct Disk {
    name: Text,
    free: Lenient<f64>,
}

#[derive(serde::Deserialize, Debug, PartialEq)]
struct Cell {
    #[serde(rename = "1")]
    cost: Lenient<f64>,
    #[serde(rename = "3")]
    note: Text,
}

fn server(value: &serde_json::Value) -> Server {
    serde_json::from_str(&value.to_string()).unwrap()
}

#[test]
fn null_and_missing_fields_are_absent() {
    let nulls = json!({"name": null, "load": null, "up": null, "memory": null, "disks": null, "rooms": null});
    for value in [json!({}), nulls] {
        let server = server(&value);
        assert_eq!((server.load, server.up), (Lenient::Absent, Lenient::Absent));
        assert_eq!((server.memory.used, server.disks.count()), (Lenient::Absent, Lenient::Absent));
        assert_eq!((server.rooms.count(), server.name.label()), (Lenient::Absent, "".into()));
        assert_eq!((server.name.get(), server.disks.len()), (Ok(None), 0));
    }
}

#[test]
fn a_value_of_another_type_is_an_error_of_its_field_only() {
    let server = server(&json!({
        "name": ["x"], "load": "high", "up": 1, "memory": [1, {"used": 2}], "disks": {"a": 1}, "rooms": 5,
    }));
    assert_eq!(server.load, Lenient::Invalid(FoundType::Text));
    assert_eq!(server.up, Lenient::Invalid(FoundType::Number));
    assert_eq!(server.memory.used, Lenient::Invalid(FoundType::List));
    assert_eq!(server.disks.count(), Lenient::Invalid(FoundType::Object));
    assert_eq!(server.disks[0].free, Lenient::Invalid(FoundType::Object));
    assert_eq!(server.rooms.count(), Lenient::Invalid(FoundType::Number));
    assert_eq!(server.rooms.iter().next(), Some(("", &Lenient::Invalid(FoundType::Number))));
    let error = server.name.get().unwrap_err().to_string();
    assert!(error.starts_with("unexpected array in the response; help: "), "{error}");
}

#[test]
fn an_invalid_row_costs_no_valid_row() {
    let server = server(&json!({
        "disks": [{"name": "a", "free": 1}, null, 5, "x", true, [1], {"name": 7, "free": {"n": 1}}, {"name": "b", "free": 2}],
        "rooms": {"a": 1, "b": null, "c": "x", "d": {"n": [1]}, "e": 2.5},
    }));
    let free: Vec<_> = server.disks.iter().map(|disk| disk.free).collect();
    use FoundType::{Flag, List, Number, Object, Text};
    let invalid = [Number, Text, Flag, List, Object].map(Lenient::Invalid);
    assert_eq!(free, [&[Lenient::Value(1.0)], &invalid[..], &[Lenient::Value(2.0)]].concat());
    assert_eq!(server.disks[5].name.label(), "7");
    let rooms: Vec<_> = server.rooms.iter().collect();
    let expected = [
        ("a", Lenient::Value(1.0)),
        ("c", Lenient::Invalid(Text)),
        ("d", Lenient::Invalid(Object)),
        ("e", Lenient::Value(2.5)),
    ];
    assert_eq!(rooms, expected.each_ref().map(|(key, value)| (*key, value)));
}

#[test]
fn rows_of_a_table_are_read_by_position() {
    let table = "[[\"x\", 1.5, 0, \"n\", {\"more\": []}], [\"y\"], [], [1, \"z\"], 5]";
    let cells: Rows<Cell> = serde_json::from_str(table).unwrap();
    let costs: Vec<_> = cells.iter().map(|cell| cell.cost).collect();
    let absent = Lenient::Absent;
    let invalid = [FoundType::Text, FoundType::Number].map(Lenient::Invalid);
    assert_eq!(costs, [&[Lenient::Value(1.5), absent, absent], &invalid[..]].concat());
    assert_eq!(cells[0].note.label(), "n");
    let nested: Rows<Rows<Lenient<f64>>> = serde_json::from_str("[[1, 2], [], null, 3]").unwrap();
    assert_eq!(
        nested.iter().map(Rows::count).collect::<Vec<_>>()[..2],
        [Lenient::Value(2), Lenient::Value(0)]
    );
}

#[test]
fn an_empty_map_may_be_an_empty_array() {
    let server = server(&json!({"rooms": []}));
    assert_eq!(server.rooms.count(), 0);
}

#[test]
fn broken_json_is_an_error_of_the_whole_response() {
    for text in ["{\"load\": 1", "{\"memory\": {\"used\": }}", "{\"disks\": [1,]}"] {
        assert!(serde_json::from_str::<Server>(text).is_err(), "{text}");
    }
}

#[test]
fn texts_are_parsed_or_absent_or_errors() {
    let of = |json: &str| serde_json::from_str::<Text>(json).unwrap().parse(units::number);
    assert_eq!(
        (of("\"1.5\""), of("2"), of("null"), of("\"\"")),
        (Ok(Some(1.5)), Ok(Some(2.0)), Ok(None), Ok(None))
    );
    assert!(of("\"x\"").is_err() && of("[]").is_err());
}
