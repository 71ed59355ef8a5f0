//! GraphQL over HTTP: data, errors in a response of any status, and what is sent twice.

use collectington::{ErrorKind, Paging, Secret};
use serde::Deserialize;

use super::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Data {
    n: u64,
}

const QUERY: &str = "query ($a: Int) { n(a: $a) }";

/// The result of a query whose response has this status and body.
fn outcome(status: u16, body: &str) -> Result<Data, Error> {
    let body = body.to_owned();
    let fake = FakeApi::start(move |_| Response::new(status).body(body.clone()));
    api(&fake).graphql(QUERY, &json!({ "a": 1 })).path("graphql").json()
}

#[test]
fn a_query_is_posted_with_its_variables_and_its_data_is_read() {
    let fake = FakeApi::json(r#"{"data": {"n": 5}, "extensions": {"cost": 1}}"#);
    let api = api(&fake);
    let secret = Secret::new("p\"1");
    assert_eq!(api.graphql(QUERY, &json!({ "a": secret })).path("graphql").json(), Ok(Data { n: 5 }));
    assert_eq!(api.graphql("{ n }", &()).bearer("t").json(), Ok(Data { n: 5 }));
    assert_eq!(api.graphql("{ n }", &None::<u8>).header("x", "y").json(), Ok(Some(Data { n: 5 })));
    let sent = fake.requests();
    assert_eq!((sent[0].method.as_str(), sent[0].target.as_str()), ("POST", "/v1/graphql"));
    assert_eq!(sent[0].header("content-type"), Some("application/json"));
    let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
    assert_eq!(body, json!({ "query": QUERY, "variables": { "a": "p\"1" } }));
    assert_eq!(sent[1].body, br#"{"query":"{ n }"}"#);
    assert_eq!(sent[2].body, br#"{"query":"{ n }"}"#);
}

#[test]
fn errors_in_a_200_are_the_error_also_beside_data() {
    let body = r#"{"data": {"n": 5}, "errors": [
        {"message": "no field x", "path": ["builds", 0, "x"], "extensions": {"code": "FORBIDDEN"}}, {"message": "late"}]}"#;
    let error = outcome(200, body).unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(200)));
    says(&error, &["no field x at `builds.0.x` (FORBIDDEN); late", "/v1/graphql", "compare the query"]);
    for body in [
        r#"{"errors": [{}]}"#,
        r#"{"errors": "down", "data": {"n": 5}}"#,
        r#"{"data": null}"#,
        "{}",
        "[]",
        "",
        "x",
    ] {
        assert!(outcome(200, body).is_err(), "{body}");
    }
    for body in [r#"{"errors": [], "data": {"n": 5}}"#, "\u{feff}{\"errors\": null, \"data\": {\"n\": 5}}"] {
        assert_eq!(outcome(200, body), Ok(Data { n: 5 }), "{body}");
    }
    let twice = r#"{"errors": [{"message": "m"}], "errors": [], "data": {"n": 5}}"#;
    assert!(outcome(200, twice).is_err());
}

#[test]
fn errors_in_a_4xx_are_part_of_the_error() {
    let body = r#"{"errors": [{"message": "bad token\r\nline", "extensions": {"code": "UNAUTHENTICATED"}}]}"#;
    let error = outcome(401, body).unwrap_err();
    assert_eq!(error.status(), Some(401));
    says(&error, &["401 Unauthorized", "errors: bad token  line (UNAUTHENTICATED)", "name the secret file"]);
    says(&outcome(502, "<html>").unwrap_err(), &["502 Bad Gateway"]);
}

#[test]
fn an_error_of_graphql_shows_no_secret() {
    let fake = FakeApi::start(|request| {
        let sent = String::from_utf8_lossy(&request.body).into_owned();
        let errors = json!([{ "message": sent, "path": [sent], "extensions": { "code": sent } }]);
        Response::json(json!({ "errors": errors }).to_string())
    });
    for status in [200, 400] {
        let variables = json!({ "a": Secret::new("hush-hush\"7"), "b": Secret::new("hush77") });
        let error = api(&fake).graphql(QUERY, &variables).json::<Data>().unwrap_err().to_string();
        assert!(error.contains("GraphQL errors") && !error.contains("hush"), "{status} {error}");
    }
}

#[test]
fn a_query_shares_its_response_and_a_mutation_is_sent_each_time() {
    let fake = FakeApi::json(r#"{"data": {"n": 5}}"#);
    let api = api(&fake);
    let send = |document: &str| assert_eq!(api.graphql(document, &()).json(), Ok(Data { n: 5 }));
    ["{ n }", "{ n }", "query Q { n }"].into_iter().for_each(send);
    assert_eq!(fake.requests().len(), 2);
    ["mutation { n }", "mutation { n }"].into_iter().for_each(send);
    assert_eq!(fake.requests().len(), 4);
}

#[test]
fn a_response_with_errors_is_requested_again() {
    let fake = FakeApi::start({
        let count = std::sync::atomic::AtomicUsize::new(0);
        move |_| match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Response::json(r#"{"errors": [{"message": "warming up"}], "data": null}"#),
            _ => Response::json(r#"{"data": {"n": 5}}"#),
        }
    });
    let api = api(&fake);
    says(&api.graphql(QUERY, &()).json::<Data>().unwrap_err(), &["warming up"]);
    assert_eq!(api.graphql(QUERY, &()).json(), Ok(Data { n: 5 }));
    assert_eq!(api.graphql(QUERY, &()).json(), Ok(Data { n: 5 }));
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn the_pages_of_graphql_are_its_data() {
    let fake = FakeApi::start(|request| match request.query("page") {
        Some("1") => Response::json(r#"{"data": {"n": 1}}"#),
        Some("2") => Response::json(r#"{"data": {"n": 2}}"#),
        _ => Response::json(r#"{"data": {"n": 3}, "errors": [{"message": "limit"}]}"#),
    });
    let api = api(&fake);
    let paging = |last: u64| Paging::page_number("page", 1, move |data: &Data| data.n < last);
    let pages: Result<Vec<Data>, Error> = api.graphql(QUERY, &()).pages(paging(2)).collect();
    assert_eq!(pages, Ok(vec![Data { n: 1 }, Data { n: 2 }]));
    let pages: Result<Vec<Data>, Error> = api.graphql(QUERY, &()).pages(paging(3)).collect();
    says(&pages.unwrap_err(), &["limit", "page"]);
}

#[test]
fn parallel_requests_read_the_data_and_the_errors_too() {
    let fake = FakeApi::start(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        match body["variables"]["a"].as_u64() {
            Some(2) => Response::json(r#"{"data": {"n": 2}, "errors": [{"message": "late"}]}"#),
            number => Response::json(json!({ "data": { "n": number } }).to_string()),
        }
    });
    let api = api(&fake);
    let requests =
        (1..=3).map(|number| api.graphql(QUERY, &json!({ "a": number, "b": Secret::new("hush-7") })));
    let outcomes = api.all(requests, 3).into_iter().map(|response| response.unwrap().json::<Data>());
    let outcomes: Vec<_> = outcomes.collect();
    assert_eq!((&outcomes[0], &outcomes[2]), (&Ok(Data { n: 1 }), &Ok(Data { n: 3 })));
    says(outcomes[1].as_ref().unwrap_err(), &["late"]);
    assert!(
        fake.requests().iter().all(|request| String::from_utf8_lossy(&request.body).contains("\"hush-7\""))
    );
}

#[test]
fn the_errors_of_graphql_count_towards_the_memory_of_the_poll() {
    let errors: Vec<Value> = (0..20_000).map(|number| json!({ "message": number.to_string() })).collect();
    let fake = FakeApi::json(&json!({ "errors": errors }).to_string());
    let api = api_at(&fake.url("/v1"), json!({ "memory_limit_bytes": 100_000 }));
    let error = api.graphql(QUERY, &()).json::<Data>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Body);
    says(&error, &["`memory_limit_bytes`"]);
}
