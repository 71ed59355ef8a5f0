//! Tests that no spelling of a secret is shown.

mod long_texts;
mod memory;
mod spellings;

use super::*;

fn redactor(values: &[&str]) -> Redactor {
    let redactor = Redactor::default();
    values.iter().for_each(|value| redactor.remember(value));
    redactor
}

#[test]
fn every_form_of_a_secret_is_masked() {
    let secret = "p/ä \"+%#'&=\\x";
    let redactor = redactor(&[secret]);
    for form in [
        secret,
        "p%2F%C3%A4%20%22%2B%25%23%27%26%3D%5Cx",
        "p%2f%c3%a4%20%22%2b%25%23%27%26%3d%5cx",
        "p%2F%C3%A4+%22%2B%25%23%27%26%3D%5Cx",
        "p/ä \\\"+%#'&=\\\\x",
        "p\\/ä \\\"+%#'&=\\\\x",
        "p/\\u00e4 \\\"+%#'&=\\\\x",
    ] {
        assert_eq!(redactor.redact(&format!("<{form}>")), "<***>", "{form}");
    }
    assert_eq!(redactor.redact("nothing here"), "nothing here");
}

#[test]
fn a_secret_that_an_api_reads_as_latin_1_is_masked() {
    let redactor = redactor(&["pässwörd-ñ", "kürz"]);
    for secret in ["pässwörd-ñ", "kürz"] {
        let wide: String = secret.bytes().map(char::from).collect();
        assert_eq!(redactor.redact(&format!("invalid key: {wide}.")), "invalid key: ***.");
    }
}

#[test]
fn overlapping_secrets_leave_no_rest() {
    let redactor = redactor(&["abcdef", "defghi", "abcdefg"]);
    assert_eq!(redactor.redact("<abcdefghi> <abcdef>abcdef"), "<***> <***>***");
}

#[test]
fn short_secrets_are_masked_where_they_stand_alone() {
    let redactor = redactor(&["", "eu"]);
    assert_eq!(redactor.redact("the queue"), "the queue");
    assert_eq!(redactor.redact_value("eu"), "***");
    assert_eq!(redactor.redact_value(""), "");
}

#[test]
fn secrets_between_bytes_are_masked() {
    let redactor = redactor(&["hush"]);
    assert_eq!(redactor.redact_body(b"\xff\xe2\x82hush\xffx\xf0"), b"\xff\xe2\x82***\xffx\xf0");
}

/// A secret with the characters that encoders escape.
const SECRET: &str = "K3y/ab+cd&ef=gh<ij>";

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn hex(text: &str, between: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

fn each_char(text: &str, write: fn(char) -> String) -> String {
    text.chars().map(write).collect()
}

#[test]
fn two_words_that_are_a_part_of_a_secret_are_shown() {
    let redactor = redactor(&["planted-of-the-proxy"]);
    assert_eq!(redactor.redact("the proxy answered 407"), "the proxy answered 407");
    assert_eq!(redactor.redact("of-the-proxy"), "***");
    assert_eq!(redactor.redact("Planted of the Proxy"), "***");
}

#[test]
fn no_eight_characters_of_a_secret_are_shown() {
    let redactor = redactor(&["0123456789abcdef"]);
    assert_eq!(redactor.redact("key 01234567... is wrong"), "key ***... is wrong");
    assert_eq!(redactor.redact("key ...89ABCDEF"), "key ...***");
    assert_eq!(redactor.redact("0123456 9abcdef"), "0123456 9abcdef");
    assert!(!redactor.contains("0123456789abcde"));
}

#[test]
fn a_value_contains_a_short_secret_only_where_it_stands() {
    let redactor = redactor(&["eu", "prod", "s3cr3t!"]);
    for other in ["eu", "production", "reprod", "s3cr3t", "prodé"] {
        assert!(!redactor.contains(other), "{other}");
    }
    for same in ["prod", "eu-prod-1", "PROD", "key=s3cr3t!", "%70rod", "cHJvZA==", "pr\nod", "prod\nuction"] {
        assert!(redactor.contains(same), "{same}");
    }
}

#[test]
fn a_value_of_the_secret_file_is_told_by_its_key() {
    let redactor = redactor(&["token-token-token"]);
    redactor.remember_key("API_KEY", "hush-hush-hush");
    assert_eq!(redactor.configured_in("[\"aHVzaC1odXNoLWh1c2g=\"]").as_deref(), Some("API_KEY"));
    assert_eq!(redactor.configured_in("token-token-token"), None);
}

#[test]
fn debug_shows_nothing_of_it() {
    assert_eq!(format!("{:?}", redactor(&["hush"])), "Redactor");
}
