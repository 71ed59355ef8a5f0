//! Tests of the counting deserializer.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Deserializer, Value};

use super::*;
use crate::support::memory_limit::PollMemory;

fn counted<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let (memory, mut json) = (PollMemory::new(100 << 20, 0), Deserializer::from_str(text));
    let value = T::deserialize(Counted::new(&mut json, &ReadMeter::new(&memory))).map_err(|error| error.0)?;
    json.end().map(|()| value)
}

/// Asserts that counting changes neither the values nor the error messages.
fn agrees<T: DeserializeOwned + Debug>() {
    let keyed = r#"{"1":true,"-2":null,"x":[]}"#;
    for text in [
        "null",
        "true",
        "7",
        "-7",
        "7.5",
        "1e3",
        "300",
        "\"x\"",
        "\"7\"",
        "[]",
        "[1]",
        "[1,2]",
        "{}",
        r#"{"1":2}"#,
        r#"{"true":"a"}"#,
        r#"{"a":1,"b":[1,2]}"#,
        r#"["B"]"#,
        r#"{"C":1}"#,
        "\"B\"",
        "[[1,\"x\"]]",
        keyed,
    ] {
        let (expected, found) = (serde_json::from_str::<T>(text), counted::<T>(text));
        // Only the column may differ: for a list or map it is the column after its first character.
        let place = |error: serde_json::Error| {
            let text = error.to_string();
            (error.line(), text.rsplit_once(" column").map_or(text.clone(), |(start, _)| start.to_owned()))
        };
        assert_eq!(
            format!("{:?}", found.map_err(place)),
            format!("{:?}", expected.map_err(place)),
            "{text} as {}",
            std::any::type_name::<T>()
        );
    }
}

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code, reason = "only built")]
enum Kind {
    B,
    C(u8),
}

#[derive(Debug, serde::Deserialize, PartialEq, Eq, Hash)]
struct Number(u64);

#[derive(Debug, serde::Deserialize)]
#[allow(dead_code, reason = "only built")]
struct Record {
    a: Option<u8>,
    b: (u8, i64),
}

#[test]
fn values_and_messages_are_those_of_the_deserializer_alone() {
    agrees::<Value>();
    agrees::<(u8, i8, bool)>();
    agrees::<Vec<u8>>();
    agrees::<u64>();
    agrees::<i16>();
    agrees::<f32>();
    agrees::<f64>();
    agrees::<bool>();
    agrees::<()>();
    agrees::<u128>();
    agrees::<char>();
    agrees::<String>();
    agrees::<Option<u8>>();
    agrees::<HashMap<i64, Option<bool>>>();
    agrees::<BTreeMap<bool, Value>>();
    agrees::<HashMap<Number, IgnoredAny>>();
    agrees::<Kind>();
    agrees::<Vec<Kind>>();
    agrees::<Record>();
    agrees::<Vec<(u8, String)>>();
}

#[test]
fn an_error_about_a_long_text_is_short_whatever_was_expected() {
    fn is_short<T: DeserializeOwned + Debug>() {
        let long = "\u{7f}".repeat(100_000);
        for text in [format!("[\"{long}\"]"), format!("{{\"{long}\":1}}")] {
            let error = counted::<T>(&text).unwrap_err().to_string();
            assert!(error.len() < 10_000, "{}: {}", std::any::type_name::<T>(), error.len());
        }
    }
    is_short::<Vec<f32>>();
    is_short::<Vec<u128>>();
    is_short::<Vec<bool>>();
    is_short::<Vec<()>>();
    is_short::<Vec<Vec<u8>>>();
    is_short::<Vec<(u8, u8)>>();
    is_short::<Vec<Kind>>();
    is_short::<Vec<Record>>();
    is_short::<Vec<HashMap<u8, u8>>>();
    is_short::<HashMap<u8, u8>>();
    is_short::<Vec<char>>();
}
