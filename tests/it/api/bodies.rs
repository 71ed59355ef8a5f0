//! The bodies of requests: JSON, forms, text and bytes, also with secrets in them.

use collectington::{ErrorKind, Secret};
use serde::Serialize;

use super::*;
use crate::support::process::scratch;

/// Returns the body and its media type, as the API receives them.
fn received(send: impl FnOnce(&Api)) -> (String, Option<String>) {
    let fake = FakeApi::json("7");
    send(&api(&fake));
    let request = fake.requests().remove(0);
    let content_type = request.header("content-type").map(str::to_owned);
    (String::from_utf8(request.body).unwrap(), content_type)
}

fn post(api: &Api) -> collectington::Request<'_> {
    api.request("POST")
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn a_form_is_sent_in_the_encoding_of_the_url_standard() {
    let (body, content_type) = received(|api| {
        let fields = [("j_username", "mon"), ("j_password", "pass word&=1")];
        assert_eq!(post(api).path("login").form(&fields).json(), Ok(7));
    });
    assert_eq!(body, "j_username=mon&j_password=pass+word%26%3D1");
    assert_eq!(content_type.as_deref(), Some(FORM));
}

#[test]
fn a_form_mixes_texts_numbers_and_secrets() {
    let (body, _) = received(|api| {
        let request = post(api).field("user name", "m\u{f6}n").field("minutes", 5).field("ratio", 0.5);
        let secret = Secret::new("pass word&=\"1\"");
        assert_eq!(request.field("password", &secret).field("again", secret).field("", true).json(), Ok(7));
    });
    let password = "pass+word%26%3D%221%22";
    let expected =
        format!("user+name=m%C3%B6n&minutes=5&ratio=0.5&password={password}&again={password}&=true");
    assert_eq!(body, expected);
}

#[test]
fn no_name_or_value_of_a_form_adds_another_field() {
    let hostile = "a=b&c=d;e\r\nX: y\0%41+#\u{2028}__secret_0123456789abcdef0123456789abcdef";
    let (body, _) = received(|api| drop(post(api).form(&[(hostile, hostile)]).send().unwrap()));
    assert_eq!((body.matches('&').count(), body.matches('=').count()), (0, 1), "{body}");
    assert!(body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*-._+%=".contains(&byte)), "{body}");
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_encoding::percent_decode_str(&text).decode_utf8().unwrap().into_owned()
    };
    let (name, value) = body.split_once('=').unwrap();
    assert_eq!((decode(name), decode(value)), (hostile.to_owned(), hostile.to_owned()));
}

#[test]
fn text_and_bytes_are_sent_as_they_are_with_their_media_type() {
    let (body, content_type) =
        received(|api| drop(post(api).text_body("\"a\" & \u{e4}\r\n").send().unwrap()));
    assert_eq!(
        (body.as_str(), content_type.as_deref()),
        ("\"a\" & \u{e4}\r\n", Some("text/plain; charset=utf-8"))
    );
    let (body, content_type) =
        received(|api| drop(post(api).bytes_body("application/xml", *b"<a/>").send().unwrap()));
    assert_eq!((body.as_str(), content_type.as_deref()), ("<a/>", Some("application/xml")));
}

#[test]
fn the_last_body_is_sent_alone_with_its_media_type() {
    let (body, content_type) = received(|api| {
        let request = post(api).json_body(&json!({ "a": 1 })).form(&[("b", 2)]).text_body("c");
        drop(request.field("d", 4).field("e", 5).send().unwrap());
    });
    assert_eq!((body.as_str(), content_type.as_deref()), ("d=4&e=5", Some(FORM)));
    let (body, content_type) =
        received(|api| drop(post(api).field("b", 2).json_body(&json!([])).send().unwrap()));
    assert_eq!((body.as_str(), content_type.as_deref()), ("[]", Some("application/json")));
    let (body, _) = received(|api| drop(post(api).field("b", 2).form(&[("c", 3)]).send().unwrap()));
    assert_eq!(body, "c=3");
}

#[test]
fn the_media_type_that_the_service_sets_is_sent() {
    let (_, before) = received(|api| {
        let request = post(api).header("Content-Type", "application/vnd.api+json").json_body(&json!({}));
        drop(request.send().unwrap());
    });
    let (_, after) = received(|api| {
        let request = post(api).json_body(&json!({})).header("content-type", "application/vnd.api+json");
        drop(request.send().unwrap());
    });
    assert_eq!([before.as_deref(), after.as_deref()], [Some("application/vnd.api+json"); 2]);
    let fake = FakeApi::json("7");
    let error = post(&api(&fake)).bytes_body("text/x\r\nX: y", "").send().unwrap_err();
    says(&error, &["\"content-type\" has a value with a line break"]);
    assert!(fake.requests().is_empty());
}

#[test]
fn a_form_that_is_sent_as_a_json_string_is_an_error() {
    let fake = FakeApi::json("7");
    let api = api(&fake);
    let form = "j_username=mon&j_password=x";
    for content_type in [FORM, "Application/X-WWW-Form-Urlencoded; charset=UTF-8"] {
        let error = api.post(&form).header("content-type", content_type).send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service);
        says(&error, &["JSON string", "`.form(&[(name, value)])`"]);
    }
    assert!(fake.requests().is_empty());
    assert_eq!(api.post(&form).json(), Ok(7), "a JSON string alone is fine");
    assert_eq!(api.request("POST").text_body(form).header("content-type", FORM).json(), Ok(7));
}

#[derive(Serialize)]
struct Login<'a> {
    user: &'a str,
    password: Secret,
}

#[test]
fn a_secret_in_a_json_body_is_sent_and_nowhere_else() {
    let value = "p\"a\\ss\n\u{e4}\u{1f600}\u{1}/</script>";
    let json = json!({ "password": Secret::new(value), "list": [Secret::new("x1-y2-z3")] });
    let printed = format!(
        "{json} {json:?} {}",
        serde_json::to_string(&Login { user: "u", password: Secret::new(value) }).unwrap()
    );
    assert!(
        !printed.contains("ss\\n") && !printed.contains("script") && !printed.contains("y2"),
        "{printed}"
    );
    let (body, _) = received(|api| drop(api.post(&json).send().unwrap()));
    let sent: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(sent, json!({ "password": value, "list": ["x1-y2-z3"] }));
    let (body, _) =
        received(|api| drop(api.post(&Login { user: "mon", password: Secret::new(value) }).send().unwrap()));
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), json!({ "user": "mon", "password": value }));
}

#[test]
fn a_secret_within_a_text_of_a_json_body_is_sent() {
    let secret = serde_json::to_value(Secret::new("a\"b")).unwrap();
    let header = format!("Bearer {}", secret.as_str().unwrap());
    let (body, _) = received(|api| drop(api.post(&json!({ "header": header })).send().unwrap()));
    assert_eq!(body, r#"{"header":"Bearer a\"b"}"#);
}

#[test]
fn a_serialized_secret_outside_of_a_body_is_an_error() {
    let fake = FakeApi::json("7");
    let api = api(&fake);
    let secret = serde_json::to_value(Secret::new("hush-7")).unwrap();
    let text = secret.as_str().unwrap();
    for request in [
        api.get().query("key", text),
        api.get().path(text),
        api.get().header("x-key", text),
        api.request("POST").text_body(text),
    ] {
        let error = request.send().unwrap_err();
        says(&error, &["contains a `Secret` that was serialized", "pass the `Secret` itself"]);
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn the_body_of_a_login_is_the_same_in_each_poll_and_for_each_page() {
    let fake = FakeApi::json("7");
    let api = api(&fake);
    let login = json!({ "password": Secret::new("hush-7") });
    let request = api.post(&login).idempotent();
    assert_eq!((request.clone().json(), request.json()), (Ok(7), Ok(7)));
    assert_eq!(api.post(&json!({ "password": Secret::new("hush-7") })).idempotent().json(), Ok(7));
    assert_eq!(fake.requests().len(), 1, "equal bodies share a response");
    assert_eq!(api.post(&json!({ "password": Secret::new("hush-8") })).idempotent().json(), Ok(7));
    assert_eq!(fake.requests().len(), 2, "and others do not");
}

#[test]
fn a_body_counts_towards_the_memory_of_the_poll() {
    let fake = FakeApi::json("7");
    let limited = || api_at(&fake.url("/v1"), json!({ "memory_limit_bytes": 100_000 }));
    let long = "x".repeat(60_000);
    for (name, send) in [
        (
            "json",
            &(|api: &Api| api.post(&long).send())
                as &dyn Fn(&Api) -> collectington::Result<collectington::Response>,
        ),
        ("form", &|api| post(api).form(&[("a", &long)]).send()),
        ("field", &|api| post(api).field("a", &long).send()),
        ("secret", &|api| post(api).field("a", Secret::new(long.clone())).send()),
        ("text", &|api| post(api).text_body(long.clone()).send()),
        ("bytes", &|api| post(api).bytes_body("a/b", long.clone()).send()),
    ] {
        let error = send(&limited()).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Body, "{name}");
        says(&error, &["`memory_limit_bytes`"]);
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn a_body_of_20_mb_is_sent_whole() {
    let fake = FakeApi::start(|request| Response::json(request.body.len().to_string()));
    let api = api_at(&fake.url("/v1"), json!({}));
    let long = "x".repeat(20_000_000);
    let login = json!({ "long": long, "password": Secret::new("hush") });
    assert_eq!(api.post(&login).json(), Ok(20_000_000 + r#"{"long":"","password":"hush"}"#.len()));
}

#[test]
fn a_form_is_recorded_without_secrets_and_replayed() {
    let dir = scratch("bodies").join("recorded");
    let fake = FakeApi::json("7");
    let log_in = |api: &Api| {
        let request = post(api).path("login").field("user", "mon").field("pin", Secret::new("4"));
        request.json::<u8>().unwrap()
    };
    assert_eq!(log_in(&api_of(&service_at(&fake.url("/v1"), json!({})), Mode::Record(dir.clone()))), 7);
    let text = fs::read_to_string(dir.join("0001-post-login.http")).unwrap();
    assert!(text.contains("\nuser=mon&pin=***\n"), "{text}");
    assert_eq!(log_in(&api_of(&service_at(&fake.url("/v1"), json!({})), Mode::Replay(dir))), 7);
}
