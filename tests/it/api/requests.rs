//! Requests as they are sent.

use collectington::ErrorKind;

use super::*;
use crate::support::process::scratch;

/// The one request that the API got.
fn sent(ask: impl FnOnce(&Api)) -> Request {
    let fake = FakeApi::json("{}");
    ask(&api(&fake));
    let mut requests = fake.requests();
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

#[test]
fn a_get_of_api_url_sends_user_agent_and_accepts_json() {
    let request = sent(|api| drop(api.get().bytes().unwrap()));
    assert_eq!((request.method.as_str(), request.target.as_str()), ("GET", "/v1"));
    assert!(request.header("user-agent").unwrap().starts_with("collectington/"));
    assert!(request.header("accept").unwrap().starts_with("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
}

#[test]
fn path_and_query_are_encoded() {
    let request = sent(|api| {
        let request =
            api.get().path("/teams/a b/ü").query("after", "2026-11-23T10:00:00+01:00").query("n", 7);
        drop(request.text().unwrap());
    });
    assert_eq!(request.target, "/v1/teams/a%20b/%C3%BC?after=2026-11-23T10%3A00%3A00%2B01%3A00&n=7");
}

#[test]
fn a_post_sends_json() {
    let request = sent(|api| drop(api.post(&json!({ "query": "ä" })).text().unwrap()));
    assert_eq!((request.method.as_str(), request.header("content-type")), ("POST", Some("application/json")));
    assert_eq!(String::from_utf8(request.body).unwrap(), r#"{"query":"ä"}"#);
}

#[test]
fn the_last_header_of_a_name_is_sent_alone() {
    let request = sent(|api| {
        drop(api.get().header("X-Team", "web").header("x-team", "app").header("Accept", "text/csv").text());
    });
    let all = |name: &str| request.headers.iter().filter(|(known, _)| known == name).count();
    assert_eq!((request.header("x-team"), all("x-team")), (Some("app"), 1));
    assert_eq!((request.header("accept"), all("accept")), (Some("text/csv"), 1));
}

#[test]
fn basic_and_bearer_follow_their_rfcs() {
    // RFC 7617 section 2.
    let basic = sent(|api| drop(api.get().basic("Aladdin", "open sesame").text()));
    assert_eq!(basic.header("authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    // RFC 6750 section 2.1.
    let bearer = sent(|api| drop(api.get().bearer("mF_9.B5f-4.1JqM").text()));
    assert_eq!(bearer.header("authorization"), Some("Bearer mF_9.B5f-4.1JqM"));
}

#[test]
fn headers_that_frame_the_message_or_break_a_line_are_refused_before_sending() {
    let fake = FakeApi::json("{}");
    let api = api(&fake);
    for (name, value) in [
        ("Host", ""),
        ("Host", "h/x"),
        ("Host", "user@h"),
        ("Host", "h:99999"),
        ("Host", "h:"),
        ("Host", "h:+1"),
        ("Host", "h,i"),
        ("Host", "h i"),
        ("Host", "[::1"),
        ("Host", "[h]"),
        ("Host", "::1"),
        ("Content-Length", "7"),
        ("transfer-encoding", "chunked"),
        ("x-a", "one\r\nx-b: two"),
        ("x-a", "hush\n"),
        ("x a", "b"),
        ("", "b"),
        ("x\r\ny", "b"),
    ] {
        let error = api.get().header(name, value).text().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{name:?}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    for path in ["../admin", "a/%2e%2e/..", "//evil.example/x", "https://evil.example/", "a?b", "a#b"] {
        says(&api.get().path(path).text().unwrap_err(), &["api_url", "segments"]);
    }
    assert_eq!(targets(&fake), Vec::<String>::new());
}

#[test]
fn a_large_body_is_sent_whole_and_a_header_that_is_too_long_is_an_error() {
    let long = "x".repeat(300_000);
    let request = sent(|api| drop(api.post(&json!({ "query": long })).text().unwrap()));
    assert_eq!(request.body.len(), 300_000 + 12);
    let request = sent(|api| drop(api.get().header("x-long", "y".repeat(20_000)).text().unwrap()));
    assert_eq!(request.header("x-long").unwrap().len(), 20_000);
    let fake = FakeApi::json("{}");
    let api = api(&fake);
    says(
        &api.get().header("x-long", &*long).text().unwrap_err(),
        &["the header \"x-long\" has 300000 bytes, expected at most 24576"],
    );
    says(&api.get().query("q", &long).text().unwrap_err(), &["the parameter \"q\" has 300"]);
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn a_host_of_the_services_own_is_sent_to_the_origin_of_api_url() {
    let fake = FakeApi::start(|request| Response::json(format!("{:?}", request.header("host").unwrap())));
    let api = api(&fake);
    for host in ["web.example.org", "web_1.example.org:8080", "10.0.0.1", "[::1]:80", "[::1]"] {
        assert_eq!(api.get().header("Host", host).json(), Ok(host.to_owned()));
    }
    let hosts = |request: &Request| request.headers.iter().filter(|(name, _)| name == "host").count();
    assert!(fake.requests().iter().all(|request| hosts(request) == 1));
    assert_eq!(fake.requests().len(), 5, "each has a response of its own");
    assert_eq!(api.get().json(), Ok(fake.url("")["http://".len()..].to_owned()));
}

#[test]
fn a_host_of_the_services_own_is_recorded_once_and_replayed() {
    let dir = scratch("own-host").join("recorded");
    let fake = FakeApi::start(|request| Response::json(format!("{:?}", request.header("host").unwrap())));
    let service = service_at(&fake.url("/v1"), json!({}));
    let all = |api: &Api| {
        ["a.example", "b.example"].map(|host| api.get().header("Host", host).json::<String>().unwrap())
    };
    assert_eq!(all(&api_of(&service, Mode::Record(dir.clone()))), ["a.example", "b.example"]);
    let text = fs::read_to_string(dir.join("0001-get-v1.http")).unwrap();
    assert!(text.contains("\nhost: a.example\n") && text.matches("host:").count() == 1, "{text}");
    let replayed = api_of(&service, Mode::Replay(dir));
    assert_eq!(replayed.get().header("Host", "b.example").json(), Ok("b.example".to_owned()));
    assert_eq!(all(&replayed)[0], "a.example");
}

#[test]
fn a_segment_stays_one_segment() {
    let request = sent(|api| {
        let request = api.get().path("hooks").segment("a/b?c#d%41 \u{e4}\r\n").segment(7).path("x/y");
        drop(request.query("key", collectington::Secret::new("k&1")).text().unwrap());
    });
    assert_eq!(request.target, "/v1/hooks/a%2Fb%3Fc%23d%2541%20%C3%A4%0D%0A/7/x/y?key=k%261");
}

#[test]
fn a_segment_that_leads_to_another_path_is_an_error_without_its_value() {
    let fake = FakeApi::json("{}");
    let api = api(&fake);
    for segment in ["", ".", "..", "hush/../x", "..\\hush", "%2e%2e", "hush%2f..%2fx"] {
        let error = api.get().segment(collectington::Secret::new(segment)).send().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Service, "{segment}");
        assert!(!error.to_string().contains("hush"), "{error}");
    }
    says(&api.get().segment("x".repeat(30_000)).send().unwrap_err(), &["the segment has 30000 bytes"]);
    assert!(fake.requests().is_empty());
}

#[test]
fn a_hostile_name_of_a_parameter_is_encoded() {
    let request = sent(|api| drop(api.get().query("a=b&c\r\nX: y#\u{e4}", "d=e&f").text().unwrap()));
    assert_eq!(request.target, "/v1?a%3Db%26c%0D%0AX%3A%20y%23%C3%A4=d%3De%26f");
    assert_eq!(request.header("x"), None);
}

#[test]
fn parallel_requests_that_differ_in_a_header_get_their_own_responses() {
    let fake = FakeApi::start(|request| Response::json(format!("{:?}", request.header("host").unwrap())));
    let api = api(&fake);
    let hosts: Vec<String> = (0..20).map(|number| format!("h{number}.example")).collect();
    let requests = hosts.iter().map(|host| api.get().header("Host", host));
    let responses =
        api.all(requests, 8).into_iter().map(|response| response.unwrap().json::<String>().unwrap());
    assert_eq!(responses.collect::<Vec<_>>(), hosts);
}
