//! Tests with values of each type that serde can read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;
use std::net::IpAddr;
use std::num::NonZeroU64;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

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
pub(super) enum Simple {
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
pub(super) struct Tree {
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
