//! Tests with samples of credentials and of similar texts.

mod credentials;
mod ordinary_texts;
mod percent_encoding;

use credentials::CREDENTIALS;
use ordinary_texts::{ORDINARY, OTHERS};

use super::random::is_random;
#[cfg(feature = "run")]
use super::tokens::tokens;
use super::*;

#[test]
fn credentials_are_known_by_their_shape() {
    assert!(CREDENTIALS.len() >= 60);
    let missed = |(head, tail): &&(&str, &str)| credential(&format!("{head}{tail}")).is_none();
    let missed: Vec<_> = CREDENTIALS.iter().filter(missed).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn other_texts_are_none() {
    assert!(OTHERS.len() >= 60);
    let taken: Vec<_> = OTHERS.iter().filter_map(|text| Some((text, credential(text)?))).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}

#[test]
fn credentials_are_known_inside_of_a_text() {
    let mut missed = Vec::new();
    for (head, tail) in CREDENTIALS.iter().filter(|(head, _)| !head.starts_with('?')) {
        for (before, after) in [("see ", " there"), ("(", ")"), ("a=\"", "\"")] {
            let text = format!("{before}{head}{tail}{after}");
            missed.extend(credential(&text).is_none().then_some(text));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn random_texts_are_told_from_ordinary_ones() {
    for text in [
        "9f8aK2m4Qx7Zp1Lw",
        "a3f1b2c4d5e6f7a8b9c0d1e2f3a4b5c6",
        "aB3xY7Qz9K/mN4pL8sT2+vW6yR1=",
        "k9-Xa7Qz2mN8pL4sT6vW",
        "kd8f7g6h5j4k3l2m",
    ] {
        assert!(is_random(text), "{text}");
    }
    for text in ORDINARY {
        assert!(!is_random(text), "{text}");
    }
}

#[cfg(feature = "run")]
#[test]
fn the_range_of_a_token_is_all_of_it_and_nothing_else() {
    let token = concat!("gh", "p_16C7e42F292c6912E7710c838347Ae178B4a");
    for (before, after) in [("", ""), ("key ", ", refused"), ("https://h/", "/x"), ("\"", "\""), ("é", "é")]
    {
        let text = format!("{before}{token}{after}");
        let found: Vec<_> = tokens(text.as_bytes()).map(|range| &text[range]).collect();
        assert_eq!(found, [token], "{text}");
    }
    assert_eq!(tokens(b"nothing here, web-team, \xff\xfe").count(), 0);
}
