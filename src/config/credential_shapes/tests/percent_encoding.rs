//! Tests with percent-encoding, which hides no credential and makes none of another text.

use super::*;

/// Texts with percent-encoding, or with what only looks like it, that hold no credential.
const OTHERS_WITH_PERCENT: &[&str] = &[
    "https://api.example.com/search?q=user%40example.com&limit=10",
    "https://h/x?email=user%2540example.com",
    "https://h/x?jql=project%20%3D%20KEY%20AND%20session%3Dactive",
    "https://h/x?since=2026-11-30T06%3A00%3A00Z",
    "https://%7Buser%7D:%7Bpassword%7D@db.example.com/x",
    "https://h/x?next=https%3A%2F%2Fapi.example.com%2Fv1%3Fpage_token%3D%7Bnext%7D",
    "ssh%3A%2F%2Fgit%40github.com%2Forg%2Frepo",
    "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader",
    "token=%7BTOKEN%7D",
    "token%3D%24TOKEN",
    "password%3Drequired",
    "password=%DB_PASSWORD%",
    "token=%DEPLOY_TOKEN%",
    "pin=%04d",
    "pin=%-4d",
    "%Y-%m-%dT%H:%M:%S",
    "100 % of the tokens, 100%25",
    "name LIKE '%ab%'",
    "caf%C3%A9 %E6%B8%A9%E5%BA%A6",
    "%",
    "%4",
    "%zz%4",
    "ghp%5F",
    "%41KIA",
    "Basic%20authentication",
];

/// Credentials with percent-encoding as people and programs write it.
const CREDENTIALS_WITH_PERCENT: &[(&str, &str)] = &[
    ("https://user:", "p%40ss@db.example.com/x"),
    ("https://user:", "%68unter2@db.example.com/x"),
    ("https://h/x?next=https%3A%2F%2Fuser%3A", "hunter2%40db.example.com"),
    ("https://h/x?next=https%253A%252F%252Fuser%253A", "hunter2%2540db.example.com"),
    ("https://h/x?token=gh", "p%5F16C7e42F292c6912E7710c838347Ae178B4a"),
    ("%67h", "p_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("next%3Agh", "p_16C7e42F292c6912E7710c838347Ae178B4a"),
    ("password=", "%68unter2"),
    ("x%0AAuthorization: Bearer ", "a1b2c3d4e5"),
];

#[test]
fn credentials_with_percent_encoding_are_known() {
    let texts = CREDENTIALS_WITH_PERCENT.iter().map(|(head, tail)| format!("{head}{tail}"));
    let missed: Vec<_> = texts.filter(|text| credential(text).is_none()).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn credentials_are_known_after_percent_encoding_once_and_twice() {
    let mut missed = Vec::new();
    for (head, tail) in CREDENTIALS {
        let plain = format!("{head}{tail}");
        for encode in [encoded_marks, encoded_all, encoded_second] {
            let once = encode(&plain);
            missed.extend([encode(&once), once].into_iter().filter(|text| credential(text).is_none()));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn other_texts_are_none_after_percent_encoding_either() {
    let encodings = OTHERS.iter().flat_map(|text| [encoded_marks(text), encoded_all(text)]);
    let texts = encodings.flat_map(|once| [encoded_marks(&once), once]);
    let texts = texts.chain(OTHERS_WITH_PERCENT.iter().map(|text| (*text).to_owned()));
    let taken: Vec<_> = texts.filter_map(|text| Some((credential(&text)?, text))).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

/// Encodes a text as a URL library encodes the value of a parameter.
fn encoded_marks(text: &str) -> String {
    encoded(text, |_, byte| !byte.is_ascii_alphanumeric())
}

fn encoded_all(text: &str) -> String {
    encoded(text, |_, _| true)
}

fn encoded_second(text: &str) -> String {
    encoded(text, |at, _| at % 2 == 0)
}

fn encoded(text: &str, is_encoded: fn(usize, u8) -> bool) -> String {
    let one = |(at, byte): (usize, u8)| match byte {
        byte if is_encoded(at, byte) || !byte.is_ascii() => {
            if at % 4 == 0 {
                format!("%{byte:02x}")
            } else {
                format!("%{byte:02X}")
            }
        }
        byte => char::from(byte).to_string(),
    };
    text.bytes().enumerate().map(one).collect()
}
