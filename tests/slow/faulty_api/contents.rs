//! Complete responses with unexpected content.

use super::Fault;
use super::Outcome::Fails;
use super::kinds::*;

pub fn json() -> Vec<Fault> {
    let wrong: &[&str] = &["unexpected JSON: ", "line 1 column"];
    let total = |total: &str| format!(r#"{{"total": {total}, "incidents": []}}"#);
    let deep = |open: &str| format!(r#"{{"total": 2, "x": {}"#, open.repeat(100_000));
    let utf16: Vec<u8> = total("2").encode_utf16().flat_map(u16::to_le_bytes).collect();
    vec![
        body("no body", "", Fails("type", &["unexpected JSON", "response=(empty)"])),
        body("bad JSON", "{total: 2}", Fails("type", wrong)),
        body("JSON cut", r#"{"total": 2, "incid"#, Fails("type", wrong)),
        body("two responses", total("2") + &total("2"), Fails("type", wrong)),
        body("a web page", HTML.1, Fails("type", &["web page instead of JSON"])),
        body("nested lists without end", deep("["), Fails("type", &["unexpected JSON", "EOF while parsing"])),
        body(
            "nested objects without end",
            deep(r#"{"x":"#),
            Fails("type", &["unexpected JSON", "EOF while parsing"]),
        ),
        body("1e400", total("1e400"), Fails("type", wrong)),
        body("-0", total("-0"), Fails("type", wrong)),
        body("NaN", total("NaN"), Fails("type", wrong)),
        body("NaN as text", total(r#""NaN""#), Fails("type", wrong)),
        body("Infinity", total("Infinity"), Fails("type", wrong)),
        body("2^64", total("18446744073709551616"), Fails("type", wrong)),
        body("total as text", total(r#""2""#), Fails("type", wrong)),
        body("total with a fraction", total("2.5"), Fails("type", wrong)),
        body("total below 0", total("-2"), Fails("type", wrong)),
        body(
            "Latin-1",
            b"{\"total\": 2, \"incidents\": [{\"incidentNumber\": \"1\", \"pagedTeams\": [\"M\xfcnchen\"]}]}",
            Fails("type", wrong),
        ),
        body("UTF-16", utf16, Fails("type", &["the body is JSON in UTF-16", "request UTF-8"])),
        body(
            "lone surrogate",
            total("2").replace("[]", r#"[{"incidentNumber": "\ud800"}]"#),
            Fails("type", wrong),
        ),
        body(
            "NUL in a text",
            total("2").replace("[]", "[{\"incidentNumber\": \"a\0b\"}]"),
            Fails("type", wrong),
        ),
    ]
}

pub fn shapes() -> Vec<Fault> {
    let wrong: &[&str] = &["unexpected JSON: ", "line 1 column"];
    let incidents = |incidents: &str| format!(r#"{{"total": 2, "incidents": {incidents}}}"#);
    vec![
        body("null", "null", Fails("type", wrong)),
        body("a list", "[]", Fails("type", wrong)),
        body("a text", "\"ok\"", Fails("type", wrong)),
        body("a number", "2", Fails("type", wrong)),
        body("missing key", r#"{"incidents": []}"#, Fails("type", &["missing field `total`"])),
        body("renamed key", r#"{"count": 2, "incidents": []}"#, Fails("type", &["missing field `total`"])),
        body("a key twice", r#"{"total": 2, "total": 3}"#, Fails("type", &["duplicate field `total`"])),
        body("null where a list is due", incidents("null"), Fails("type", wrong)),
        body("object where a list is due", incidents("{}"), Fails("type", wrong)),
        body("nulls in a list", incidents("[null]"), Fails("type", wrong)),
        body("number where a text is due", incidents(r#"[{"incidentNumber": 1}]"#), Fails("type", wrong)),
        body("missing key of an item", incidents("[{}]"), Fails("type", &["missing field `incidentNumber`"])),
        body(
            "a time that is none",
            incidents(r#"[{"incidentNumber": "1", "startTime": "yesterday"}]"#),
            Fails("type", wrong),
        ),
        body("an error with status 200", JSON.1, Fails("type", &["missing field `total`", "response=\"{"])),
    ]
}
