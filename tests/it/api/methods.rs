//! The methods of requests (RFC 9110 section 9).

use collectington::ErrorKind;

use super::*;
use crate::support::process::scratch;

#[test]
fn each_method_is_sent_with_its_body() {
    let fake = FakeApi::json("7");
    let api = api(&fake);
    let body = json!({ "a": 1 });
    let requests = [
        ("GET", api.get(), false),
        ("DELETE", api.delete(), false),
        ("POST", api.post(&body), true),
        ("PUT", api.put(&body), true),
        ("PATCH", api.patch(&body), true),
        ("PROPFIND", api.request("PROPFIND").json_body(&body), true),
        ("GET", api.get().json_body(&body), true),
        ("DELETE", api.delete().json_body(&body), true),
    ];
    for (method, request, has_body) in requests {
        assert_eq!(request.json(), Ok(7), "{method}");
        let sent = fake.requests().pop().unwrap();
        assert_eq!(sent.method, method);
        let expected: &[u8] = if has_body { br#"{"a":1}"# } else { b"" };
        assert_eq!(sent.body, expected, "{method}");
        assert_eq!(sent.header("content-type"), has_body.then_some("application/json"), "{method}");
    }
}

/// RFC 9110 section 8.6; some servers respond with 411 otherwise.
#[test]
fn a_post_without_a_body_has_the_length_zero() {
    let fake = FakeApi::json("7");
    for (method, length) in
        [("POST", Some("0")), ("PUT", Some("0")), ("PATCH", Some("0")), ("GET", None), ("DELETE", None)]
    {
        assert_eq!(api(&fake).request(method).json(), Ok(7));
        let sent = fake.requests().pop().unwrap();
        assert_eq!((sent.header("content-length"), sent.header("content-type")), (length, None), "{method}");
    }
}

#[test]
fn a_response_to_a_head_has_status_and_headers() {
    let fake = FakeApi::start(|_| {
        Response::json("a body that a GET would have").header("ratelimit-remaining", "76;w=21600")
    });
    let response = api(&fake).head().path("manifests/latest").send().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.header("RateLimit-Remaining"), Some("76;w=21600"));
    assert_eq!(response.header("content-length"), Some("28"));
    assert_eq!(response.bytes(), Ok(Vec::new()));
    let sent = &fake.requests()[0];
    assert_eq!((sent.method.as_str(), sent.target.as_str()), ("HEAD", "/v1/manifests/latest"));
    assert_eq!(
        sent.header("accept-encoding"),
        Some("identity"),
        "or the length is that of the compressed body"
    );
}

#[test]
fn a_response_without_a_body_is_not_decompressed() {
    let fake = FakeApi::start(|request| match request.path() {
        "/v1/204" => Response::raw("HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n"),
        _ => Response::json("a body that a GET would have").gzip(),
    });
    let api = api(&fake);
    assert_eq!(api.head().bytes(), Ok(Vec::new()));
    assert_eq!(api.get().path("204").bytes(), Ok(Vec::new()));
}

#[test]
fn a_head_with_a_body_is_an_error() {
    let fake = FakeApi::json("7");
    let error = api(&fake).head().json_body(&7).send().unwrap_err();
    says(&error, &["a HEAD request cannot have a body", "remove the body"]);
    assert!(fake.requests().is_empty());
}

#[test]
fn an_invalid_method_is_an_error_and_nothing_is_sent() {
    let fake = FakeApi::json("7");
    for method in ["", "GET\r\nX: y", "GE T", "CONNECT", "TRACE", "connect", "get", "G\u{e4}T"] {
        let error = api(&fake).request(method).json_body(&7).send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{method:?}");
        assert!(!error.help().is_empty() && !error.to_string().contains('\r'), "{error}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn each_method_and_body_is_recorded_and_replayed() {
    let dir = scratch("methods").join("recorded");
    let fake = FakeApi::start(|request| {
        Response::json(format!("{:?}", request.method)).header("x-m", &*request.method)
    });
    let recorded = api_of(&service_at(&fake.url("/v1"), json!({})), Mode::Record(dir.clone()));
    let body = json!({ "a": 1 });
    let all = |api: &Api| {
        let json = |request: collectington::Request<'_>| request.json::<String>().unwrap();
        let head = api.head().send().unwrap();
        let head =
            [head.header("x-m").unwrap().to_owned(), head.header("content-length").unwrap().to_owned()];
        let others = [
            json(api.get()),
            json(api.delete()),
            json(api.post(&body)),
            json(api.put(&body)),
            json(api.patch(&body)),
            json(api.request("PROPFIND").json_body(&body)),
            json(api.request("POST")),
        ];
        (head, others)
    };
    let expected = ["GET", "DELETE", "POST", "PUT", "PATCH", "PROPFIND", "POST"].map(str::to_owned);
    let first = all(&recorded);
    assert_eq!(first, (["HEAD".to_owned(), "6".to_owned()], expected));
    drop(recorded);
    assert_eq!(all(&Api::replay(&dir).unwrap()), first);
}
