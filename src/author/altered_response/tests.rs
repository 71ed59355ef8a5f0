//! The properties of altered responses. Each type that can be read from a response can be read from an altered one. Each value
//! differs in one of the alterations.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::net::IpAddr;
use std::num::NonZeroU64;

use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

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

/// Asserts that at least one alteration differs from the value in the response.
#[expect(clippy::needless_pass_by_value, reason = "it is made where it is tried")]
fn differs<T: DeserializeOwned + PartialEq + Debug>(json: Value) {
    let is: T = serde_json::from_value(json.clone()).unwrap();
    assert!(all::<T>(&json).iter().any(|other| *other != is), "{json} as {is:?}");
}

#[derive(Debug, PartialEq, Deserialize)]
struct Unit;

#[derive(Debug, PartialEq, Deserialize)]
struct Wrapped(u8);

#[derive(Debug, PartialEq, Deserialize)]
struct Pair(u8, String);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Simple {
    One,
    Two,
    Three,
}

#[derive(Debug, PartialEq, Deserialize)]
enum External {
    None,
    Wrapped(u64),
    Pair(u8, String),
    Fields { n: Option<u64>, of: Box<Self> },
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Internal {
    Job { runs: u8 },
    Idle,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(tag = "t", content = "c")]
enum Adjacent {
    A(Vec<u64>),
    B,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
    Both { n: u8, text: String },
}

#[derive(Debug, PartialEq, Deserialize)]
struct Flat {
    id: u64,
    #[serde(flatten)]
    rest: HashMap<String, Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exact {
    #[serde(alias = "count")]
    n: u64,
    #[serde(default)]
    more: Option<Box<Self>>,
    #[serde(rename = "type")]
    kind: Simple,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Tree {
    left: Option<Box<Self>>,
    right: Option<Box<Self>>,
    leaves: Vec<Self>,
    by_name: BTreeMap<String, Self>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Expression {
    Sum(Box<Self>, Box<Self>),
    Number(u64),
}

#[derive(Debug, PartialEq, Deserialize)]
enum Open {
    Known,
    #[serde(other)]
    Other,
}

/// A text that is valid only with a fixed prefix and length.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
struct Odd(String);

impl TryFrom<String> for Odd {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        if text.starts_with("odd-") && text.len() == 8 { Ok(Self(text)) } else { Err("no odd".to_owned()) }
    }
}

#[test]
fn a_value_of_each_type_differs() {
    differs::<(u8, i8, u16, i16)>(json!([255, -128, 65535, 1]));
    differs::<(u32, i32, u64, i64)>(json!([u32::MAX, i32::MIN, u64::MAX, i64::MIN]));
    differs::<(u128, i128, f32, f64)>(json!([1, -1, 0.5, 1e308]));
    differs::<NonZeroU64>(json!(1));
    differs::<bool>(json!(true));
    differs::<bool>(json!(false));
    differs::<char>(json!("z"));
    differs::<String>(json!(""));
    differs::<Cow<'static, str>>(json!("a\"\\"));
    differs::<Option<u64>>(json!(null));
    differs::<Option<u64>>(json!(7));
    differs::<Option<Option<Unit>>>(json!(null));
    differs::<Vec<u64>>(json!([]));
    differs::<Vec<Unit>>(json!([null]));
    differs::<HashSet<String>>(json!([]));
    differs::<[u8; 2]>(json!([1, 2]));
    differs::<HashMap<String, Unit>>(json!({}));
    differs::<BTreeMap<u8, u8>>(json!({ "1": 2 }));
    differs::<BTreeMap<i64, u8>>(json!({}));
    differs::<BTreeMap<Simple, u8>>(json!({ "two": 2 }));
    differs::<Wrapped>(json!(1));
    differs::<Pair>(json!([1, "a"]));
    differs::<Value>(json!({ "list": [], "none": null, "map": {}, "text": "" }));
    differs::<DateTime<Utc>>(json!("2024-02-29T01:02:03Z"));
    differs::<NaiveDate>(json!("2026-11-30"));
    differs::<IpAddr>(json!("10.1.2.3"));
    differs::<Odd>(json!("odd-0123"));
}

#[test]
fn a_value_of_each_enum_and_struct_differs() {
    differs::<Simple>(json!("one"));
    differs::<Simple>(json!("three"));
    differs::<Vec<Open>>(json!(["Known", "unheard of"]));
    differs::<External>(json!("None"));
    differs::<External>(json!({ "Wrapped": 7 }));
    differs::<External>(json!({ "Pair": [7, "a"] }));
    differs::<External>(json!({ "Fields": { "n": null, "of": "None" } }));
    differs::<Internal>(json!({ "kind": "job", "runs": 200 }));
    differs::<Vec<Internal>>(json!([{ "kind": "idle" }]));
    differs::<Adjacent>(json!({ "t": "A", "c": [] }));
    differs::<Vec<Adjacent>>(json!([{ "t": "B" }]));
    differs::<Untagged>(json!(7));
    differs::<Untagged>(json!("a"));
    differs::<Untagged>(json!({ "n": 7, "text": "a" }));
    differs::<Flat>(json!({ "id": 1, "name": "a" }));
    differs::<Exact>(json!({ "count": 1, "type": "one" }));
    differs::<Exact>(json!({ "n": 1, "type": "one", "more": { "n": 2, "type": "two" } }));
    differs::<Tree>(json!({ "left": null, "leaves": [], "by_name": {} }));
    differs::<Expression>(json!({ "Sum": [{ "Number": 1 }, { "Number": 2 }] }));
    differs::<Expression>(json!({ "Number": 2 }));
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

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,4}", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_as_another_one(json in any_json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&json).unwrap() } else { json.to_string() };
        for values in ALL {
            for is_gentle in [false, true] {
                let alteration = Alteration { is_gentle, ..of(values) };
                let other: Value = alteration.read(text.as_bytes(), &PollMemory::new(ROOM, 0)).unwrap();
                prop_assert!(values != AlteredValues::OTHER || is_gentle || other != json || !has_value(&json), "{}", other);
            }
        }
    }
}

/// Returns true if the JSON contains a value that `OTHER` always alters.
fn has_value(json: &Value) -> bool {
    match json {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(all) => all.iter().any(has_value),
        Value::Object(all) => all.values().any(has_value),
    }
}
