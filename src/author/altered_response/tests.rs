//! The properties of altered responses. Each type that can be read from a response can be read from an altered one. Each value
//! differs in one of the alterations.

mod any_json;
mod types;

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use types::{Simple, Tree};

use super::*;

const ALL: [AlteredValues; 3] = [AlteredValues::OTHER, AlteredValues::LEAST, AlteredValues::LARGER];

const ROOM: u64 = 64 << 20;

fn of(values: AlteredValues) -> Alteration {
    Alteration { values, is_gentle: false, is_new: true }
}

fn read<T: DeserializeOwned>(json: &Value, values: AlteredValues) -> T {
    of(values).read(json.to_string().as_bytes(), &PollMemory::new(ROOM, 0)).unwrap()
}

/// Reads a JSON text with other, least and larger values.
fn all<T: DeserializeOwned>(json: &Value) -> [T; 3] {
    ALL.map(|values| read(json, values))
}

#[derive(Debug, Deserialize)]
struct Page {
    n: u64,
    at: DateTime<Utc>,
    name: String,
    url: String,
    yes: bool,
    kind: Simple,
    items: Vec<u64>,
    none: Option<u64>,
    absent: Option<String>,
    some: Option<u64>,
    #[serde(default)]
    defaulted: Vec<Tree>,
    map: HashMap<String, u64>,
}

fn page() -> Value {
    json!({
        "n": 5, "at": "2026-11-30T01:02:03Z", "name": "eu", "url": "https://h/x", "yes": false, "kind": "two",
        "items": [1, 1], "none": null, "some": 3, "map": { "a": 1 }, "ignored": [{ "b": "]}" }, "c"],
    })
}

#[test]
fn each_alteration_is_on_another_side() {
    let [other, least, larger] = all::<Page>(&page());
    assert!(other.items.len() == 2 && other.items[0] != other.items[1], "{other:?}");
    assert!(other.n > 5 && other.yes && other.kind == Simple::Three && other.name == "eu~", "{other:?}");
    assert!(other.none.is_none() && other.absent.is_none() && other.some.is_some() && other.map.len() == 1);
    assert!(least.n == 0 && !least.yes && least.kind == Simple::One && least.name.is_empty(), "{least:?}");
    assert!(least.items.is_empty() && least.map.is_empty() && least.some.is_none() && least.url.is_empty());
    assert!(larger.n >= 140 && larger.yes && larger.kind == Simple::Three, "{larger:?}");
    assert!(larger.items.len() >= 100 && larger.map.len() >= 100 && larger.name.len() >= 100);
    assert!(larger.none.is_some() && larger.absent.is_some() && !larger.defaulted.is_empty());
    assert!(larger.url.starts_with("https://h/x~"), "{larger:?}");
    let years = [&other, &least, &larger].map(|page| page.at.format("%Y").to_string());
    assert_eq!(years, ["2025", "1971", "2199"]);
}

#[test]
fn zeros_stand_in_longer_lists_and_large_numbers_beside_empty_ones() {
    let [small, large] = [AlteredValues::SMALL_IN_MANY, AlteredValues::LARGE_IN_FEW]
        .map(|values| read::<Page>(&page(), values));
    assert!(
        small.n == 0 && small.items.len() >= 100 && small.items.iter().all(|item| *item == 0),
        "{small:?}"
    );
    assert!(large.n >= 140 && large.items.is_empty() && large.map.is_empty(), "{large:?}");
    assert!(small.none.is_some() && small.absent.is_some() && large.none.is_some());
    for page in [small, large] {
        assert!(page.yes && page.kind == Simple::Three && page.name == "eu~", "{page:?}");
    }
}

#[test]
fn what_may_lead_to_other_requests_stays_in_a_gentle_alteration() {
    for values in ALL {
        let gentle = Alteration { is_gentle: true, ..of(values) };
        let page: Page = gentle.read(page().to_string().as_bytes(), &PollMemory::new(ROOM, 0)).unwrap();
        assert_eq!((page.name.as_str(), page.url.as_str(), page.items.len()), ("eu", "https://h/x", 2));
        assert!(page.none.is_none() && page.absent.is_none() && page.some.is_some() && page.map.len() == 1);
        assert!(page.n != 5 && page.at.format("%Y").to_string() == "2026");
    }
}

#[test]
fn what_asks_for_json_itself_is_read_from_other_json() {
    assert!(of(AlteredValues::OTHER).read::<Box<RawValue>>(b"[1]", &PollMemory::new(ROOM, 0)).is_err());
    for json in ["[1]", "\u{feff}[1]"] {
        assert_eq!(
            of(AlteredValues::OTHER).body(json.as_bytes(), &PollMemory::new(ROOM, 0)).unwrap(),
            b"[4]"
        );
    }
}

#[test]
fn a_body_that_is_no_json_is_only_altered_if_it_is_new() {
    let memory = PollMemory::new(ROOM, 0);
    for body in ["up 12", "{", "1 2", "\u{1}"] {
        for values in ALL {
            let confirmed = Alteration { is_new: false, ..of(values) };
            assert_eq!(confirmed.body(body.as_bytes(), &memory), None, "{body}");
            assert!(of(values).body(body.as_bytes(), &memory).is_some());
        }
    }
    assert_eq!(of(AlteredValues::LEAST).body(b"up 12", &memory).unwrap(), b"");
    assert_eq!(of(AlteredValues::OTHER).body(b"", &memory).unwrap(), b"", "there is no value in it");
}

#[test]
fn headers_and_the_status_of_a_new_response_differ() {
    let headers = [("x-count", "7"), ("x-mode", "on"), ("content-type", "a/1")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let response = |status| RawResponse { status, headers: headers.clone(), body: b"{}".to_vec() };
    let altered = |values, status| {
        let head = of(values).head(&response(status)).unwrap();
        let value = |name| head.header(name).map(str::to_owned);
        (head.status, value("x-count"), value("x-mode"), value("content-type"))
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(altered(AlteredValues::OTHER, 200), (203, text("15"), text("on~"), text("a/1")));
    assert_eq!(altered(AlteredValues::OTHER, 503), (200, text("15"), text("on~"), text("a/1")));
    assert_eq!(altered(AlteredValues::LEAST, 503), (503, text("0"), None, text("a/1")));
    assert_eq!(altered(AlteredValues::LARGER, 200), (200, text("156"), text("on~"), text("a/1")));
    let confirmed = Alteration { is_new: false, ..of(AlteredValues::OTHER) };
    assert_eq!(confirmed.head(&response(200)).unwrap().status, 200);
    assert_eq!(Alteration { is_gentle: true, ..confirmed }.head(&response(200)), None);
}

#[test]
fn what_is_made_counts_and_is_bounded() {
    let lists = json!(vec![json!({ "leaves": [], "by_name": {}, "left": null }); 2000]);
    let memory = PollMemory::new(ROOM, 0);
    let json = lists.to_string();
    let trees: Vec<Tree> = of(AlteredValues::LARGER).read(json.as_bytes(), &memory).unwrap();
    assert!(trees.len() > 2000 && memory.taken() < 10_000_000, "{} {}", trees.len(), memory.taken());
    let small = PollMemory::new(10_000, 0);
    assert!(of(AlteredValues::LARGER).read::<Vec<Tree>>(json.as_bytes(), &small).is_err());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(
        of(AlteredValues::LARGER).read::<Value>(deep.as_bytes(), &memory).is_err(),
        "no stack is exhausted"
    );
    assert!(
        of(AlteredValues::LARGER).read::<u64>(b"7 7", &memory).is_err()
            && of(AlteredValues::LEAST).read::<u64>(b"", &memory).is_err()
    );
}
