//! Redirects: keys are sent only within the origin.

use collectington::ErrorKind;

use super::*;

fn to(status: u16, location: impl Into<String>) -> Response {
    Response::new(status).header("location", location)
}

#[test]
fn a_redirect_within_the_origin_is_followed_with_its_headers() {
    for (status, location) in
        [(301, "/v2?a=1"), (302, "v2?a=1"), (303, "./v2?a=1"), (307, "/v2?a=1"), (308, "/v2?a=1")]
    {
        let fake = FakeApi::start(move |request| match request.path() {
            "/v2" => Response::json("[7]"),
            _ => to(status, location),
        });
        assert_eq!(api(&fake).get().header("x-key", "k").json(), Ok([7]), "{status}");
        assert_eq!(targets(&fake), ["/v1", "/v2?a=1"]);
        assert_eq!(fake.requests()[1].header("x-key"), Some("k"));
    }
}

#[test]
fn another_origin_gets_nothing_and_the_error_names_both() {
    let other = FakeApi::json("[7]");
    let evil = other.url("/v1");
    let location = evil.clone();
    let fake = FakeApi::start(move |_| to(302, location.clone()));
    let error = api(&fake).get().header("x-key", "k").json::<Value>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Status);
    says(&error, &[&fake.url(""), &other.url(""), "set `api_url`"]);
    assert_eq!(targets(&other), Vec::<String>::new());
    for location in ["file:///etc/passwd", "ftp://127.0.0.1/", "https://127.0.0.1/", "http://k@127.0.0.1/"] {
        let fake = FakeApi::start(move |_| to(302, location));
        assert!(api(&fake).get().text().is_err(), "{location}");
        assert_eq!(fake.requests().len(), 1);
    }
}

#[test]
fn endless_redirects_are_an_error() {
    let fake = FakeApi::start(|_| to(302, "/v1"));
    says(&api(&fake).get().text().unwrap_err(), &["more than 5 consecutive redirects"]);
    assert_eq!(fake.requests().len(), 6);
}

#[test]
fn a_redirected_post_is_an_error() {
    let fake = FakeApi::start(|_| to(307, "/v2"));
    let error = api(&fake).post("x").text().unwrap_err();
    assert_eq!((error.status(), fake.requests().len()), (Some(307), 1));
}

#[test]
fn a_redirect_of_a_head_is_followed_and_one_of_a_method_that_changes_something_is_not() {
    let fake = FakeApi::start(|request| match request.path() {
        "/v2" => Response::json("[7]").header("x-count", "7"),
        _ => to(308, "/v2"),
    });
    let response = api(&fake).head().send().unwrap();
    assert_eq!((response.status(), response.header("x-count")), (200, Some("7")));
    assert!(fake.requests().iter().all(|request| request.method == "HEAD"));
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"] {
        assert_eq!(api(&fake).request(method).idempotent().send().unwrap().status(), 308, "{method}");
    }
    assert_eq!(fake.requests().len(), 7);
}

#[test]
fn the_header_host_is_a_name_of_the_own_origin() {
    let other = FakeApi::json("[7]");
    let evil = other.url("/v2");
    for (location, is_own) in [
        ("http://shop.example.org/v2".to_owned(), true),
        ("//shop.example.org/v2".to_owned(), true),
        ("https://shop.example.org/v2".to_owned(), false),
        ("http://shop.example.org.evil/v2".to_owned(), false),
        (evil, false),
    ] {
        let target = location.clone();
        let fake = FakeApi::start(move |request| match request.path() {
            "/v2" => Response::json("[7]"),
            _ => to(302, target.clone()).header("link", format!("<{target}>; rel=\"next\"")),
        });
        let api = api(&fake);
        let request = || api.get().header("Host", "shop.example.org").header("x-key", "k");
        assert_eq!(request().json::<[u8; 1]>().is_ok(), is_own, "{location}");
        assert!(api.get().json::<[u8; 1]>().is_err(), "without the header, it is another origin");
        if is_own {
            let second = &fake.requests()[1];
            assert_eq!(
                (second.header("host"), second.header("x-key")),
                (Some("shop.example.org"), Some("k"))
            );
        }
    }
    assert_eq!(targets(&other), Vec::<String>::new());
}
