//! The properties of errors.

use super::*;

mod foreign;

#[test]
fn the_same_cause_may_have_other_figures_but_no_other_status() {
    let status = |code| Error::new(ErrorKind::Status, format!("the API answered {code}")).with_status(code);
    assert!(status(503).same_cause(&status(503)));
    assert!(!status(503).same_cause(&status(401)));
    let late = |ms| Error::new(ErrorKind::Timeout, format!("no answer within {ms} ms"));
    assert!(late(10_001).same_cause(&late(999)));
    assert!(!late(1).same_cause(&Error::new(ErrorKind::Network, "no answer within 1 ms")));
    assert!(!Error::from("no team").same_cause(&Error::from("no phase")));
}

#[test]
fn no_message_is_as_long_as_a_body() {
    for body in ["x", "é"].map(|char| char.repeat(1 << 20)) {
        let error = Error::from(format!("not \"{body}\" at line 1 column 7"));
        let text = error.to_string();
        assert!(text.len() < 5000 && text.starts_with("not \"") && text.ends_with("line 1 column 7"));
    }
}

#[test]
fn causes_are_compared_without_text_from_outside() {
    for (one, other) in [
        ("invalid type: string \"ab\", expected u64", "invalid type: string \"c\\\"d e\", expected u64"),
        ("unknown variant `open`, expected `a` or `b`", "unknown variant `shut`, expected `a` or `b`"),
        ("unknown field `x y`, expected `a`", "unknown field `z`, expected `a`"),
        (
            "GET https://h/jobs?cursor=abc&x=y: answered 500",
            "GET https://h/jobs?cursor=xyz&x=y: answered 500",
        ),
        (
            "no item 7f9c2ba4-e88f-4a1b-9c1e-aabbccddeeff here",
            "no item 00000000-ffff-4bbb-8ccc-0123456789ab here",
        ),
        ("at line 1 column 7: \"unfinished", "at line 22 column 33: \"other"),
    ] {
        assert!(Error::from(one).same_cause(&Error::from(other)), "{one}\n{other}");
    }
    for (one, other) in [
        ("the setting `team` is missing", "the setting `phase` is missing"),
        ("invalid type: string \"a\", expected u64", "invalid type: string \"a\", expected a string"),
        ("GET https://h/jobs?x=y: answered 500", "GET https://h/users?x=y: answered 500"),
    ] {
        assert!(!Error::from(one).same_cause(&Error::from(other)), "{one}\n{other}");
    }
}

#[test]
fn a_response_is_shown_and_not_compared_and_neither_is_help() {
    let error = |response: &str, help: &str| {
        let error = Error::new(ErrorKind::Status, "401 Unauthorized").with_status(401);
        let error = error.with_request("GET https://h/jobs?page=2").with_response(response).with_help(help);
        error.map_message(|text| text.replace("key", "Key"))
    };
    assert_eq!(
        error("no key", "check the key").to_string(),
        "401 Unauthorized from GET https://h/jobs?page=2; response: no Key; help: check the Key"
    );
    assert!(error("one", "do this").same_cause(&error("two words", "do that")));
    assert!(!error("one", "do this").same_cause(&error("one", "do this").context("again")));
}

#[test]
fn the_request_is_compared_without_its_query() {
    let error = |url: &str| Error::new(ErrorKind::Network, "connection refused").with_request(url);
    assert!(error("GET https://h/jobs?x=y").same_cause(&error("GET https://h/jobs?x=z")));
    assert!(!error("GET https://h/jobs?x=y").same_cause(&error("GET https://h/users?x=y")));
    assert!(!error("GET https://h/jobs").same_cause(&Error::new(ErrorKind::Network, "connection refused")));
}

#[test]
fn every_fact_has_a_place_on_one_line_and_a_field_in_the_log() {
    let error = Error::new(ErrorKind::Network, "connection refused").with_detail("proxy", "http://p:1");
    let error = error.with_request("GET https://h/").with_request("GET https://other/");
    let error = error.with_help("check the proxy").with_help("check `api_url`");
    assert_eq!(
        error.to_string(),
        "connection refused; proxy: http://p:1; request: GET https://h/; help: check the proxy; help: check `api_url`"
    );
    let fields = error.fields();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(
        fields,
        [
            ("reason", "network"),
            ("url", "https://h/"),
            ("error", "connection refused"),
            ("proxy", "http://p:1"),
            ("hint", "check the proxy; check `api_url`"),
        ]
    );
}
