//! Cursors and offsets in the body of a request.

use super::*;

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn bodies(fake: &FakeApi) -> Vec<Value> {
    fake.requests().iter().map(body).collect()
}

fn posted(api: &Api, sent: &Value, paging: Paging<Page>) -> Result<Vec<u64>> {
    let pages: Result<Vec<Page>> = api.post(sent).pages(paging).collect();
    Ok(pages?.into_iter().flat_map(|page| page.items).collect())
}

/// Two pages; the second one is requested with the cursor at `pointer`.
fn two_pages(pointer: &'static str) -> FakeApi {
    FakeApi::start(move |request| match body(request).pointer(pointer) {
        Some(Value::String(_)) => page(&[2], None),
        _ => page(&[1], Some("a\"\n\\é")),
    })
}

#[test]
fn a_pointer_sets_a_field_and_creates_the_objects_around_it() {
    for (sent, pointer, second) in [
        (json!({ "x": 1 }), "/after", json!({ "x": 1, "after": "a\"\n\\é" })),
        (json!({ "a": { "b": 1 } }), "/a/after", json!({ "a": { "b": 1, "after": "a\"\n\\é" } })),
        (json!({ "a": null }), "/a/b/after", json!({ "a": { "b": { "after": "a\"\n\\é" } } })),
        (json!({}), "/a/b/after", json!({ "a": { "b": { "after": "a\"\n\\é" } } })),
        (json!({ "after": 7 }), "/after", json!({ "after": "a\"\n\\é" })),
        (json!({}), "/a~1b/~0", json!({ "a/b": { "~": "a\"\n\\é" } })),
    ] {
        let fake = two_pages(pointer);
        assert_eq!(posted(&api(&fake), &sent, Paging::cursor(pointer, next).in_body()), Ok(vec![1, 2]));
        assert_eq!(bodies(&fake), [sent, second]);
    }
    let fake = two_pages("/after");
    let paging = Paging::cursor("after", next).in_body();
    assert_eq!(posted(&api(&fake), &json!({}), paging), Ok(vec![1, 2]), "a plain name");
}

#[test]
fn a_pointer_that_leads_through_another_value_is_an_error() {
    for (sent, pointer, problem) in [
        (json!([{}]), "/0/after", "leads through a list: the body is not an object"),
        (json!({ "a": [{}] }), "/a/0/after", "leads through a list: `/a` in the body is not an object"),
        (json!({ "a": "x" }), "/a/after", "leads through a text: `/a` in the body is not an object"),
        (json!({ "a": { "b": true } }), "/a/b/after", "`/a/b` in the body is not an object"),
    ] {
        let fake = two_pages("/none");
        let error = posted(&api(&fake), &sent, Paging::cursor(pointer, next).in_body()).unwrap_err();
        says(&error, &[problem, "name a path of objects in the `Paging` of the service"]);
        assert_eq!((error.kind(), fake.requests().len()), (ErrorKind::Service, 1), "{sent}");
    }
}

#[test]
fn a_request_without_a_body_cannot_have_a_cursor_in_it() {
    let fake = FakeApi::start(|_| page(&[1], Some("a")));
    let help = "use `api.post(&json)` or `.form(...)`, or remove `.in_body()`";
    let error = items(&api(&fake), Paging::cursor("after", next).in_body()).unwrap_err();
    says(&error, &["the request has no JSON body and no form", help]);
    let paging = Paging::offset(2, |page: &Page| page.items.len()).in_body();
    says(&items(&api(&fake), paging).unwrap_err(), &["no JSON body", help]);
    assert_eq!(fake.requests().len(), 1, "an offset is in the first request, which is not sent");
}

#[test]
fn a_cursor_in_a_form_replaces_the_earlier_one() {
    let fake = FakeApi::start(|request| match request.body.as_slice() {
        b"team=a+b" => page(&[1], Some("c 1&")),
        b"team=a+b&cursor=c+1%26" => page(&[2], Some("c2")),
        _ => page(&[3], None),
    });
    let api = api(&fake);
    let request = api.request("POST").form(&[("team", "a b")]);
    let pages: Result<Vec<Page>> = request.pages(Paging::cursor("cursor", next).in_body()).collect();
    assert_eq!(pages.unwrap().len(), 3);
    let last = fake.requests().pop().unwrap();
    assert_eq!(String::from_utf8_lossy(&last.body), "team=a+b&cursor=c2");
    assert_eq!(last.header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[test]
fn a_secret_in_the_body_is_sent_with_each_page() {
    let fake = two_pages("/after");
    let api = api(&fake);
    let secret = collectington::Secret::new("hush-hush");
    let sent = json!({ "key": secret });
    assert_eq!(posted(&api, &sent, Paging::cursor("after", next).in_body()), Ok(vec![1, 2]));
    assert!(bodies(&fake).iter().all(|body| body["key"] == "hush-hush"));
}

#[test]
fn a_repeated_body_is_a_loop_and_another_one_is_not() {
    let fake = FakeApi::start(|_| page(&[1], Some("same")));
    let error = posted(&api(&fake), &json!({}), Paging::cursor("after", next).in_body()).unwrap_err();
    says(&error, &["pagination loops: the page leads to itself; page: 3; "]);
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn pages_of_a_post_are_cached_only_if_it_is_idempotent() {
    let requests = |is_idempotent: bool| {
        let fake = two_pages("/after");
        let api = api(&fake);
        for _ in 0..2 {
            let request = api.post(&json!({}));
            let request = if is_idempotent { request.idempotent() } else { request };
            let pages: Result<Vec<Page>> = request.pages(Paging::cursor("after", next).in_body()).collect();
            assert_eq!(pages.unwrap().len(), 2);
        }
        fake.requests().len()
    };
    assert_eq!((requests(false), requests(true)), (4, 2));
}

#[test]
fn a_cursor_that_is_too_long_for_a_body_is_an_error_without_its_text() {
    let long = "x".repeat(1_000_000);
    let fake = FakeApi::json(&json!({ "items": [1], "next": long }).to_string());
    let error =
        posted(&api(&fake), &json!({}), Paging::cursor("after", next).in_body()).unwrap_err().to_string();
    says_all(&error, &["the body field \"after\" has 1000000 bytes, expected at most 24576"]);
    assert!(!error.contains("xxx") && fake.requests().len() == 1, "{error}");
}
