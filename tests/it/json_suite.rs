//! JSONTestSuite as responses of an API: valid JSON is read, and invalid JSON is refused with its position.

use std::collections::BTreeMap;
use std::fs;

use collectington::internals::Mode;
use collectington::{ErrorKind, Result};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use crate::support::fake_api::{FakeApi, Response};
use crate::support::minimal_service::{api_of, service_at};

/// The cases by name.
fn cases() -> BTreeMap<String, Vec<u8>> {
    let text = fs::read_to_string("tests/json/cases.txt").unwrap();
    let mut cases: BTreeMap<_, _> = text
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, bytes)| (name.to_owned(), unescaped(bytes)))
        .collect();
    cases.insert("n_structure_100000_opening_arrays".to_owned(), vec![b'['; 100_000]);
    cases.insert("n_structure_open_array_object".to_owned(), (r#"[{"":"#.repeat(50_000) + "\n").into());
    cases
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let escaped = |rest: &mut std::str::Bytes<'_>| match rest.next().unwrap() {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'\\' => b'\\',
            b'x' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
            }
            other => panic!("no escape: {other}"),
        };
        bytes.push(if byte == b'\\' { escaped(&mut rest) } else { byte });
    }
    bytes
}

/// What came of every case, by name.
fn read<T: DeserializeOwned>() -> Vec<(String, Result<T>)> {
    let (names, responses): (Vec<_>, Vec<_>) = cases().into_iter().unzip();
    let fake = FakeApi::start(move |request| {
        let case = request.query("case").unwrap().parse::<usize>().unwrap();
        Response::new(200).header("content-type", "application/json").body(responses[case].clone())
    });
    let api = api_of(&service_at(&fake.url("/"), json!({})), Mode::Live);
    names.into_iter().enumerate().map(|(case, name)| (name, api.get().query("case", case).json())).collect()
}

/// How many of these were read, and how many there are.
fn accepted<T>(outcomes: &[(String, Result<T>)], prefix: &str) -> (usize, usize) {
    let of = || outcomes.iter().filter(|(name, _)| name.starts_with(prefix));
    (of().filter(|(_, outcome)| outcome.is_ok()).count(), of().count())
}

#[test]
fn all_valid_json_is_read_and_nothing_else() {
    let outcomes = read::<Value>();
    assert_eq!(outcomes.len(), 318);
    for (name, outcome) in &outcomes {
        match outcome {
            Ok(value) => assert!(!name.starts_with("n_"), "{name} was read as {value}"),
            Err(error) => {
                assert!(!name.starts_with("y_"), "{name}: {error}");
                assert_eq!(error.kind(), ErrorKind::Type, "{name}: {error}");
                let text = error.to_string();
                // Another encoding has no place: all of the text is unreadable.
                let has_place = text.contains(" at line ") && text.contains(" column ");
                assert!(has_place || text.contains("JSON in UTF-16"), "{name} has no place: {text}");
            }
        }
    }
    assert_eq!((accepted(&outcomes, "y_"), accepted(&outcomes, "n_")), ((95, 95), (0, 188)));
    let (read, of) = accepted(&outcomes, "i_");
    println!("95 of 95 y_, 0 of 188 n_, {read} of {of} i_ were read");
}

#[test]
fn ignored_json_must_be_valid_too() {
    for (name, outcome) in read::<IgnoredAny>() {
        match outcome {
            Ok(_) => assert!(!name.starts_with("n_"), "{name} was read"),
            Err(error) => assert!(!name.starts_with("y_"), "{name}: {error}"),
        }
    }
}
